"""The rows that a user passes to a fit, and what training reads of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._base import ArrayRows
from ._complete import CompleteRows
from ._paired import PairedRows


def rows_that_count(sample_weight, *parts):
    """Leave out rows of weight 0.

    Parameters
    ----------
    sample_weight : float64 ndarray of shape (n_samples,) or None
    *parts : ndarray or CSR matrix of n_samples rows, or None

    Returns
    -------
    tuple
        The weights, then the parts.
    """
    if sample_weight is None or sample_weight.all():
        return sample_weight, *parts
    counts = sample_weight > 0
    return tuple(part if part is None else part[counts] for part in (sample_weight, *parts))


@dataclass(frozen=True)
class GivenRows:
    """Rows of X with their weights, and what was passed beside them.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Rows to train on.
    sample_weight : float64 ndarray of shape (n_samples,) or None
        Weights of the rows, above 0; None if all count the same.
    X_noisy : ndarray or CSR matrix of shape (n_samples, n_features) or None
        Noisy form of each row.
    X_val, X_val_noisy : ndarray or CSR matrix of shape (n_validation, n_features) or None
        Held-out rows, and their noisy form.
    """

    X: Any
    sample_weight: np.ndarray | None = None
    X_noisy: Any = None
    X_val: Any = None
    X_val_noisy: Any = None

    @classmethod
    def of(cls, X, sample_weight, *, X_noisy=None, **others):
        """Leave out rows of weight 0."""
        sample_weight, X, X_noisy = rows_that_count(sample_weight, X, X_noisy)
        return cls(X, sample_weight, X_noisy, **others)

    def part(self, indices):
        """Return some of the rows of X with their weights, and nothing beside them."""
        return GivenRows(self.X[indices], None if self.sample_weight is None else self.sample_weight[indices])

    @property
    def mean_weight(self):
        """Mean weight of the rows."""
        return 1.0 if self.sample_weight is None else float(self.sample_weight.mean())

    def clean(self, standardization, weight_unit=1.0):
        """Return the rows of X for training: a source of the rows and, if they have weights, of these."""
        return self._weighted(CompleteRows(self.X, standardization), self.sample_weight, weight_unit)

    def source(self, standardization, weight_unit):
        """Return the rows for training: clean ones, noisy ones if there are any, and weights if there are any."""
        rows = _paired(self.X, self.X_noisy, standardization)
        return self._weighted(rows, self.sample_weight, weight_unit)

    def validation_source(self, standardization):
        """Return the held-out rows, each of weight one, with the same fields; None if none were passed."""
        if self.X_val is None:
            return None
        rows = _paired(self.X_val, self.X_val_noisy, standardization)
        return self._weighted(rows, np.ones(len(rows)), 1.0)

    def _weighted(self, rows, weights, unit):
        return rows if self.sample_weight is None else PairedRows(rows, ArrayRows(weights[:, np.newaxis] / unit))


def _paired(X, X_noisy, standardization):
    rows = CompleteRows(X, standardization)
    return rows if X_noisy is None else PairedRows(rows, CompleteRows(X_noisy, standardization))
