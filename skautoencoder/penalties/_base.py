"""What a penalty is given, and what it returns."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class Batch:
    """What a penalty may look at, as tensors of TensorFlow.

    Parameters
    ----------
    rows : float32 tensor of shape (n_rows, n_features)
        What the encoder sees: standardised where training starts at PCA, and with noise if there is any.
    codes : float32 tensor of shape (n_rows, encoding_dim)
        What the encoder makes of them.
    encode : callable
        The encoder: from rows to codes.
    mean : callable
        The mean over the rows, with which a penalty must not be confused by rows that only fill up the last batch.
    """

    rows: Any
    codes: Any
    encode: Any
    mean: Any


class BasePenalty(BaseEstimator, metaclass=ABCMeta):
    """Base class of penalties.

    A subclass stores its parameters and says what a batch costs; training minimises the reconstruction loss plus
    `alpha` times that. A plain function of a batch is a penalty, too.

    Attributes
    ----------
    suits_pca_start : bool
        Whether ``init="auto"`` starts at PCA. PCA's codes are as dense as can be, no start for a sparse network.
    """

    suits_pca_start = False

    def check(self, code_activation):
        """Raise a ValueError if the penalty makes no sense for codes that come out of this activation.

        Parameters
        ----------
        code_activation : str
        """

    @abstractmethod
    def __call__(self, batch):
        """Compute the penalty.

        Parameters
        ----------
        batch : Batch

        Returns
        -------
        float32 tensor
            One number per row, of shape (n_rows,), or a single one for the batch.
        """
