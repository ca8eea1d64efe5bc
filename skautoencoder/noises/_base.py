"""What a noise is given, and what it returns."""

from abc import ABC, abstractmethod

import numpy as np


class Noise(ABC):
    """Random changes of the rows that the encoder sees in training.

    Parameters
    ----------
    level : float
        Strength of the noise, as the parameter `noise_level`.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    standardization : Standardization
        What training sees of a row.
    unit : float
        Root mean square of what training sees, about its feature means.

    Attributes
    ----------
    is_share : bool
        Whether the level is a share of the entries, between 0 and 1.
    numbers : dict of str to float32 ndarray
        What the noise needs to know of the rows: tensors of the compiled program, so that other numbers need no other
        program.
    """

    is_share = True

    def __init__(self, level, X, standardization, unit):
        self.numbers = {"noise_level": np.float32(level)}

    @abstractmethod
    def __call__(self, rows, numbers, seed):
        """Return rows with noise, as a tensor.

        Parameters
        ----------
        rows : float32 tensor of shape (n_rows, n_features)
            Rows as training sees them.
        numbers : dict of str to float32 tensor
        seed : int32 tensor of shape (2,)

        Returns
        -------
        float32 tensor of shape (n_rows, n_features)
        """


def standardized(value, standardization):
    """Return, for every feature, what training sees of a value of X: shape (n_features,), float32."""
    return (np.float32(value) - standardization.mean.astype(np.float32)) / np.float32(standardization.scale)
