"""A row is a vector: every feature is connected to every unit."""

import numpy as np

from .._inference import Autoencoder, DenseNetwork, Layer


def dense_autoencoder(
    n_features,
    encoding_dim,
    hidden_layer_sizes,
    *,
    activation,
    code_activation,
    output_activation,
    linear_path,
    random_state,
):
    """Build an untrained autoencoder of dense layers, the decoder a mirror image of the encoder.

    Kernels are drawn from the Glorot uniform distribution [1]_, Keras' own default, and biases start at zero.
    With a linear path, the last layer of each hidden path starts at zero, so that the linear path alone
    decides what the untrained network computes.

    Parameters
    ----------
    n_features : int
    encoding_dim : int
    hidden_layer_sizes : tuple of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    activation, code_activation, output_activation : str
        Of the hidden layers, of the code and of the reconstruction.
    linear_path : bool
        Whether a linear map leads from input to output beside the hidden layers.
    random_state : RandomState

    Returns
    -------
    Autoencoder

    References
    ----------
    .. [1] Glorot & Bengio (2010). Understanding the difficulty of training deep feedforward neural networks.
       AISTATS, eq. 16.
    """

    def network(widths, final_activation):
        activations = [*[activation] * (len(widths) - 2), final_activation]
        layers = [
            Layer(_glorot_uniform(n_inputs, n_units, random_state), np.zeros(n_units, np.float32), name)
            for n_inputs, n_units, name in zip(widths[:-1], widths[1:], activations, strict=True)
        ]
        if not linear_path:
            return DenseNetwork(tuple(layers))
        last = layers.pop()
        if layers:
            layers.append(Layer(np.zeros_like(last.kernel), None))
        linear = Layer(_glorot_uniform(widths[0], widths[-1], random_state), last.bias)
        return DenseNetwork(tuple(layers), linear)

    widths = [n_features, *hidden_layer_sizes, encoding_dim]
    return Autoencoder(network(widths, code_activation), network(widths[::-1], output_activation))


def _glorot_uniform(n_inputs, n_units, random_state):
    limit = np.sqrt(6 / (n_inputs + n_units))
    return random_state.uniform(-limit, limit, size=(n_inputs, n_units)).astype(np.float32)
