"""Checks of parameters and rows before training: an error names the parameter, its value and a way out."""

import difflib
import inspect
import os
import sys
import warnings
from numbers import Integral, Real

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import clone

from ._other_names import instead_of_architecture, named
from ._sklearn_compat import HasMethods, Interval, StrOptions, check_sample_weight
from .networks import ACTIVATION_RANGES, ACTIVATIONS

LOSSES = ("mse", "mae", "huber", "binary_crossentropy")

# Ranges of absolute values whose squares, and sums of these, are finite and above 0.
_FLOAT32_RANGE = (1e-18, 1e18)
_FLOAT64_RANGE = (1e-150, 1e150)
# A common name, and the parameter for the level of what it names, by parameter.
_LEVELS = {"noise": ("gaussian", "noise_level"), "penalty": ("l1", "alpha")}
# Scalers round: MinMaxScaler leaves values such as 1.0000000000000002.
_RANGE_TOLERANCE = 1e-6
# Frames of these packages are skipped to find the user's line.
_PACKAGES = {"skautoencoder", "sklearn", "joblib"}


class Count(Interval):
    """Constraint of a parameter: an int of at least 1, but no bool."""

    def __init__(self):
        super().__init__(Integral, 1, None, closed="left")

    def is_satisfied_by(self, value):
        """Whether a value satisfies the constraint."""
        return not isinstance(value, bool) and super().is_satisfied_by(value)


# Constraints of the parameters that estimators share, in the form that scikit-learn checks.
SHARED_CONSTRAINTS = {
    "handle_unknown": [StrOptions({"error", "ignore"})],
    "encoding_dim": [Count(), Interval(Real, 0, 1, closed="neither"), None],
    "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", Interval(Integral, 1, None, closed="left")],
    # Checked by `resolved_architecture`, which names the class for what users pass.
    "architecture": "no_validation",
    "activation": [str],
    "output_activation": [str],
    "loss": [str, callable],
    "init": [StrOptions({"auto", "pca", "random"})],
    # Checked by `resolved_noise`.
    "noise": "no_validation",
    "noise_level": [Interval(Real, 0, None, closed="left"), None],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "optimizer": [str, HasMethods(["apply_gradients", "get_config"])],
    "learning_rate": [Interval(Real, 0, None, closed="neither"), HasMethods(["__call__", "get_config"])],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "epochs": [Interval(Integral, 0, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
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


def check_function(name, function, returned, arguments=("the batch",)):
    """Raise a ValueError unless a penalty, a noise or a loss can be called with these arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}={function!r} must be a function of {' and '.join(arguments)} that returns {returned}, but cannot "
            f"be called that way: {error}."
        ) from error


def check_loss(loss, output_activation, losses, otherwise):
    """Raise a ValueError unless the loss is among `losses`, a Keras loss or a function and fits the output activation.

    `otherwise` ends the message about unknown names.
    """
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
    """Raise a ValueError unless the outputs of the user's Keras models are between 0 and 1."""
    if np.any(outputs < 0) or np.any(outputs > 1):
        raise ValueError(
            f"loss='binary_crossentropy' needs outputs between 0 and 1, but the decoder puts out values in "
            f"[{outputs.min():.3g}, {outputs.max():.3g}] and output_activation={output_activation!r}. Let the decoder "
            "end in a sigmoid, or set output_activation='sigmoid'."
        )


def check_pca_start(loss, activations):
    """Raise a ValueError if the loss or an activation, given by parameter name, rules out ``init="pca"``."""
    conflicts = {name: value for name, value in activations.items() if value != "linear"}
    if conflicts:
        given = " and ".join(f"{name}={value!r}" for name, value in conflicts.items())
        raise ValueError(
            f"init='pca' starts training at a linear map and so excludes {given}. "
            f"Set {' and '.join(conflicts)} to 'linear', or init='random'."
        )
    if loss == "binary_crossentropy":
        raise ValueError("init='pca' and loss='binary_crossentropy' exclude each other. Set init='random'.")


def check_keras_objects(loss, optimizer, learning_rate, callbacks):
    """Raise a ValueError unless Keras can run here and each Keras object is of the right kind."""
    from ._engine import check_process
    from ._engine.keras_objects import KINDS, OPTIMIZERS, check_callback, other_keras

    check_process()
    if isinstance(optimizer, str):
        check_choice("optimizer", optimizer.lower(), OPTIMIZERS, ", or pass a keras.optimizers.Optimizer")
    for name, value, plain in (
        ("loss", loss, str),
        ("optimizer", optimizer, str),
        ("learning_rate", learning_rate, (int, float)),
    ):
        if isinstance(value, type):
            raise ValueError(f"{name}={value.__name__} is a class. Make an instance of it: {value.__name__}(...).")
        if hasattr(value, "get_config") and not isinstance(value, (plain, KINDS[name])):
            kind = KINDS[name].__name__
            raise ValueError(
                f"{name}={value!r} is a {type(value).__name__}, not a {kind} of Keras.{other_keras(value)}"
            )
    if getattr(optimizer, "use_ema", False) and not optimizer.ema_overwrite_frequency:
        warn(
            "optimizer has use_ema=True without ema_overwrite_frequency, so that its averages are never used. Set "
            "ema_overwrite_frequency=100, for example: the average then replaces the weights every 100 steps.",
            UserWarning,
        )
    for callback in callbacks:
        if not isinstance(callback, KINDS["callbacks"]):
            hint = " Make an instance of it." if isinstance(callback, type) else other_keras(callback)
            hint = hint or " Derive its class from that one."
            raise ValueError(f"callbacks holds {callback!r}, which is not a keras.callbacks.Callback.{hint}")
        check_callback(callback, optimizer, learning_rate)


def check_copies(parameters):
    """Raise a TypeError if a Keras object among the parameters, given by name, cannot be copied, as searches do."""
    for name, value in parameters.items():
        if not hasattr(value, "get_config"):
            continue
        try:
            clone(value, safe=False)
        except Exception as error:  # Keras copies by saving and loading, which can raise anything.
            function = ", or write it as a function" if name == "loss" else ""
            raise TypeError(
                f"{name}={value!r} cannot be copied, which searches and cross-validation do. If the class is yours, "
                "decorate it with @keras.saving.register_keras_serializable(), pass **kwargs of its __init__ on to "
                f"super().__init__, and return the values of its own arguments in get_config{function}."
            ) from error


def resolved(name, value, known, kind):
    """Return a new object for a parameter: of a class in `known`, by its name, or a copy of the object passed.

    `kind` names other accepted values in the error message.
    """
    if isinstance(value, str):
        value = named(value, known)
        check_choice(name, value, known, f", or pass {kind}")
        return known[value]()
    if isinstance(value, type):
        raise ValueError(f"{name}={value.__name__} is a class. Make an instance of it: {name}={value.__name__}(...).")
    if not callable(value) and not hasattr(value, "get_params"):
        raise ValueError(f"{name}={value!r} is no {name}. {_with_level(name, value)}, or {kind}.")
    return clone(value, safe=False)


def _with_level(name, value):
    """Return the advice to pass a name, and a number by the parameter for the level."""
    usual, level = _LEVELS[name]
    advice = f"Pass a name, for example {name}={usual!r}"
    return f"{advice}, {level}={value!r}" if isinstance(value, Real) and not isinstance(value, bool) else advice


def resolved_architecture(architecture, known):
    """Return a new architecture for the parameter `architecture`; `known` holds classes by name."""
    if isinstance(architecture, str):
        architecture = named(architecture, known)
        advice = instead_of_architecture(architecture)
        if architecture not in known and advice:
            raise ValueError(f"architecture={architecture!r} is unknown. {advice}")
    elif not isinstance(architecture, type) and not hasattr(architecture, "untrained"):
        raise ValueError(f"architecture={written(architecture)} is no architecture. {_architecture_of(architecture)}")
    return resolved("architecture", architecture, known, "an architecture object")


def _architecture_of(value):
    """Return the advice how to make an architecture of Keras models, a function or anything else."""
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return "Pass your encoder and decoder as architecture=KerasArchitecture(encoder, decoder)."
    if hasattr(value, "get_layer"):
        return "Pass its two halves, an encoder and a decoder: architecture=KerasArchitecture(encoder, decoder)."
    if callable(value):
        return f"Pass a function that builds two Keras models as architecture=KerasArchitecture({written(value)})."
    return "Pass architecture='dense', or an object such as ConvolutionalArchitecture((28, 28))."


def resolved_noise(noise, noise_level, known):
    """Return the noise for the parameters `noise` and `noise_level`, or None; `known` holds noise classes by name."""
    is_object = noise is None or callable(noise)
    if noise_level is not None and is_object:
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


def checked_rate(learning_rate):
    """Return a learning rate as Keras takes it: a number as a float, a schedule unchanged."""
    return float(learning_rate) if isinstance(learning_rate, Real) else learning_rate


def checked_sizes(name, value):
    """Return the sizes of hidden layers as a tuple of int, or None for "auto"; raise a ValueError for other values."""
    if isinstance(value, str) and value == "auto":
        return None
    # dtype=object lets ragged input reach the check below.
    sizes = np.atleast_1d(np.asarray(value, dtype=object)).tolist()
    if not all(isinstance(size, Integral) and not isinstance(size, bool) and size >= 1 for size in sizes):
        raise ValueError(
            f"{name}={value!r} must be widths of at least 1, for example (128,) or (128, 64); () for no hidden layer."
        )
    return tuple(int(size) for size in sizes)


def check_shape(name, given, n_dimensions, n_features, owner=""):
    """Return the shape of a row as a tuple, with -1 inferred from the number of features.

    A shape with one dimension less has a single channel. Raise a ValueError unless the shape holds `n_features` values;
    the message names the parameter and the class `owner`.
    """
    parameter = f"{name}={given!r} of {owner}" if owner else f"{name}={given!r}"
    shape = np.atleast_1d(np.asarray(given, dtype=object)).tolist()
    if len(shape) == n_dimensions - 1:
        shape.append(1)
    if len(shape) != n_dimensions or not all(map(_is_size, shape)) or shape.count(-1) > 1:
        example = "(28, 28) or (28, 28, 3)" if n_dimensions == 3 else "(30,) or (30, 2)"
        raise ValueError(f"{parameter} is not a shape such as {example}; one number may be -1, to be inferred from X.")
    n_known = int(np.prod([size for size in shape if size != -1]))
    if -1 in shape and n_features % n_known == 0:
        shape[shape.index(-1)] = n_features // n_known
    if int(np.prod(shape)) != n_features:
        held = f"cannot be filled by {n_features} values" if -1 in shape else f"holds {n_known} values"
        raise ValueError(f"{parameter} {held} but X has {n_features} features. Pass the shape of one flattened row.")
    return tuple(map(int, shape))


def check_kernel_size(given, n_dimensions, owner):
    """Return the sizes of a kernel as a tuple of int; raise a ValueError that names the class `owner`."""
    sizes = tuple(given) if isinstance(given, (tuple, list)) else (given,) * n_dimensions
    if len(sizes) != n_dimensions or not all(_is_size(size) and size > 0 for size in sizes):
        kind = "a number of pixels of at least 1, or two of them, for example 3 or (3, 5)"
        if n_dimensions == 1:
            kind = "a number of steps of at least 1, for example 3"
        raise ValueError(f"kernel_size={given!r} of {owner} must be {kind}.")
    return tuple(map(int, sizes))


def _is_size(value):
    """Whether a value is the size of a dimension: an int of at least 1, or -1."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and (value >= 1 or value == -1)


def check_rows_beside(X, X_noisy=None, X_val=None, X_val_noisy=None):
    """Raise a ValueError unless each array of noisy rows has as many rows as its clean form."""
    for name, rows, clean_name, clean in (("X_noisy", X_noisy, "X", X), ("X_val_noisy", X_val_noisy, "X_val", X_val)):
        if rows is None:
            continue
        if clean is None:
            raise ValueError(f"{name} needs {clean_name}, the clean form of its rows. Pass it too.")
        if rows.shape[0] != clean.shape[0]:
            raise ValueError(
                f"{name} has {rows.shape[0]} rows, but {clean_name}, its clean form, has {clean.shape[0]}. "
                "Pass one noisy row for each clean one, in the same order."
            )
    if X_val is not None and (X_noisy is None) != (X_val_noisy is None):
        raise ValueError(
            "X_noisy and X_val_noisy go together where X_val is given, since held-out rows must be as noisy as "
            "training rows. Pass both or neither."
        )


def check_suits_categories(architecture):
    """Raise a ValueError if an architecture uses the places of columns, which indicators of categories have not."""
    if architecture.uses_column_order:
        raise ValueError(
            f"architecture={architecture!r} reads X by the places of its columns, but X has categories. Pass numbers "
            "alone, or leave architecture at 'dense'."
        )


def check_first_chunk(X, encoding_dim):
    """Raise a ValueError unless the first rows of a stream are enough for PCA."""
    if isinstance(encoding_dim, Integral) and X.shape[0] < min(encoding_dim, X.shape[1]):
        raise ValueError(
            f"encoding_dim={encoding_dim}, but the first chunk has {X.shape[0]} rows: partial_fit starts at their PCA, "
            f"which has no more components than rows. Pass at least {encoding_dim} rows first, or set init='random'."
        )


@config_context(array_api_dispatch=False)
def checked_weight(sample_weight, X):
    """Return the weights of rows as a float64 array, or None; raise a ValueError for negative or only zero weights."""
    if sample_weight is None:
        return None
    weights = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if not weights.any():
        raise ValueError("sample_weight is 0 for every row: nothing is left. Pass some weights above 0.")
    return weights


def misplaced_rows(X, y, owner):
    """Return what to write instead if y looks like rows, which fit ignores; empty otherwise."""
    shape = getattr(y, "shape", ())
    if len(shape) != 2 or shape[1] != X.shape[1] or X.shape[1] == 1:
        return ""
    held_out = "Pass held-out rows by name: fit(X_train, X_val=X_test)."
    if shape[0] != X.shape[0]:
        return f"y is ignored, but looks like {shape[0]} further rows, with as many columns as X. {held_out}"
    if issparse(X) or issparse(y):
        return ""
    has_names_of_X = np.array_equal(getattr(X, "columns", 0), getattr(y, "columns", 1))
    y = np.asarray(y)
    if not (has_names_of_X or np.issubdtype(y.dtype, np.number)) or np.array_equal(X, y):
        return ""
    return (
        "y is ignored, but has the shape of X and other values. To learn clean rows from noisy ones, write "
        f"{owner}(...).fit(clean, X_noisy=noisy). {held_out}"
    )


def warn_of_rows_as_y(X, y, way_out):
    """Warn if y, which fit ignores, is a table with as many columns as X."""
    width = _width(y)
    if y is not X and width > 1 and width == _width(X):
        warn(f"y is ignored, but has {width} columns, as many as X. {way_out}", UserWarning)


def _width(table):
    """Return the number of columns of a table, or 0 for anything else."""
    shape = getattr(table, "shape", ())
    return shape[1] if len(shape) == 2 else 0


def output_range(output_activation):
    """Return the lowest and the highest value that an output activation can put out."""
    name = named(output_activation, ACTIVATIONS) if isinstance(output_activation, str) else None
    return ACTIVATION_RANGES.get(name, (-np.inf, np.inf))


def check_range(X, name, loss, output_activation):
    """Raise a ValueError if a bounded output activation, or the loss, cannot reach the values of X."""
    low, high = ACTIVATION_RANGES[output_activation]
    X_low = X.min()
    X_high = X.max()
    if X_low >= low - _RANGE_TOLERANCE and X_high <= high + _RANGE_TOLERANCE:
        return
    if loss == "binary_crossentropy":
        needs = f"loss='binary_crossentropy' needs {name} in [0, 1]"
        way_out = "loss='mse' with output_activation='linear'"
    else:
        needs = f"output_activation={output_activation!r} puts out values in [{low}, {high}]"
        way_out = "output_activation='linear'"
    if low == 0 and X_low < 0:
        # scikit-learn checks for these words if an estimator's tag says that it takes positive values only.
        needs = f"Negative values in data passed as {name}: {needs}"
    feature_range = "" if high == 1 and low == 0 else f"(feature_range=({max(low, -1)}, {min(high, 1)}))"
    raise ValueError(
        f"{needs} but {name} spans [{X_low:.6g}, {X_high:.6g}]. Scale X with MinMaxScaler{feature_range}, "
        f"or use {way_out}."
    )


def check_finite(values, what, rows):
    """Raise a ValueError if `values` computed from `rows` are not finite; `what` names them in the message."""
    if np.all(np.isfinite(values)):
        return
    precise = "" if rows.dtype == np.float64 else ", or pass X.astype(np.float64)"
    raise ValueError(
        f"{what} is not finite: X spans [{rows.min():.3g}, {rows.max():.3g}], too large for {rows.dtype} "
        f"beside the rows that were fitted. Scale X before fit and here, for example with StandardScaler{precise}."
    )


def check_squares(X):
    """Raise a ValueError unless float64 can hold the squares of X, an ndarray or a CSR matrix."""
    _check_size(X, "X", "float64, in which errors are squared", _FLOAT64_RANGE)


def check_float32(X, name):
    """Raise a ValueError unless float32 can hold the squares of X, an ndarray or a CSR matrix."""
    dtype = "float32, in which training from random weights, Keras losses and callbacks read rows without scaling"
    _check_size(X, name, dtype, _FLOAT32_RANGE)


def check_comparable(X):
    """Raise a ValueError unless PCA, which computes in the dtype of X, can square it."""
    X = X if issparse(X) else np.asarray(X)
    if X.dtype == np.float32:
        dtype = "float32, in which PCA computes with such X"
        _check_size(X, "X", dtype, _FLOAT32_RANGE, "Pass X.astype(np.float64), or scale")
    elif X.dtype == np.float64:
        check_squares(X)


def _check_size(X, name, dtype, bounds, way_out="Scale"):
    largest = max(float(X.max()), -float(X.min()))
    if largest and not bounds[0] <= largest <= bounds[1]:
        raise ValueError(
            f"The values of {name} are too {'small' if largest < bounds[0] else 'large'} for {dtype}: the square of "
            f"{largest:.3g} is out of range. {way_out} X first, for example with StandardScaler."
        )


def dominating_columns(amounts):
    """Return the columns that dominate a sum, largest first, and the share of the sum in the largest tenth of columns.

    `amounts` holds the non-negative term of each column, such as its variance. A tenth of the columns, at least one,
    dominates with more than half of the sum and more than three times its share, at most 95 % of the sum; otherwise no
    column is returned.
    """
    n_columns = len(amounts)
    n_top = max(n_columns // 10, 1)
    top = np.argsort(-amounts)[:n_top]
    share = amounts[top].sum() / amounts.sum() if amounts.any() else 0.0
    # Of two or three columns, none has three times its share. A column does not dominate others that are all zero.
    threshold = max(0.5, min(3 * n_top / n_columns, 0.95))
    is_alone = n_columns < 4 and np.count_nonzero(amounts) < 2
    return top[: n_top if share > threshold and not is_alone else 0], share


def warn(message, category):
    """Warn at the user's line, below the frames of this package and of scikit-learn."""
    frame = sys._getframe(1)
    stacklevel = 2
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).split(".")[0] in _PACKAGES:
        frame = frame.f_back
        stacklevel += 1
    warnings.warn(message, category, stacklevel=stacklevel)


def written(value):
    """Return the short form of a parameter's value: a plain value, a function's name or ``Class(...)``."""
    is_plain = value is None or isinstance(value, (str, bool, int, float))
    return repr(value) if is_plain else getattr(value, "__name__", f"{type(value).__name__}(...)")


def listed(noun, items):
    """Return a noun with its items: the first five, and their number."""
    shown = ", ".join(map(str, items[:5])) + (", ..." if len(items) > 5 else "")
    return f"{noun} {shown}" if len(items) == 1 else f"{len(items)} {noun}s ({shown})"
