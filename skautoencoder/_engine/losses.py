"""What training minimises: one number per row."""

import keras
import tensorflow as tf


def _huber(error):
    return tf.where(tf.abs(error) <= 1, 0.5 * tf.square(error), tf.abs(error) - 0.5)


# Of the error of each entry, as Keras defines them.
_ERROR_LOSSES = {"mse": tf.square, "mae": tf.abs, "huber": _huber}


def row_losses(loss, rows, outputs, mean, scale):
    """Compute the loss of each row.

    Parameters
    ----------
    loss : str or keras.losses.Loss
    rows : float32 tensor of shape (n_rows, n_features)
        Standardised.
    outputs : float32 tensor of shape (n_rows, n_features)
        What the decoder puts out for them: logits for "binary_crossentropy".
    mean : float32 tensor of shape (n_features,)
    scale : float32 scalar tensor
        The standardisation that a Keras loss, which may mean something in the units of X, is spared.

    Returns
    -------
    float32 tensor of shape (n_rows,)
    """
    if isinstance(loss, keras.losses.Loss):
        return loss.call(rows * scale + mean, outputs * scale + mean)
    if loss == "binary_crossentropy":
        entries = tf.nn.sigmoid_cross_entropy_with_logits(labels=rows, logits=outputs)
    else:
        entries = _ERROR_LOSSES[loss](outputs - rows)
    return tf.reduce_mean(entries, axis=1)
