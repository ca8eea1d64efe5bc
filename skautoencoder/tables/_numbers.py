"""Data frames with categories as data frames of numbers and indicators."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IndicatorTable:
    """Data frames of numbers and of indicators, the probabilities of categories, in place of frames of categories."""

    feature_names: list[str]
    mean: np.ndarray | float = 0.0
    scale: np.ndarray | float = 1.0

    def check(self, X, name):
        """Accept all tables of numbers."""

    def read(self, X, name="X"):
        """Return a table as the rows that the autoencoder was trained on."""
        return (np.asarray(X, dtype=np.float64) - self.mean) / self.scale

    def write(self, rows, index=None, container=None, random_state=None):
        """Return rows as a data frame of numbers and indicators."""
        import pandas

        return pandas.DataFrame(rows * self.scale + self.mean, index=index, columns=self.feature_names)
