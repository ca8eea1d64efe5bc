"""Errors of reconstructed data frames, in units in which numbers and categories can be added up."""

import numpy as np

from ._columns import columns_of


def entry_errors(X, X_reconstructed, deviations=None):
    """Compute the error of each entry of a frame, of shape (n_rows, n_columns).

    The error of a number is in `deviations`, by default those of X; that of a category is 1 if it is wrong.
    """
    if deviations is None:
        deviations = _deviations_of(X)
    pairs = zip(columns_of(X, np.nan), columns_of(X_reconstructed, np.nan), strict=True)
    return np.column_stack([_column_errors(column, reconstructed) for column, reconstructed in pairs]) / deviations


def errors_by_kind(X, X_reconstructed, deviations=None):
    """Compute the mean squared error of numbers, NaN without any, and the share of wrong categories, by name."""
    squares = np.square(entry_errors(X, X_reconstructed, deviations)).mean(axis=0)
    is_number = np.array([column.holds_numbers for column in columns_of(X, np.nan)])
    return {
        "test_mse_of_numbers": squares[is_number].mean() if is_number.any() else np.nan,
        "test_wrong_categories": squares[~is_number].mean(),
    }


def mean_errors(X, deviations=None):
    """Compute the mean squared error of each column if its mean, or its most frequent category, takes all places."""
    if deviations is None:
        deviations = _deviations_of(X)
    return np.array([_mean_error(column) for column in columns_of(X, np.nan)]) / np.square(deviations)


def are_constant(mean, variance, n_rows):
    """Whether columns vary by rounding alone, by the rule of `sklearn.preprocessing.StandardScaler`."""
    epsilon = np.finfo(np.float64).eps
    return variance <= n_rows * epsilon * variance + np.square(n_rows * mean * epsilon)


def _deviations_of(X):
    """Return the standard deviation of each column of numbers of a frame; 1.0 for constants and categories."""
    return np.array([_deviation(column) for column in columns_of(X, np.nan)])


def _deviation(column):
    if not column.holds_numbers:
        return 1.0
    numbers = column.numbers()
    return 1.0 if are_constant(numbers.mean(), numbers.var(), len(numbers)) else numbers.std()


def _column_errors(column, reconstructed):
    if not column.holds_numbers:
        return (column.values != reconstructed.values).astype(np.float64)
    return column.numbers() - reconstructed.numbers()


def _mean_error(column):
    if column.holds_numbers:
        return column.numbers().var()
    _, counts = np.unique(column.values.astype(str), return_counts=True)
    return 1 - counts.max() / counts.sum()
