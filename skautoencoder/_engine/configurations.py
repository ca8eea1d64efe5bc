"""Keras configurations of losses, optimizers, schedules and models; rebuilding from them runs no code."""

import keras

from .given_models import model_of_state, model_state
from .keras_objects import KINDS

# Classes that a configuration may name. None of them reads files or runs code from the configuration.
_ALLOWED = (
    keras.losses.Loss,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.dtype_policies.DTypePolicy,
)
# The same for models. An Operation is a layer, or a function such as keras.ops.add within a model.
_ALLOWED_IN_MODELS = (
    keras.Operation,
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
    keras.dtype_policies.DTypePolicy,
)
# Layers that run code of the configuration, or read files that it names.
_UNSAFE = {
    "FlaxLayer",
    "IntegerLookup",
    "JaxLayer",
    "Lambda",
    "StringLookup",
    "TFSMLayer",
    "TextVectorization",
    "TorchModuleWrapper",
}
_PLAIN = (bool, int, float, str, type(None))


def is_configurable(value):
    """Whether a value is one of Keras' own losses, optimizers or schedules."""
    kinds = tuple(kind for name, kind in KINDS.items() if name != "callbacks")
    return isinstance(value, kinds) and str(type(value).__module__).split(".")[0] == "keras"


def configuration(value):
    """Return the configuration of a loss, an optimizer or a schedule, and a dict of settings missing from it."""
    config = keras.saving.serialize_keras_object(value)
    again = plain_attributes(from_configuration(config, {}))
    # The configuration of Keras' Huber, for example, lacks its delta.
    return config, {name: setting for name, setting in plain_attributes(value).items() if again.get(name) != setting}


def from_configuration(config, settings):
    """Make the object of a configuration; raise a ValueError if that names other classes than those allowed."""
    _check(config, _ALLOWED)
    value = keras.saving.deserialize_keras_object(config, safe_mode=True)
    vars(value).update(settings)
    return value


def model_configuration(model):
    """Return a model as its configuration and its arrays; raise a ValueError unless Keras' own layers make it up."""
    config, weights = model_state(model)
    _check(config, _ALLOWED_IN_MODELS)
    return config, weights


def model_from_configuration(config, weights):
    """Make the model of a configuration and its arrays; raise a ValueError unless Keras' own layers make it up."""
    _check(config, _ALLOWED_IN_MODELS)
    return model_of_state(config, weights, safe_mode=True)


def _check(config, allowed):
    if isinstance(config, dict):
        if "class_name" in config:
            _check_class(config, allowed)
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for part in config:
            _check(part, allowed)


def _check_class(config, allowed):
    name = config["class_name"]
    if allowed is _ALLOWED_IN_MODELS and name in ("__keras_tensor__", "__tuple__"):
        return
    module = str(config.get("module"))
    parent = keras
    for part in module.split(".")[1:]:
        parent = getattr(parent, part, None)
    found = getattr(parent, name, None)
    is_allowed = isinstance(found, type) and issubclass(found, allowed) and name not in _UNSAFE
    if module.split(".")[0] != "keras" or not is_allowed:
        kind = "layer" if allowed is _ALLOWED_IN_MODELS else "loss, optimizer or schedule"
        raise ValueError(f"{module}.{name} is no {kind} of Keras that a file may hold.")


def plain_attributes(value):
    """Return the attributes that are numbers, strings or dicts of these."""

    def is_plain(setting):
        if isinstance(setting, dict):
            return all(map(is_plain, setting.values()))
        return type(setting) in _PLAIN

    return {name: setting for name, setting in vars(value).items() if is_plain(setting)}
