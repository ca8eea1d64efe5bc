"""Base class of penalties, and their argument."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class Batch:
    """Argument of a penalty: the rows of a training step and their codes, as TensorFlow tensors.

    Parameters
    ----------
    rows : float32 tensor of shape (n_rows, n_features)
        Rows as the encoder sees them: standardised where training starts at PCA, and with noise if there is any.
    codes : float32 tensor of shape (n_rows, encoding_dim)
        Codes of the rows.
    encode : callable
        Encoder: a function from rows to codes.
    mean : callable
        Mean over rows, ignoring padding; use it instead of `ops.mean`.
    kernels : list of float32 tensor
        Kernels of the encoder and the decoder: all trained weights but biases.

    See Also
    --------
    BasePenalty : Base class of penalties, with an example.
    """

    rows: Any
    codes: Any
    encode: Any
    mean: Any
    kernels: Any


class BasePenalty(BaseEstimator, metaclass=ABCMeta):
    """Base class of penalties.

    A subclass stores its parameters and computes the penalty of a batch. Training minimises the reconstruction loss
    plus `alpha` times the penalty. A plain function of a batch is a penalty, too.

    Attributes
    ----------
    suits_pca_start : bool
        Whether ``init="auto"`` starts at PCA. The default is False, since the codes of PCA are not sparse.

    See Also
    --------
    L1Sparsity : Small absolute codes.
    HoyerSparsity : Few codes other than zero, of any size.
    KLSparsity : Codes that are rarely active.
    ContractivePenalty : Codes that are insensitive to small changes of a row.
    L2Penalty : Small weights.

    Examples
    --------
    Keep codes small:

    >>> from keras import ops
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, BasePenalty
    >>> class SquaredCodes(BasePenalty):
    ...     suits_pca_start = True
    ...
    ...     def __call__(self, batch):
    ...         return ops.sum(ops.square(batch.codes), axis=1)
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(2, penalty=SquaredCodes(), epochs=1, random_state=0).fit(X)
    >>> list(autoencoder.history_)[:3]
    ['loss', 'reconstruction_loss', 'penalty']
    """

    suits_pca_start = False

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        """Return the weight for ``alpha="auto"``.

        Parameters
        ----------
        to_learn : float
            Maximum reduction of the loss: the loss of predicting the feature means minus that of a perfect
            reconstruction.
        scale : float
            Root mean variance of the decoder's outputs before their activation; 1.0 where training starts at PCA, and
            for logits.
        n_features, encoding_dim : int
            Widths of a row and of a code.

        Returns
        -------
        float
            Weight of the penalty. The default is 0.01 of `to_learn`.
        """
        return 1e-2 * to_learn

    def check(self, code_activation):
        """Raise a ValueError unless the parameters are valid and the penalty suits the activation of the code.

        Parameters
        ----------
        code_activation : str
            Activation of the code, as a Keras name.
        """

    @abstractmethod
    def __call__(self, batch):
        """Compute the penalty of a batch.

        Parameters
        ----------
        batch : Batch
            Rows and codes of a training step.

        Returns
        -------
        float32 tensor of shape () or (n_rows,)
            Penalty of the batch, or of each row.
        """
