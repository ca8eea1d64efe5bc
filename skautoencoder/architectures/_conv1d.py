"""Rows as series: convolutions along the steps share their weights between them."""

import math

from .._checks import check_kernel_size, check_shape
from ._base import BaseKerasArchitecture


class Conv1DArchitecture(BaseKerasArchitecture):
    """Strided convolutions along the steps of a series down to the code, transposed convolutions back up.

    The counterpart of :class:`ConvolutionalArchitecture` [1]_ for time series and other sequences.
    `hidden_layer_sizes` are the filters of the encoder's convolutions, each of which halves the number of steps; the
    decoder mirrors them and crops the surplus step of odd numbers. ``()`` connects steps and code directly.

    Choose it over :class:`RecurrentArchitecture` for long sequences: all steps are computed at once.

    Parameters
    ----------
    sequence_shape : int or tuple of int, default=(-1, 1)
        Steps and, if there are several, channels of one row of X, in the order of ``sequence.reshape(-1)``: all
        channels of the first step, then those of the second. One of them may be -1, to be inferred from X. The default
        reads a row as one channel with a step per feature.
    kernel_size : int, default=3
        Steps that a kernel covers, at least 1. The default is usual for short series.

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

    default_hidden_layer_sizes = (32, 64)

    def __init__(self, sequence_shape=(-1, 1), kernel_size=3):
        self.sequence_shape = sequence_shape
        self.kernel_size = kernel_size

    def check(self, n_features):
        check_shape("sequence_shape", self.sequence_shape, 2, n_features, type(self).__name__)
        check_kernel_size(self.kernel_size, 1, type(self).__name__)

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        from keras import Input, Sequential
        from keras.layers import Conv1D, Conv1DTranspose, Cropping1D, Dense, Flatten, Reshape

        n_steps, n_channels = check_shape("sequence_shape", self.sequence_shape, 2, n_features, type(self).__name__)
        # Steps before the first convolution and after each; half of an odd number is rounded up.
        steps = [n_steps]
        for _ in hidden_layer_sizes:
            steps.append(-(-steps[-1] // 2))
        order = {"data_format": "channels_last"}
        (kernel_size,) = check_kernel_size(self.kernel_size, 1, type(self).__name__)
        options = {"kernel_size": kernel_size, "padding": "same", **order}
        encoder = [Input((n_features,)), Reshape((n_steps, n_channels))]
        encoder += [Conv1D(filters, strides=2, activation=activation, **options) for filters in hidden_layer_sizes]
        encoder += [Flatten(**order), Dense(encoding_dim)]
        if not hidden_layer_sizes:
            return Sequential(encoder), Sequential([Input((encoding_dim,)), Dense(n_features)])

        smallest = (steps[-1], hidden_layer_sizes[-1])
        decoder = [Input((encoding_dim,)), Dense(math.prod(smallest), activation), Reshape(smallest)]
        for filters, n_inputs, n_outputs in zip(hidden_layer_sizes[::-1], steps[:0:-1], steps[-2::-1], strict=True):
            decoder.append(Conv1DTranspose(filters, strides=2, activation=activation, **options))
            if 2 * n_inputs != n_outputs:
                decoder.append(Cropping1D((0, 2 * n_inputs - n_outputs)))
        decoder += [Conv1D(n_channels, **options), Flatten(**order)]
        return Sequential(encoder), Sequential(decoder)
