"""Ratings in a matrix: entries that a sparse matrix does not hold, or that are NaN in an array, are unknown."""

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils.validation import validate_data

from .._input import explaining
from ._long_frame import is_frame

# What to do about entries that are not finite numbers.
_ADVICE = {
    "words": "Pass ratings with labels of users and items as a data frame with three columns: user, item and rating.",
    "infinity": "Leave out ratings that are not finite.",
    "missing": "Leave unknown ratings out of a sparse matrix, or pass an array, in which NaN is unknown.",
}
_DTYPES = [np.float64, np.float32]


def rating_matrix(estimator, X, reset):
    """Return ratings as a CSR matrix with sorted indices, of float32 or float64; zeros that it holds are ratings."""
    if is_frame(X):
        raise ValueError(
            f"X is a {type(X).__name__} of shape {X.shape}, but fit saw a matrix with a row for each user. Pass rows "
            f"with the same {estimator.n_features_in_} columns."
        )
    if issparse(X):
        _check_duplicates(X)
    with explaining(X, "X", _ADVICE):
        X = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=_DTYPES,
            ensure_all_finite=True if issparse(X) else "allow-nan",
        )
    if issparse(X):
        return X if X.has_sorted_indices else X.sorted_indices()
    is_known = ~np.isnan(X)
    return csr_array((X[is_known], np.nonzero(is_known)), shape=X.shape)


def _check_duplicates(X):
    """Raise a ValueError if a sparse matrix holds several values for an entry, which conversions would add up."""
    if X.format not in ("coo", "csr", "csc") or (X.format != "coo" and X.has_canonical_format):
        return
    entries = X.tocoo()
    order = np.lexsort((entries.col, entries.row))
    is_repeated = (np.diff(entries.row[order]) == 0) & (np.diff(entries.col[order]) == 0)
    if is_repeated.any():
        first = order[np.argmax(is_repeated)]
        raise ValueError(
            f"X holds several ratings in row {entries.row[first]} and column {entries.col[first]}. Keep one for each "
            "entry, such as the last one or their mean; X.sum_duplicates() adds them up."
        )
