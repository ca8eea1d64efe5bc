"""What training reads: complete rows from memory, disk or sparse matrices, and incomplete rows."""

from ._base import ArrayRows, RowSource, Split, evenly_spaced, taken
from ._blocks import row_blocks
from ._complete import CompleteRows
from ._given import GivenRows, rows_that_count
from ._incomplete import IncompleteRows
from ._observed import Observed, drawn_by_groups
from ._paired import PairedRows
from ._rated import RatedRows
from ._standardization import Standardization, feature_means

__all__ = [
    "ArrayRows",
    "CompleteRows",
    "GivenRows",
    "IncompleteRows",
    "Observed",
    "PairedRows",
    "RatedRows",
    "RowSource",
    "Split",
    "Standardization",
    "drawn_by_groups",
    "evenly_spaced",
    "feature_means",
    "row_blocks",
    "rows_that_count",
    "taken",
]
