"""Keras configurations of losses, optimizers and schedules, from which they are rebuilt without running code."""

import keras

from .keras_objects import KINDS

# Classes that a configuration may name. None of them reads files or runs code from the configuration.
_ALLOWED = (
    keras.losses.Loss,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.dtype_policies.DTypePolicy,
)
_PLAIN = (bool, int, float, str, type(None))


def is_configurable(value):
    """Whether a value is one of Keras' own losses, optimizers or schedules."""
    kinds = tuple(kind for name, kind in KINDS.items() if name != "callbacks")
    return isinstance(value, kinds) and type(value).__module__.split(".")[0] == "keras"


def configuration(value):
    """Return the configuration of a loss, an optimizer or a schedule, and a dict of settings missing from it."""
    config = keras.saving.serialize_keras_object(value)
    again = _plain(from_configuration(config, {}))
    # The configuration of Keras' Huber, for example, lacks its delta.
    return config, {name: setting for name, setting in _plain(value).items() if again.get(name) != setting}


def from_configuration(config, settings):
    """Make the object of a configuration; raise a ValueError if that names other classes than those allowed."""
    _check(config)
    value = keras.saving.deserialize_keras_object(config, safe_mode=True)
    vars(value).update(settings)
    return value


def _check(config):
    if isinstance(config, dict):
        if "class_name" in config:
            parent = keras
            for part in str(config.get("module")).split(".")[1:]:
                parent = getattr(parent, part, None)
            named = getattr(parent, config["class_name"], None)
            is_from_keras = str(config.get("module")).split(".")[0] == "keras"
            if not (is_from_keras and isinstance(named, type) and issubclass(named, _ALLOWED)):
                raise ValueError(f"{config.get('module')}.{config['class_name']} is no loss, optimizer or schedule.")
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for part in config:
            _check(part)


def _plain(value):
    """Return the attributes that are numbers, strings or dicts of these."""

    def is_plain(setting):
        if isinstance(setting, dict):
            return all(map(is_plain, setting.values()))
        return type(setting) in _PLAIN

    return {name: setting for name, setting in vars(value).items() if is_plain(setting)}
