"""Arrays and data frames of numbers as arrays in which missing entries are NaN, and back; bounds of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from .._input import is_frame
from .._sklearn_compat import is_pandas_na, is_scalar_nan
from ..tables import FrameTable, columns_of, filled_frame, hold_integers, in_container, is_frame_of_categories


@dataclass(frozen=True)
class ArrayTable:
    """Arrays, lists and data frames of numbers, which become arrays with the same columns."""

    marker: Any

    def validation(self, X):
        """Arguments of `sklearn.utils.validation.validate_data`; of data frames, it checks names alone."""
        if is_frame(X):
            return {"skip_check_array": True}
        ensure_all_finite = "allow-nan" if marks_nan(self.marker) else True
        return {"dtype": [np.float64, np.float32], "ensure_all_finite": ensure_all_finite}

    def check(self, X):
        """Raise a TypeError if X is sparse."""
        if issparse(X):
            raise TypeError(
                "X is sparse. If the entries that it does not hold are missing, as in ratings, use "
                "AutoencoderRecommender; if they are zero, pass X.toarray()."
            )

    def check_architecture(self, architecture):
        """Accept every architecture."""

    def read(self, X):
        """Return validated X with NaN where entries are missing, and the mask of missing entries."""
        if is_frame(X):
            return self._of_frame(X)
        if marks_nan(self.marker):
            return X, np.isnan(X)
        is_missing = X == self.marker
        return np.where(is_missing, np.nan, X).astype(X.dtype, copy=False), is_missing

    def _of_frame(self, X):
        columns = list(columns_of(X, self.marker))
        is_missing = np.column_stack([column.is_missing for column in columns])
        has_float32 = all(column.dtype == np.float32 for column in columns)
        array = np.column_stack([column.numbers() for column in columns])
        array = array.astype(np.float32 if has_float32 else np.float64, copy=False)
        return check_array(array, dtype=None, ensure_all_finite="allow-nan", input_name="X"), is_missing

    def kept(self, is_observed, keeps_empty):
        """Return which columns of X are returned, given the columns of the array with an observed entry."""
        return np.full_like(is_observed, True) if keeps_empty else is_observed

    def columns(self, is_known):
        """Describe the known columns of the array; see `FrameTable.columns`."""
        features = np.flatnonzero(is_known)
        return features, None, np.zeros(len(features), dtype=bool)

    def holds_whole_numbers(self, X):
        """Return which columns of X are columns of a data frame with an integer dtype."""
        if is_frame(X):
            return hold_integers(X)
        return np.zeros(np.asarray(X).shape[1], dtype=bool)

    def write(self, X, is_missing, filled, is_kept, container, random_state=None):
        """Return the kept columns, their missing entries filled: those of a frame with their dtypes, in a container.

        Without a container, all columns have the dtype of `filled`.
        """
        if container is None or not is_frame(X):
            return filled[:, is_kept]
        fillings = {number: filled[is_missing[:, number], number] for number in np.flatnonzero(is_kept)}
        return in_container(filled_frame(X, is_missing, fillings), container)


def table_of(X, marker, handle_unknown):
    """Return the reader and writer of tables like X."""
    # pandas and polars have `columns`; `is_frame_of_categories` reads all of X.
    if is_frame(X) and is_frame_of_categories(X):
        return FrameTable.of(X, marker, handle_unknown == "ignore")
    return ArrayTable(marker)


def without_mask(X):
    """Return a table without the mask of NumPy's masked arrays, zeros under it, and the mask, or None."""
    if not np.ma.is_masked(X):
        return X, None
    mask = np.ma.getmaskarray(X)
    return np.where(mask, np.zeros((), dtype=X.dtype), np.ma.getdata(X)), mask


def marks_nan(marker):
    """Return whether missing entries are NaN in an array of numbers."""
    return marker is None or is_pandas_na(marker) or is_scalar_nan(marker)


def limits_of_filling(given, observed_bounds, features, is_fixed, names):
    """Return the smallest and the largest value to fill in for each column of an array.

    `given` holds `min_value` and `max_value` by name; None is the observed bound. `features` are the columns of X, with
    these names, that the columns of the array belong to. Columns that are `is_fixed` keep the observed bounds.
    """
    limits = []
    for (parameter, value), observed in zip(given.items(), observed_bounds, strict=True):
        limit = observed
        if value is not None:
            limit = np.where(is_fixed, observed, _limit(parameter, value, names)[features])
        limits.append(limit)
    low, high = limits
    is_range = (low <= high) & (low < np.inf) & (high > -np.inf)
    if not is_range.all():
        first = np.argmin(is_range)
        raise ValueError(
            f"Column {names[features[first]]!r} cannot be filled with values from {low[first]:g} to {high[first]:g}. "
            "Choose a min_value below max_value; None is the smallest or the largest observed value."
        )
    return low, high


def _limit(parameter, value, names):
    """Return the limit of each column of X, by name if it has names."""
    expected = f"{parameter} should be one number, or one for each of the {len(names)} columns of X, but"
    if isinstance(value, Mapping) and value:
        labels, value = list(value), list(value.values())
    elif hasattr(value, "iloc") and hasattr(value, "index") and list(value.index) != list(range(len(names))):
        labels, value = list(value.index), value.to_list()
    else:
        labels = None
    try:
        # None becomes NaN.
        limit = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{expected} is {value!r}.") from error
    limit = np.where(np.isnan(limit), -np.inf if parameter == "min_value" else np.inf, limit)
    if labels is not None:
        return _by_name(parameter, labels, limit, names)
    if limit.shape not in ((), (len(names),)):
        raise ValueError(f"{expected} has shape {limit.shape}.")
    return np.broadcast_to(limit, len(names))


def _by_name(parameter, labels, limit, names):
    """Return the limit of each column from limits with labels; columns without a label have no bound."""
    unknown = [label for label in labels if label not in names]
    if unknown or len(set(labels)) < len(labels):
        found = f"has several entries for one of {labels}" if not unknown else f"has an entry for {unknown[0]!r}"
        raise ValueError(
            f"{parameter} {found}. Label each entry with the name of one column of X, among {', '.join(names[:5])}, or "
            "pass a list in the order of the columns."
        )
    by_name = dict(zip(labels, limit, strict=True))
    no_bound = -np.inf if parameter == "min_value" else np.inf
    return np.array([by_name.get(name, no_bound) for name in names])
