"""Rows without holes: arrays, memory maps and sparse matrices."""

import numpy as np
from scipy.sparse import issparse


class CompleteRows:
    """Standardised rows of X, of one field; X itself stays where it is.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Memory maps and sparse matrices are read block by block.
    standardization : Standardization
    """

    def __init__(self, X, standardization):
        self._X, self._standardization = X, standardization
        self.widths = (X.shape[1],)

    def __len__(self):
        return self._X.shape[0]

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        (rows,) = out
        X = self._X
        # Held-out and noisy rows may be beyond float32, which the loss will tell.
        with np.errstate(over="ignore"):
            if issparse(X) and self._standardization.is_extreme:
                self._standardization.apply(X[indices].toarray(), out=rows)
            elif issparse(X):
                X[indices].astype(np.float32).toarray(out=rows)
                self._standardization.apply(rows, out=rows)
            elif X.dtype == rows.dtype:
                np.take(X, indices, axis=0, out=rows, mode="clip")
                self._standardization.apply(rows, out=rows)
            else:
                self._standardization.apply(X[indices], out=rows)
