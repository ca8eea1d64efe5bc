"""Validation of rows and codes that users pass to the transformers."""

import numpy as np
from sklearn import config_context
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ._checks import checked_weight
from ._input import check_mask, check_table, check_times, explaining
from .tables import MixedTable, has_categories

_DTYPES = [np.float64, np.float32]
# What to do about entries that are not finite numbers.
_ADVICE = {
    "words": "Pass a data frame, in which columns of words are categories.",
    "infinity": "Replace it by a number, or leave these rows out.",
    "missing": "needs complete rows: fill them in first, with AutoencoderImputer, or sklearn.impute.SimpleImputer.",
}
_WORDS_AFTER_NUMBERS = "X held numbers in fit: pass numbers, or fit to a data frame with such words."


# Arrays of the array API, such as torch tensors, become NumPy arrays, whatever scikit-learn's configuration.
@config_context(array_api_dispatch=False)
def validated_rows(estimator, X, *, reset, name="X", sample_weight=None):
    """Return rows as an array or a CSR matrix of numbers; `reset` says whether a fit begins with them.

    A data frame with categories becomes an array of numbers and indicators, which `estimator._table` reads.
    """
    check_table(X, name)
    check_times(X, name)
    if reset:
        estimator._table = None
        if has_categories(X):
            return _rows_of_new_table(estimator, X, name, sample_weight)
    if estimator._table is not None:
        return _rows_of_table(estimator, X, name)
    check_mask(X, name)
    if isinstance(X, np.memmap) and X.dtype not in _DTYPES:
        raise ValueError(
            f"{name} is a memory map of {X.dtype}: to compute with it would take a copy of "
            f"{X.size * 8 / 2**30:.2g} GiB in memory. Save it as float32."
        )
    advice = _ADVICE | {"missing": f"{type(estimator).__name__} {_ADVICE['missing']}"}
    if not reset:
        advice["words"] = _WORDS_AFTER_NUMBERS
    with explaining(X, name, advice):
        return validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype=_DTYPES, ensure_min_samples=2 if reset else 1
        )


def _rows_of_new_table(estimator, X, name, sample_weight):
    """Return a frame with categories as rows, after measuring its columns."""
    if len(X) < 2:
        raise ValueError(f"Found array with {len(X)} sample(s) (shape={X.shape}) while a minimum of 2 is required.")
    weights = None if sample_weight is None else checked_weight(sample_weight, X)
    with explaining(X, name, _ADVICE):
        estimator._table = MixedTable.of(X, estimator.handle_unknown == "ignore", weights)
        validate_data(estimator, X, reset=True, skip_check_array=True)
        # Rows of weight 0, which are left out, may hold other categories.
        return estimator._table.read(X, name, ignores_unknown=True)


def _rows_of_table(estimator, X, name):
    """Return a frame like that of the fit as rows."""
    estimator._table.check(X, name)
    with explaining(X, name, _ADVICE):
        validate_data(estimator, X, reset=False, skip_check_array=True)
        return estimator._table.read(X, name)


@config_context(array_api_dispatch=False)
def validated_codes(estimator, X):
    """Return codes as an array: all codes of a fitted transformer or, if they have an order, the first ones."""
    check_table(X, "X")
    check_mask(X, "X")
    shape = getattr(X, "shape", ())
    if len(shape) > 2:
        raise ValueError(
            f"Codes are a table with {estimator.encoding_dim_} columns (encoding_dim_), but X has the shape {shape}. "
            "Pass what transform returned."
        )
    _check_names_of_codes(estimator, X)
    with explaining(X, "X", _ADVICE):
        X = check_array(X, dtype=_DTYPES, input_name="X")
    n_codes = X.shape[1]
    if n_codes > estimator.encoding_dim_ or (n_codes < estimator.encoding_dim_ and not estimator.ordered_):
        fewer = "" if n_codes > estimator.encoding_dim_ else f" {estimator._why_not_ordered()}"
        raise ValueError(
            f"Codes of {type(estimator).__name__} have {estimator.encoding_dim_} columns (encoding_dim_), but X has "
            f"{n_codes}. Pass what transform returned.{fewer}"
        )
    return X


def _check_names_of_codes(estimator, X):
    """Raise a ValueError if a data frame of codes has other columns than `transform` returns."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(column, str) for column in columns):
        return
    expected = estimator.get_feature_names_out()
    if estimator.ordered_:
        expected = expected[: len(columns)]
    if list(columns) != list(expected):
        raise ValueError(
            f"The columns of the codes should be those of transform, {list(expected)}, but are {list(columns)}. Pass "
            "the codes in that order, or as an array."
        )
