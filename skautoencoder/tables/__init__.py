"""Data frames: columns of numbers and of categories as arrays of numbers, and back with their dtypes."""

from ._columns import (
    ColumnType,
    columns_of,
    filled_frame,
    hold_integers,
    in_container,
    with_columns,
    with_declared_categories,
)
from ._errors import entry_errors, errors_by_kind, mean_errors
from ._frames import FrameTable, chosen_categories, has_categories, is_frame_of_categories
from ._mixed import MixedTable
from ._numbers import IndicatorTable

__all__ = [
    "ColumnType",
    "FrameTable",
    "IndicatorTable",
    "MixedTable",
    "chosen_categories",
    "columns_of",
    "entry_errors",
    "errors_by_kind",
    "filled_frame",
    "has_categories",
    "hold_integers",
    "in_container",
    "is_frame_of_categories",
    "mean_errors",
    "with_columns",
    "with_declared_categories",
]
