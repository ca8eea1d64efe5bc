"""Reconstruction losses, for training as tensors and for all rows in NumPy."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import huber

from ..metrics import reconstructed_blocks
from ..rows import Standardization


def _huber_tensor(error):
    import tensorflow as tf

    return tf.where(tf.abs(error) <= 1, 0.5 * tf.square(error), tf.abs(error) - 0.5)


def _square_tensor(error):
    import tensorflow as tf

    return tf.square(error)


def _absolute_tensor(error):
    import tensorflow as tf

    return tf.abs(error)


# Losses of single errors, as Keras defines them: in NumPy, as a tensor, and the power of the scale of the rows that
# takes the loss of standardised rows into the units of X.
_ERROR_LOSSES = {
    "mse": (np.square, _square_tensor, 2),
    "mae": (np.abs, _absolute_tensor, 1),
    "huber": (lambda error: huber(1, error), _huber_tensor, 2),
}


def as_tensor(name, function, value, expected):
    """Return what a user's function computed as a float32 tensor.

    Parameters
    ----------
    name : str
        Parameter that the function is passed as.
    function : callable
    value : object
        What it returned.
    expected : str
        Words for the error message: what it must return.

    Returns
    -------
    float32 tensor

    Raises
    ------
    ValueError
        If the value is no array of real numbers.
    """
    import tensorflow as tf

    try:
        tensor = tf.convert_to_tensor(value)
        is_real = tensor.dtype.is_floating or tensor.dtype.is_integer
    except (TypeError, ValueError):
        is_real = False
    if not is_real:
        raise ValueError(
            f"{name}={function!r} must return {expected}, real numbers made by keras.ops or TensorFlow, but returned "
            f"{value!r}."
        )
    return tf.cast(tensor, tf.float32)


@dataclass(frozen=True)
class ReconstructionLoss:
    """How far rows are from what the decoder puts out for them.

    Parameters
    ----------
    kind : {"mse", "mae", "huber", "binary_crossentropy"}, keras.losses.Loss or callable
        Name, object or function that the parameter `loss` of an estimator stands for.
    standardization : Standardization
        What training sees of a row. A Keras loss and a function are computed after reverting it, in the units of X.
    from_logits : bool, default=False
        Whether the decoder puts out logits: "binary_crossentropy" is then exact where the sigmoid rounds to 0 or 1.
    """

    kind: Any
    standardization: Standardization
    from_logits: bool = False

    @property
    def key(self):
        """Everything that shapes a compiled program."""
        # An object or a function equals itself alone: not all of Keras' own losses tell all in their configuration.
        return self.kind, self.from_logits

    @property
    def numbers(self):
        """Everything that is only a number in a compiled program."""
        if isinstance(self.kind, str):
            return {}
        return {"mean": self.standardization.mean, "scale": self.standardization.scale}

    def of_rows(self, rows, outputs, numbers):
        """Compute the loss of each row, as a tensor.

        Parameters
        ----------
        rows, outputs : float32 tensor of shape (n_rows, n_features)
            Rows as training sees them, and what the decoder puts out for them.
        numbers : dict of str to float32 tensor
            `numbers`, in the program.

        Returns
        -------
        float32 tensor of shape (n_rows,)
            Loss of each row, in the units of the rows that training sees.
        """
        import keras
        import tensorflow as tf

        if not isinstance(self.kind, str):
            mean, scale = numbers["mean"], numbers["scale"]
            return self._of_rows_of_X(rows * scale + mean, outputs * scale + mean)
        if self.kind == "binary_crossentropy":
            entries = keras.ops.binary_crossentropy(rows, outputs, self.from_logits)
        else:
            entries = _ERROR_LOSSES[self.kind][1](outputs - rows)
        return tf.reduce_mean(entries, axis=1)

    def _of_rows_of_X(self, rows, outputs):
        """Compute a Keras loss or a function of each row; one that returns a number per entry is averaged over them."""
        import tensorflow as tf

        losses = getattr(self.kind, "call", self.kind)(rows, outputs)
        losses = as_tensor("loss", self.kind, losses, "one number per row, shape (n_rows,)")
        if losses.shape.rank == 2:
            losses = tf.reduce_mean(losses, axis=1)
        if losses.shape.rank != 1:
            raise ValueError(
                f"loss={self.kind!r} must return one number per row, shape (n_rows,), but returned shape "
                f"{tuple(losses.shape)}. Average over the columns alone, as in keras.ops.mean(..., axis=-1)."
            )
        return losses

    def to_learn(self, rows, weights=None):
        """Compute how far the loss of rows can fall: from that of their feature means to that of the rows themselves.

        Parameters
        ----------
        rows : float32 ndarray of shape (n_rows, n_features)
            Rows as training sees them.
        weights : float32 ndarray of shape (n_rows, 1), default=None
            Weights of the rows. If None, all count the same.

        Returns
        -------
        to_learn : float
            Loss of the feature means less that of the rows themselves.
        scale : float
            Root mean square, about their means, of what the decoder puts out for these rows before its activation; for
            logits 1.0, about what it is.
        """
        of_values = replace(self, from_logits=False)
        weights = None if weights is None else weights[:, 0]
        means = np.broadcast_to(np.average(rows, axis=0, weights=weights), rows.shape)
        of_means, of_rows = (
            np.average(of_values.of_rows(rows, outputs, self.numbers), weights=weights) for outputs in (means, rows)
        )
        variances = np.average(np.square(rows - means), axis=0, weights=weights)
        scale = 1.0 if self.kind == "binary_crossentropy" else float(np.sqrt(variances.mean()))
        return float(of_means - of_rows), scale

    @property
    def power(self):
        """Power of the scale by which the loss grows; 0 if it does not depend on the unit."""
        is_of_errors = isinstance(self.kind, str) and self.kind in _ERROR_LOSSES
        return _ERROR_LOSSES[self.kind][2] if is_of_errors else 0

    def in_units_of_X(self, value):
        """Take a loss of the rows that training sees into the units of X.

        Parameters
        ----------
        value : float
            Loss of the rows that training sees.

        Returns
        -------
        float
            Loss in the units of X.
        """
        return value * self.standardization.scale**self.power

    def mean(self, reconstruct, X, sample_weight=None):
        """Compute the mean loss of all rows, in the units of X.

        Parameters
        ----------
        reconstruct : callable
            Takes rows to their reconstruction.
        X : ndarray or CSR matrix of shape (n_samples, n_features)
            Rows to reconstruct.
        sample_weight : ndarray of shape (n_samples,), default=None
            If None, all rows count the same.

        Returns
        -------
        float
            Mean loss, in the units of X.
        """
        total, weight = 0.0, 0.0
        for rows, reconstructed, weights in reconstructed_blocks(reconstruct, X, sample_weight):
            total += np.sum(self._of_block(rows, reconstructed) @ weights)
            weight += weights.sum()
        return self.in_units_of_X(float(total / weight))

    def _of_block(self, rows, reconstructed):
        """Return the loss of each row of a block, in units of the rows that training sees."""
        if isinstance(self.kind, str):
            # Squares in float64: float32 has none of values below 1e-22 or above 1e19.
            errors = np.subtract(rows, reconstructed, dtype=np.float64) / self.standardization.scale
            return np.mean(_ERROR_LOSSES[self.kind][0](errors), axis=-1)
        import tensorflow as tf

        return self._of_rows_of_X(tf.constant(rows, tf.float32), tf.constant(reconstructed, tf.float32)).numpy()
