"""The columns to recommend for each row: those with the highest scores among the open ones."""

from numbers import Integral

import numpy as np
from scipy.sparse import csr_array, issparse


def excluded_entries(exclude, shape):
    """Check which entries a user excludes from recommendations.

    Parameters
    ----------
    exclude : {array-like, sparse matrix} of shape (n_features,) or (n_samples, n_features), or None
        Mask of entries, for all rows or for each; any number but zero stands for True.
    shape : tuple of int
        Numbers of rows and of columns of X.

    Returns
    -------
    callable
        Takes a slice of the rows to their mask, a bool ndarray that broadcasts to them.

    Raises
    ------
    ValueError
        If `exclude` has another shape.
    """
    if exclude is None:
        return lambda rows: np.zeros(shape[1], dtype=bool)
    mask = csr_array(exclude) if issparse(exclude) else np.asarray(exclude)
    if mask.shape not in (shape[1:], shape):
        raise ValueError(
            f"exclude needs one entry for each of the {shape[1]} columns of X, or the shape of X, {shape}, but has the "
            f"shape {mask.shape}."
        )
    if mask.ndim == 1:
        mask = mask.toarray() if issparse(mask) else mask
        return lambda rows: mask != 0
    return lambda rows: (mask[rows].toarray() if issparse(mask) else mask[rows]) != 0


def recommended_columns(blocks, n):
    """Find the columns with the highest scores among the open ones of each row.

    Parameters
    ----------
    blocks : iterable of (slice, ndarray, bool ndarray)
        Rows, and for each of them the scores of the columns and which are open.
    n : int
        Number of columns to find per row.

    Returns
    -------
    int ndarray of shape (n_samples, n)
        Columns, that of the highest score first.

    Raises
    ------
    ValueError
        If `n` is no number above 0, or a row has fewer open columns.
    """
    if not isinstance(n, Integral) or n < 1:
        raise ValueError(f"n={n!r} should be a number of columns, at least 1.")
    found = []
    for rows, scores, is_open in blocks:
        n_open = is_open.sum(axis=1)
        fewest = np.argmin(n_open)
        if n_open[fewest] < n:
            raise ValueError(
                f"n={n!r}: only {n_open[fewest]} columns of row {rows.start + fewest} of X can be recommended. Ask for "
                "fewer, or leave such rows out of X."
            )
        ranks = np.where(is_open, -scores, np.inf)
        highest = np.sort(np.argpartition(ranks, n - 1, axis=1)[:, :n], axis=1)
        order = np.argsort(np.take_along_axis(ranks, highest, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(highest, order, axis=1))
    return np.concatenate(found)
