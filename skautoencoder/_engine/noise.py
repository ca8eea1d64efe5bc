"""What is done to the rows that the encoder sees while it trains."""

import tensorflow as tf


def _gaussian(rows, conditions, seed):
    return rows + conditions.noise_level * tf.random.stateless_normal(tf.shape(rows), seed)


def _masking(rows, conditions, seed):
    masked = (0.0 - conditions.mean) / conditions.scale
    return tf.where(tf.random.stateless_uniform(tf.shape(rows), seed) < conditions.noise_level, masked, rows)


def _salt_and_pepper(rows, conditions, seed):
    drawn = tf.random.stateless_uniform(tf.shape(rows), seed)
    lowest, highest = ((bound - conditions.mean) / conditions.scale for bound in (conditions.low, conditions.high))
    extreme = tf.where(drawn < conditions.noise_level / 2, lowest, highest)
    return tf.where(drawn < conditions.noise_level, extreme, rows)


_NOISES = {"gaussian": _gaussian, "masking": _masking, "salt_and_pepper": _salt_and_pepper}


def corrupted(noise, rows, conditions, seed):
    """Return standardised rows with noise.

    Parameters
    ----------
    noise : {"gaussian", "masking", "salt_and_pepper"} or None
    rows : float32 tensor of shape (n_rows, n_features)
    conditions : Conditions
    seed : int32 tensor of shape (2,)

    Returns
    -------
    float32 tensor of shape (n_rows, n_features)
    """
    return rows if noise is None else _NOISES[noise](rows, conditions, seed)
