"""The observed entries of incomplete rows."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array, issparse

from ._complete import row_blocks

_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class Observed:
    """The observed entries of incomplete rows.

    Parameters
    ----------
    values : float64 ndarray or CSR array of shape (n_samples, n_features)
        Zero where nothing is observed.
    mask : float64 ndarray or CSR array of shape (n_samples, n_features)
        One where something is observed.
    """

    values: np.ndarray | csr_array
    mask: np.ndarray | csr_array

    @classmethod
    def of(cls, X):
        """Take the entries of an array that are not NaN, or those that a CSR matrix holds."""
        if issparse(X):
            X = csr_array(X, dtype=np.float64)
            return cls(X, csr_array((np.ones_like(X.data), X.indices, X.indptr), shape=X.shape))
        is_observed = ~np.isnan(X)
        return cls(np.where(is_observed, X, 0.0), is_observed.astype(np.float64))

    @property
    def shape(self):
        """Number of rows and of columns."""
        return self.values.shape

    def __getitem__(self, rows):
        return Observed(self.values[rows], self.mask[rows])

    def counts(self, sample_weight=None):
        """Count the observed entries of each column, each as often as its row weighs."""
        return _column_sums(self.mask, sample_weight)

    def moments(self, sample_weight=None):
        """Return each column's mean and standard deviation by row weights; 0 and 1 where nothing is observed."""
        counts = self.counts(sample_weight)
        counts = np.where(counts > 0, counts, 1)
        mean = _column_sums(self.values, sample_weight) / counts
        deviations = self.standardized(mean, np.ones_like(mean))
        # Squares in a unit of each column's own: a power of two, by which dividing does not round.
        largest = np.max(np.abs(deviations.bounds()), axis=0)
        unit = np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1.0))))
        deviations = deviations.standardized(np.zeros_like(mean), unit)
        scale = unit * np.sqrt(_column_sums(deviations.values * deviations.values, sample_weight) / counts)
        # What is left of a constant column by rounding is no variance.
        return mean, np.where(scale > 1e-10 * np.abs(mean), scale, 1.0)

    def bounds(self):
        """Return the smallest and the largest entry of each column; 0 where nothing is observed."""
        if issparse(self.values):
            low, high = np.full(self.shape[1], np.inf), np.full(self.shape[1], -np.inf)
            np.minimum.at(low, self.values.indices, self.values.data)
            np.maximum.at(high, self.values.indices, self.values.data)
        else:
            low, high = (np.where(self.mask > 0, self.values, bound) for bound in (np.inf, -np.inf))
            low, high = low.min(axis=0), high.max(axis=0)
        is_empty = self.counts() == 0
        return np.where(is_empty, 0.0, low), np.where(is_empty, 0.0, high)

    def standardized(self, mean, scale):
        """Return the entries in standard deviations of their column from its mean."""
        if not issparse(self.values):
            return Observed((self.values - mean) * self.mask / scale, self.mask)
        columns = self.values.indices
        data = (self.values.data - mean[columns]) / scale[columns]
        return Observed(csr_array((data, columns, self.values.indptr), shape=self.shape), self.mask)

    def split(self, is_chosen):
        """Divide the entries; return those that are not chosen, and those that are.

        Parameters
        ----------
        is_chosen : bool ndarray
            One value per entry: of shape (n_samples, n_features), or, of sparse rows, one per observed entry in the
            order of the rows.
        """
        if not issparse(self.values):
            chosen = self.mask * is_chosen
            others = self.mask - chosen
            return Observed(self.values * others, others), Observed(self.values * chosen, chosen)
        return tuple(self._with_entries(kept) for kept in (~is_chosen, is_chosen))

    def parts(self, n_parts, random_state, groups=None):
        """Divide the entries at random into parts, and yield all other entries beside each part.

        Parameters
        ----------
        n_parts : int
        random_state : RandomState
            Draws the part of each entry, row after row.
        groups : int ndarray of shape (n_features,), default=None
            Columns with the same number belong to the same part; rows are dense then. If None, each by itself.

        Yields
        ------
        others, part : Observed
        """
        if groups is not None:
            numbers = drawn_by_groups(partial(random_state.randint, n_parts), self.shape, groups)
        else:
            numbers = random_state.randint(n_parts, size=int(self.counts().sum()))
            if not issparse(self.values):
                of_entries, numbers = numbers, np.empty(self.shape, dtype=numbers.dtype)
                numbers[self.mask > 0] = of_entries
        for number in range(n_parts):
            yield self.split(numbers == number)

    def _with_entries(self, kept):
        indptr = np.append(0, np.cumsum(kept))[self.values.indptr]
        parts = ((data[kept], self.values.indices[kept], indptr) for data in (self.values.data, self.mask.data))
        return Observed(*(csr_array(part, shape=self.shape) for part in parts))

    def without(self, is_left_out):
        """Take the entries of some columns for unobserved.

        Parameters
        ----------
        is_left_out : bool ndarray of shape (n_features,)
        """
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


def drawn_by_groups(draw, shape, groups):
    """Draw an array, the same values in columns with the same number; if groups is None, values of their own in each.

    Parameters
    ----------
    draw : callable
        Takes `size`, and returns an array of that shape.
    shape : tuple of int
    groups : int ndarray of shape (n_features,) or None
    """
    if groups is None:
        return draw(size=shape)
    return draw(size=(shape[0], groups.max(initial=-1) + 1))[:, groups]


def _column_sums(entries, sample_weight):
    """Sum the entries of each column, each as often as its row weighs."""
    if sample_weight is not None:
        return sample_weight @ entries
    return np.asarray(entries.sum(axis=0, dtype=np.float64)).ravel()
