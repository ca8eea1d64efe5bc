"""What training minimises: one number per row."""

import keras
import tensorflow as tf


def _huber(error):
    return tf.where(tf.abs(error) <= 1, 0.5 * tf.square(error), tf.abs(error) - 0.5)


# Of the error of each entry, as Keras defines them.
_ERROR_LOSSES = {"mse": tf.square, "mae": tf.abs, "huber": _huber}


def row_losses(loss, rows, outputs, mean, scale, from_logits):
    """Compute the loss of each row.

    Parameters
    ----------
    loss : str or keras.losses.Loss
    rows : float32 tensor of shape (n_rows, n_features)
        Standardised.
    outputs : float32 tensor of shape (n_rows, n_features)
        What the decoder puts out for them.
    mean : float32 tensor of shape (n_features,)
    scale : float32 scalar tensor
        The standardisation that a Keras loss, which may mean something in the units of X, is spared.
    from_logits : bool
        Whether outputs are logits: then "binary_crossentropy" is exact where the sigmoid rounds to 0 or 1.

    Returns
    -------
    float32 tensor of shape (n_rows,)
    """
    if isinstance(loss, keras.losses.Loss):
        return loss.call(rows * scale + mean, outputs * scale + mean)
    if loss == "binary_crossentropy":
        entries = keras.ops.binary_crossentropy(rows, outputs, from_logits)
    else:
        entries = _ERROR_LOSSES[loss](outputs - rows)
    return tf.reduce_mean(entries, axis=1)


def penalty_of(penalty, batch):
    """Compute what a penalty makes of a batch, averaged over its rows: a scalar tensor.

    Parameters
    ----------
    penalty : BasePenalty or callable
    batch : Batch

    Raises
    ------
    ValueError
        If it is neither one number nor one number per row.
    """
    value = tf.cast(tf.convert_to_tensor(penalty(batch)), tf.float32)
    if value.shape.rank not in (0, 1) or (value.shape.rank == 1 and value.shape[0] not in (None, batch.rows.shape[0])):
        raise ValueError(
            f"penalty={penalty!r} must return one number or one per row, shape () or (n_rows,), but returned shape "
            f"{tuple(value.shape)}."
        )
    return batch.mean(value) if value.shape.rank == 1 else value


def divergence_of_posterior(means, log_variances):
    """Compute the divergence of each row's posterior from the standard normal distribution.

    Returns
    -------
    float32 tensor of shape (n_rows,)
        KL(N(mean, variance) || N(0, I)) in nats, summed over the code [1, eq. 10].

    References
    ----------
    .. [1] Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
    """
    terms = tf.exp(log_variances) + tf.square(means) - 1 - log_variances
    return tf.reduce_sum(terms, axis=1) / 2
