"""The most similar rows of a fit, and what they tell of an entry."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.neighbors import NearestNeighbors

from ..rows import row_blocks

# Neighbours that are looked up; those beyond the bandwidth weigh next to nothing.
_N_NEIGHBORS = 60
# A bandwidth is the distance to the neighbour of this number: a narrow and a wide one.
_BANDWIDTHS = 5, 15
# Smallest bandwidth, in standard deviations, so that equal rows weigh the same.
_LEAST_BANDWIDTH = 1e-3
# Weight of having no neighbour, so that what only far ones know counts for little.
_PRIOR_WEIGHT = 0.01
_BLOCK_MEBIBYTES = 64


@dataclass(frozen=True)
class Neighbours:
    """Rows of a fit, completed, among which the most similar ones to other rows are found.

    Parameters
    ----------
    completed : float32 ndarray of shape (n_donors, n_features)
        Rows of standardised columns, holes filled.
    is_observed : bool ndarray of shape (n_donors, n_features)
    residuals : float32 ndarray of shape (n_donors, n_features)
        Observed entries minus their reconstruction, 0 elsewhere.
    weights : float64 ndarray of shape (n_donors,), default=None
        How often each row counts. If None, once.
    """

    completed: np.ndarray
    is_observed: np.ndarray
    residuals: np.ndarray
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, observed, expected, weights=None):
        """Take observed entries of rows, their holes filled with the expected values.

        Parameters
        ----------
        observed : Observed
        expected : ndarray of shape (n_donors, n_features)
        weights : float64 ndarray of shape (n_donors,), default=None

        Returns
        -------
        Neighbours
        """
        values, mask = observed.dense()
        is_observed = mask > 0
        residuals = np.where(is_observed, values - expected, 0.0)
        completed = np.where(is_observed, values, expected)
        return cls(completed.astype(np.float32), is_observed, residuals.astype(np.float32), weights)

    def changes(self, completed, expected, left_out=None):
        """Compute how neighbours would change expected values.

        Each change is a mean over neighbours, weighed by the kernel ``exp(-2 distance**2 / bandwidth**2)``: of their
        observed values minus the expected value, and of their residuals, by the narrow and by the wide bandwidth.

        Parameters
        ----------
        completed : ndarray of shape (n_samples, n_features)
            Rows whose neighbours are asked for, holes filled with expected values.
        expected : ndarray of shape (n_samples, n_features)
        left_out : int ndarray of shape (n_samples,), default=None
            Donor that is no neighbour of a row, -1 for none.

        Returns
        -------
        list of ndarray of shape (n_samples, n_features)
        """
        donors = self.completed.astype(np.float64)
        n_donors, n_features = donors.shape
        n_neighbors = min(_N_NEIGHBORS, n_donors)
        search = NearestNeighbors(n_neighbors=n_neighbors).fit(donors)
        known = np.hstack([self.is_observed, np.where(self.is_observed, donors, 0.0), self.residuals])
        changes = [np.empty(expected.shape) for _ in range(2 * len(_BANDWIDTHS))]
        for rows in row_blocks(len(completed), 8 * max(3 * n_features, 2 * n_neighbors), _BLOCK_MEBIBYTES):
            distances, found = search.kneighbors(completed[rows])
            for number, neighbour in enumerate(_BANDWIDTHS):
                bandwidth = distances[:, [min(neighbour, n_neighbors) - 1]]
                kernel = np.exp(-2 * np.square(distances / np.maximum(bandwidth, _LEAST_BANDWIDTH)))
                if self.weights is not None:
                    kernel *= self.weights[found]
                if left_out is not None:
                    kernel[found == left_out[rows, np.newaxis]] = 0.0
                places = np.arange(0, found.size + 1, n_neighbors)
                kernel = csr_array((kernel.ravel(), found.ravel(), places), shape=(len(found), n_donors))
                total, values, residuals = np.split(kernel @ known, 3, axis=1)
                changes[2 * number][rows] = (values - total * expected[rows]) / (total + _PRIOR_WEIGHT)
                changes[2 * number + 1][rows] = residuals / (total + _PRIOR_WEIGHT)
        return changes

    def places_of(self, observed):
        """Find rows among the donors by their observed entries; return their numbers, -1 for other rows."""
        own = {key: number for number, key in enumerate(_keys(self.completed, self.is_observed))}
        values, mask = observed.dense()
        return np.array([own.get(key, -1) for key in _keys(values.astype(np.float32), mask > 0)], dtype=np.intp)


def _keys(values, is_observed):
    """Yield what tells each row from others: where it is observed, and what."""
    for row, mask in zip(np.where(is_observed, values, np.float32(0.0)), is_observed, strict=True):
        yield mask.tobytes() + row.tobytes()
