"""Normal noise."""

from ._base import Noise


class GaussianNoise(Noise):
    """Normal noise is added to every entry; the level is its standard deviation."""

    is_share = False

    def __init__(self, level, X, standardization, unit):
        super().__init__(level * unit, X, standardization, unit)

    def __call__(self, rows, numbers, seed):
        """Return rows with noise; see `Noise`."""
        import tensorflow as tf

        return rows + numbers["noise_level"] * tf.random.stateless_normal(tf.shape(rows), seed)
