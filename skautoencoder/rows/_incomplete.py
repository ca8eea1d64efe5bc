"""Incomplete rows: their observed entries, and copies with hidden entries, which a network learns to predict."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array, issparse

from ._complete import row_blocks

_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class Observed:
    """The observed entries of incomplete rows, as arrays or, for ratings, as CSR arrays of the same sparsity."""

    # Zero where nothing is observed, float64.
    values: np.ndarray | csr_array
    # One where something is observed, float64.
    mask: np.ndarray | csr_array

    @classmethod
    def of(cls, X):
        """Take the entries of an array that are not NaN."""
        is_observed = ~np.isnan(X)
        return cls(np.where(is_observed, X, 0.0), is_observed.astype(np.float64))

    @property
    def shape(self):
        """Number of rows and of columns."""
        return self.values.shape

    def __getitem__(self, rows):
        return Observed(self.values[rows], self.mask[rows])

    def counts(self, sample_weight=None):
        """Count the observed entries of each column, by row weights."""
        return _column_sums(self.mask, sample_weight)

    def moments(self, sample_weight=None):
        """Return each column's mean and standard deviation by row weights; 0 and 1 where nothing is observed."""
        counts = self.counts(sample_weight)
        counts = np.where(counts > 0, counts, 1)
        mean = _column_sums(self.values, sample_weight) / counts
        deviations = self.standardized(mean, np.ones_like(mean))
        # Divide by a power of two, which does not round, so that squares do not overflow.
        largest = np.max(np.abs(deviations.bounds()), axis=0)
        unit = np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1.0))))
        deviations = deviations.standardized(np.zeros_like(mean), unit)
        scale = unit * np.sqrt(_column_sums(deviations.values * deviations.values, sample_weight) / counts)
        # Rounding errors of a constant column are no variance.
        return mean, np.where(scale > 1e-10 * np.abs(mean), scale, 1.0)

    def bounds(self):
        """Return the smallest and the largest entry of each column; 0 where nothing is observed."""
        is_empty = self.counts() == 0
        low = np.where(self.mask > 0, self.values, np.inf).min(axis=0)
        high = np.where(self.mask > 0, self.values, -np.inf).max(axis=0)
        return np.where(is_empty, 0.0, low), np.where(is_empty, 0.0, high)

    def standardized(self, mean, scale):
        """Return the entries less the mean of their column, divided by its scale."""
        return Observed((self.values - mean) * self.mask / scale, self.mask)

    def split(self, is_chosen):
        """Return the entries that are not chosen, and those that are.

        `is_chosen` is a mask of the same shape; of sparse rows, it has one value per observed entry, row by row.
        """
        if issparse(self.values):
            return self._with_entries(~is_chosen), self._with_entries(is_chosen)
        chosen = self.mask * is_chosen
        others = self.mask - chosen
        return Observed(self.values * others, others), Observed(self.values * chosen, chosen)

    def _with_entries(self, is_kept):
        indptr = np.append(0, np.cumsum(is_kept))[self.values.indptr]
        indices = self.values.indices[is_kept]
        values = csr_array((self.values.data[is_kept], indices, indptr), shape=self.shape)
        return Observed(values, csr_array((self.mask.data[is_kept], indices, indptr), shape=self.shape))

    def parts(self, n_parts, random_state, groups=None):
        """Divide the entries at random into parts; yield, for each part, all other entries and the part.

        Columns with equal numbers in `groups` are hidden together; rows must be arrays then.
        """
        if groups is not None:
            numbers = drawn_by_groups(partial(random_state.randint, n_parts), self.shape, groups)
        else:
            numbers = random_state.randint(n_parts, size=int(self.counts().sum()))
            if not issparse(self.values):
                of_entries = numbers
                numbers = np.empty(self.shape, dtype=of_entries.dtype)
                numbers[self.mask > 0] = of_entries
        for number in range(n_parts):
            yield self.split(numbers == number)

    def without(self, is_left_out):
        """Return the rows with the entries of some columns unobserved."""
        if not is_left_out.any():
            return self
        if issparse(self.values):
            return self.split(is_left_out[self.values.indices])[0]
        return self.split(np.broadcast_to(is_left_out, self.shape))[0]

    def dense(self):
        """Return values and mask as arrays."""
        if issparse(self.values):
            return self.values.toarray(), self.mask.toarray()
        return self.values, self.mask

    def blocks(self, width):
        """Cut the rows into slices in which `width` float64 numbers per row take at most 8 MiB."""
        return list(row_blocks(self.shape[0], 8 * width, _BLOCK_MEBIBYTES))


class IncompleteRows:
    """Incomplete rows, each in several copies with different hidden entries; a `RowSource`.

    The first field of a row is the input of an encoder, its missing and hidden entries filled by the linear model. The
    second holds the hidden entries, NaN elsewhere; a third, if rows have weights, the weight. Hidden entries are drawn
    once, so that an index always gives the same row. Columns with equal numbers in `groups` are hidden together.
    """

    def __init__(self, observed, linear_model, share, n_copies, seed, weights=None, groups=None):
        self._observed = observed
        self._linear_model = linear_model
        self._weights = weights
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
        """Return the fields of rows, given their numbers, as float64 arrays."""
        samples = indices % max(self._observed.shape[0], 1)
        is_hidden = np.unpackbits(self._hidden[indices], axis=1, count=self.widths[0]).astype(bool)
        seen, hidden = self._observed[samples].split(is_hidden)
        fields = self._linear_model.complete(seen), np.where(hidden.mask > 0, hidden.values, np.nan)
        return fields if self._weights is None else (*fields, self._weights[samples, np.newaxis])


def drawn_by_groups(draw, shape, groups):
    """Return ``draw(size=shape)``, with the same values in columns of equal numbers in `groups`, if there are any."""
    if groups is None:
        return draw(size=shape)
    return draw(size=(shape[0], groups.max(initial=-1) + 1))[:, groups]


def _column_sums(entries, sample_weight):
    """Sum the entries of each column, by row weights."""
    if sample_weight is not None:
        return sample_weight @ entries
    return np.asarray(entries.sum(axis=0, dtype=np.float64)).ravel()
