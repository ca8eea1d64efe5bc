"""Keras models of an architecture, built without changing Keras' global state."""

import weakref

import keras
import numpy as np
import tensorflow as tf

from ._keras_compat import check_process, in_a_clean_thread, layers_within, traced
from .keras_objects import other_keras
from .models import linked, offset_layer
from .programs import OWN_CODE, configuration_key

# Layers that apply an activation, and layers that only reshape.
_ACTIVATIONS = (keras.layers.ELU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ReLU, keras.layers.Softmax)
_RESHAPING = (keras.layers.Flatten, keras.layers.Permute, keras.layers.Reshape)
# Layers that look for certain values of X, which no standardised row holds.
_READING_VALUES = (
    keras.layers.CategoryEncoding,
    keras.layers.Discretization,
    keras.layers.Embedding,
    keras.layers.HashedCrossing,
    keras.layers.Hashing,
    keras.layers.IntegerLookup,
    keras.layers.Masking,
)
# Name of the layer that is added to encoders whose layers the decoder uses, too.
_LOG_VARIANCES = "log_variances"
# Trainable variables of all models that were built and still exist, by id.
_in_use = weakref.WeakValueDictionary()


def initial_models(blueprint, seed):
    """Build the models of a `Blueprint`; return their initial arrays and a description of their computation.

    All random numbers, Dropout's seeds included, come from `seed`. The description is equal for models that compute the
    same from the same arrays, or `OWN_CODE`.
    """
    if blueprint.linear_path and getattr(blueprint.architecture, "starts_at_given_weights", False):
        raise ValueError(
            "A start at PCA sets the last layers of encoder and decoder to zero, which would destroy the weights of "
            "the models in KerasArchitecture(encoder, decoder). Set init='auto', or pass a function that builds "
            "untrained models: KerasArchitecture(build)."
        )

    def draw():
        bodies = _bodies(blueprint)
        for model, part in zip(bodies, ("code", "output"), strict=True):
            _check_no_other_activation(model, f"{part}_activation", blueprint)
        if blueprint.linear_path:
            _check_takes_standardized_rows(bodies[0], blueprint)
            for model, name in zip(bodies, ("encoder", "decoder"), strict=True):
                _start_at_zero(model, name)
        try:
            description = configuration_key([body.get_config() for body in bodies])
        except NotImplementedError:
            description = OWN_CODE
        return [variable.numpy() for variable in _variables(bodies)], description

    return in_a_clean_thread(draw, seed)


def architecture_models(autoencoder, dtype):
    """Build the models of a `KerasAutoencoder`, of standardised rows, with linear paths and activations.

    Returns encoder, decoder, and their variables in the order of ``autoencoder.arrays``, which they hold.
    """
    blueprint = autoencoder.blueprint

    def build():
        keras.config.set_dtype_policy(dtype)
        bodies = _bodies(blueprint)
        variables = _variables(bodies)
        models = []
        paths = autoencoder.linear_paths or (None, None)
        activations = (blueprint.code_activation, blueprint.output_activation)
        for body, path, name, activation in zip(bodies, paths, ("encoder", "decoder"), activations, strict=True):
            rows = keras.Input(body.input_shape[1:], dtype=dtype, name=f"{name}_input")
            output = _called(body, rows)
            if path is not None:
                linear = keras.layers.Dense(
                    path.kernel.shape[1], kernel_initializer="zeros", name=f"{name}_linear_path"
                )
                output = keras.layers.Add(name=f"{name}_sum")([linear(rows), output])
                variables += linear.weights
            if activation != "linear":
                output = keras.layers.Activation(activation, name=f"{name}_activation")(output)
            models.append(keras.Model(rows, output, name=name))
        _assign(variables, autoencoder.arrays)
        return *models, variables

    return in_a_clean_thread(build, seed=0)


def keras_models(autoencoder, dtype):
    """Build the models of a fitted `KerasAutoencoder` by name, from rows of X to codes and back, sharing weights."""
    encoder, decoder, _ = architecture_models(autoencoder, dtype)
    standardization = autoencoder.standardization
    code_map = autoencoder.code_map
    if standardization is None and autoencoder.blueprint.n_code_outputs == autoencoder.encoding_dim:
        return linked(encoder, decoder)

    def rescaled(x, scale, name):
        # TensorFlow takes a Python float for a float32.
        return x if scale == 1 else keras.layers.Rescaling(np.float64(scale), dtype=dtype, name=name)(x)

    def affine(x, matrix, offset, name):
        layer = keras.layers.Dense(matrix.shape[1], kernel_initializer="zeros", dtype=dtype, name=name, trainable=False)
        mapped = layer(x)
        layer.set_weights([matrix, offset])
        return mapped

    rows = keras.Input((autoencoder.n_features,), dtype=dtype, name="rows")
    codes = keras.Input((autoencoder.encoding_dim,), dtype=dtype, name="codes")
    if standardization is None:
        encoded = encoder(rows)
        decoded = decoder(codes)
    else:
        centred = offset_layer(-standardization.mean, dtype, "encoder_subtract")(rows)
        encoded = encoder(rescaled(centred, 1 / standardization.scale, "to_unit_scale"))
        outputs = codes
        if code_map is not None:
            encoded = affine(encoded, code_map.matrix, -code_map.mean @ code_map.matrix, "to_codes")
            outputs = affine(codes, code_map.inverse, code_map.mean, "from_codes")
        decoded = rescaled(decoder(outputs), standardization.scale, "to_scale_of_rows")
        decoded = offset_layer(standardization.mean, dtype, "decoder_add")(decoded)
    encoded = encoded[:, : autoencoder.encoding_dim]
    return linked(keras.Model(rows, encoded, name="encoder"), keras.Model(codes, decoded, name="decoder"))


def compiled_calls(autoencoder, dtype):
    """Compile encoder and decoder of standardised rows: functions of ndarrays by name, for any number of rows."""

    def compiled(model):
        signature = tf.TensorSpec([None, *model.input_shape[1:]], dtype)
        function = tf.function(lambda rows: model(rows, training=False), autograph=False)
        concrete = traced(function, signature)

        # A reference to the model keeps its variables alive.
        def call(rows, _=model):
            check_process()
            return concrete(tf.constant(rows, dtype)).numpy()

        return call

    encoder, decoder, _ = architecture_models(autoencoder, dtype)
    return {"encoder": compiled(encoder), "decoder": compiled(decoder)}


def _bodies(blueprint):
    """Let the architecture build encoder and decoder, and flatten their inputs and outputs."""
    n_features = blueprint.n_features
    encoding_dim = blueprint.encoding_dim
    n_code_outputs = blueprint.n_code_outputs

    def build(encoding_dim):
        architecture = blueprint.architecture
        built = architecture.build_models(n_features, encoding_dim, blueprint.hidden_layer_sizes, blueprint.activation)
        is_pair = isinstance(built, (tuple, list)) and len(built) == 2
        if not is_pair or not all(isinstance(model, keras.Model) for model in built):
            raise ValueError(
                f"{architecture!r} must build an encoder and a decoder, two keras.Models, but built {built!r}. Return "
                f"them as `encoder, decoder`.{other_keras(built[0]) if is_pair else ''}"
            )
        return built

    encoder, decoder = build(n_code_outputs)
    if n_code_outputs != encoding_dim:
        are_tied = _share_layers(encoder, decoder)
        encoder_of_codes, decoder = build(encoding_dim)
        if are_tied:
            encoder = _with_log_variances(encoder_of_codes, n_features, encoding_dim)
    encoder = _flat(encoder, "encoder", n_features, n_code_outputs, n_code_outputs // encoding_dim)
    decoder = _flat(decoder, "decoder", encoding_dim, n_features)
    bodies = encoder, decoder
    trainable = {id(variable): variable for variable in _variables(bodies) if variable.trainable}
    if any(variable in _in_use for variable in trainable):
        raise ValueError(
            f"{blueprint.architecture!r} built models with trainable layers that other models have too: a fit would "
            "change those as well. Make new layers in each call, of trained ones with keras.models.clone_model and "
            "set_weights, or freeze them with `layer.trainable = False`."
        )
    _in_use.update(trainable)
    return bodies


def _share_layers(encoder, decoder):
    """Whether a trainable variable belongs to both models."""
    of_encoder = {id(variable) for variable in encoder.trainable_variables}
    return any(id(variable) in of_encoder for variable in decoder.trainable_variables)


def _with_log_variances(encoder, n_features, encoding_dim):
    """Add the logarithms of variances to the outputs of an encoder, by a layer beside its last one.

    They start at zero, the logarithm of the prior's variance.
    """
    encoder = _flat(encoder, "encoder", n_features, encoding_dim)
    rows = encoder.inputs[0]
    last = encoder.layers[-1] if encoder.layers else None
    hidden = None if isinstance(last, keras.Model) else getattr(last, "input", None)
    if not isinstance(hidden, keras.KerasTensor):
        hidden = rows
    head = keras.layers.Dense(encoding_dim, kernel_initializer="zeros", name=_LOG_VARIANCES)
    log_variances = head(keras.layers.Flatten()(hidden))
    outputs = keras.layers.Concatenate()([encoder.outputs[0], log_variances])
    return keras.Model(rows, outputs, name=encoder.name)


def _flat(model, name, n_inputs, n_outputs, outputs_per_code=1):
    """Check the shapes of a model; flatten inputs and outputs of another shape with the same size."""
    try:
        input_shape = model.input_shape
        output_shape = model.output_shape
    except (AttributeError, ValueError):
        # Subclassed models know their shapes once they are called.
        rows = keras.Input((n_inputs,))
        model = keras.Model(rows, model(rows), name=model.name)
        input_shape = model.input_shape
        output_shape = model.output_shape
    for shape, size, end in ((input_shape, n_inputs, "input"), (output_shape, n_outputs, "output")):
        if not isinstance(shape, tuple) or None in shape[1:] or np.prod(shape[1:]) != size:
            kind = "n_features" if (name == "encoder") == (end == "input") else "encoding_dim"
            raise ValueError(
                f"architecture: the {end} of the {name} has shape {shape}, expected {size} numbers per row ({kind})."
                + _other_size(shape, kind, outputs_per_code)
            )
    is_sequential = isinstance(model, keras.Sequential)
    if not is_sequential and not all(isinstance(end, keras.KerasTensor) for end in (model.input, model.output)):
        # A single input or output may be in a list or a dict.
        model = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    if len(input_shape) == len(output_shape) == 2:
        return model
    # Names that layers of users hardly have.
    reshaped = keras.layers.Reshape(input_shape[1:], name=f"{name}_from_flat")
    flat = keras.layers.Flatten(data_format="channels_last", name=f"{name}_to_flat")
    return keras.Sequential([keras.Input((n_inputs,)), reshaped, model, flat])


def _other_size(shape, kind, outputs_per_code):
    """Return the advice to set `encoding_dim` to the size that a model has; empty if that is not the fault."""
    if isinstance(shape, (list, dict)):
        return " Pass models with one input and one output, for example keras.Model(model.input, model.output[0])."
    if kind == "n_features" or not isinstance(shape, tuple) or None in shape[1:]:
        return ""
    width = int(np.prod(shape[1:]))
    if outputs_per_code == 1:
        return f" Set encoding_dim={width}, or change the models."
    return " A variational encoder returns the means of the codes, then the logarithms of their variances."


def _called(model, x, *arguments, **options):
    """Call a model, rebuilt so that nested models keep the dtype; otherwise they would round their inputs.

    Models within subclassed models are not rebuilt.
    """
    is_sequential = isinstance(model, keras.Sequential)
    if is_sequential and not (arguments or options):
        for layer in model.layers:
            x = _called(layer, x)
        return x
    if getattr(model, "inputs", None):
        inputs = keras.tree.map_structure(lambda tensor: keras.Input(tensor.shape[1:], dtype=tensor.dtype), x)
        if is_sequential:
            model = keras.Model(inputs, _called(model, inputs), name=model.name)
        else:
            model = keras.models.clone_model(model, inputs, lambda layer: layer, call_function=_called)
    return model(x, *arguments, **options)


def _variables(models):
    """List the variables of two models, shared ones once."""
    return list({id(variable): variable for model in models for variable in model.variables}.values())


def _assign(variables, arrays):
    if [tuple(variable.shape) for variable in variables] != [array.shape for array in arrays]:
        raise ValueError(
            "The architecture built another network than the one that was trained. `build` must return the same "
            "network whenever it is called with the same sizes."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _start_at_zero(model, name):
    """Set the last layer with weights to zero, and check that the model then returns zero."""
    layer = model
    while trained := [part for part in getattr(layer, "layers", []) if _is_trained(part)]:
        layer = trained[-1]
    for variable in layer.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    rows = np.random.RandomState(0).normal(size=(3, *model.input_shape[1:])).astype(np.float32)
    if np.any(keras.ops.convert_to_numpy(model(rows))):
        raise ValueError(
            f"init='pca' needs an encoder and a decoder that end in a linear layer, but the {name} does not return "
            f"zero when the weights of its last layer, {layer.name!r}, are zero. End it in a layer without "
            "activation, or set init='random'."
        )


def _is_trained(layer):
    """Whether a layer has weights that are not zero at the start."""
    return layer.trainable_variables and layer.name != _LOG_VARIANCES


def _check_takes_standardized_rows(encoder, blueprint):
    """Raise a ValueError if a layer of the encoder looks for certain values, which standardised rows do not hold."""
    for layer in layers_within(encoder):
        if isinstance(layer, _READING_VALUES):
            raise ValueError(
                f"{blueprint.architecture!r} starts at PCA, where the encoder sees standardised rows, but its layer "
                f"{layer.name!r} ({type(layer).__name__}) looks for certain values of X. Set init='random': the "
                "encoder then sees the rows of X."
            )


def _check_no_other_activation(model, parameter, blueprint):
    """Raise a ValueError if a parameter would add an activation to that of the model's last layer."""
    activation = getattr(blueprint, parameter)
    last = _last_layer(model)
    own = type(last).__name__ if isinstance(last, _ACTIVATIONS) else _name(getattr(last, "activation", None))
    if activation != "linear" and own != "linear":
        raise ValueError(
            f"{parameter}={activation!r} would follow {own!r}, the activation of the last layer, {last.name!r}, of "
            f"{blueprint.architecture!r}. End it in a layer without activation, or set {parameter}='linear'."
        )


def _last_layer(layer):
    """Return the last layer that changes values; within subclassed models, layers have no order."""
    while getattr(layer, "inputs", None) and getattr(layer, "layers", None):
        layer = [part for part in layer.layers if not isinstance(part, _RESHAPING)][-1]
    # Wrappers, such as TimeDistributed, have one layer.
    return getattr(layer, "layer", layer)


def _name(activation):
    return "linear" if activation is None else getattr(activation, "__name__", type(activation).__name__)
