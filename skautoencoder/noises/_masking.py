"""Masking noise: entries set to 0."""

from ._base import BaseNoise, check_share, standardized


class MaskingNoise(BaseNoise):
    """Entries of X are set to 0: ``noise="masking"`` [1]_.

    Parameters
    ----------
    level : float, default=0.1
        Share of the entries that are set to 0, between 0 and 1. They are drawn anew for every row in every epoch.

    See Also
    --------
    GaussianNoise : Noise that changes every entry a little.
    SaltAndPepperNoise : Noise that sets entries to extremes.

    References
    ----------
    .. [1] Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010). Stacked denoising autoencoders. JMLR 11, section 3.2.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, MaskingNoise
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(16, noise=MaskingNoise(0.3), epochs=1, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def __init__(self, level=0.1):
        self.level = level

    def check(self):
        """Raise a ValueError unless the level is a share."""
        check_share(self)

    def numbers(self, X, standardization):
        """Return the level, and 0 as training sees it; see `BaseNoise`.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_features)
            Ignored.
        standardization : Standardization
            What training sees of a row.

        Returns
        -------
        dict of str to float or ndarray
            "level" and "masked".
        """
        return {"level": self.level, "masked": standardized(0, standardization)}

    def __call__(self, batch):
        """Mask entries of a batch; see `BaseNoise`."""
        import tensorflow as tf

        return tf.where(batch.uniform() < batch.numbers["level"], batch.numbers["masked"], batch.rows)
