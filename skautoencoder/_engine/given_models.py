"""Keras models that users pass: copies with their weights, and their states for pickles and files."""

import inspect

import keras
import numpy as np

from ._keras_compat import in_a_clean_thread


def is_keras_model(value):
    """Whether a value is a model of the Keras that trains here, not of tf_keras."""
    return isinstance(value, keras.Model)


def share_weights(first, second):
    """Whether two models have a variable in common."""
    return not {id(variable) for variable in first.variables}.isdisjoint(map(id, second.variables))


def copied_model(model):
    """Copy a model with its weights, in the dtype of this thread; the copy shares nothing with the model.

    Raise a ValueError if the copy computes something else.
    """
    copy = _copied(model, {})
    if model.built and not copy.built:
        copy.build_from_config(model.get_build_config())
    _set_weights(copy, [np.asarray(weights) for weights in model.get_weights()])
    _check_copy(copy, model)
    return copy


def model_state(model):
    """Return a model as its configuration and a list of arrays."""
    return keras.saving.serialize_keras_object(model), [np.asarray(weights) for weights in model.get_weights()]


def model_of_state(config, weights, *, safe_mode=False):
    """Make the model of a configuration and a list of arrays; global names and seeds stay as they are.

    Without `safe_mode`, Lambda layers run code of the configuration, as pickles do.
    """

    def make():
        try:
            model = keras.saving.deserialize_keras_object(config, safe_mode=safe_mode)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "A model in KerasArchitecture cannot be made again from its configuration. Decorate layers and models "
                "of your own with @keras.saving.register_keras_serializable(), and return the arguments of __init__ in "
                "get_config."
            ) from error
        if weights:
            _set_weights(model, weights)
        return model

    return in_a_clean_thread(make, seed=0)


def _set_weights(model, weights):
    model.set_weights(weights)
    for layer in _parts(model):
        # Layers such as Normalization compute with numbers that they derive from their weights.
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _parts(layer):
    """Yield a layer and the layers within it."""
    yield layer
    within = [*getattr(layer, "layers", ()), *filter(None, [getattr(layer, "layer", None)])]
    for part in within:
        yield from _parts(part)


def _check_copy(copy, model):
    """Raise a ValueError if two built models of one input return different numbers for the same rows."""
    shape = getattr(model, "input_shape", None) if model.built else None
    has_one_output = isinstance(getattr(model, "output_shape", None), tuple)
    if not isinstance(shape, tuple) or None in shape[1:] or not has_one_output:
        return
    rows = np.random.RandomState(0).uniform(size=(2, *shape[1:])).astype(np.float32)
    first, again, copied = (keras.ops.convert_to_numpy(one(rows, training=False)) for one in (model, model, copy))
    # Layers that draw random numbers differ from themselves.
    if np.allclose(first, again) and not np.allclose(first, copied, rtol=1e-3, atol=1e-3 * np.abs(first).max()):
        raise ValueError("The copy of a model returns other numbers than the model.")


def _copied(layer, copies):
    """Copy a layer once, however often it is met."""
    if id(layer) in copies:
        return copies[id(layer)]
    if isinstance(layer, keras.Sequential) or getattr(layer, "inputs", None):
        copy = keras.models.clone_model(layer, clone_function=lambda part: _copied(part, copies))
    else:
        config = _in_dtype(layer.get_config(), keras.config.dtype_policy().name)
        # Layers of nested models may share a name.
        if any(config.get("name") == copy.name for copy in copies.values()):
            del config["name"]
        copy = _made_again(layer, config)
    copies[id(layer)] = copy
    return copy


def _made_again(layer, config):
    """Make a layer from a configuration."""
    kind = type(layer)
    if kind is keras.layers.Lambda:
        # The configuration holds the code of the function without the names that it uses.
        settings = {name: config[name] for name in ("name", "dtype", "arguments") if name in config}
        return kind(layer.function, output_shape=layer._output_shape, mask=layer.mask, **settings)
    accepted = inspect.signature(kind).parameters.values()
    takes_all = any(argument.kind is argument.VAR_KEYWORD for argument in accepted)
    if "from_config" in vars(kind) or takes_all:
        return kind.from_config(config)
    # Layers of users often take neither `trainable` nor `dtype`.
    missing = {"name", "trainable", "dtype"} - {argument.name for argument in accepted}
    copy = kind.from_config({name: value for name, value in config.items() if name not in missing})
    copy.trainable = layer.trainable
    return copy


def _in_dtype(config, dtype):
    """Return the configuration of a layer with another dtype, in nested layers as well."""
    if isinstance(config, (list, tuple)):
        return type(config)(_in_dtype(part, dtype) for part in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return config | {"config": {"name": dtype}}
    return {name: _in_dtype(part, dtype) for name, part in config.items()}
