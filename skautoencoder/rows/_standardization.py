"""What training sees of a row: one mean per feature, one scale for all."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._blocks import row_blocks

_BLOCK_MEBIBYTES = 4


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
    def of(cls, X):
        """Measure the rows of X, an ndarray or a CSR matrix, in float64."""
        if issparse(X):
            mean, variance = mean_variance_axis(X.astype(np.float64, copy=False), axis=0)
            return cls(mean, float(np.sqrt(variance.mean())) or 1.0, np.sqrt(variance))
        mean = X.mean(axis=0, dtype=np.float64)
        # A mean rounded in the last place must not turn a constant column into a signal.
        mean = np.where(np.ptp(X, axis=0) == 0, X[0], mean)
        blocks = row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
        # The total is summed by itself: from the sums of the features it would round to other bits.
        squares, squares_of_features = 0.0, np.zeros(X.shape[1])
        for rows in blocks:
            of_block = np.square(np.subtract(X[rows], mean))
            squares += np.sum(of_block)
            squares_of_features += np.sum(of_block, axis=0)
        return cls(mean, float(np.sqrt(squares / X.size)) or 1.0, np.sqrt(squares_of_features / X.shape[0]))

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
