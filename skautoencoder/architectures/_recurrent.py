"""Rows as sequences: recurrent layers share their weights between steps."""

from .._checks import check_choice, check_shape
from .._other_names import named
from ._base import BaseKerasArchitecture

CELLS = {"lstm": "LSTM", "gru": "GRU"}


class RecurrentArchitecture(BaseKerasArchitecture):
    """Recurrent layers that encode a sequence and decode it step by step.

    The encoder's last state becomes the code, which the decoder takes as its input at every step [1]_.
    `hidden_layer_sizes` are the units of the encoder's recurrent layers; the decoder mirrors them. `activation` does
    not apply: the cells keep their gates and their tanh.

    Choose it over dense layers for time series whose phase or speed differs between rows.

    Parameters
    ----------
    sequence_shape : int or tuple of int, default=(-1, 1)
        Steps and, if there are several, channels of one row of X, in the order of ``sequence.reshape(-1)``: all
        channels of the first step, then those of the second. One of them may be -1, to be inferred from X. The default
        reads a row as one channel with a step per feature.
    cell : {"lstm", "gru"}, default="lstm"
        Kind of recurrent layer. The default is the cell of [1]_; "gru" has a quarter fewer weights.

    See Also
    --------
    Conv1DArchitecture : Convolutions along the steps.
    ConvolutionalArchitecture : Rows as images.
    KerasArchitecture : Your own Keras models.

    References
    ----------
    .. [1] Srivastava, Mansimov & Salakhutdinov (2015). Unsupervised learning of video representations using LSTMs.
       ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skautoencoder import AutoencoderTransformer, RecurrentArchitecture
    >>> time = np.arange(20)
    >>> X = np.sin(time * np.random.RandomState(0).uniform(0.1, 0.5, size=(200, 1)))
    >>> architecture = RecurrentArchitecture(sequence_shape=20, cell="gru")
    >>> autoencoder = AutoencoderTransformer(2, architecture=architecture, epochs=2, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (200, 2)
    """

    default_hidden_layer_sizes = (64,)

    def __init__(self, sequence_shape=(-1, 1), cell="lstm"):
        self.sequence_shape = sequence_shape
        self.cell = cell

    def check(self, n_features):
        check_choice("cell", named(self.cell, CELLS), CELLS)
        check_shape("sequence_shape", self.sequence_shape, 2, n_features, type(self).__name__)

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        import keras
        from keras.layers import Dense, Flatten, RepeatVector, Reshape

        n_steps, n_channels = check_shape("sequence_shape", self.sequence_shape, 2, n_features, type(self).__name__)
        cell = getattr(keras.layers, CELLS[named(self.cell, CELLS)])
        encoder = [keras.Input((n_features,)), Reshape((n_steps, n_channels))]
        encoder += [cell(units, return_sequences=True) for units in hidden_layer_sizes[:-1]]
        # Without recurrent layers, steps and code are connected directly.
        encoder += [cell(units) for units in hidden_layer_sizes[-1:]] or [Flatten(data_format="channels_last")]
        encoder += [Dense(encoding_dim)]
        decoder = [keras.Input((encoding_dim,)), RepeatVector(n_steps)]
        decoder += [cell(units, return_sequences=True) for units in hidden_layer_sizes[::-1]]
        decoder += [Dense(n_channels), Flatten(data_format="channels_last")]
        return keras.Sequential(encoder), keras.Sequential(decoder)
