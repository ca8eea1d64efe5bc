"""Keras optimizers by name, and fresh copies of the user's own."""

import difflib

import keras

_NOT_ALONE = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
_OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(keras.optimizers).items()
    if isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer) and name not in _NOT_ALONE
}


def check_optimizer(optimizer):
    """Raise a ValueError unless `optimizer` is a Keras optimizer or the name of one."""
    if isinstance(optimizer, str):
        if optimizer.lower() not in _OPTIMIZERS:
            close = difflib.get_close_matches(optimizer.lower(), _OPTIMIZERS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"optimizer={optimizer!r} is not a Keras optimizer.{hint} Choose one of {sorted(_OPTIMIZERS)}, "
                "or pass a keras.optimizers.Optimizer."
            )
    elif not isinstance(optimizer, keras.optimizers.Optimizer):
        raise ValueError(
            f"optimizer={optimizer!r} is a {type(optimizer).__name__}; expected the name of a Keras optimizer, "
            "for example 'adam', or a keras.optimizers.Optimizer."
        )


def make_optimizer(optimizer, learning_rate):
    """Make a new optimizer, untouched by earlier fits.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        An optimizer object brings its own learning rate.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
    """
    if isinstance(optimizer, str):
        name = optimizer.lower()
        return _OPTIMIZERS[name](learning_rate=learning_rate, name=name)
    return type(optimizer).from_config(optimizer.get_config())


def settings_key(setting):
    """Describe a parameter of a compiled program; equal for settings that compile to the same program.

    Stock Keras objects are described by their configuration. An object of the user's own may hide anything, so
    it equals itself alone.
    """
    if isinstance(setting, str) or setting is None:
        return setting
    if type(setting).__module__.split(".")[0] != "keras":
        return setting
    return repr(keras.saving.serialize_keras_object(setting))
