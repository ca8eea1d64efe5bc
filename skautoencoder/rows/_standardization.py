"""What training sees of a row: one mean per feature, one scale for all."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._blocks import row_blocks

_BLOCK_MEBIBYTES = 4


def feature_means(X, sample_weight=None):
    """Compute the mean of each column by the weights of the rows, in float64.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    sample_weight : float64 ndarray of shape (n_samples,), default=None
        If None, all rows count the same.

    Returns
    -------
    float64 ndarray of shape (n_features,)
    """
    if issparse(X):
        return _sparse_moments(X, sample_weight)[0]
    if sample_weight is None:
        mean = X.mean(axis=0, dtype=np.float64)
    else:
        mean = sum(sample_weight[rows] @ X[rows] for rows in _blocks(X)) / sample_weight.sum()
    # A mean rounded in the last place must not turn a constant column into a signal.
    return np.where(np.ptp(X, axis=0) == 0, X[0], mean)


@dataclass(frozen=True)
class Standardization:
    """One mean per feature and one scale for all features.

    Squared errors of features stay comparable, and a change of units changes nothing.

    Parameters
    ----------
    mean : float64 ndarray of shape (n_features,)
    scale : float
        Root mean square of the centred entries; 1.0 where all rows are the same.
    deviations : float64 ndarray of shape (n_features,), default=None
        Standard deviation of each feature, for pictures.
    """

    mean: np.ndarray
    scale: float
    deviations: np.ndarray | None = None

    @classmethod
    def none(cls, n_features):
        """Leave the rows as they are."""
        return cls(np.zeros(n_features), 1.0)

    @classmethod
    def of(cls, X, sample_weight=None):
        """Measure the rows of X, an ndarray or a CSR matrix, by their weights, in float64."""
        if issparse(X):
            mean, variance = _sparse_moments(X, sample_weight)
            return cls(mean, float(np.sqrt(variance.mean())) or 1.0, np.sqrt(variance))
        mean, squares = feature_means(X, sample_weight), np.zeros(X.shape[1])
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        for rows in _blocks(X):
            squares += weights[rows] @ np.square(np.subtract(X[rows], mean))
        variance = squares / weights.sum()
        return cls(mean, float(np.sqrt(variance.mean())) or 1.0, np.sqrt(variance))

    @property
    def is_identity(self):
        """Whether rows stay as they are."""
        return self.scale == 1.0 and not self.mean.any()

    def apply(self, X, out=None):
        """Standardise dense rows in float64: a large offset is gone before `out` rounds to float32."""
        if out is not None and self.is_identity:
            if out is not X:
                np.copyto(out, X, casting="same_kind")
            return out
        out = np.subtract(X, self.mean, out=out, dtype=np.float64, casting="same_kind")
        out /= self.scale
        return out

    def revert(self, X):
        """Take standardised rows back into the units of X, in their own dtype."""
        return X * X.dtype.type(self.scale) + self.mean.astype(X.dtype)


def _sparse_moments(X, sample_weight):
    return mean_variance_axis(X.astype(np.float64, copy=False), axis=0, weights=sample_weight)


def _blocks(X):
    return row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
