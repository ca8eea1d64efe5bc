"""Salt-and-pepper noise: entries set to the extremes of X."""

from ._base import ShareNoise, standardized


class SaltAndPepperNoise(ShareNoise):
    """Entries set to the minimum or the maximum of X at random: ``noise="salt_and_pepper"``.

    Parameters
    ----------
    level : float, default=0.1
        Share of the entries that change, between 0 and 1, half of them to either extreme, drawn again in every epoch.

    See Also
    --------
    GaussianNoise : Noise that changes every entry a little.
    MaskingNoise : Noise that removes entries.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, SaltAndPepperNoise
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(16, noise=SaltAndPepperNoise(0.2), epochs=1, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def numbers(self, X, standardization):
        smallest = standardized(X.min(), standardization)
        return {"level": self.level, "smallest": smallest, "largest": standardized(X.max(), standardization)}

    def __call__(self, batch):
        import tensorflow as tf

        drawn = batch.uniform()
        level = batch.numbers["level"]
        salted = tf.where(drawn < level, batch.numbers["largest"], batch.rows)
        return tf.where(drawn < level / 2, batch.numbers["smallest"], salted)
