"""Ratings in a long data frame, with a row for each rating: user, item and rating."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number

import numpy as np
from scipy.sparse import csr_array

from .._checks import warn
from .._input import is_frame

_WAY_OUT = (
    "Pass the columns of user, item and rating, in this order, or user and item alone for purchases; a table with a "
    "column per item as X.to_numpy()."
)
# Beginnings of the names of columns, by which columns in a wrong order are recognised.
_OF_USERS = ("user", "customer")
_OF_OTHERS = ("item", "movie", "film", "product", "rating", "score", "stars")


@dataclass(frozen=True)
class LongFrame:
    """Ratings by the labels of users and items.

    As a matrix, they have an empty row and an empty column at the end: for users and items that are not known.
    """

    users: np.ndarray
    items: np.ndarray
    # The matrix in CSR format.
    ratings: np.ndarray
    columns: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, frame):
        """Read a data frame; raise a ValueError unless it holds one finite rating for each pair of user and item.

        With two columns, each pair has a rating of 1, however often it occurs.
        """
        if frame.shape[1] not in (2, 3):
            raise ValueError(
                f"X has {frame.shape[1]} columns, but ratings in a data frame have three, purchases two. {_WAY_OUT}"
            )
        if not len(frame):
            raise ValueError("X holds no rating: 0 rows. Pass at least one.")
        of_users = _labels(_column(frame, 0))
        of_items = _labels(_column(frame, 1))
        has_ratings = frame.shape[1] == 3
        ratings = frame_ratings(frame) if has_ratings else np.ones(len(frame))
        _check_names(frame)
        users = _ordered(of_users)
        items = _ordered(of_items)
        rows = _positions(of_users, users)
        columns = _positions(of_items, items)
        order = np.lexsort((columns, rows))
        rows = rows[order]
        columns = columns[order]
        ratings = ratings[order]
        is_repeated = np.append((np.diff(rows) == 0) & (np.diff(columns) == 0), False)
        if has_ratings and is_repeated.any():
            first = np.argmax(is_repeated)
            item, user = items.tolist()[columns[first]], users.tolist()[rows[first]]
            raise ValueError(
                f"X holds several ratings of item {item!r} by user {user!r}. Keep one for each pair of user and item, "
                "such as the last one or their mean; for purchases, pass the columns of user and item alone."
            )
        rows = rows[~is_repeated]
        columns = columns[~is_repeated]
        bounds = np.append(np.searchsorted(rows, np.arange(len(users) + 1)), len(rows))
        return cls(users, items, ratings[~is_repeated], columns.astype(np.int32), bounds.astype(np.int32))

    @property
    def matrix(self):
        """The ratings as a CSR array of shape (n_users + 1, n_items + 1)."""
        shape = len(self.users) + 1, len(self.items) + 1
        return csr_array((self.ratings, self.columns, self.bounds), shape=shape)

    def rows_of(self, users):
        """Return the rows of users by their labels, the empty one for users that are not known."""
        return _positions(users, self.users)

    def columns_of(self, items):
        """Return the columns of items by their labels, the empty one for items that are not known."""
        return _positions(items, self.items)

    def pairs(self, frame):
        """Return row and column of each pair in the first two columns of a data frame."""
        if not is_frame(frame) or frame.shape[1] not in (2, 3):
            raise ValueError(
                f"X is {_described(frame)}, but fit saw a data frame of users, items and ratings. Pass a data frame "
                "with columns of users and items."
            )
        return self.rows_of(_column(frame, 0).to_list()), self.columns_of(_column(frame, 1).to_list())


def frame_ratings(frame):
    """Return the third column of a data frame as finite float64 numbers."""
    column = _column(frame, 2)
    values = column.to_numpy()
    # NumPy would read times and complex numbers as numbers.
    if values.dtype.kind in "mMc":
        raise ValueError(f"Column {column.name!r} holds {column.dtype}, no ratings. {_WAY_OUT}")
    try:
        ratings = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Column {column.name!r} holds no numbers: {error}. {_WAY_OUT}") from error
    if not np.isfinite(ratings).all():
        raise ValueError(f"Column {column.name!r} holds ratings that are missing or infinite. Leave these rows out.")
    return ratings


def listed_labels(labels, name="X", kind="users"):
    """Return labels in a list, an array, an index or a series as a list; messages name the argument and the labels."""
    # Users have an order, that of the result; what is excluded has none.
    without_order = (set, frozenset) if name == "X" else ()
    if isinstance(labels, (str, bytes, Mapping, *without_order)) or is_frame(labels) or not np.iterable(labels):
        raise ValueError(
            f"{name} is {_described(labels)}, but fit saw a data frame of users, items and ratings. Pass a list of "
            f"{kind}."
        )
    if hasattr(labels, "to_list"):
        return labels.to_list()
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        raise ValueError(f"{name} has the shape {labels.shape}, but should be a list of {kind}.")
    return labels.tolist() if isinstance(labels, np.ndarray) else list(labels)


def _check_names(frame):
    """Raise a ValueError if the names of the columns say that the first one does not hold users."""
    names = [str(name) for name in frame.columns]
    is_other = names[0].lower().startswith(_OF_OTHERS)
    if is_other and any(name.lower().startswith(_OF_USERS) for name in names[1:]):
        raise ValueError(
            f"The columns of X are {', '.join(map(repr, names))}, but are read as user, item and rating. Pass them in "
            "this order, or rename them."
        )


def _described(X):
    return f"a {type(X).__name__} of shape {X.shape}" if hasattr(X, "shape") else repr(X)


def _column(frame, number):
    return frame.iloc[:, number] if hasattr(frame, "iloc") else frame.to_series(number)


def _labels(column):
    """Return the labels of a column as a list; raise a ValueError if some are missing."""
    is_missing = column.isna() if hasattr(column, "isna") else column.is_null()
    if is_missing.any():
        raise ValueError(f"Column {column.name!r} holds missing labels. Leave these ratings out.")
    return column.to_list()


def _ordered(labels):
    """Return different labels as an array, sorted if they have an order."""
    try:
        different = dict.fromkeys(labels)
    except TypeError as error:
        raise ValueError(f"Labels of users and items should be words or numbers, but {error}.") from error
    try:
        different = sorted(different)
    except TypeError:
        different = list(different)
    if all(isinstance(label, Number) for label in different):
        return np.asarray(different)
    ordered = np.empty(len(different), dtype=object)
    ordered[:] = different
    return ordered


def _positions(labels, ordered):
    """Return the positions of labels in an array; its length for those that it does not hold."""
    places = {label: place for place, label in enumerate(ordered.tolist())}
    if labels and places and not any(label in places for label in labels):
        _warn_of_other_type(labels[0], next(iter(places)))
    return np.array([places.get(label, len(places)) for label in labels], dtype=np.intp)


def _warn_of_other_type(unknown, known):
    """Warn of labels that are words where `fit` saw numbers, or the reverse."""
    if isinstance(unknown, str) != isinstance(known, str) and isinstance(unknown, (str, Number)):
        warn(
            f"{unknown!r} is a {type(unknown).__name__}, but labels in fit are of type {type(known).__name__}, such as "
            f"{known!r}. Labels that fit has not seen count as new users or items: pass the same type.",
            UserWarning,
        )
