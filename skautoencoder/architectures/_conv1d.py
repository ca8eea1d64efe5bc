"""Rows as series: convolutions along the steps share their weights between them."""

from .._checks import check_kernel_size, check_shape
from ._base import BaseKerasArchitecture
from ._strided import strided_models


class Conv1DArchitecture(BaseKerasArchitecture):
    """Strided convolutions along the steps of a series down to the code, transposed convolutions back up.

    The counterpart of :class:`ConvolutionalArchitecture` [1]_ for time series and other sequences.
    `hidden_layer_sizes` are the filters of the encoder's convolutions, each of which halves the number of steps; the
    decoder begins with a dense layer of 256 units, mirrors the convolutions and crops the surplus step of odd numbers.
    ``()`` connects steps and code directly.

    Choose it over :class:`RecurrentArchitecture` for long sequences: all steps are computed at once.

    Parameters
    ----------
    sequence_shape : int or tuple of int, default=(-1, 1)
        Steps and, if there are several, channels of one row of X, in the order of ``sequence.reshape(-1)``: all
        channels of the first step, then those of the second. One of them may be -1, to be inferred from X. The default
        reads a row as one channel with a step per feature.
    kernel_size : int, default=4
        Steps that a kernel covers, at least 1. With the default, twice the stride, each step that the decoder returns
        lies in as many kernels as any other.

    See Also
    --------
    RecurrentArchitecture : Sequences step by step.
    ConvolutionalArchitecture : Rows as images.
    KerasArchitecture : Your own Keras models.

    References
    ----------
    .. [1] Masci, Meier, Ciresan & Schmidhuber (2011). Stacked convolutional auto-encoders for hierarchical feature
       extraction. ICANN.

    Examples
    --------
    >>> import numpy as np
    >>> from skautoencoder import AutoencoderTransformer, Conv1DArchitecture
    >>> time = np.arange(20)
    >>> X = np.sin(time * np.random.RandomState(0).uniform(0.1, 0.5, size=(200, 1)))
    >>> architecture = Conv1DArchitecture(sequence_shape=(20, 1), kernel_size=5)
    >>> autoencoder = AutoencoderTransformer(2, architecture=architecture, epochs=2, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (200, 2)
    """

    default_hidden_layer_sizes = (16, 32)

    def __init__(self, sequence_shape=(-1, 1), kernel_size=4):
        self.sequence_shape = sequence_shape
        self.kernel_size = kernel_size

    def check(self, n_features):
        check_shape("sequence_shape", self.sequence_shape, 2, n_features, type(self).__name__)
        check_kernel_size(self.kernel_size, 1, type(self).__name__)

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        owner = type(self).__name__
        shape = check_shape("sequence_shape", self.sequence_shape, 2, n_features, owner)
        return strided_models(
            shape, encoding_dim, hidden_layer_sizes, check_kernel_size(self.kernel_size, 1, owner), activation
        )
