"""Data frames: columns of numbers and of categories as arrays of numbers, and back with their dtypes."""

from ._columns import columns_of, filled_frame, hold_integers, in_container, with_columns
from ._frames import FrameTable, is_frame_of_categories

__all__ = [
    "FrameTable",
    "columns_of",
    "filled_frame",
    "hold_integers",
    "in_container",
    "is_frame_of_categories",
    "with_columns",
]
