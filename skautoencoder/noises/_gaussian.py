"""Normal noise."""

from numbers import Real

import numpy as np

from ._base import BaseNoise, standardized


class GaussianNoise(BaseNoise):
    """Normal noise, added to every entry: ``noise="gaussian"``.

    Parameters
    ----------
    level : float, default=0.1
        Standard deviation of the noise, at least 0, in the units of the rows that training sees: those of X with
        ``init="random"``, and multiples of the root mean variance of the features where training starts at PCA.
    clip : (float, float) or None, default=None
        Minimum and maximum of noisy entries, in the units of X. If None, nothing is clipped. The tutorials clip images
        to (0, 1).

    See Also
    --------
    MaskingNoise : Noise that removes entries.
    SaltAndPepperNoise : Noise that sets entries to extremes.

    Examples
    --------
    The noise of the tutorials, on pixels between 0 and 1:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, GaussianNoise
    >>> X = load_digits().data / 16
    >>> noise = GaussianNoise(level=0.5, clip=(0, 1))
    >>> autoencoder = AutoencoderTransformer(16, init="random", noise=noise, epochs=1, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def __init__(self, level=0.1, clip=None):
        self.level = level
        self.clip = clip

    def check(self):
        if isinstance(self.level, bool) or not isinstance(self.level, Real) or not 0 <= self.level < np.inf:
            raise ValueError(f"level={self.level!r} of GaussianNoise must be a number of at least 0, for example 0.3.")
        if self.clip is not None and (np.shape(self.clip) != (2,) or not self.clip[0] < self.clip[1]):
            raise ValueError(
                f"clip={self.clip!r} of GaussianNoise must be a minimum and a larger maximum, for example (0, 1), or "
                "None."
            )

    def numbers(self, X, standardization):
        if self.clip is None:
            return {"level": self.level}
        return {"level": self.level, "clip": np.stack([standardized(end, standardization) for end in self.clip])}

    def __call__(self, batch):
        import tensorflow as tf

        noisy = batch.rows + batch.numbers["level"] * batch.normal()
        return tf.clip_by_value(noisy, *tf.unstack(batch.numbers["clip"])) if "clip" in batch.numbers else noisy
