"""The losses of reconstruction errors, in NumPy and in the units of X; the engine has its own for training."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import gen_batches

_BLOCK_ELEMENTS = 2**18


def _huber(error):
    size = np.abs(error)
    return np.where(size <= 1, 0.5 * np.square(error), size - 0.5)


# By name: the loss of a standardised error, and the power of the scale that takes it into the units of X.
_ERROR_LOSSES = {"mse": (np.square, 2), "mae": (np.abs, 1), "huber": (_huber, 2)}


def is_error_loss(loss):
    """Whether a loss is a function of the errors of single entries, so that PCA has such a loss too."""
    return isinstance(loss, str) and loss in _ERROR_LOSSES


def unit_of(loss, scale):
    """Return the factor that takes a training loss of standardised rows into the units of X.

    A loss that is no error loss is computed in the units of X from the beginning.
    """
    return scale ** _ERROR_LOSSES[loss][1] if is_error_loss(loss) else 1.0


def mean_error_loss(loss, reconstruct, X, scale):
    """Compute the mean loss of reconstructed rows, in the units of X; squared error if `loss` is no error loss.

    Parameters
    ----------
    loss : str or keras.losses.Loss
    reconstruct : callable
        From rows to their reconstruction.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    scale : float
        The scale of X, by which "huber" tells small errors from large ones.

    Returns
    -------
    float
    """
    entry_loss, power = _ERROR_LOSSES[loss if is_error_loss(loss) else "mse"]
    errors = (block - reconstructed for block, reconstructed in reconstructed_blocks(reconstruct, X))
    total = sum(np.sum(entry_loss(error / scale), dtype=np.float64) for error in errors)
    return float(total / np.prod(X.shape)) * scale**power


def explained_variance(reconstruct, X):
    """Compute the share of the variance of X that its reconstruction explains (variance-weighted R2).

    The number is that of ``sklearn.metrics.r2_score(X, reconstruct(X), multioutput="variance_weighted")``, found
    block by block.

    Parameters
    ----------
    reconstruct : callable
        From rows to their reconstruction.
    X : ndarray or CSR matrix of shape (n_samples, n_features)

    Returns
    -------
    float
    """
    mean = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    residual, variance = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for block, reconstructed in reconstructed_blocks(reconstruct, X):
        residual += np.sum(np.square(block - reconstructed), axis=0, dtype=np.float64)
        variance += np.sum(np.square(block - mean), axis=0)
    if not variance.any():
        return float(not residual.any())
    return float(1 - residual[variance > 0].sum() / variance.sum())


def reconstructed_blocks(reconstruct, X):
    """Yield the rows of X, a bounded number at a time and dense, beside their reconstruction."""
    for rows in gen_batches(X.shape[0], max(1, _BLOCK_ELEMENTS // X.shape[1])):
        block = X[rows]
        reconstructed = reconstruct(block)
        yield block.toarray() if issparse(block) else block, reconstructed
