"""Rows as vectors: every feature is connected to every unit."""

import numpy as np

from .._checks import checked_sizes
from ..networks import DenseAutoencoder, DenseNetwork, Layer
from ._base import BaseArchitecture

# Minimum number of features for decoder layers of twice the width.
_MIN_FEATURES_OF_WIDE_DECODER = 256
# Minimum number of codes of narrower rows for one hidden layer on each side, which then leaves less error than two.
_MIN_CODES_OF_ONE_LAYER = 14


class DenseArchitecture(BaseArchitecture):
    """Fully connected layers: ``architecture="dense"``.

    `hidden_layer_sizes` are the widths of the encoder's hidden layers. Kernels are drawn from the Glorot uniform
    distribution [1]_, as in Keras, and biases start at zero. The fitted network runs in NumPy.

    Parameters
    ----------
    decoder_hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the decoder's hidden layers, from the code to the row, at least 1. ``()`` means no hidden layers.
        "auto" mirrors the encoder if `hidden_layer_sizes` is given. Otherwise the decoder has (256, 512) for rows of at
        least 256 features; for narrower rows (128, 256), or (512,) for 14 or more codes. A wider decoder reconstructs
        better and makes `fit`, but not `transform`, slower.

    See Also
    --------
    ConvolutionalArchitecture : Rows as images.
    RecurrentArchitecture : Rows as sequences.
    KerasArchitecture : Your own Keras models.

    References
    ----------
    .. [1] Glorot & Bengio (2010). Understanding the difficulty of training deep feedforward neural networks.
       AISTATS, eq. 16.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, DenseArchitecture
    >>> X, y = load_digits(return_X_y=True)
    >>> architecture = DenseArchitecture(decoder_hidden_layer_sizes=(32, 64))
    >>> autoencoder = AutoencoderTransformer(8, architecture=architecture, epochs=2, random_state=0).fit(X)
    >>> [layer.units for layer in autoencoder.decoder_.layers if hasattr(layer, "units")]
    [32, 64, 64, 64]
    """

    default_hidden_layer_sizes = (128, 64)
    uses_column_order = False

    def __init__(self, decoder_hidden_layer_sizes="auto"):
        self.decoder_hidden_layer_sizes = decoder_hidden_layer_sizes

    def check(self, n_features):
        checked_sizes("decoder_hidden_layer_sizes", self.decoder_hidden_layer_sizes)

    def layer_sizes(self, n_features, encoding_dim, hidden_layer_sizes=None):
        """Return the widths of the hidden layers.

        Parameters
        ----------
        n_features : int
            Width of a row.
        encoding_dim : int
            Size of the code.
        hidden_layer_sizes : tuple of int or None, default=None
            Widths of the encoder's hidden layers. The default, None, means "auto".

        Returns
        -------
        encoder_sizes : tuple of int
            Widths from the row to the code.
        decoder_sizes : tuple of int
            Widths from the code to the row.
        """
        encoder_sizes, decoder_sizes = self._default_sizes(n_features, encoding_dim)
        if hidden_layer_sizes is not None:
            encoder_sizes, decoder_sizes = hidden_layer_sizes, hidden_layer_sizes[::-1]
        given = checked_sizes("decoder_hidden_layer_sizes", self.decoder_hidden_layer_sizes)
        return encoder_sizes, decoder_sizes if given is None else given

    def _default_sizes(self, n_features, encoding_dim):
        """Return the widths of the hidden layers of encoder and decoder, both "auto"."""
        encoder_sizes = self.default_hidden_layer_sizes
        if n_features >= _MIN_FEATURES_OF_WIDE_DECODER:
            return encoder_sizes, (256, 512)
        if encoding_dim >= _MIN_CODES_OF_ONE_LAYER:
            return encoder_sizes[:1], (512,)
        return encoder_sizes, (128, 256)

    def untrained(
        self,
        n_features,
        encoding_dim,
        hidden_layer_sizes,
        *,
        activation,
        code_activation,
        output_activation,
        linear_path,
        n_code_outputs,
        random_state,
    ):
        def network(widths, final_activation):
            activations = [*[activation] * (len(widths) - 2), final_activation]
            layers = [
                Layer.glorot_uniform(n_inputs, n_units, random_state, name)
                for n_inputs, n_units, name in zip(widths[:-1], widths[1:], activations, strict=True)
            ]
            if not linear_path:
                return DenseNetwork(tuple(layers))
            last = layers.pop()
            if layers:
                layers.append(Layer(np.zeros_like(last.kernel), None))
            linear = Layer.glorot_uniform(widths[0], widths[-1], random_state)
            return DenseNetwork(tuple(layers), linear)

        encoder_sizes, decoder_sizes = self.layer_sizes(n_features, encoding_dim, hidden_layer_sizes)
        encoder = network([n_features, *encoder_sizes, n_code_outputs], code_activation)
        decoder = network([encoding_dim, *decoder_sizes, n_features], output_activation)
        return DenseAutoencoder(encoder, decoder)
