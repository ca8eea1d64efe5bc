"""Data frames of numbers and categories as arrays of numbers, and back."""

from collections import Counter
from dataclasses import dataclass
from numbers import Number

import numpy as np

# Categories of a column that can be told from others and filled in: the most frequent ones.
_MOST_CATEGORIES = 100


@dataclass(frozen=True)
class FrameColumns:
    """Columns of a data frame: numbers are one column each, categories one column of zeros and ones for each category.

    Two categories share a column. Missing entries are NaN.

    Parameters
    ----------
    names : list of str
        Names of the columns, for errors.
    categories : list
        For each column its categories, a list, or None if it holds numbers.
    """

    names: list
    categories: list

    @classmethod
    def of(cls, X, marker):
        """Find the categories that occur in a frame, the most frequent first."""
        columns = list(_columns(X, marker))
        return cls(
            [column.name for column in columns],
            # A column of objects that are all missing might hold anything.
            [None if column.holds_numbers and not column.is_unknown else _by_frequency(column) for column in columns],
        )

    @property
    def groups(self):
        """For each column of the array, the number of the column of the frame."""
        return np.repeat(np.arange(len(self.categories)), [_width(known) for known in self.categories])

    @property
    def is_category(self):
        """For each column of the array, whether it stands for categories."""
        return np.array([known is not None for known in self.categories])[self.groups]

    def encode(self, X, marker):
        """Turn a frame into an array.

        Returns
        -------
        array : float64 ndarray of shape (n_samples, n_columns)
        is_missing : bool ndarray of shape (n_samples, n_features)

        Raises
        ------
        ValueError
            If a column holds categories that it did not hold in `fit`, or anything but numbers where it held these.
        """
        columns = list(_columns(X, marker))
        parts = [
            _numbers(column) if known is None else _indicators(column, known)
            for column, known in zip(columns, self.categories, strict=True)
        ]
        return np.hstack(parts), np.column_stack([column.is_missing for column in columns])

    def decode(self, X, is_missing, filled, is_kept, random_state=None):
        """Fill the missing entries of a frame.

        Parameters
        ----------
        X : DataFrame
        is_missing : bool ndarray of shape (n_samples, n_features)
        filled : ndarray of shape (n_samples, n_columns)
            Numbers, and probabilities of categories.
        is_kept : bool ndarray of shape (n_features,)
            Columns to return.
        random_state : RandomState, default=None
            Draws categories by their probabilities; if None, the most probable ones are taken.

        Returns
        -------
        DataFrame
            Columns of their own dtypes; what is filled is rounded where these hold whole numbers alone.
        """
        fillings = {}
        for number in np.flatnonzero(is_kept):
            values, known = filled[is_missing[:, number]][:, self.groups == number], self.categories[number]
            fillings[number] = values[:, 0] if known is None else _chosen(values, known, random_state)
        fill = _pandas_filled if hasattr(X, "iloc") else _polars_filled
        return fill(X, is_missing, fillings)


def is_frame(X):
    """Whether X is a data frame of pandas or polars."""
    return hasattr(X, "isetitem") or (hasattr(X, "to_series") and hasattr(X, "get_columns"))


def is_frame_of_categories(X):
    """Whether X is a data frame with a column that does not hold numbers."""
    return is_frame(X) and not all(column.holds_numbers for column in _columns(X, np.nan))


def with_columns(X, names, columns):
    """Append columns of an array to a data frame that is nobody else's."""
    for name, column in zip(names, columns.T, strict=True):
        if hasattr(X, "iloc"):
            X[name] = column
        else:
            X = X.with_columns(type(X.to_series(0))(name, column))
    return X


@dataclass(frozen=True)
class _Column:
    """One column of a frame.

    Parameters
    ----------
    name : str
    values : ndarray of shape (n_samples,)
        Numbers if the dtype is one of numbers, else objects.
    is_missing : bool ndarray of shape (n_samples,)
    is_plain : bool
        Whether objects may be numbers: the dtype is neither one of categories nor of truth values.
    """

    name: str
    values: np.ndarray
    is_missing: np.ndarray
    is_plain: bool

    @property
    def holds_numbers(self):
        """Whether all that is observed is numbers."""
        if self.values.dtype != object:
            return True
        return self.is_plain and all(
            isinstance(value, Number) and not isinstance(value, (bool, np.bool_))
            for value in self.values[~self.is_missing]
        )

    @property
    def is_unknown(self):
        """Whether nothing that is observed tells what the column holds."""
        return self.values.dtype == object and bool(self.is_missing.all())


def _columns(X, marker):
    """Yield the columns of a frame; those with the marker are missing, and so are null and NaN."""
    for number in range(X.shape[1]):
        column = X.iloc[:, number] if hasattr(X, "iloc") else X.to_series(number)
        read = _pandas_column if hasattr(X, "iloc") else _polars_column
        name, (values, is_missing, is_plain) = str(column.name), read(column)
        if isinstance(marker, Number) and marker == marker:
            is_missing = is_missing | (values == marker)
        yield _Column(name, values, is_missing, is_plain)


def _pandas_column(column):
    kind = column.dtype.kind
    _check_kind(column, kind in "mM")
    is_missing = column.isna().to_numpy(dtype=bool)
    if kind in "iuf" and not hasattr(column.dtype, "categories"):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), is_missing, True
    is_plain = kind != "b" and not hasattr(column.dtype, "categories")
    return column.to_numpy(dtype=object), is_missing, is_plain


def _polars_column(column):
    _check_kind(column, column.dtype.is_temporal())
    if column.dtype.is_numeric():
        values = column.cast(float).fill_null(np.nan).to_numpy()
        return values, np.isnan(values), True
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_list()
    return values, column.is_null().to_numpy(), str(column.dtype) == "Object"


def _check_kind(column, is_time):
    if is_time:
        raise ValueError(
            f"Column {str(column.name)!r} holds {column.dtype}, neither numbers nor categories. Turn it into numbers, "
            "such as days since the first one, or leave it out."
        )


def _by_frequency(column):
    try:
        counts = Counter(column.values[~column.is_missing].tolist())
    except TypeError as error:
        raise ValueError(
            f"Column {column.name!r} holds neither numbers nor categories: {error}. Leave it out."
        ) from error
    return [category for category, _ in counts.most_common()]


def _width(known):
    """Return how many columns of an array a column becomes, from its categories, or None for numbers."""
    return 1 if known is None or len(known) <= 2 else min(len(known), _MOST_CATEGORIES)


def _numbers(column):
    if not column.holds_numbers:
        strange = next(value for value in column.values[~column.is_missing] if isinstance(value, (str, bool, np.bool_)))
        raise ValueError(
            f"Column {column.name!r} held numbers in fit, but holds {strange!r}. Pass numbers, or fit to rows in which "
            "it holds categories."
        )
    return np.where(column.is_missing, np.nan, column.values).astype(np.float64)[:, np.newaxis]


def _indicators(column, known):
    numbers = {category: number for number, category in enumerate(known)}
    indicators = np.full((len(column.values), _width(known)), np.nan)
    rows = np.flatnonzero(~column.is_missing)
    values = column.values[rows].tolist()
    found = np.array([numbers.get(value, -1) for value in values], dtype=np.intp)
    if (found < 0).any():
        strange = values[np.argmin(found)]
        shown = ", ".join(map(repr, known[:5])) + (", ..." if len(known) > 5 else "")
        raise ValueError(
            f"Column {column.name!r} holds {strange!r}, which it did not hold in fit: it held {shown or 'nothing'}. "
            "Fit to rows that have it, or mark it as missing."
        )
    if indicators.shape[1] == 1:
        # Of two categories, the less frequent one; a single one is always there.
        indicators[rows, 0] = found == len(known) - 1
    else:
        indicators[rows] = found[:, np.newaxis] == np.arange(indicators.shape[1])
    return indicators


def _chosen(values, known, random_state):
    """Choose a category for each row, from the expected values of its indicators."""
    if values.shape[1] == 1:
        values = values if len(known) == 1 else np.hstack([1 - values, values])
    likely = np.maximum(values, 0.0) + 1e-9
    likely /= likely.sum(axis=1, keepdims=True)
    if random_state is None:
        chosen = likely.argmax(axis=1)
    else:
        chosen = (likely.cumsum(axis=1) < random_state.uniform(size=(len(likely), 1))).sum(axis=1)
    return [known[number] for number in np.minimum(chosen, len(known) - 1)]


def _pandas_filled(X, is_missing, fillings):
    filled = X.iloc[:, list(fillings)].copy()
    for place, (number, values) in enumerate(fillings.items()):
        if is_missing[:, number].any():
            column = filled.iloc[:, place]
            array = column.array.copy()
            kind = column.dtype.kind
            if kind in "iuf":
                values = (values if kind == "f" else np.rint(values)).astype(f"{kind}{column.dtype.itemsize}")
            array[is_missing[:, number]] = values
            filled.isetitem(place, type(column)(array, index=column.index, name=column.name))
    return filled


def _polars_filled(X, is_missing, fillings):
    columns = []
    for number, values in fillings.items():
        column = X.to_series(number)
        entries = column.to_list()
        for row, value in zip(np.flatnonzero(is_missing[:, number]), values, strict=True):
            entries[row] = round(value) if column.dtype.is_integer() else value
        columns.append(type(column)(column.name, entries, dtype=column.dtype))
    return X.select(column.name for column in columns).with_columns(columns)
