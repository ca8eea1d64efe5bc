"""Columns of a table in the page of an explorer: numbers, and categories with their probabilities."""

from dataclasses import dataclass

import numpy as np

from ..metrics import in_float64
from ._exported_decoder import encoded


@dataclass(frozen=True, eq=False)
class Column:
    """One column of X and its entries of a row: one number, or the probabilities of categories."""

    name: str
    entries: np.ndarray
    # None for numbers. Two categories share an entry, the probability of the second one.
    categories: list[str] | None = None


def columns_of(row_shape, table):
    """Return the columns of X; `table` reads data frames with categories, or is None."""
    if table is None:
        n_features = int(np.prod(row_shape.shape))
        names = row_shape.feature_names or [f"x{number}" for number in range(n_features)]
        return [Column(name, np.array([number])) for number, name in enumerate(names)]
    columns = []
    for number, name in enumerate(table.indicators.names):
        known = table.indicators.categories[number]
        if known is not None:
            known = [str(category) for category in (known if len(known) <= 2 else table.indicators.shown(known))]
        columns.append(Column(name, np.flatnonzero(table.column_numbers == number), known))
    return columns


def moving_columns(columns, estimator, ranges, dims, scale, max_features):
    """Return the columns that the codes move most in units of `scale`, in their order in X."""
    points = np.zeros((2, len(dims), len(ranges.mean)))
    for ends, limits in zip(points, (ranges.low, ranges.high), strict=True):
        ends[range(len(dims)), dims] = limits[dims]
    low, high = (in_float64(estimator.inverse_transform(ranges.codes(ends))) for ends in points)
    moves = np.max(np.abs(high - low) / scale, axis=0)
    order = np.argsort([-moves[column.entries].max() for column in columns], kind="stable")
    return [columns[number] for number in sorted(order[:max_features])]


def columns_content(columns, row_shape):
    """Return the columns, their means and their standard deviations as JSON."""
    entries = np.concatenate([column.entries for column in columns])
    return {
        "columns": [
            {"name": column.name, "size": len(column.entries), "categories": column.categories} for column in columns
        ],
        "mean": encoded(row_shape.mean[entries], "<f8"),
        "scale": encoded(row_shape.scale[entries], "<f8"),
    }
