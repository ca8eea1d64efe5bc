"""Ratings in a matrix: entries that a sparse matrix does not hold, or that are NaN in an array, are unknown."""

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse
from sklearn.utils.validation import validate_data

from .._checks import warn
from .._input import check_table, explaining, is_frame

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
    check_table(X, "X")
    mask = np.ma.getmask(X)
    if issparse(X):
        X = _without_padding(X)
        _check_duplicates(X)
    elif mask.any():
        X = np.ma.filled(X, 0)
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
    is_known = ~np.isnan(X) & ~mask
    if reset and is_known.all():
        _warn_of_complete(X)
    return csr_array((X[is_known], np.nonzero(is_known)), shape=X.shape)


def _without_padding(X):
    """Return a sparse matrix; blocks and diagonals lose the zeros that only pad them, and so are no ratings."""
    if X.format not in ("bsr", "dia"):
        return X
    X = X.tocoo()
    is_rating = X.data != 0
    return coo_array((X.data[is_rating], (X.row[is_rating], X.col[is_rating])), shape=X.shape)


def _warn_of_complete(X):
    """Warn of an array whose zeros, or whose rows, are probably meant in another way."""
    if np.mean(X == 0) > 0.5 and X.any():
        warn(
            "X is an array without NaN, so that its zeros are ratings and every user has rated every item. If zeros "
            "are unknown ratings, pass scipy.sparse.csr_array(X).",
            UserWarning,
        )
    elif X.shape[1] == 3 and X.shape[0] > 3 and np.array_equal(X[:, :2], np.rint(X[:, :2])):
        warn(
            "X is an array of shape (n, 3), read as ratings of 3 items. If its columns are user, item and rating, pass "
            "pandas.DataFrame(X).",
            UserWarning,
        )


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
