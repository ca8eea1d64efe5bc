"""What users pass as rows: checks before scikit-learn's, and its errors in the words of this package."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

# Kinds of NumPy dtypes that hold times.
_TIMES = "mM"
# Classes that give batches of rows, and the packages that define them.
_BATCHES = {"DataLoader", "Dataset", "DatasetV2", "IterableDataset", "PyDataset"}
_BATCH_PACKAGES = {"keras", "tensorflow", "torch", "datasets"}
# Numbers of channels of images.
_CHANNELS = (1, 2, 3, 4)
# Fragments of errors about entries that are no numbers.
_NO_NUMBER = ("could not convert string", "argument must be", "setting an array element", "inhomogeneous", "NAType")


def check_table(rows, name):
    """Raise an error unless rows are a table with columns that can be told apart; entries are not read."""
    if hasattr(type(rows), "collect"):
        raise ValueError(f"{name} is a {type(rows).__name__}, which has no rows yet. Pass {name}.collect().")
    _check_kind(rows, name)
    if getattr(getattr(rows, "dtype", None), "names", None):
        raise TypeError(f"{name} is an array with fields {rows.dtype.names}. Pass a table: pandas.DataFrame({name}).")
    kind = getattr(getattr(rows, "dtype", None), "kind", "")
    if kind == "c":
        raise ValueError(_complex_numbers(f"{name} has dtype {rows.dtype}"))
    if isinstance(kind, str) and kind and kind in _TIMES:
        raise ValueError(
            f"{name} holds times of dtype {rows.dtype}. Turn them into numbers, such as days since the first one."
        )
    if is_frame(rows):
        _check_columns(rows, name)


def _complex_numbers(where):
    return (
        f"Complex data not supported: {where}. Pass real numbers, such as absolute values, or real and imaginary parts "
        "as columns."
    )


def is_frame(rows):
    """Whether rows are a data frame of pandas or polars."""
    return hasattr(rows, "isetitem") or (hasattr(rows, "to_series") and hasattr(rows, "get_columns"))


def feature_names_of(X, *estimators) -> list[str] | None:
    """Return the column names of X, else the first `feature_names_in_` of the estimators, else None."""
    known = [getattr(X, "columns", None), *(getattr(estimator, "feature_names_in_", None) for estimator in estimators)]
    return next(([str(name) for name in names] for names in known if names is not None), None)


def _check_kind(rows, name):
    """Raise a TypeError if rows are nothing that NumPy reads as a table."""
    if rows is None:
        raise TypeError(f"{name} is None. Pass a table: an array, a data frame or a list of rows.")
    if isinstance(rows, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} is {rows!r}, not a table. Read files first, for example with pandas.read_csv.")
    part = _table_within(rows)
    if part:
        raise TypeError(f"{name} is a {type(rows).__name__}, not a table. Pass the table in it: {name}.{part}.")
    # A sparse matrix in the format DOK is a dict.
    if isinstance(rows, Mapping) and not issparse(rows):
        raise TypeError(f"{name} is a {type(rows).__name__}. Pass a table: pandas.DataFrame({name}).")
    if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) and not issparse(rows[0]):
        raise TypeError(f"{name} is a list of {type(rows[0]).__name__}s. Pass a table: pandas.DataFrame({name}).")
    if isinstance(rows, (set, frozenset)):
        raise TypeError(f"{name} is a {type(rows).__name__}, whose rows have no order. Pass a list of rows.")
    if isinstance(rows, Iterator):
        raise TypeError(
            f"{name} is a {type(rows).__name__}, which gives its rows only once. Collect them in a table first: "
            f"numpy.array(list({name})), or pandas.concat({name}) if it gives data frames.{_in_chunks(name)}"
        )
    if isinstance(rows, type) or (callable(rows) and not hasattr(rows, "shape")):
        raise TypeError(f"{name} is {getattr(rows, '__name__', rows)}, a class or a function. Pass a table.")
    _check_batches(rows, name)


def _table_within(rows):
    """Return the attribute that holds the table of a Bunch of scikit-learn or of an AnnData object, or None."""
    if isinstance(rows, Mapping) and "data" in rows and hasattr(rows, "data"):
        return "data"
    return "X" if hasattr(rows, "obs") and hasattr(rows, "var") and hasattr(rows, "X") else None


def _check_batches(rows, name):
    """Raise a TypeError if rows are several tables, or an object that gives batches of rows."""
    kind = type(rows).__name__
    if isinstance(rows, tuple) and len(rows) in (2, 3) and all(np.ndim(part) > 1 for part in rows):
        raise TypeError(
            f"{name} is a tuple of {len(rows)} tables. Pass the rows alone, {name}[0]: an autoencoder needs no target."
        )
    if kind in ("RaggedTensor", "SparseTensor"):
        raise TypeError(f"{name} is a {kind} of TensorFlow. Pass a dense array: numpy.asarray({name}.to_tensor()).")
    names = {base.__name__ for base in type(rows).__mro__ if str(base.__module__).split(".")[0] in _BATCH_PACKAGES}
    if names & _BATCHES:
        raise TypeError(
            f"{name} is a {kind}, which gives batches of rows. Collect the rows in an array first.{_in_chunks(name)}"
        )


def _in_chunks(name):
    """Return the advice to train on chunks of X; empty for other tables."""
    if name != "X":
        return ""
    return " AutoencoderTransformer also trains in a loop: for chunk in X: autoencoder.partial_fit(chunk)."


def check_times(rows, name):
    """Raise a ValueError that names the first column of times of a data frame, which NumPy takes for numbers."""
    if not is_frame(rows):
        return
    for label, dtype in zip(rows.columns, rows.dtypes, strict=True):
        kind = getattr(dtype, "kind", "")
        if kind in ("m", "M") or str(dtype).split("(")[0] in ("Date", "Datetime", "Duration", "Time"):
            raise ValueError(
                f"Column {label!r} of {name} holds times of dtype {dtype}. Turn them into numbers, such as days since "
                "the first one."
            )


def _check_columns(frame, name):
    """Raise a ValueError if a data frame has no columns, or several of the same name."""
    if not frame.shape[1]:
        raise ValueError(f"{name} is a data frame without columns, of shape {frame.shape}. Pass one with columns.")
    repeated = [label for label, count in Counter(frame.columns).items() if count > 1]
    if repeated:
        raise ValueError(
            f"{name} has several columns named {repeated[0]!r}. Give each column a name that no other has."
        )


def check_mask(rows, name):
    """Raise a ValueError if rows are a masked array with masked entries."""
    if np.ma.is_masked(rows):
        raise ValueError(
            f"{name} is a masked array with {np.ma.count_masked(rows)} masked entries. Complete rows are needed: fill "
            "them in first with AutoencoderImputer, which reads a mask, or pass the entries under the mask, "
            f"{name}.data."
        )


def check_numbers(rows):
    """Raise a ValueError that names the entry unless rows, a table called X, hold finite numbers only."""
    advice = {
        "words": "Encode words as numbers first, for example with sklearn.preprocessing.OneHotEncoder.",
        "infinity": "Replace it by a number, or leave these rows out.",
        "missing": "Reconstructions are compared with complete rows: fill them in first, with AutoencoderImputer, or "
        "sklearn.impute.SimpleImputer.",
    }
    with explaining(rows, "X", advice):
        check_array(rows, accept_sparse=True, dtype="numeric", input_name="X")


@contextmanager
def explaining(rows, name, advice):
    """Turn errors of scikit-learn and NumPy about rows into errors that name the entry, and a way out.

    `advice` holds a sentence for each of "words", "infinity" and "missing" entries.
    """
    try:
        # scikit-learn adds all entries up to see whether they are finite.
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except (TypeError, ValueError) as error:
        message = _explained(error, rows, name, advice)
        if message == str(error):
            raise
        # NumPy raises a TypeError for pandas.NA, but a ValueError for other words.
        kind = ValueError if "NAType" in message else type(error)
        raise kind(message) from error


def _explained(error, rows, name, advice):
    message = str(error)
    if name != "X":
        message = re.sub(r"\bX\b", name, message)
        message = message if name in message else f"{name}: {message}"
    if "contains NaN" in message:
        return f"Input {name} contains NaN. {advice['missing']}"
    if message.startswith("Complex data"):
        # scikit-learn appends all entries.
        return _complex_numbers(f"{name} holds complex numbers")
    if "contains infinity" in message:
        return f"{message}{_place_of_infinity(rows)} {advice['infinity']}"
    if "Expected 2D array" in message or "Expected a 2-dimensional container" in message:
        return _of_one_dimension(rows, name)
    if "Found array with dim" in message:
        return f"{message} {flat_rows(name, np.shape(rows))}"
    if message.startswith("could not convert string") and hasattr(rows, "to_frame") and np.ndim(rows) == 1:
        return _of_one_dimension(rows, name)
    if any(fragment in message for fragment in _NO_NUMBER):
        return _no_number(message, rows, name, advice)
    return message


def _of_one_dimension(rows, name):
    shape = np.shape(rows)
    if not shape:
        given = repr(rows) if len(repr(rows)) <= 40 else f"a {type(rows).__name__}"
        return f"Expected 2D array, got scalar array instead: {name} is {given}. Pass a table with rows and columns."
    if getattr(getattr(rows, "index", None), "nlevels", 1) > 1:
        return f"Expected 2D array, got a series of shape {shape}. Its index becomes columns by {name}.reset_index()."
    if shape == (0,):
        return f"Found array with 0 sample(s): {name} is empty. Pass a table with at least one row."
    if hasattr(rows, "to_frame"):
        return (
            f"Expected 2D array, got 1D array instead: {name} is a series of shape {shape}. A single column is "
            f"{name}.to_frame(), a single row of a data frame frame.iloc[[0]]."
        )
    return (
        f"Expected 2D array, got 1D array instead: {name} has the shape {shape}. Reshape your data: a single column is "
        f"numpy.reshape({name}, (-1, 1)), a single row numpy.reshape({name}, (1, -1))."
    )


def flat_rows(name, shape):
    """Return the advice to flatten rows of a shape that is not 2-D, and the architecture that reads them."""
    flat = f"{name}.reshape(len({name}), -1)"
    if len(shape) == 3:
        return (
            f"Flatten the rows, {flat}, and pass their shape: Conv1DArchitecture({shape[1:]}) or "
            f"RecurrentArchitecture({shape[1:]}) for series of {shape[1]} steps with {shape[2]} channels, "
            f"ConvolutionalArchitecture({shape[1:]}) for images of {shape[1]} by {shape[2]} pixels."
            + _steps_last(name, shape)
        )
    if len(shape) != 4:
        return f"Flatten the rows: {flat}."
    if shape[1] in _CHANNELS and shape[3] not in _CHANNELS:
        # torch holds the channels first.
        flat = f"{name}.transpose(0, 2, 3, 1).reshape(len({name}), -1)"
        shape = (shape[0], *shape[2:], shape[1])
    return f"Flatten the rows, {flat}, and pass their shape: architecture=ConvolutionalArchitecture({shape[1:]})."


def _steps_last(name, shape):
    """Return the advice for channels that come before the steps, as in sliding windows; empty if that is unlikely."""
    if shape[1] >= shape[2]:
        return ""
    return (
        f" If {shape[2]} is the number of steps, as in sliding windows, swap the axes first: {name}.transpose(0, 2, 1) "
        f"and ({shape[2]}, {shape[1]})."
    )


def _no_number(message, rows, name, advice):
    """Return an error message about the first entry that is no number."""
    found = _first_no_number(rows)
    if found is None and not hasattr(rows, "__len__"):
        return f"{name} is a {type(rows).__name__}, which is no table. Pass an array, a data frame or a list of rows."
    if found is None and len({np.shape(row) for row in rows}) == 1:
        return f"{name} is a column of {len(rows)} arrays. Make a table of them: numpy.stack({name})."
    if found is None:
        return f"{name} should be a table with rows and columns, but its rows are of different lengths."
    column, row, value = found
    if getattr(value, "__len__", None) and not isinstance(value, (str, bytes, Mapping)):
        way_out = "Each entry of a table is one number: turn the parts of these entries into columns."
    elif type(value).__name__ == "NAType":
        way_out = f"For pandas.NA in objects: pass {name}.astype('Float64'), or numpy.nan in its place."
    elif hasattr(value, "year"):
        way_out = "Turn times into numbers, such as days since the first one."
    else:
        way_out = advice["words"]
    return f"Column {column!r} of {name} holds {value!r} in row {row}, which is no number ({message}). {way_out}"


def _place_of_infinity(rows):
    for column, values in _columns(rows):
        try:
            is_infinite = np.isinf(values.astype(np.float64))
        except (TypeError, ValueError):
            # A column of categories.
            continue
        if is_infinite.any():
            row = np.argmax(is_infinite)
            return f" Column {column!r} holds {values[row]} in row {row}."
    return ""


def _first_no_number(rows):
    """Return column, row and value of the first entry that is no number, or None."""
    for column, values in _columns(rows):
        for row, value in enumerate(values if values.dtype.kind not in "biuf" else ()):
            if not is_number(value):
                return column, row, value.item() if isinstance(value, np.generic) else value
    return None


def is_number(value):
    """Whether Python can turn a value into a float."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _columns(rows):
    """Yield label and entries of each column; none if rows are no table."""
    if is_frame(rows):
        for number, label in enumerate(rows.columns):
            yield label, (rows.iloc[:, number] if hasattr(rows, "iloc") else rows.to_series(number)).to_numpy()
        return
    if issparse(rows) and rows.dtype == object:
        # SciPy makes no dense array of objects.
        entries = rows.tocoo()
        rows = np.zeros(rows.shape, dtype=object)
        rows[entries.row, entries.col] = entries.data
    array = rows.tocsc() if issparse(rows) else np.array(rows, dtype=getattr(rows, "dtype", object))
    if array.ndim == 2:
        for number in range(array.shape[1]):
            yield number, array[:, [number]].toarray()[:, 0] if issparse(rows) else array[:, number]
