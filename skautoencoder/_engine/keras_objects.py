"""Keras objects among the parameters: their kinds, callbacks that cannot work, and optimizers copied for each fit."""

from importlib.util import find_spec
from numbers import Real

import keras

from ._keras_compat import prepare_optimizer

# Kinds of object that parameters may be, by name of the parameter.
KINDS = {
    "loss": keras.losses.Loss,
    "optimizer": keras.optimizers.Optimizer,
    "learning_rate": keras.optimizers.schedules.LearningRateSchedule,
    "callbacks": keras.callbacks.Callback,
}
_NOT_ALONE = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
# Optimizers by their Keras names, in lower case.
OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(keras.optimizers).items()
    if isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer) and name not in _NOT_ALONE
}


def other_keras(value):
    """Return a sentence about an object of another Keras, such as tf_keras; empty for other objects."""
    name = type(value).__name__
    packages = {str(base.__module__).split(".")[0] for base in type(value).__mro__}
    if packages.isdisjoint({"tf_keras", "tensorflow"}):
        return ""
    return f" It is of Keras 2 (tf_keras), but this package trains with Keras 3: import {name} from keras."


def check_callback(callback, optimizer, learning_rate):
    """Raise an error if a callback cannot work in this fit.

    ValueError: it restores only a part of a fit, sets a learning rate that a schedule controls, or has no folder.
    ImportError: it needs a package that is not installed.
    """
    name = type(callback).__name__
    if isinstance(callback, keras.callbacks.BackupAndRestore):
        raise ValueError(
            "callbacks holds a BackupAndRestore, which would restore the weights, but neither the epoch nor the "
            f"optimizer. Set checkpoint={callback.backup_dir!r} instead: a killed fit then continues."
        )
    if isinstance(callback, getattr(keras.callbacks, "SwapEMAWeights", ())):
        raise ValueError(
            "callbacks holds a SwapEMAWeights, which swaps weights that the compiled program does not read. Leave it "
            "out; to train averaged weights, pass an optimizer that puts them into the network itself, such as "
            "optimizer=keras.optimizers.Adam(1e-3, use_ema=True, ema_overwrite_frequency=100)."
        )
    if isinstance(callback, (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)):
        if not isinstance(optimizer, str):
            # A schedule is a dict in the configuration, a number is a number.
            learning_rate = optimizer.get_config().get("learning_rate", 0.0)
        if not isinstance(learning_rate, (Real, str)):
            given = "learning_rate" if isinstance(optimizer, str) else "optimizer"
            raise ValueError(
                f"callbacks holds a {name}, which sets the learning rate, but {given} has a schedule, which rules it. "
                f"Pass a number as learning rate, or leave {name} out."
            )
    if isinstance(callback, keras.callbacks.TensorBoard):
        if not callback.log_dir:
            raise ValueError("log_dir='' of TensorBoard is empty. Name a folder, for example log_dir='logs'.")
        if find_spec("tensorboard") is None:
            raise ImportError("The callback TensorBoard needs tensorboard. Run pip install tensorboard.")


def make_optimizer(optimizer, learning_rate):
    """Make a new optimizer, untouched by earlier fits; an optimizer object brings its own learning rate."""
    if isinstance(optimizer, str):
        name = optimizer.lower()
        optimizer = OPTIMIZERS[name](learning_rate=learning_rate, name=name)
    else:
        # Keras numbers the names of optimizers throughout the process.
        settings = optimizer.get_config() | {"name": type(optimizer).__name__.lower()}
        optimizer = type(optimizer).from_config(settings)
        learning_rate = settings.get("learning_rate")
    prepare_optimizer(optimizer, learning_rate)
    return optimizer
