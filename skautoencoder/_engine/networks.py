"""From NumPy networks to plain functional Keras models of stock layers."""

import keras
import numpy as np


def keras_model(network, name, dtype="float32"):
    """Build a network as a Keras model with the same numbers.

    Every layer has a name and zeros to start from, so that building draws from no global generator.

    Parameters
    ----------
    network : DenseNetwork
    name : str
        Of the model, and the beginning of its layers' names.
    dtype : str
        Of the computation and the weights.

    Returns
    -------
    model : keras.Model
    variables : list of keras.Variable
        In the order of ``network.arrays``.
    """

    def dense(layer, suffix):
        return keras.layers.Dense(
            layer.kernel.shape[1],
            activation=layer.activation,
            use_bias=layer.bias is not None,
            kernel_initializer="zeros",
            dtype=dtype,
            name=f"{name}_{suffix}",
        )

    inputs = keras.Input((network.n_inputs,), dtype=dtype, name=f"{name}_input")
    x = inputs
    if network.subtract is not None:
        x = _offset_layer(network.subtract, dtype, f"{name}_subtract")(x)
    layers = [dense(layer, f"dense_{number}") for number, layer in enumerate(network.layers, start=1)]
    output = x
    for layer in layers:
        output = layer(output)
    if network.linear is not None:
        linear = dense(network.linear, "linear_path")
        output = keras.layers.Add(dtype=dtype, name=f"{name}_sum")([linear(x), output]) if layers else linear(x)
        layers.append(linear)
    if network.add is not None:
        output = _offset_layer(-network.add, dtype, f"{name}_add")(output)
    model = keras.Model(inputs, output, name=name)
    variables = [variable for layer in layers for variable in layer.weights]
    for variable, array in zip(variables, network.arrays, strict=True):
        variable.assign(array)
    return model, variables


def keras_models(encoder, decoder, dtype):
    """Build an encoder, a decoder and, sharing their weights, the autoencoder.

    Parameters
    ----------
    encoder, decoder : DenseNetwork
    dtype : str

    Returns
    -------
    dict of str to keras.Model
    """
    encoder_model, _ = keras_model(encoder, "encoder", dtype)
    decoder_model, _ = keras_model(decoder, "decoder", dtype)
    autoencoder_model = keras.Model(encoder_model.input, decoder_model(encoder_model.output), name="autoencoder")
    return {"encoder": encoder_model, "decoder": decoder_model, "autoencoder": autoencoder_model}


def _offset_layer(offset, dtype, name):
    """Make the stock layer that subtracts one number per feature."""
    return keras.layers.Normalization(mean=offset, variance=np.ones_like(offset), dtype=dtype, name=name)
