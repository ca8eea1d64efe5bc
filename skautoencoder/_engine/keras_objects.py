"""Keras objects among the parameters: what they must be, and optimizers copied for each fit."""

import keras

# Kinds of object that parameters may be, by name of the parameter.
KINDS = {
    "loss": keras.losses.Loss,
    "optimizer": keras.optimizers.Optimizer,
    "learning_rate": keras.optimizers.schedules.LearningRateSchedule,
    "callbacks": keras.callbacks.Callback,
}
BackupAndRestore = keras.callbacks.BackupAndRestore
_NOT_ALONE = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
# Optimizers by their Keras names, in lower case.
OPTIMIZERS = {
    name.lower(): optimizer
    for name, optimizer in vars(keras.optimizers).items()
    if isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer) and name not in _NOT_ALONE
}


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
        optimizer = OPTIMIZERS[name](learning_rate=learning_rate, name=name)
    else:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    # Summing over replicas, of which there is one, registers a gradient function that TensorFlow keeps for good, and
    # with it every traced program.
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars
    return optimizer
