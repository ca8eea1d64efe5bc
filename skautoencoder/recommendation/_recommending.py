"""The columns to recommend for each row: those with the highest scores among the open ones."""

from collections.abc import Mapping
from numbers import Integral, Number

import numpy as np
from scipy.sparse import csr_array, issparse


def excluded_entries(exclude, shape):
    """Return a function from a slice of the rows to their mask of excluded entries, which broadcasts to them."""
    if exclude is None:
        return lambda rows: np.zeros(shape[1], dtype=bool)
    # As bools, several entries at one place add up to True.
    mask = csr_array(exclude.astype(bool)) if issparse(exclude) else np.asarray(exclude)
    if mask.shape not in (shape[1:], shape):
        raise ValueError(
            f"exclude needs one entry for each of the {shape[1]} columns of X, or the shape of X, {shape}, but has the "
            f"shape {mask.shape}. Columns by their numbers are numpy.isin(numpy.arange({shape[1]}), exclude)."
        )
    if mask.ndim == 1:
        mask = mask.toarray() if issparse(mask) else mask
        return lambda rows: mask != 0
    return lambda rows: (mask[rows].toarray() if issparse(mask) else mask[rows]) != 0


def column_names(names, n_columns):
    """Return the names of the columns as an array; numbers from 0 if there are none."""
    if names is None:
        return np.arange(n_columns)
    names = np.asarray(names) if hasattr(names, "shape") else _labels(names)
    if names.shape != (n_columns,):
        raise ValueError(
            f"names needs one entry for each of the {n_columns} columns of X, but has the shape {names.shape}."
        )
    return names


def _labels(names):
    """Return a sequence of labels as an array; labels that are sequences, such as tuples, stay whole."""
    if isinstance(names, (str, Mapping)):
        return np.asarray(names, dtype=object)
    labels = list(names)
    if all(isinstance(label, (str, Number)) for label in labels):
        return np.asarray(labels)
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array


def recommended_columns(blocks, n, row_names=None):
    """Return the `n` columns with the highest scores among the open ones of each row, the highest first.

    Blocks are slices of the rows with their scores and a mask of the open columns.
    """
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n={n!r} should be a number of items, at least 1.")
    found = [np.empty((0, n), dtype=np.intp)]
    for rows, scores, is_open in blocks:
        n_open = is_open.sum(axis=1)
        first = np.argmin(n_open)
        if n_open[first] < n:
            row = rows.start + first
            who = f"row {row} of X" if row_names is None else f"user {row_names[row]!r}"
            raise ValueError(
                f"n={n!r}: only {n_open[first]} items can be recommended to {who}. Ask for fewer, or "
                "leave out those who have rated nearly everything, or set exclude_observed=False."
            )
        # Equal scores are ordered at random, or the first columns would be named more often than the last.
        shuffled = np.random.RandomState(0).permutation(scores.shape[1])
        ranks = np.where(is_open, -scores, np.inf)[:, shuffled]
        highest = np.sort(np.argpartition(ranks, n - 1, axis=1)[:, :n], axis=1)
        order = np.argsort(np.take_along_axis(ranks, highest, axis=1), axis=1, kind="stable")
        found.append(shuffled[np.take_along_axis(highest, order, axis=1)])
    return np.concatenate(found)
