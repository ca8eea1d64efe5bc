"""Keras objects among the parameters: told from anything else, copied for each fit, described for the cache."""

import keras

from .._parameter_checks import check_choice

_NOT_ALONE = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
_OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(keras.optimizers).items()
    if isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer) and name not in _NOT_ALONE
}


def check_keras_objects(loss, optimizer, learning_rate, callbacks):
    """Raise a ValueError unless every parameter that is no plain value is the right kind of Keras object."""
    if isinstance(optimizer, str):
        check_choice("optimizer", optimizer.lower(), _OPTIMIZERS, ", or pass a keras.optimizers.Optimizer")
    for name, value, plain, kind in (
        ("loss", loss, str, keras.losses.Loss),
        ("optimizer", optimizer, str, keras.optimizers.Optimizer),
        ("learning_rate", learning_rate, (int, float), keras.optimizers.schedules.LearningRateSchedule),
    ):
        if hasattr(value, "get_config") and not isinstance(value, (plain, kind)):
            raise ValueError(f"{name}={value!r} is a {type(value).__name__}, not a {kind.__name__} of Keras.")
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            hint = "Make an instance of it." if isinstance(callback, type) else "Derive its class from that one."
            raise ValueError(f"callbacks holds {callback!r}, which is not a keras.callbacks.Callback. {hint}")


def make_optimizer(optimizer, learning_rate):
    """Make a new optimizer, untouched by earlier fits.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        An optimizer object brings its own learning rate.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule

    Returns
    -------
    keras.optimizers.Optimizer
    """
    if isinstance(optimizer, str):
        name = optimizer.lower()
        optimizer = _OPTIMIZERS[name](learning_rate=learning_rate, name=name)
    else:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    # Summing over replicas, of which there is one, registers a gradient function that TensorFlow keeps for good, and
    # with it every traced program.
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars
    return optimizer


def program_key(value):
    """Describe an optimizer or a schedule; equal for those that compile to the same program.

    Keras' own are described by their configuration, of which they are rebuilt for each fit. An object of the user's
    own may hide anything, so it equals itself alone.
    """
    if isinstance(value, str) or value is None or type(value).__module__.split(".")[0] != "keras":
        return value
    settings = {name: setting for name, setting in value.get_config().items() if name != "name"}
    return type(value).__name__, repr(settings)
