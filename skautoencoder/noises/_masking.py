"""Masking noise: entries set to 0."""

from ._base import Noise, standardized


class MaskingNoise(Noise):
    """Entries are set to 0; the level is their share."""

    def __init__(self, level, X, standardization, unit):
        super().__init__(level, X, standardization, unit)
        self.numbers["masked"] = standardized(0, standardization)

    def __call__(self, rows, numbers, seed):
        """Return rows with noise; see `Noise`."""
        import tensorflow as tf

        drawn = tf.random.stateless_uniform(tf.shape(rows), seed)
        return tf.where(drawn < numbers["noise_level"], numbers["masked"], rows)
