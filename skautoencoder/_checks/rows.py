"""X and the rows beside it, against the parameters and against each other, in the user's terms."""

import re
from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context

from .._other_names import named
from .._sklearn_compat import check_sample_weight
from ..networks import ACTIVATION_RANGES, ACTIVATIONS

# Largest absolute values of rows whose squares, and sums of these, float32 and float64 can hold.
_LEAST_FLOAT32, _MOST_FLOAT32 = 1e-18, 1e18
_LEAST_FLOAT64, _MOST_FLOAT64 = 1e-150, 1e150

# Scalers round: MinMaxScaler leaves values such as 1.0000000000000002.
_RANGE_TOLERANCE = 1e-6


def check_rows_beside(X, X_noisy, X_val=None, X_val_noisy=None):
    """Raise a ValueError unless noisy rows belong to as many clean ones."""
    for name, rows, clean_name, clean in (("X_noisy", X_noisy, "X", X), ("X_val_noisy", X_val_noisy, "X_val", X_val)):
        if rows is None:
            continue
        if clean is None:
            raise ValueError(f"{name} needs {clean_name}, the clean form of its rows. Pass it too.")
        if rows.shape[0] != clean.shape[0]:
            raise ValueError(
                f"{name} has {rows.shape[0]} rows, but {clean_name}, whose noisy form it is, has {clean.shape[0]}. "
                "Pass one noisy row for each clean one, in the same order."
            )
    if X_val is not None and (X_noisy is None) != (X_val_noisy is None):
        raise ValueError(
            "X_noisy and X_val_noisy go together where X_val is given, since held-out rows must be as noisy as "
            "training rows. Pass both or neither."
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
    """Return the weights of rows as a float64 array, or None; raise a ValueError unless each row has one of at least 0.

    Parameters
    ----------
    sample_weight : array-like or None
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    """
    if sample_weight is None:
        return None
    weights = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if not weights.any():
        raise ValueError("sample_weight is 0 for every row: nothing is left. Pass some weights above 0.")
    return weights


def check_computed(rows, name):
    """Raise a ValueError if rows are a LazyFrame of polars."""
    if hasattr(type(rows), "collect"):
        raise ValueError(
            f"{name} is a {type(rows).__name__}, which holds no rows before it is computed. Pass {name}.collect()."
        )


def about_rows(error, rows, name, estimator):
    """Return what scikit-learn says about rows in terms of the argument that they were passed as, and the way out.

    Parameters
    ----------
    error : ValueError
        Error of `validate_data`, which calls all rows X.
    rows : array-like
    name : str
        Name of the argument.
    estimator : BaseEstimator

    Returns
    -------
    str
    """
    message = str(error)
    if name != "X":
        message = re.sub(r"\bX\b", name, message)
        message = message if name in message else f"{name}: {message}"
    if "contains NaN" in message:
        return (
            f"Input {name} contains NaN. {type(estimator).__name__} needs complete rows: fill them in first, with "
            "AutoencoderImputer, or sklearn.impute.SimpleImputer."
        )
    if "inhomogeneous shape" in message:
        return f"{name} should be a table with rows and columns, but its rows are of different lengths."
    if "Found array with dim" in message:
        return f"{message} {flat_rows(name, np.shape(rows))}"
    return message


def flat_rows(name, shape):
    """Return the way out for rows that are no vectors."""
    sentence = f"Lay the rows flat: {name}.reshape(len({name}), -1)."
    if len(shape) == 3:
        return (
            f"{sentence} architecture=ConvolutionalArchitecture({shape[1:]}) sees them as images, and "
            f"RecurrentArchitecture({shape[1:]}) as sequences."
        )
    if len(shape) == 4:
        return f"{sentence} architecture=ConvolutionalArchitecture({shape[1:]}) sees them as images."
    return sentence


def is_clean_target(X, y):
    """Whether y looks like the clean form of noisy rows X: of the same shape, with other values."""
    if getattr(y, "shape", None) != X.shape or issparse(X) or issparse(y) or X.shape[1] == 1:
        return False
    y = np.asarray(y)
    return np.issubdtype(y.dtype, np.number) and not np.array_equal(X, y)


def output_range(output_activation):
    """Return the lowest and the highest value that an output activation can put out."""
    unbounded = (-np.inf, np.inf)
    if not isinstance(output_activation, str):
        return unbounded
    return ACTIVATION_RANGES.get(named(output_activation, ACTIVATIONS), unbounded)


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


def check_finite(values, what, rows):
    """Raise a ValueError if values that were computed from rows are not finite.

    Parameters
    ----------
    values : float or ndarray
        What was computed.
    what : str
        Words for it, with which the message begins.
    rows : ndarray or CSR matrix
        Rows, called X, whose span and dtype the message tells.
    """
    if np.all(np.isfinite(values)):
        return
    precise = "" if rows.dtype == np.float64 else ", or pass X.astype(np.float64)"
    raise ValueError(
        f"{what} is not finite: X spans [{rows.min():.3g}, {rows.max():.3g}], too large for {rows.dtype} "
        f"beside the rows that were fitted. Scale X before fit and here, for example with StandardScaler{precise}."
    )


def check_squares(X):
    """Raise a ValueError unless float64 can hold the squares of X, an ndarray or a CSR matrix."""
    _check_size(X, "X", "float64, in which errors are squared", _LEAST_FLOAT64, _MOST_FLOAT64)


def check_float32(X, name):
    """Raise a ValueError unless float32 can hold the squares of X, an ndarray or a CSR matrix."""
    dtype = "float32, in which training at random weights, losses and callbacks of Keras see rows as they are"
    _check_size(X, name, dtype, _LEAST_FLOAT32, _MOST_FLOAT32)


def check_comparable(X):
    """Raise a ValueError unless PCA, which computes in the dtype of X, can square it."""
    X = X if issparse(X) else np.asarray(X)
    if X.dtype == np.float32:
        dtype = "float32, in which PCA computes with such X"
        _check_size(X, "X", dtype, _LEAST_FLOAT32, _MOST_FLOAT32, "Pass X.astype(np.float64), or scale")
    elif X.dtype == np.float64:
        check_squares(X)


def _check_size(X, name, dtype, least, most, way_out="Scale"):
    largest = _largest(X)
    if largest and not least <= largest <= most:
        raise ValueError(
            f"The values of {name} are too {'small' if largest < least else 'large'} for {dtype}: the square of "
            f"{largest:.3g} is beyond it. {way_out} X first, for example with StandardScaler."
        )


def _largest(X):
    """Return the largest absolute value of an ndarray or a CSR matrix."""
    return max(float(X.max()), -float(X.min()))


def dominating_columns(amounts):
    """Return the few columns that hold most of a sum over columns, if there are such, and their share of it.

    Parameters
    ----------
    amounts : ndarray of shape (n_columns,)
        What each column adds to the sum, such as its variance; not negative.

    Returns
    -------
    columns : ndarray of int
        Numbers of a tenth of the columns, at least one, largest first, that hold more than half of the sum and more
        than three times their share; empty if these hold less.
    share : float
        Share of the sum that the largest tenth of the columns holds.
    """
    n_columns = len(amounts)
    most = max(n_columns // 10, 1)
    top = np.argsort(-amounts)[:most]
    share = amounts[top].sum() / amounts.sum() if amounts.any() else 0.0
    return top[: most if share > max(0.5, 3 * most / n_columns) else 0], share
