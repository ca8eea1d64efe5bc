"""Keras models of networks, made of stock layers, and compiled calls of them."""

import keras
import numpy as np
import tensorflow as tf

from . import check_process
from .building import architecture_models
from .tf2onnx_operators import register_erfc


def keras_model(network, name, dtype="float32"):
    """Build a network as a Keras model with the same numbers.

    Every layer has a name and zeros to start from, so that building draws from no global generator.

    Parameters
    ----------
    network : DenseNetwork
    name : str
        Name of the model, and beginning of its layers' names.
    dtype : str
        Data type of the computation and the weights.

    Returns
    -------
    model : keras.Model
    variables : list of keras.Variable
        Variables in the order of ``network.arrays``.
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
        x = offset_layer(-network.subtract, dtype, f"{name}_subtract")(x)
    layers = [dense(layer, f"dense_{number}") for number, layer in enumerate(network.layers, start=1)]
    output = x
    for layer in layers:
        output = layer(output)
    if network.linear is not None:
        linear = dense(network.linear, "linear_path")
        output = keras.layers.Add(dtype=dtype, name=f"{name}_sum")([linear(x), output]) if layers else linear(x)
        layers.append(linear)
    if network.add is not None:
        output = offset_layer(network.add, dtype, f"{name}_add")(output)
    model = keras.Model(inputs, output, name=name)
    variables = [variable for layer in layers for variable in layer.weights]
    for variable, array in zip(variables, network.arrays, strict=True):
        variable.assign(array)
    return model, variables


def dense_models(encoder, decoder, dtype):
    """Build an encoder and a decoder of dense layers.

    Parameters
    ----------
    encoder, decoder : DenseNetwork
    dtype : str

    Returns
    -------
    encoder, decoder : keras.Model
    variables : list of keras.Variable
        Variables of the encoder, then those of the decoder.
    """
    check_process()
    encoder_model, encoder_variables = keras_model(encoder, "encoder", dtype)
    decoder_model, decoder_variables = keras_model(decoder, "decoder", dtype)
    return encoder_model, decoder_model, encoder_variables + decoder_variables


def keras_models(autoencoder, dtype):
    """Build the models of a fitted autoencoder, from rows of X to codes and back, sharing their weights.

    Parameters
    ----------
    autoencoder : KerasAutoencoder
    dtype : str

    Returns
    -------
    dict of str to keras.Model
    """
    encoder, decoder, _ = architecture_models(autoencoder, dtype)
    standardization, code_scale = autoencoder.standardization, autoencoder.code_scale
    if standardization is None and autoencoder.blueprint.n_code_outputs == autoencoder.encoding_dim:
        return linked(encoder, decoder)

    def rescaled(x, scale, name):
        # TensorFlow takes a Python float for a float32.
        return x if scale == 1 else keras.layers.Rescaling(np.float64(scale), dtype=dtype, name=name)(x)

    rows = keras.Input((autoencoder.n_features,), dtype=dtype, name="rows")
    codes = keras.Input((autoencoder.encoding_dim,), dtype=dtype, name="codes")
    if standardization is None:
        encoded, decoded = encoder(rows), decoder(codes)
    else:
        centred = offset_layer(-standardization.mean, dtype, "encoder_subtract")(rows)
        encoded = rescaled(
            encoder(rescaled(centred, 1 / standardization.scale, "to_unit_scale")), code_scale, "to_codes"
        )
        decoded = decoder(rescaled(codes, 1 / code_scale, "from_codes"))
        decoded = rescaled(decoded, standardization.scale, "to_scale_of_rows")
        decoded = offset_layer(standardization.mean, dtype, "decoder_add")(decoded)
    encoded = encoded[:, : autoencoder.encoding_dim]
    return linked(keras.Model(rows, encoded, name="encoder"), keras.Model(codes, decoded, name="decoder"))


def linked(encoder, decoder):
    """Join an encoder and a decoder to an autoencoder; return the three by name, ready for export to ONNX."""
    autoencoder = keras.Model(encoder.input, decoder(encoder.output), name="autoencoder")
    models = {"encoder": encoder, "decoder": decoder, "autoencoder": autoencoder}
    for model in models.values():
        # Keras exports to ONNX only what has been called.
        model(model.input)
    register_erfc()
    return models


def compiled_calls(autoencoder, dtype):
    """Compile the encoder and the decoder of standardised rows, each for any number of rows.

    Parameters
    ----------
    autoencoder : KerasAutoencoder
    dtype : str

    Returns
    -------
    dict of str to callable
        "encoder" and "decoder", from ndarray to ndarray.
    """

    def compiled(model):
        signature = tf.TensorSpec([None, *model.input_shape[1:]], dtype)
        function = tf.function(lambda rows: model(rows, training=False), autograph=False)
        concrete = function.get_concrete_function(signature)

        # The model is held for its variables.
        def call(rows, _=model):
            check_process()
            return concrete(tf.constant(rows, dtype)).numpy()

        return call

    encoder, decoder, _ = architecture_models(autoencoder, dtype)
    return {"encoder": compiled(encoder), "decoder": compiled(decoder)}


def offset_layer(offset, dtype, name):
    """Make the stock layer that adds one number per feature.

    Parameters
    ----------
    offset : float64 ndarray of shape (n_features,)
        Saved models keep it in float64, since it is an array. A `Normalization` layer would round it there, and cannot
        be exported to ONNX.
    dtype : str
    name : str

    Returns
    -------
    keras.layers.Rescaling
    """
    return keras.layers.Rescaling(1.0, offset=offset, dtype=dtype, name=name)
