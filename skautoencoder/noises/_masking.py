"""Masking noise: entries set to 0."""

from ._base import ShareNoise, standardized


class MaskingNoise(ShareNoise):
    """Entries of X set to 0 at random: ``noise="masking"``.

    Parameters
    ----------
    level : float, default=0.1
        Share of the entries set to 0, between 0 and 1, drawn again in every epoch.

    See Also
    --------
    GaussianNoise : Noise that changes every entry a little.
    SaltAndPepperNoise : Noise that sets entries to extremes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, MaskingNoise
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(16, noise=MaskingNoise(0.3), epochs=1, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def numbers(self, X, standardization):
        return {"level": self.level, "masked": standardized(0, standardization)}

    def __call__(self, batch):
        import tensorflow as tf

        return tf.where(batch.uniform() < batch.numbers["level"], batch.numbers["masked"], batch.rows)
