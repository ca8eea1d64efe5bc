"""What users pass as rows: checks before scikit-learn's, and its errors in the words of this package."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from scipy.sparse import issparse

# Kinds of NumPy dtypes that hold times.
_TIMES = "mM"
# Fragments of errors about entries that are no numbers.
_NO_NUMBER = ("could not convert string", "argument must be", "setting an array element", "inhomogeneous", "NAType")


def check_table(rows, name):
    """Raise an error unless rows are a table with columns that can be told apart; entries are not read."""
    if hasattr(type(rows), "collect"):
        raise ValueError(f"{name} is a {type(rows).__name__}, which has no rows yet. Pass {name}.collect().")
    _check_kind(rows, name)
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


def _check_kind(rows, name):
    """Raise a TypeError if rows are nothing that NumPy reads as a table."""
    if rows is None:
        raise TypeError(f"{name} is None. Pass a table: an array, a data frame or a list of rows.")
    if isinstance(rows, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} is {rows!r}, not a table. Read files first, for example with pandas.read_csv.")
    if isinstance(rows, Mapping):
        raise TypeError(f"{name} is a {type(rows).__name__}. Pass a table: pandas.DataFrame({name}).")
    if isinstance(rows, (set, frozenset)):
        raise TypeError(f"{name} is a {type(rows).__name__}, whose rows have no order. Pass a list of rows.")
    if isinstance(rows, Iterator):
        raise TypeError(
            f"{name} is a {type(rows).__name__}, which gives its rows only once. Collect them in a table first: "
            f"numpy.array(list({name})), or pandas.concat({name}) if it gives data frames."
        )


def _check_columns(frame, name):
    """Raise a ValueError if a data frame has no columns, or several of the same name."""
    if not frame.shape[1]:
        raise ValueError(f"{name} is a data frame without columns, of shape {frame.shape}. Pass one with columns.")
    names = list(frame.columns)
    repeated = [label for label in dict.fromkeys(names) if names.count(label) > 1]
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
    if any(fragment in message for fragment in _NO_NUMBER):
        return _no_number(message, rows, name, advice)
    return message


def _of_one_dimension(rows, name):
    shape = np.shape(rows)
    if not shape:
        return f"Expected 2D array, got scalar array instead: {name} is {rows!r}. Pass a table with rows and columns."
    if shape == (0,):
        return f"Found array with 0 sample(s): {name} is empty. Pass a table with at least one row."
    return (
        f"Expected 2D array, got 1D array instead: {name} has the shape {shape}. Reshape your data: a single column is "
        f"numpy.reshape({name}, (-1, 1)), a single row numpy.reshape({name}, (1, -1))."
    )


def flat_rows(name, shape):
    """Return the advice to flatten rows of a shape that is not 2-D, and the architecture that reads them."""
    sentence = f"Flatten the rows: {name}.reshape(len({name}), -1)."
    if len(shape) not in (3, 4):
        return sentence
    sentence += f" architecture=ConvolutionalArchitecture({shape[1:]}) reads them as images"
    return f"{sentence}, RecurrentArchitecture({shape[1:]}) as sequences." if len(shape) == 3 else f"{sentence}."


def _no_number(message, rows, name, advice):
    """Return an error message about the first entry that is no number."""
    found = _first_no_number(rows)
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
        is_infinite = np.isinf(values.astype(np.float64))
        if is_infinite.any():
            row = np.argmax(is_infinite)
            return f" Column {column!r} holds {values[row]} in row {row}."
    return ""


def _first_no_number(rows):
    """Return column, row and value of the first entry that is no number, or None."""
    for column, values in _columns(rows):
        for row, value in enumerate(values if values.dtype.kind not in "biuf" else ()):
            if not _is_number(value):
                return column, row, value.item() if isinstance(value, np.generic) else value
    return None


def _is_number(value):
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
    array = rows.tocsc() if issparse(rows) else np.array(rows, dtype=getattr(rows, "dtype", object))
    if array.ndim == 2:
        for number in range(array.shape[1]):
            yield number, array[:, [number]].toarray()[:, 0] if issparse(rows) else array[:, number]
