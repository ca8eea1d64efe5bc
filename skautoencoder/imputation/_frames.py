"""Data frames with columns of categories as arrays of numbers, and back."""

from collections import Counter
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
from sklearn.utils import check_array

# Maximum number of categories of a column, the most frequent ones, that have an indicator and may be filled in.
_MAX_CATEGORIES = 100


@dataclass(frozen=True)
class FrameTable:
    """Data frames of numbers and categories; a category becomes an indicator, a column of zeros and ones.

    Two categories share an indicator; numbers are one column each.
    """

    marker: Any
    # Names of the frame's columns, for errors.
    names: list
    # For each column its categories, the most frequent first, or None if it holds numbers.
    categories: list

    # Arguments of `sklearn.utils.validation.validate_data`, which then checks names alone.
    validation = {"skip_check_array": True}

    @classmethod
    def of(cls, X, marker):
        """Read the categories of a frame."""
        columns = list(_columns(X, marker))
        # A column of objects that are all missing might hold anything.
        holds_numbers = [column.holds_numbers and not column.is_unknown for column in columns]
        categories = [
            None if is_number else _by_frequency(column)
            for column, is_number in zip(columns, holds_numbers, strict=True)
        ]
        return cls(marker, [column.name for column in columns], categories)

    def check(self, X):
        """Raise a TypeError if X is no frame."""
        if not is_frame(X):
            raise TypeError(f"X is {type(X).__name__}, but fit saw a data frame with categories. Pass a data frame.")

    def check_architecture(self, architecture):
        """Raise a ValueError if the architecture uses the places of the columns."""
        if architecture.uses_column_order:
            raise ValueError(
                f"architecture={architecture!r} reads X by the places of its columns, but X has categories. Pass "
                "numbers alone, or leave architecture at 'dense'."
            )

    def read(self, X):
        """Return a frame as an array with NaN where entries are missing, and the mask of missing entries of the frame.

        Raises a ValueError if a column holds categories that it did not hold in `fit`, or words instead of numbers.
        """
        columns = list(_columns(X, self.marker))
        parts = [
            _numbers(column) if known is None else _indicators(column, known)
            for column, known in zip(columns, self.categories, strict=True)
        ]
        array = check_array(np.hstack(parts), ensure_all_finite="allow-nan", input_name="X")
        return array, np.column_stack([column.is_missing for column in columns])

    def kept(self, is_observed, keeps_empty):
        """Return which columns of the frame are returned, given the columns of the array with an observed entry."""
        if not keeps_empty:
            return np.bincount(self._features, weights=is_observed) > 0
        is_category = self.columns(slice(None))[2]
        is_empty = is_category & ~is_observed
        if is_empty.any():
            name = self.names[self._features[np.argmax(is_empty)]]
            raise ValueError(
                f"Column {name!r} cannot be kept: all of its entries are missing, so that there is no category to fill "
                "in. Set keep_empty_features=False, which leaves it out."
            )
        return np.ones(len(self.names), dtype=bool)

    @property
    def _features(self):
        """For each column of the array, the number of the column of the frame."""
        return np.repeat(np.arange(len(self.categories)), [_width(known) for known in self.categories])

    def columns(self, is_known):
        """Describe the known columns of the array by three arrays.

        The first holds the column of X of each. The second has equal numbers for columns whose entries are hidden
        together, or is None. The third says whether the column is an indicator of a category.
        """
        features = self._features[is_known]
        return features, features, np.array([known is not None for known in self.categories])[features]

    def write(self, X, is_missing, filled, is_kept, random_state=None):
        """Return the kept columns of a frame, their missing entries filled.

        Numbers are rounded in columns of integers. For categories, `filled` holds probabilities: the most probable one
        is filled in or, with a random state, one is drawn.
        """
        fillings = {}
        for number in np.flatnonzero(is_kept):
            values = filled[is_missing[:, number]][:, self._features == number]
            known = self.categories[number]
            fillings[number] = values[:, 0] if known is None else _chosen(values, known, random_state)
        fill = _pandas_filled if hasattr(X, "iloc") else _polars_filled
        return fill(X, is_missing, fillings)

    def append(self, filled, names, columns):
        """Return a filled frame with further columns; pandas frames are changed in place."""
        for name, column in zip(names, columns.T, strict=True):
            if hasattr(filled, "iloc"):
                filled[name] = column
            else:
                filled = filled.with_columns(type(filled.to_series(0))(name, column))
        return filled


def is_frame(X):
    """Return whether X is a data frame of pandas or polars."""
    return hasattr(X, "isetitem") or (hasattr(X, "to_series") and hasattr(X, "get_columns"))


def is_frame_of_categories(X):
    """Return whether X is a data frame with a column that does not hold numbers."""
    return is_frame(X) and not all(column.holds_numbers for column in _columns(X, np.nan))


@dataclass(frozen=True)
class _Column:
    """One column of a frame."""

    name: str
    # Numbers if the dtype is numeric, else objects.
    values: np.ndarray
    is_missing: np.ndarray
    # Whether objects may be numbers: the dtype is neither categorical nor boolean.
    is_plain: bool

    @property
    def holds_numbers(self):
        """Whether all observed entries are numbers."""
        if self.values.dtype != object:
            return True
        return self.is_plain and all(
            isinstance(value, Number) and not isinstance(value, (bool, np.bool_))
            for value in self.values[~self.is_missing]
        )

    @property
    def is_unknown(self):
        """Whether the column has dtype object and no observed entry."""
        return self.values.dtype == object and bool(self.is_missing.all())


def _columns(X, marker):
    """Yield the columns of a frame; entries that are null, NaN or the marker are missing."""
    for number in range(X.shape[1]):
        column = X.iloc[:, number] if hasattr(X, "iloc") else X.to_series(number)
        read = _pandas_column if hasattr(X, "iloc") else _polars_column
        values, is_missing, is_plain = read(column)
        if isinstance(marker, Number) and marker == marker:
            is_missing = is_missing | (values == marker)
        yield _Column(str(column.name), values, is_missing, is_plain)


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
    """Return the number of columns of the array for a column with these categories; None means numbers."""
    return 1 if known is None or len(known) <= 2 else min(len(known), _MAX_CATEGORIES)


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
        # The less frequent one of two categories; a single category is always 1.
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
