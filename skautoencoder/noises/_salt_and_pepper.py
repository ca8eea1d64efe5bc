"""Entries at the ends of the range."""

from ._base import BaseNoise, check_share, standardized


class SaltAndPepperNoise(BaseNoise):
    """Entries are set to the smallest or to the largest value of X: ``noise="salt_and_pepper"`` [1]_.

    Parameters
    ----------
    level : float, default=0.1
        Share of the entries that change, between 0 and 1, half of them to either end. They are drawn anew for every row
        in every epoch.

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
        """Raise a ValueError unless the level is a share."""
        check_share(self)

    def numbers(self, X, standardization):
        """Return the level, and both ends of X as training sees them; see `BaseNoise`.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_features)
            Rows whose smallest and largest values are used.
        standardization : Standardization
            What training sees of a row.

        Returns
        -------
        dict of str to float or ndarray
            "level", "smallest" and "largest".
        """
        ends = {"smallest": X.min(), "largest": X.max()}
        return {"level": self.level} | {name: standardized(value, standardization) for name, value in ends.items()}

    def __call__(self, batch):
        """Set entries of a batch to the ends of the range; see `BaseNoise`."""
        import tensorflow as tf

        drawn, level = batch.uniform(), batch.numbers["level"]
        salted = tf.where(drawn < level, batch.numbers["largest"], batch.rows)
        return tf.where(drawn < level / 2, batch.numbers["smallest"], salted)
