"""Incomplete rows with observed entries hidden, for a network to find."""

import numpy as np

from ._complete import row_blocks
from ._observed import drawn_by_groups

_BLOCK_MEBIBYTES = 8


class IncompleteRows:
    """Incomplete rows, each in several copies in which other observed entries are hidden.

    A row has two fields: what an encoder sees, its holes filled by a linear model, and what a decoder is to find, the
    hidden entries, NaN elsewhere; a third is its weight, if rows have weights. What is hidden is drawn once, so that
    the same index always gives the same row.

    Parameters
    ----------
    observed : Observed
        Observed entries of standardised columns, as arrays.
    linear_model : FactorAnalysis
        Fills the holes.
    share : float
        Share of the observed entries that is hidden.
    n_copies : int
        Copies of each row.
    seed : int
        Decides what is hidden.
    weights : ndarray of shape (n_samples,), default=None
        Weights of the rows.
    groups : int ndarray of shape (n_features,), default=None
        Columns with the same number are hidden together. If None, each column by itself.
    """

    def __init__(self, observed, linear_model, share, n_copies, seed, weights=None, groups=None):
        self._observed, self._linear_model, self._weights = observed, linear_model, weights
        n_samples, n_features = observed.shape
        self._n_rows = n_copies * n_samples
        self.widths = (n_features, n_features) if weights is None else (n_features, n_features, 1)
        random_state = np.random.RandomState(seed)
        # One bit per entry.
        self._hidden = np.empty((self._n_rows, -(-n_features // 8)), dtype=np.uint8)
        for rows in row_blocks(self._n_rows, 8 * n_features, _BLOCK_MEBIBYTES):
            drawn = drawn_by_groups(random_state.uniform, (rows.stop - rows.start, n_features), groups) < share
            self._hidden[rows] = np.packbits(drawn, axis=1)

    def __len__(self):
        return self._n_rows

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        for field, target in zip(self.fields(indices), out, strict=True):
            np.copyto(target, field, casting="same_kind")

    def fields(self, indices):
        """Return what an encoder sees of rows, and what a decoder is to find.

        Parameters
        ----------
        indices : int ndarray of shape (n_rows,)

        Returns
        -------
        seen, hidden : float64 ndarray of shape (n_rows, n_features)
        weights : float64 ndarray of shape (n_rows, 1)
            Only if rows have weights.
        """
        samples = indices % max(self._observed.shape[0], 1)
        is_hidden = np.unpackbits(self._hidden[indices], axis=1, count=self.widths[0]).astype(bool)
        seen, hidden = self._observed[samples].split(is_hidden)
        fields = self._linear_model.complete(seen), np.where(hidden.mask > 0, hidden.values, np.nan)
        return fields if self._weights is None else (*fields, self._weights[samples, np.newaxis])
