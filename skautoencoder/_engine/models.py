"""Keras models of dense networks, made of Keras' own layers, and pairs of models joined to an autoencoder."""

from itertools import count

import keras

from ._keras_compat import check_process, register_erfc

# Numbers of autoencoders whose models were built.
_numbers = count()


def dense_models(encoder, decoder, dtype):
    """Build an encoder and a decoder of two `DenseNetwork`s; return them and the variables of both."""
    check_process()
    encoder_model, encoder_variables = _dense_model(encoder, "encoder", dtype)
    decoder_model, decoder_variables = _dense_model(decoder, "decoder", dtype)
    return encoder_model, decoder_model, encoder_variables + decoder_variables


def predictor_models(network, dtype):
    """Build a `DenseNetwork` as an encoder, with a decoder that returns its outputs; return them and the variables."""
    check_process()
    encoder, variables = _dense_model(network, "encoder", dtype)
    outputs = keras.Input((network.shape[1],), dtype=dtype, name="decoder_input")
    return encoder, keras.Model(outputs, outputs, name="decoder"), variables


def _dense_model(network, name, dtype):
    """Build a `DenseNetwork` as a Keras model; return it and its variables, in the order of ``network.arrays``.

    Layers are named and initialised with zeros, so that building draws from no global generator.
    """
    inputs = keras.Input((network.shape[0],), dtype=dtype, name=f"{name}_input")
    x = inputs
    if network.subtract is not None:
        x = offset_layer(-network.subtract, dtype, f"{name}_subtract")(x)
    layers = []
    for number, layer in enumerate(network.paths, start=1):
        layers.append(
            keras.layers.Dense(
                layer.kernel.shape[1],
                activation=layer.activation,
                use_bias=layer.bias is not None,
                kernel_initializer="zeros",
                dtype=dtype,
                name=f"{name}_linear_path" if layer is network.linear else f"{name}_dense_{number}",
            )
        )
    output = x
    linear = layers.pop() if network.linear is not None else None
    for layer in layers:
        output = layer(output)
    if linear is not None:
        output = keras.layers.Add(dtype=dtype, name=f"{name}_sum")([linear(x), output]) if layers else linear(x)
        layers.append(linear)
    if network.add is not None:
        output = offset_layer(network.add, dtype, f"{name}_add")(output)
    model = keras.Model(inputs, output, name=name)
    variables = [variable for layer in layers for variable in layer.weights]
    for variable, array in zip(variables, network.arrays, strict=True):
        variable.assign(array)
    return model, variables


def linked(encoder, decoder):
    """Join an encoder and a decoder to an autoencoder; return the three by name, ready for export to ONNX.

    As in Keras, their names are numbered from the second time on, so that a model may hold those of two estimators.
    """
    number = next(_numbers)
    suffix = f"_{number}" if number else ""
    encoder.name = f"encoder{suffix}"
    decoder.name = f"decoder{suffix}"
    autoencoder = keras.Model(encoder.input, decoder(encoder.output), name=f"autoencoder{suffix}")
    models = {"encoder": encoder, "decoder": decoder, "autoencoder": autoencoder}
    for model in models.values():
        # The export to ONNX needs models that have been called.
        model(model.input)
    register_erfc()
    return models


def offset_layer(offset, dtype, name):
    """Make a layer that adds one number per feature, a float64 ndarray of shape (n_features,).

    Saved models keep an array in float64. A `Normalization` layer would round it, and cannot be exported to ONNX.
    """
    return keras.layers.Rescaling(1.0, offset=offset, dtype=dtype, name=name)
