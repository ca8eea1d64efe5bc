"""Sources of training rows: complete rows from memory, disk or sparse matrices, and incomplete rows."""

from ._base import ArrayRows, PairedRows, RowSource, Split, taken
from ._complete import (
    CompleteRows,
    GivenRows,
    Standardization,
    distinct_rows,
    evenly_spaced,
    feature_means,
    fingerprints,
    row_blocks,
    rows_that_count,
)
from ._incomplete import IncompleteRows, Observed, drawn_by_groups

__all__ = [
    "ArrayRows",
    "CompleteRows",
    "GivenRows",
    "IncompleteRows",
    "Observed",
    "PairedRows",
    "RowSource",
    "Split",
    "Standardization",
    "distinct_rows",
    "drawn_by_groups",
    "evenly_spaced",
    "feature_means",
    "fingerprints",
    "row_blocks",
    "rows_that_count",
    "taken",
]
