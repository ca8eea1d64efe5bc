"""Sparse ratings with some of them dropped, for a network that sees which ones are there."""

import numpy as np


class RatedRows:
    """Rows of sparse ratings around 0, each in several copies in which a different share is dropped.

    The first field of a row is the input of an encoder: the ratings that are left, 0 elsewhere, then their mask. The
    second holds all ratings, the targets, NaN elsewhere. Dropped ratings are drawn once, so that an index always gives
    the same row.
    """

    def __init__(self, observed, share, n_copies, random_state):
        self._ratings = observed.values
        self._n_copies = n_copies
        n_features = observed.shape[1]
        self.widths = (2 * n_features, n_features)
        self._is_seen = random_state.uniform(size=(n_copies, self._ratings.nnz)) >= share

    def __len__(self):
        return self._n_copies * self._ratings.shape[0]

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        seen, ratings = out
        seen[:] = 0.0
        ratings[:] = np.nan
        copies, samples = np.divmod(indices, self._ratings.shape[0])
        starts = self._ratings.indptr[samples]
        counts = self._ratings.indptr[samples + 1] - starts
        # Numbers of the ratings, row after row.
        entries = np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)
        rows = np.repeat(np.arange(len(indices)), counts)
        columns = self._ratings.indices[entries]
        ratings[rows, columns] = self._ratings.data[entries]
        is_seen = self._is_seen[np.repeat(copies, counts), entries]
        rows = rows[is_seen]
        columns = columns[is_seen]
        seen[rows, columns] = self._ratings.data[entries[is_seen]]
        seen[rows, columns + self._ratings.shape[1]] = 1.0
