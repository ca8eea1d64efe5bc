"""Parameters against each other, and the objects that they stand for, before anything is trained."""

import difflib
import inspect
import os
from numbers import Integral, Real

import numpy as np
from sklearn.base import clone

from .._other_names import named
from .._sklearn_compat import HasMethods, Interval, RealNotInt, StrOptions
from ..networks import ACTIVATIONS

LOSSES = ("mse", "mae", "huber", "binary_crossentropy")


class Count(Interval):
    """Constraint of a parameter that is an int of at least 1. True and False are none."""

    def __init__(self):
        super().__init__(Integral, 1, None, closed="left")

    def is_satisfied_by(self, value):
        """Whether a value satisfies the constraint."""
        return not isinstance(value, bool) and super().is_satisfied_by(value)


# Constraints, for scikit-learn to check, of the parameters that all estimators have.
SHARED_CONSTRAINTS = {
    "encoding_dim": [Count(), Interval(RealNotInt, 0, 1, closed="neither"), None],
    "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", Interval(Integral, 1, None, closed="left")],
    "architecture": [str, HasMethods(["untrained", "check"])],
    "activation": [str],
    "output_activation": [str],
    "loss": [str, callable],
    "init": [StrOptions({"auto", "pca", "random"})],
    "noise": [str, callable, None],
    "noise_level": [Interval(Real, 0, None, closed="left"), None],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "optimizer": [str, HasMethods(["apply_gradients", "get_config"])],
    "learning_rate": [Interval(Real, 0, None, closed="neither"), HasMethods(["__call__", "get_config"])],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "epochs": [Interval(Integral, 0, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(RealNotInt, 0, 1, closed="neither")],
    "patience": [Interval(Integral, 1, None, closed="left")],
    "callbacks": [list, tuple, HasMethods(["set_model"]), None],
    "warm_start": ["boolean"],
    "checkpoint": [str, os.PathLike, None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


def check_choice(name, value, choices, otherwise=""):
    """Raise a ValueError with the nearest choice unless `value` is one of `choices`."""
    if value in choices:
        return
    close = difflib.get_close_matches(str(value).lower(), choices, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{name}={value!r} is unknown.{hint} Choose one of {sorted(choices)}{otherwise}.")


def check_activations(**activations):
    """Raise a ValueError unless every activation, given by parameter name, is known."""
    for name, value in activations.items():
        check_choice(name, value, ACTIVATIONS)


def check_loss(loss, output_activation, losses=LOSSES, otherwise=", or pass a keras.losses.Loss or a function"):
    """Raise a ValueError unless the loss is one of `losses`, or no name, and fits the output activation."""
    if isinstance(loss, str):
        check_choice("loss", loss, losses, otherwise)
    elif isinstance(loss, type):
        raise ValueError(f"loss={loss.__name__} is a class. Make an instance of it: loss={loss.__name__}(...).")
    elif not hasattr(loss, "get_config"):
        check_function("loss", loss, "one number per row", ("rows", "reconstructed rows"))
    if loss == "binary_crossentropy" and output_activation != "sigmoid":
        raise ValueError(
            f"loss='binary_crossentropy' needs outputs between 0 and 1 but output_activation={output_activation!r}. "
            "Set output_activation='sigmoid', or use loss='mse'."
        )


def check_probabilities(outputs, output_activation):
    """Raise a ValueError unless the outputs of the user's own models can be probabilities."""
    if np.any(outputs < 0) or np.any(outputs > 1):
        raise ValueError(
            f"loss='binary_crossentropy' needs outputs between 0 and 1, but the decoder puts out values in "
            f"[{outputs.min():.3g}, {outputs.max():.3g}] and output_activation={output_activation!r}. Let the decoder "
            "end in a sigmoid, or set output_activation='sigmoid'."
        )


def resolved(name, value, known, kind):
    """Return the object that a parameter stands for: one made by name, or a copy of the one that was passed.

    Parameters
    ----------
    name : str
        Name of the parameter.
    value : str or object
        Value of the parameter.
    known : dict of str to type
        Classes by the names that stand for them.
    kind : str
        Words for the error message: what `value` may be if it is not a name.

    Returns
    -------
    object
        New object with the parameter's own parameters.

    Raises
    ------
    ValueError
        If the name is unknown, or `value` is a class where an instance is wanted.
    """
    if isinstance(value, str):
        value = named(value, known)
        check_choice(name, value, known, f", or pass {kind}")
        return known[value]()
    if isinstance(value, type):
        raise ValueError(f"{name}={value.__name__} is a class. Make an instance of it: {name}={value.__name__}(...).")
    return clone(value, safe=False)


def resolved_noise(noise, noise_level, known):
    """Return the noise that two parameters stand for, or None.

    Parameters
    ----------
    noise : str, BaseNoise, callable or None
    noise_level : float or None
        Level of a noise that is given by name.
    known : dict of str to type
        Noises by the names that stand for them.

    Raises
    ------
    ValueError
        If the noise is unknown or cannot be called, or the level belongs to no noise that is given by name.
    """
    if noise_level is not None and not isinstance(noise, str):
        hint = (
            "Pass noise='gaussian', for example, too."
            if noise is None
            else f"Pass the level to the object: {type(noise).__name__}(level={noise_level!r})."
        )
        raise ValueError(f"noise_level={noise_level!r} is the level of a noise that is given by name. {hint}")
    if noise is None:
        return None
    noise = resolved("noise", noise, known, "a noise object, or a function of a batch")
    if noise_level is not None:
        noise.set_params(level=noise_level)
    check_function("noise", noise, "rows")
    if hasattr(noise, "check"):
        noise.check()
    return noise


def check_keras_objects(loss, optimizer, learning_rate, callbacks):
    """Raise a ValueError unless Keras can run here, and what is no plain value is the right kind of Keras object."""
    from .._engine import check_process
    from .._engine.keras_objects import KINDS, OPTIMIZERS, check_callback

    check_process()
    if isinstance(optimizer, str):
        check_choice("optimizer", optimizer.lower(), OPTIMIZERS, ", or pass a keras.optimizers.Optimizer")
    for name, value, plain in (
        ("loss", loss, str),
        ("optimizer", optimizer, str),
        ("learning_rate", learning_rate, (int, float)),
    ):
        if hasattr(value, "get_config") and not isinstance(value, (plain, KINDS[name])):
            kind = KINDS[name].__name__
            raise ValueError(f"{name}={value!r} is a {type(value).__name__}, not a {kind} of Keras.")
    for callback in callbacks:
        if not isinstance(callback, KINDS["callbacks"]):
            hint = "Make an instance of it." if isinstance(callback, type) else "Derive its class from that one."
            raise ValueError(f"callbacks holds {callback!r}, which is not a keras.callbacks.Callback. {hint}")
        check_callback(callback, optimizer, learning_rate)


def checked_rate(learning_rate):
    """Return a learning rate as Keras takes it: a number of any kind as a float, a schedule as it is."""
    return float(learning_rate) if isinstance(learning_rate, Real) else learning_rate


def check_copies(parameters):
    """Raise a TypeError if a Keras object among the parameters cannot be copied, as searches and cross-validation do.

    Parameters
    ----------
    parameters : dict of str to object
        Values by the names of the parameters.
    """
    for name, value in parameters.items():
        if not hasattr(value, "get_config"):
            continue
        try:
            clone(value, safe=False)
        except Exception as error:  # Keras copies by saving and loading, where anything can be raised.
            function = ", or write it as a function" if name == "loss" else ""
            raise TypeError(
                f"{name}={value!r} cannot be copied, which searches and cross-validation do. If its class is your own, "
                "decorate that with @keras.saving.register_keras_serializable(), pass **kwargs of its __init__ on to "
                f"super().__init__, and return the values of its own arguments in get_config{function}."
            ) from error


def check_function(name, function, returned, arguments=("the batch",)):
    """Raise a ValueError unless a penalty, a noise or a loss can be called with these arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}={function!r} must be a function of {' and '.join(arguments)} that returns {returned}, but cannot "
            f"be called that way: {error}."
        ) from error


def check_penalty(penalty, code_activation, owns_activations):
    """Raise a ValueError unless a penalty can be called with a batch and makes sense for such codes."""
    check_function("penalty", penalty, "one number or one per row")
    if hasattr(penalty, "check") and not owns_activations:
        penalty.check(code_activation)


def check_pca_start(loss, activations):
    """Raise a ValueError if another parameter rules out ``init="pca"``.

    Parameters
    ----------
    loss : str or keras.losses.Loss
    activations : dict of str to str
        Activations of code and output by parameter name.
    """
    conflicts = {name: value for name, value in activations.items() if value != "linear"}
    if conflicts:
        raise ValueError(
            f"init='pca' starts training from a linear map, which "
            f"{' and '.join(f'{name}={value!r}' for name, value in conflicts.items())} would bend. "
            f"Set {' and '.join(conflicts)} to 'linear', or init='random'."
        )
    if loss == "binary_crossentropy":
        raise ValueError("init='pca' and loss='binary_crossentropy' exclude each other. Set init='random'.")


def checked_sizes(name, value):
    """Return the sizes of hidden layers as a tuple of int, or None for "auto"; raise a ValueError if they are none.

    Parameters
    ----------
    name : str
        Name of the parameter.
    value : "auto", int or array-like of int
        Value of the parameter.
    """
    if isinstance(value, str) and value == "auto":
        return None
    # As objects, sizes of unequal depth are a list that the next line refuses.
    sizes = np.atleast_1d(np.asarray(value, dtype=object)).tolist()
    if not all(isinstance(size, Integral) and not isinstance(size, bool) and size >= 1 for size in sizes):
        raise ValueError(
            f"{name}={value!r} must be widths of at least 1, for example (128,) or (128, 64); () for no hidden layer."
        )
    return tuple(int(size) for size in sizes)


def check_shape(name, given, n_dimensions, n_features, owner=""):
    """Return the shape of a row as a tuple, with -1 replaced by what X makes of it.

    Parameters
    ----------
    name : str
        Name of the parameter.
    given : int or tuple of int
        Value of the parameter.
    n_dimensions : int
        Number of numbers in the shape; one fewer stands for a single channel.
    n_features : int
        Width of a row.
    owner : str, default=""
        Class that the parameter belongs to.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        If the shape is none, or does not hold as many values as a row of X.
    """
    parameter = f"{name}={given!r} of {owner}" if owner else f"{name}={given!r}"
    shape = tuple(np.atleast_1d(np.asarray(given, dtype=object)).tolist())
    if len(shape) == n_dimensions - 1:
        shape = (*shape, 1)
    integral = all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) for size in shape)
    if len(shape) != n_dimensions or not integral or shape.count(-1) > 1 or any(s < 1 and s != -1 for s in shape):
        example = "(28, 28) or (28, 28, 3)" if n_dimensions == 3 else "(30,) or (30, 2)"
        raise ValueError(
            f"{parameter} is not a shape such as {example}; one of the numbers may be -1, to be found from X."
        )
    known = int(np.prod([size for size in shape if size != -1]))
    if -1 in shape and n_features % known == 0:
        shape = tuple(n_features // known if size == -1 else size for size in shape)
    if int(np.prod(shape)) != n_features:
        held = f"cannot be filled by {n_features} values" if -1 in shape else f"holds {known} values"
        raise ValueError(f"{parameter} {held} but X has {n_features} features. Pass the shape of one flattened row.")
    return tuple(int(size) for size in shape)
