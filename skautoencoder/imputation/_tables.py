"""Arrays of numbers and data frames of categories as arrays in which missing entries are NaN, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from .._sklearn_compat import is_pandas_na, is_scalar_nan
from ._frames import FrameTable, is_frame_of_categories


@dataclass(frozen=True)
class ArrayTable:
    """Input that scikit-learn turns into an array with the same columns."""

    marker: Any

    @property
    def validation(self):
        """Arguments of `sklearn.utils.validation.validate_data`."""
        ensure_all_finite = "allow-nan" if marks_nan(self.marker) else True
        return {"dtype": [np.float64, np.float32], "ensure_all_finite": ensure_all_finite}

    def check(self, X):
        """Raise an error if X is sparse or has a mask, which `validate_data` ignores."""
        if issparse(X):
            raise TypeError(
                "X is sparse. If the entries that it does not hold are missing, as in ratings, use "
                "AutoencoderRecommender; if they are zero, pass X.toarray()."
            )
        if np.ma.is_masked(X):
            raise ValueError(
                "X is a masked array, whose mask scikit-learn does not see. Pass X.astype(float).filled(np.nan)."
            )

    def check_architecture(self, architecture):
        """Accept every architecture."""

    def read(self, X):
        """Return validated X with NaN where entries are missing, and the mask of missing entries."""
        if marks_nan(self.marker):
            return X, np.isnan(X)
        is_missing = X == self.marker
        return np.where(is_missing, np.nan, X).astype(X.dtype, copy=False), is_missing

    def kept(self, is_observed, keeps_empty):
        """Return which columns of X are returned, given the columns of the array with an observed entry."""
        return np.full_like(is_observed, True) if keeps_empty else is_observed

    def columns(self, is_known):
        """Describe the known columns of the array; see `FrameTable.columns`."""
        features = np.flatnonzero(is_known)
        return features, None, np.zeros(len(features), dtype=bool)

    def write(self, X, is_missing, filled, is_kept, random_state=None):
        """Return the filled columns that are kept."""
        return filled[:, is_kept]

    def append(self, filled, names, columns):
        """Return filled rows with further columns."""
        return np.hstack([filled, columns])


def table_of(X, marker):
    """Return the reader and writer of tables like X."""
    # pandas and polars have `columns`; `is_frame_of_categories` reads all of X.
    if hasattr(X, "columns") and is_frame_of_categories(X):
        return FrameTable.of(X, marker)
    return ArrayTable(marker)


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
            limit = np.where(is_fixed, observed, _limit(parameter, value, len(names))[features])
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


def _limit(parameter, value, n_features):
    """Return the limit of each column of X."""
    expected = f"{parameter} should be one number, or one for each of the {n_features} columns of X, but"
    try:
        limit = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{expected} is {value!r}.") from error
    if limit.shape not in ((), (n_features,)):
        raise ValueError(f"{expected} has shape {limit.shape}.")
    return np.broadcast_to(limit, n_features)
