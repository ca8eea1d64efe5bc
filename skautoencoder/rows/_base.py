"""The interface of rows to the engine, and rows in memory."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class RowSource(Protocol):
    """Rows for training, each of one or more fields, such as the input of an encoder and the target of a decoder.

    An index always gives the same row, whether rows are kept in memory or taken again in every epoch.
    """

    # Columns of each field.
    widths: tuple[int, ...]

    def __len__(self):
        """Return the number of rows."""

    def take(self, indices, out):
        """Write the rows of ascending indices, as training sees them, into one float32 array per field.

        The arrays of `out` are C-contiguous and of shape (n_rows, width).
        """


def taken(source, indices):
    """Return the fields of rows of a source, as training sees them: a tuple of float32 ndarray."""
    fields = tuple(np.empty((len(indices), width), dtype=np.float32) for width in source.widths)
    source.take(indices, fields)
    return fields


class ArrayRows:
    """Rows in memory as training sees them: one array of shape (n_rows, width) per field."""

    def __init__(self, *fields):
        self._fields = fields
        self.widths = tuple(field.shape[1] for field in fields)

    def __len__(self):
        return len(self._fields[0])

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        for field, target in zip(self.fields(indices), out, strict=True):
            np.copyto(target, field, casting="same_kind")

    def fields(self, indices):
        """Return the fields of rows: a list of ndarray of shape (n_rows, width)."""
        return [field[indices] for field in self._fields]


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows to validate on, by their numbers."""

    rows: RowSource
    training: np.ndarray
    # Rows to validate on, if they are not among `rows`.
    validation_rows: RowSource | None
    # May be empty.
    validation: np.ndarray
    # Whether the last field of a row, of width 1, is its sample weight.
    is_weighted: bool


class PairedRows:
    """Rows with the fields of two sources of as many rows each, such as clean and noisy rows."""

    def __init__(self, first, second):
        self._first = first
        self._second = second
        self.widths = first.widths + second.widths

    def __len__(self):
        return len(self._first)

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        n_first = len(self._first.widths)
        self._first.take(indices, out[:n_first])
        self._second.take(indices, out[n_first:])
