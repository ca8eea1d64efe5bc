"""Salt-and-pepper noise: entries set to the extremes of X."""

from ._base import BaseNoise, check_share, standardized


class SaltAndPepperNoise(BaseNoise):
    """Entries set to the minimum or the maximum of X at random: ``noise="salt_and_pepper"`` [1]_.

    Parameters
    ----------
    level : float, default=0.1
        Share of the entries that change, between 0 and 1, half of them to either extreme, drawn again in every epoch.

    See Also
    --------
    GaussianNoise : Noise that changes every entry a little.
    MaskingNoise : Noise that removes entries.

    References
    ----------
    .. [1] Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010). Stacked denoising autoencoders. JMLR 11, section 3.2.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, SaltAndPepperNoise
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(16, noise=SaltAndPepperNoise(0.2), epochs=1, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def __init__(self, level=0.1):
        self.level = level

    def check(self):
        check_share(self)

    def numbers(self, X, standardization):
        smallest = standardized(X.min(), standardization)
        return {"level": self.level, "smallest": smallest, "largest": standardized(X.max(), standardization)}

    def __call__(self, batch):
        import tensorflow as tf

        drawn = batch.uniform()
        level = batch.numbers["level"]
        salted = tf.where(drawn < level, batch.numbers["largest"], batch.rows)
        return tf.where(drawn < level / 2, batch.numbers["smallest"], salted)
