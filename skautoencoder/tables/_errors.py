"""Errors of reconstructed data frames, in units in which numbers and categories can be added up."""

import numpy as np

from ._columns import columns_of


def entry_errors(X, X_reconstructed):
    """Compute the error of each entry of a frame, of shape (n_rows, n_columns).

    The error of a number is in standard deviations of its column of X; that of a category is 1 if it is wrong.
    """
    pairs = zip(columns_of(X, np.nan), columns_of(X_reconstructed, np.nan), strict=True)
    return np.column_stack([_column_errors(column, reconstructed) for column, reconstructed in pairs])


def errors_by_kind(X, X_reconstructed):
    """Compute the mean squared error of numbers, NaN without any, and the share of wrong categories, by name."""
    squares = np.square(entry_errors(X, X_reconstructed)).mean(axis=0)
    is_number = np.array([column.holds_numbers for column in columns_of(X, np.nan)])
    return {
        "test_mse_of_numbers": squares[is_number].mean() if is_number.any() else np.nan,
        "test_wrong_categories": squares[~is_number].mean(),
    }


def mean_errors(X):
    """Compute the mean squared error of each column if its mean, or its most frequent category, takes all places."""
    return np.array([_mean_error(column) for column in columns_of(X, np.nan)])


def _column_errors(column, reconstructed):
    if not column.holds_numbers:
        return (column.values != reconstructed.values).astype(np.float64)
    numbers = column.numbers()
    return (numbers - reconstructed.numbers()) / (numbers.std() or 1.0)


def _mean_error(column):
    if column.holds_numbers:
        return float(np.ptp(column.numbers()) > 0)
    _, counts = np.unique(column.values.astype(str), return_counts=True)
    return float(1 - counts.max() / counts.sum())
