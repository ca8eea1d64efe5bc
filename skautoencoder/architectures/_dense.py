"""Rows as vectors: every feature is connected to every unit."""

from dataclasses import replace

import numpy as np

from ..networks import DenseAutoencoder, DenseNetwork, Layer
from ._base import BaseArchitecture


class DenseArchitecture(BaseArchitecture):
    """Dense layers, the decoder a mirror image of the encoder: ``architecture="dense"``.

    `hidden_layer_sizes` are the widths of the encoder's hidden layers. Kernels are drawn from the Glorot uniform
    distribution [1]_, which is the default of Keras, and biases start at zero. The fitted network runs in NumPy.

    References
    ----------
    .. [1] Glorot & Bengio (2010). Understanding the difficulty of training deep feedforward neural networks.
       AISTATS, eq. 16.
    """

    default_hidden_layer_sizes = (128, 64)
    uses_column_order = False

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
        """Make an untrained autoencoder of NumPy arrays; see `BaseArchitecture.untrained`."""

        def network(widths, final_activation):
            activations = [*[activation] * (len(widths) - 2), final_activation]
            layers = [
                replace(Layer.glorot_uniform(n_inputs, n_units, random_state), activation=name)
                for n_inputs, n_units, name in zip(widths[:-1], widths[1:], activations, strict=True)
            ]
            if not linear_path:
                return DenseNetwork(tuple(layers))
            last = layers.pop()
            if layers:
                layers.append(Layer(np.zeros_like(last.kernel), None))
            linear = Layer.glorot_uniform(widths[0], widths[-1], random_state)
            return DenseNetwork(tuple(layers), linear)

        encoder = network([n_features, *hidden_layer_sizes, n_code_outputs], code_activation)
        decoder = network([encoding_dim, *hidden_layer_sizes[::-1], n_features], output_activation)
        return DenseAutoencoder(encoder, decoder)
