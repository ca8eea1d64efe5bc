"""Data frames with categories as data frames of numbers and indicators."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IndicatorTable:
    """Data frames of numbers and of indicators, the probabilities of categories, in place of frames of categories."""

    feature_names: list[str]
    mean: np.ndarray | float = 0.0
    scale: np.ndarray | float = 1.0
    # Weights of the columns in factor analysis of mixed data, of standardised rows.
    start_weights: np.ndarray | None = None
    # Columns that hold probabilities, between 0 and 1; none in standardised rows.
    probabilities: np.ndarray | tuple = ()

    def check(self, X, name):
        """Accept all tables of numbers."""

    def read(self, X, name="X"):
        """Return a table as the rows that the autoencoder was trained on."""
        return (np.asarray(X, dtype=np.float64) - self.mean) / self.scale

    def write(self, rows, index=None, container=None, random_state=None):
        """Return rows as a data frame of numbers and indicators."""
        import pandas

        values = rows * self.scale + self.mean
        values[:, self.probabilities] = np.clip(values[:, self.probabilities], 0.0, 1.0)
        return pandas.DataFrame(values, index=index, columns=self.feature_names)
