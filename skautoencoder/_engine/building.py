"""Keras models as an architecture builds them, without a trace in Keras' global state."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

_random_lock = threading.Lock()


def initial_arrays(blueprint, seed):
    """Build the models of a blueprint and return the numbers they start with.

    Parameters
    ----------
    blueprint : Blueprint
    seed : int
        Decides every random number, Dropout's seeds included.

    Returns
    -------
    list of ndarray
    """

    def draw():
        bodies = _bodies(blueprint)
        if blueprint.linear_path:
            for model, name in zip(bodies, ("encoder", "decoder"), strict=True):
                _start_at_zero(model, name)
        return [variable.numpy() for variable in _variables(bodies)]

    return _in_a_clean_thread(draw, seed)


def architecture_models(autoencoder, dtype):
    """Build the models of standardised rows.

    Parameters
    ----------
    autoencoder : KerasAutoencoder
    dtype : str
        Of the computation and the weights.

    Returns
    -------
    encoder, decoder : keras.Model
        The architecture's models with what belongs around them: linear paths and activations.
    variables : list of keras.Variable
        In the order of ``autoencoder.arrays``, whose numbers they hold.
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

    return _in_a_clean_thread(build, seed=0)


def _in_a_clean_thread(function, seed):
    """Call a function where Keras counts its names, chooses its dtype and draws its seeds afresh.

    Keras keeps that state thread by thread; what initializers and Dropout draw their seeds from are the generators of
    Python and NumPy, which are put back as they were.
    """

    def call():
        with _random_lock:
            before = random.getstate(), np.random.get_state()  # noqa: NPY002
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            try:
                return function()
            finally:
                random.setstate(before[0])
                np.random.set_state(before[1])  # noqa: NPY002

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(call).result()


def _bodies(blueprint):
    """Let the architecture build its two models, made to map rows to code outputs and codes to rows."""
    n_features, encoding_dim, n_code_outputs = blueprint.n_features, blueprint.encoding_dim, blueprint.n_code_outputs

    def build(encoding_dim):
        architecture = blueprint.architecture
        built = architecture.build_models(n_features, encoding_dim, blueprint.hidden_layer_sizes, blueprint.activation)
        is_pair = isinstance(built, (tuple, list)) and len(built) == 2
        if not is_pair or not all(isinstance(model, keras.Model) for model in built):
            raise ValueError(
                f"{architecture!r} must build an encoder and a decoder, two keras.Models, but built {built!r}. Return "
                "them as `encoder, decoder`."
            )
        return built

    encoder, decoder = build(n_code_outputs)
    if n_code_outputs != encoding_dim:
        _, decoder = build(encoding_dim)
    return _flat(encoder, "encoder", n_features, n_code_outputs), _flat(decoder, "decoder", encoding_dim, n_features)


def _flat(model, name, n_inputs, n_outputs):
    """Check the shapes of a model; lay flat what comes in and goes out in another shape of the same size."""
    try:
        input_shape, output_shape = model.input_shape, model.output_shape
    except (AttributeError, ValueError):
        # Subclassed models know their shapes once they are called.
        rows = keras.Input((n_inputs,))
        model = keras.Model(rows, model(rows), name=model.name)
        input_shape, output_shape = model.input_shape, model.output_shape
    for shape, size, what in ((input_shape, n_inputs, "takes"), (output_shape, n_outputs, "puts out")):
        if not isinstance(shape, tuple) or None in shape[1:] or np.prod(shape[1:]) != size:
            numbers = "rows of" if (name == "encoder") == (what == "takes") else "codes of"
            raise ValueError(
                f"The {name} that was built {what} shape {shape} but should take {n_inputs} numbers and put out "
                f"{n_outputs}: {numbers} {size}."
            )
    if len(input_shape) == len(output_shape) == 2:
        return model
    reshaped = keras.layers.Reshape(input_shape[1:])
    return keras.Sequential([keras.Input((n_inputs,)), reshaped, model, keras.layers.Flatten()])


def _called(model, x):
    """Call a model anew, in the dtype of `x`: as it stands, it rounds what comes in to the dtype it was built for."""
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            x = _called(layer, x)
        return x
    if getattr(model, "inputs", None):
        inputs = keras.Input(x.shape[1:], dtype=x.dtype)
        structure = inputs if isinstance(model.input, keras.KerasTensor) else [inputs]
        model = keras.models.clone_model(model, structure, clone_function=lambda layer: layer)
    return model(x)


def _variables(models):
    """List the variables of two models, those they share once."""
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
    """Set the last layer with weights to zero, and see that the model then puts out zero."""
    layer = model
    while trained := [part for part in getattr(layer, "layers", []) if part.trainable_variables]:
        layer = trained[-1]
    for variable in layer.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    rows = np.random.normal(size=(3, *model.input_shape[1:])).astype(np.float32)  # noqa: NPY002
    if np.any(keras.ops.convert_to_numpy(model(rows))):
        raise ValueError(
            f"init='pca' needs an encoder and a decoder that end in a linear layer, but with the weights of its last "
            f"layer, {layer.name!r}, at zero the {name} does not put out zero. End it in a layer without activation, "
            "or set init='random'."
        )
