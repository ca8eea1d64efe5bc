"""Base class of noises, and their argument."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class CleanBatch:
    """Argument of a noise: the rows of a training step, as a TensorFlow tensor, and random numbers for them.

    Parameters
    ----------
    rows : float32 tensor of shape (n_rows, n_features)
        Rows as training sees them: standardised where training starts at PCA, and as in X otherwise.
    uniform : callable
        Function without arguments that draws uniform random numbers in [0, 1), shape (n_rows, n_features).
    normal : callable
        Function without arguments that draws standard normal random numbers of that shape.
    numbers : dict of str to float32 tensor
        Numbers returned by `BaseNoise.numbers`, as tensors.

    See Also
    --------
    BaseNoise : Base class of noises, with an example.
    """

    rows: Any
    uniform: Any
    normal: Any
    numbers: dict


class BaseNoise(BaseEstimator, metaclass=ABCMeta):
    """Base class of noises.

    A subclass stores its parameters and changes the rows of a batch. In training the encoder sees the noisy rows, and
    the decoder learns to return the clean ones [1]_. A plain function of a batch is a noise, too.

    See Also
    --------
    GaussianNoise : Normal noise.
    MaskingNoise : Entries set to 0.
    SaltAndPepperNoise : Entries set to the smallest or the largest value.

    References
    ----------
    .. [1] Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010). Stacked denoising autoencoders. JMLR 11, section
       3.2.

    Examples
    --------
    Scale each row by a random factor:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, BaseNoise
    >>> class Contrast(BaseNoise):
    ...     def __init__(self, level=0.3):
    ...         self.level = level
    ...
    ...     def __call__(self, batch):
    ...         return batch.rows * (1 + self.level * batch.normal()[:, :1])
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(2, noise=Contrast(), epochs=1, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 2)
    """

    def check(self):
        """Raise a ValueError if the parameters are invalid."""

    def numbers(self, X, standardization):
        """Return parameters and statistics of X that enter the computation as numbers.

        A search over a parameter that is returned here compiles one program for all values.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_features)
            Rows to train on.
        standardization : Standardization
            Training sees ``(X - mean) / scale``, with an array `mean` and a number `scale`.

        Returns
        -------
        dict of str to float or ndarray
            Numbers by name; a parameter keeps its name. The default is empty.
        """
        return {}

    @abstractmethod
    def __call__(self, batch):
        """Return the rows of a batch with noise.

        Parameters
        ----------
        batch : CleanBatch
            Rows of a training step, and random numbers.

        Returns
        -------
        float32 tensor of shape (n_rows, n_features)
            Rows that the encoder sees.
        """


class ShareNoise(BaseNoise):
    """Base class of noises that change a share of the entries, their `level`."""

    def __init__(self, level=0.1):
        self.level = level

    def check(self):
        if isinstance(self.level, bool) or not isinstance(self.level, Real) or not 0 <= self.level <= 1:
            raise ValueError(
                f"level={self.level!r} of {type(self).__name__} is the share of changed entries, so it must be between "
                "0 and 1, for example 0.3."
            )


def standardized(value, standardization):
    """Return a value of X as training sees it in each feature: float32, shape (n_features,)."""
    row = np.full((1, standardization.mean.size), value, dtype=np.float64)
    # A bound of clipping may be far beyond X: it becomes infinite.
    with np.errstate(over="ignore"):
        return standardization.apply(row, out=np.empty_like(row, dtype=np.float32))[0]
