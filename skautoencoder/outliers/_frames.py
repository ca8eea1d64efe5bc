"""Rows of X as arrays of numbers, and data frames with an entry for each of X."""

from dataclasses import dataclass

import numpy as np

from .._input import feature_names_of
from ..tables import FrameTable, chosen_categories


@dataclass(frozen=True)
class Numbers:
    """Rows of numbers, in arrays or data frames, which are read as they are."""

    n_features: int

    @property
    def groups(self):
        """The number of the column of X, for each column of the array."""
        return np.arange(self.n_features)

    def surprises(self, surprises):
        """Return the surprise of each entry of X."""
        return surprises

    def expected(self, values):
        """Return expected entries of X, by number of the column."""
        return list(values.T)


@dataclass(frozen=True)
class Categories:
    """Data frames with columns of categories, which become indicators."""

    table: FrameTable

    @property
    def groups(self):
        """The number of the column of X, for each column of the array."""
        return self.table.features

    def read(self, X):
        """Return a frame as an array, NaN where entries are missing or new, and which entries are new categories.

        A new category is marked in the first column of its group.
        """
        array, is_missing = self.table.read(X)
        first = np.unique(self.groups, return_index=True)[1]
        is_new = np.zeros(array.shape, dtype=bool)
        is_new[:, first] = np.isnan(array[:, first]) & ~is_missing
        return array, is_new

    def surprises(self, surprises):
        """Return the surprise of each entry of X: of a category, the largest one of its indicators."""
        columns = []
        for number, known in enumerate(self.table.categories):
            of_column = surprises[:, self.groups == number]
            if known is None:
                columns.append(of_column[:, 0])
                continue
            largest = np.max(np.abs(np.nan_to_num(of_column)), axis=1)
            columns.append(np.where(np.isnan(of_column).all(axis=1), np.nan, largest))
        return np.column_stack(columns)

    def expected(self, values):
        """Return expected entries of X, by number of the column: numbers, and most probable categories."""
        columns = []
        for number, known in enumerate(self.table.categories):
            of_column = values[:, self.groups == number]
            columns.append(of_column[:, 0] if known is None else chosen_categories(of_column, known, None))
        return columns


def data_frame(columns, like, estimator):
    """Return a pandas data frame with the index and the names of X; without names, "x0", "x1" and so on."""
    import pandas as pd

    names = feature_names_of(like, estimator) or [f"x{number}" for number in range(len(columns))]
    index = like.index if hasattr(like, "iloc") else None
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    frame.columns = names
    return frame
