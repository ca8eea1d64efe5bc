"""What the engine asks of rows, and rows that lie in memory as training sees them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class RowSource(Protocol):
    """Rows for training, each of one or more fields, such as what an encoder sees and what a decoder is to find.

    The same index always stands for the same row, whether rows are kept in memory or taken again in every epoch.

    Attributes
    ----------
    widths : tuple of int
        Numbers in each field of a row.
    """

    widths: tuple

    def __len__(self):
        """Return the number of rows."""

    def take(self, indices, out):
        """Write rows into arrays.

        Parameters
        ----------
        indices : int ndarray of shape (n_rows,)
            Numbers of the rows, ascending.
        out : tuple of float32 ndarray of shape (n_rows, width)
            One C-contiguous array per field, to be filled with the rows as training sees them.
        """


def taken(source, indices):
    """Return the fields of rows of a source, as training sees them: a tuple of float32 ndarray."""
    fields = tuple(np.empty((len(indices), width), dtype=np.float32) for width in source.widths)
    source.take(indices, fields)
    return fields


def evenly_spaced(source, most):
    """Return the fields of at most so many rows of a source, as training sees them: a tuple of float32 ndarray."""
    return taken(source, np.arange(0, len(source), -(-len(source) // most)))


class ArrayRows:
    """Rows that lie in memory as training sees them.

    Parameters
    ----------
    *fields : ndarray of shape (n_rows, width)
    """

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
