"""The losses of reconstruction errors, in NumPy and in the units of X; the engine has its own for training."""

import numpy as np
from sklearn.utils import gen_batches

_BLOCK_ROWS = 4096


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
    X : ndarray of shape (n_samples, n_features)
    scale : float
        The scale of X, by which "huber" tells small errors from large ones.

    Returns
    -------
    float
    """
    entry_loss, power = _ERROR_LOSSES[loss if is_error_loss(loss) else "mse"]
    total = sum(
        np.sum(entry_loss((X[rows] - reconstruct(X[rows])) / scale), dtype=np.float64)
        for rows in gen_batches(len(X), _BLOCK_ROWS)
    )
    return float(total / X.size) * scale**power
