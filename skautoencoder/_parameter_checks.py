"""Parameters against each other and against X, in the user's terms, before anything is trained."""

import difflib
from numbers import Integral

import numpy as np

from ._inference import ACTIVATION_RANGES, ACTIVATIONS

LOSSES = ("mse", "mae", "huber", "binary_crossentropy")

# Rounding of a scaler's making: MinMaxScaler leaves values such as 1.0000000000000002.
_RANGE_TOLERANCE = 1e-6


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


def check_loss(loss, output_activation):
    """Raise a ValueError unless the loss is known and fits the output activation."""
    if isinstance(loss, str):
        check_choice("loss", loss, LOSSES, ", or pass a keras.losses.Loss")
    if loss == "binary_crossentropy" and output_activation != "sigmoid":
        raise ValueError(
            f"loss='binary_crossentropy' needs outputs between 0 and 1 but output_activation={output_activation!r}. "
            "Set output_activation='sigmoid', or use loss='mse'."
        )


def starts_at_pca(init, loss, code_activation, output_activation):
    """Decide whether training starts at PCA.

    Parameters
    ----------
    init : {"auto", "pca", "random"}
    loss : str or keras.losses.Loss
    code_activation, output_activation : str

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If `init` is "pca" and another parameter rules it out.
    """
    conflicts = [
        f"{name}={value!r}"
        for name, value in {"code_activation": code_activation, "output_activation": output_activation}.items()
        if value != "linear"
    ]
    if init == "pca" and conflicts:
        raise ValueError(
            f"init='pca' starts training from a linear map, which {' and '.join(conflicts)} would bend. "
            f"Set {' and '.join(conflict.split('=')[0] for conflict in conflicts)} to 'linear', or init='random'."
        )
    if init == "auto":
        return not conflicts and isinstance(loss, str)
    return init == "pca"


def output_range(output_activation):
    """Return the lowest and the highest value that an output activation can put out."""
    unbounded = (-np.inf, np.inf)
    return ACTIVATION_RANGES.get(output_activation, unbounded) if isinstance(output_activation, str) else unbounded


def check_range(X, name, loss, output_activation):
    """Raise a ValueError if the output activation or the loss cannot reach the values of X."""
    low, high = output_range(output_activation)
    if np.isinf(low) and np.isinf(high):
        return
    X_low, X_high = X.min(), X.max()
    if X_low < low - _RANGE_TOLERANCE or X_high > high + _RANGE_TOLERANCE:
        if loss == "binary_crossentropy":
            needs = f"loss='binary_crossentropy' needs {name} in [0, 1]"
            way_out = "loss='mse' with output_activation='linear'"
        else:
            needs = f"output_activation={output_activation!r} puts out values in [{low}, {high}]"
            way_out = "output_activation='linear'"
        if low == 0 and X_low < 0:
            # scikit-learn's words for an estimator whose tag says that it takes positive values only.
            needs = f"Negative values in data passed as {name}: {needs}"
        feature_range = "" if high == 1 and low == 0 else f"(feature_range=({max(low, -1)}, {min(high, 1)}))"
        raise ValueError(
            f"{needs} but {name} spans [{X_low:.6g}, {X_high:.6g}]. Scale X with MinMaxScaler{feature_range}, "
            f"or use {way_out}."
        )


def check_hidden_layer_sizes(hidden_layer_sizes):
    """Return the widths as a tuple of int, or raise a ValueError."""
    sizes = np.atleast_1d(hidden_layer_sizes)
    if sizes.ndim != 1 or any(not isinstance(size, Integral) or size < 1 for size in sizes.tolist()):
        raise ValueError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} must be widths of at least 1, for example (128,) or (128, 64); "
            "() for no hidden layer."
        )
    return tuple(sizes.tolist())
