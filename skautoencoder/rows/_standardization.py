"""What training sees of a row: one mean per feature, one scale for all."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._blocks import row_blocks

_BLOCK_MEBIBYTES = 4
# Root mean squares within these bounds have squares, and sums of them, in float64.
_LEAST_SCALE, _MOST_SCALE = 1e-150, 1e150
# Scales within these bounds have products with weights, and squares, in float32.
_LEAST_FLOAT32_SCALE, _MOST_FLOAT32_SCALE = 1e-18, 1e18


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
    return np.where(X.max(axis=0) == X.min(axis=0), X[0], mean)


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
        """Measure the rows of X, an ndarray or a CSR matrix, by their weights, in float64.

        Raises
        ------
        ValueError
            If float64 cannot hold the squares of the rows.
        """
        # What is not finite is said below, in the user's terms.
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = (_sparse_moments if issparse(X) else _moments)(X, sample_weight)
            scale = float(np.sqrt(variance.mean()))
        if not (_LEAST_SCALE <= scale <= _MOST_SCALE and np.isfinite(mean).all()):
            _check_squares(X, scale)
        return cls(mean, scale or 1.0, np.sqrt(variance))

    @property
    def is_identity(self):
        """Whether rows stay as they are."""
        return self.scale == 1.0 and not self.mean.any()

    @property
    def is_extreme(self):
        """Whether float32 cannot hold what is computed in the units of X."""
        is_ordinary = _LEAST_FLOAT32_SCALE <= self.scale <= _MOST_FLOAT32_SCALE
        return not is_ordinary or np.abs(self.mean).max() > _MOST_FLOAT32_SCALE

    def apply(self, X, out=None):
        """Standardise dense rows in float64, or float32 rows into `out` as exactly: a large offset drowns nothing."""
        if out is not None and self.is_identity:
            if out is not X:
                np.copyto(out, X, casting="same_kind")
            return out
        if out is not None and self.is_extreme:
            # So is a scale that float32 cannot hold.
            np.copyto(out, self.apply(X), casting="same_kind")
            return out
        if out is not None and X.dtype == out.dtype == np.float32:
            # What float32 rounds off the mean is subtracted on its own, in two thirds of the time that float64 takes.
            mean = self.mean.astype(np.float32)
            np.subtract(X, mean, out=out)
            out -= (self.mean - mean).astype(np.float32)
            out *= np.float32(1 / self.scale)
            return out
        out = np.subtract(X, self.mean, out=out, dtype=np.float64, casting="same_kind")
        out /= self.scale
        return out

    def revert(self, X):
        """Take standardised rows back into the units of X, in their own dtype."""
        return X * X.dtype.type(self.scale) + self.mean.astype(X.dtype)


def _moments(X, sample_weight):
    """Return mean and variance of each column of an array."""
    mean, squares = feature_means(X, sample_weight), np.zeros(X.shape[1])
    weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
    for rows in _blocks(X):
        squares += weights[rows] @ np.square(np.subtract(X[rows], mean))
    return mean, squares / weights.sum()


def _sparse_moments(X, sample_weight):
    """Return mean and variance of each column of a CSR matrix."""
    mean, variance = mean_variance_axis(X.astype(np.float64, copy=False), axis=0, weights=sample_weight)
    # As for arrays: a mean rounded in the last place must not turn a constant column into a signal.
    first, is_constant = _constant_columns(X)
    return np.where(is_constant, first, mean), np.where(is_constant, 0.0, variance)


def _constant_columns(X):
    """Return the first row of a CSR matrix, and which columns have its value in all rows."""
    n_samples, n_features = X.shape
    first = X[[0]].toarray().ravel()
    equal = X.indices[X.data == first[X.indices]]
    n_zeros = n_samples - np.bincount(X.indices, minlength=n_features)
    n_equal = np.bincount(equal, minlength=n_features) + np.where(first == 0, n_zeros, 0)
    return first, n_equal == n_samples


def _check_squares(X, scale):
    """Raise a ValueError if float64 cannot hold the squares of X, whose root mean square is out of bounds."""
    is_small = scale < _LEAST_SCALE
    is_constant = _constant_columns(X)[1] if issparse(X) else X.max(axis=0) == X.min(axis=0)
    if is_small and is_constant.all():
        return
    # A NaN is infinity less infinity.
    raise ValueError(
        f"The values of X are too {'small' if is_small else 'large'}: X spans [{X.min():.3g}, {X.max():.3g}], whose "
        "squares are beyond float64. Scale X first, for example with StandardScaler."
    )


def _blocks(X):
    return row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
