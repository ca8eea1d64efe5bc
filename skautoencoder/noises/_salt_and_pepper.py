"""Entries at the ends of the range."""

from ._base import Noise, standardized


class SaltAndPepperNoise(Noise):
    """Entries are set to the smallest or to the largest value of X; the level is their share."""

    def __init__(self, level, X, standardization, unit):
        super().__init__(level, X, standardization, unit)
        self.numbers["smallest"] = standardized(X.min(), standardization)
        self.numbers["largest"] = standardized(X.max(), standardization)

    def __call__(self, rows, numbers, seed):
        """Return rows with noise; see `Noise`."""
        import tensorflow as tf

        drawn, level = tf.random.stateless_uniform(tf.shape(rows), seed), numbers["noise_level"]
        extreme = tf.where(drawn < level / 2, numbers["smallest"], numbers["largest"])
        return tf.where(drawn < level, extreme, rows)
