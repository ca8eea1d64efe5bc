"""Data frames with columns of categories as arrays of numbers, and back."""

from collections import Counter
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
from sklearn.utils import check_array

from .._checks import check_suits_categories, warn
from .._input import is_frame, is_number
from ._columns import columns_of, entries_of, filled_frame, has_numeric_dtypes, hold_integers, in_container

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
    # Whether categories that are not among these count as missing; otherwise they are an error.
    ignores_unknown: bool = True

    @classmethod
    def of(cls, X, marker, ignores_unknown=True):
        """Read the categories of a frame."""
        columns = list(columns_of(X, marker))
        # A column of objects that are all missing might hold anything.
        holds_numbers = [column.holds_numbers and not column.is_unknown for column in columns]
        categories = [
            None if is_number else _by_frequency(column)
            for column, is_number in zip(columns, holds_numbers, strict=True)
        ]
        for column, known, dtype in zip(columns, categories, X.dtypes, strict=True):
            _warn_of_numbers_as_words(column.name, known, str(dtype).lower())
        return cls(marker, [column.name for column in columns], categories, ignores_unknown)

    def validation(self, X):
        """Arguments of `sklearn.utils.validation.validate_data`, which then checks names alone."""
        return {"skip_check_array": True}

    def check(self, X, name="X"):
        """Raise a TypeError if X is no frame."""
        if not is_frame(X):
            of_row = " A row of one is X.iloc[[0]]." if hasattr(X, "iloc") else ""
            raise TypeError(
                f"{name} is {type(X).__name__}, but fit saw a data frame with categories. Pass a data frame.{of_row}"
            )

    def check_architecture(self, architecture):
        """Raise a ValueError if the architecture uses the places of the columns."""
        check_suits_categories(architecture)

    def read(self, X):
        """Return a frame as an array with NaN where entries are missing, and the mask of missing entries of the frame.

        Categories that `fit` has not seen are NaN too, but not missing. Raises a ValueError if they shall not be
        ignored, or if a column holds words instead of numbers.
        """
        columns = list(columns_of(X, self.marker))
        parts = [
            column.numbers()[:, np.newaxis] if known is None else _indicators(column, known, self.ignores_unknown)
            for column, known in zip(columns, self.categories, strict=True)
        ]
        array = check_array(np.hstack(parts), ensure_all_finite="allow-nan", input_name="X")
        return array, np.column_stack([column.is_missing for column in columns])

    def kept(self, is_observed, keeps_empty):
        """Return which columns of the frame are returned, given the columns of the array with an observed entry."""
        if not keeps_empty:
            return np.bincount(self.features, weights=is_observed) > 0
        is_category = self.columns(slice(None))[2]
        is_empty = is_category & ~is_observed
        if is_empty.any():
            name = self.names[self.features[np.argmax(is_empty)]]
            raise ValueError(
                f"Column {name!r} cannot be kept: all of its entries are missing, so that there is no category to fill "
                "in. Set keep_empty_features=False, which leaves it out."
            )
        return np.ones(len(self.names), dtype=bool)

    @property
    def features(self):
        """For each column of the array, the number of the column of the frame."""
        return np.repeat(np.arange(len(self.categories)), [_width(known) for known in self.categories])

    def shown(self, known):
        """Return the categories that have an indicator."""
        return known[-1:] if len(known) <= 2 else known[:_MAX_CATEGORIES]

    def columns(self, is_known):
        """Describe the known columns of the array by three arrays.

        The first holds the column of X of each. The second has equal numbers for columns whose entries are hidden
        together, or is None. The third says whether the column is an indicator of a category.
        """
        features = self.features[is_known]
        return features, features, np.array([known is not None for known in self.categories])[features]

    def holds_whole_numbers(self, X):
        """Return which columns of the array belong to columns of a frame with an integer dtype."""
        return hold_integers(X)[self.features]

    def write(self, X, is_missing, filled, is_kept, container, random_state=None):
        """Return the kept columns of a frame, their missing entries filled, as a frame or as an array of objects.

        For categories, `filled` holds probabilities: the most probable one is filled in or, with a random state, one is
        drawn.
        """
        fillings = {}
        for number in np.flatnonzero(is_kept):
            values = filled[is_missing[:, number]][:, self.features == number]
            known = self.categories[number]
            fillings[number] = values[:, 0] if known is None else chosen_categories(values, known, random_state)
        if container is not None:
            return in_container(filled_frame(X, is_missing, fillings), container)
        return self._objects(X, is_missing, filled, fillings)

    def _objects(self, X, is_missing, filled, fillings):
        """Return the columns to fill as an array of floats and categories."""
        array = np.empty((len(X), len(fillings)), dtype=object)
        for place, (number, values) in enumerate(fillings.items()):
            if self.categories[number] is None:
                array[:, place] = filled[:, self.features == number][:, 0]
            else:
                array[:, place] = entries_of(filled_frame(X, is_missing, {number: values}), 0)
        return array


def is_frame_of_categories(X):
    """Return whether X is a data frame with a column that does not hold numbers."""
    if not is_frame(X) or has_numeric_dtypes(X):
        return False
    return not all(column.holds_numbers for column in columns_of(X, np.nan))


def has_categories(X):
    """Return whether X is a data frame with a column that NumPy does not read as numbers, or of truth values.

    NumPy reads words such as "1.5" as numbers.
    """
    if not is_frame(X) or has_numeric_dtypes(X):
        return False
    return not all(column.reads_as_numbers for column in columns_of(X, np.nan))


def _by_frequency(column):
    try:
        counts = Counter(column.values[~column.is_missing].tolist())
    except TypeError as error:
        raise ValueError(
            f"Column {column.name!r} holds neither numbers nor categories: {error}. Leave it out."
        ) from error
    return [category for category, _ in counts.most_common()]


def _warn_of_numbers_as_words(name, known, dtype):
    """Warn of a column of words, most of which are numbers, as files with "?" for missing entries give it."""
    if not known or len(known) <= 2 or dtype.startswith(("category", "categorical", "enum")):
        return
    numbers = [word for word in known if isinstance(word, str) and is_number(word)]
    if len(numbers) > len(known) / 2:
        warn(
            f"Column {name!r} holds numbers as words, such as {numbers[0]!r}, which are read as categories. If "
            f"they are numbers, pass pandas.to_numeric(X[{name!r}], errors='coerce'), which marks other words as "
            "missing; if they are categories, give the column the dtype 'category'.",
            UserWarning,
        )


def _width(known):
    """Return the number of columns of the array for a column with these categories; None means numbers."""
    return 1 if known is None or len(known) <= 2 else min(len(known), _MAX_CATEGORIES)


def _indicators(column, known, ignores_unknown):
    numbers = {category: number for number, category in enumerate(known)}
    indicators = np.full((len(column.values), _width(known)), np.nan)
    rows = np.flatnonzero(~column.is_missing)
    values = column.values[rows].tolist()
    found = np.array([numbers.get(value, -1) for value in values], dtype=np.intp)
    _check_kinds(column, values, found, known)
    if not ignores_unknown and (found < 0).any():
        raise ValueError(
            f"Column {column.name!r} holds {values[np.argmin(found)]!r}, which it did not hold in fit: it held "
            f"{_shown(known)}. Fit to rows that have it, or fit with handle_unknown='ignore'."
        )
    rows = rows[found >= 0]
    found = found[found >= 0]
    if indicators.shape[1] == 1:
        # The less frequent one of two categories; a single category is always 1.
        indicators[rows, 0] = found == len(known) - 1
    else:
        indicators[rows] = found[:, np.newaxis] == np.arange(indicators.shape[1])
    return indicators


def _check_kinds(column, values, found, known):
    """Raise a ValueError if unknown entries are of another type than all categories, such as numbers among words."""
    kinds = set(map(_kind, known))
    strange = [value for value, number in zip(values, found, strict=True) if number < 0 and _kind(value) not in kinds]
    if strange and kinds:
        raise ValueError(
            f"Column {column.name!r} holds {strange[0]!r} of type {type(strange[0]).__name__}, but held "
            f"{_shown(known)} in fit. Pass entries of the same type as in fit."
        )


def _kind(value):
    """Return the class of values that are of one kind with this one."""
    return next((kind for kind in (str, bool, np.bool_, Number) if isinstance(value, kind)), type(value))


def _shown(known):
    shown = ", ".join(map(repr, known[:5])) + (", ..." if len(known) > 5 else "")
    return shown or "nothing"


def chosen_categories(values, known, random_state):
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
