"""The most similar rows of a fit, and their mean."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.neighbors import NearestNeighbors

from ..rows import row_blocks

# Number of neighbours that are looked up; those beyond the bandwidth weigh next to nothing.
_N_NEIGHBORS = 60
# The bandwidth is the distance to the neighbour of this number.
_BANDWIDTH = 5
# Minimum bandwidth, in standard deviations, so that equal rows weigh the same.
_MIN_BANDWIDTH = 1e-3
# Pseudo-weight that shrinks corrections from distant neighbours.
_PRIOR_WEIGHT = 0.01
_BLOCK_MEBIBYTES = 64


@dataclass(frozen=True)
class Neighbours:
    """Standardised rows of a fit, among which the most similar ones to other rows are found."""

    # Missing entries filled, float32.
    completed: np.ndarray
    is_observed: np.ndarray
    # How often each row counts; None: once.
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, observed, expected, weights=None):
        """Take rows, their missing entries filled with the expected values."""
        values, mask = observed.dense()
        is_observed = mask > 0
        return cls(np.where(is_observed, values, expected).astype(np.float32), is_observed, weights)

    def correction(self, completed, expected, left_out=None):
        """Return the mean over neighbours of their observed values minus the expected ones.

        Neighbours weigh by the kernel ``exp(-2 distance**2 / bandwidth**2)``. `completed` are the rows whose neighbours
        are found, `expected` of the same shape their expected values. `left_out` is, for each row, the row of the fit
        that is no neighbour, -1 for none.
        """
        donors = self.completed.astype(np.float64)
        n_donors, n_features = donors.shape
        n_neighbors = min(_N_NEIGHBORS, n_donors)
        search = NearestNeighbors(n_neighbors=n_neighbors).fit(donors)
        known = np.hstack([self.is_observed, np.where(self.is_observed, donors, 0.0)])
        correction = np.empty(expected.shape)
        for rows in row_blocks(len(completed), 16 * max(n_features, n_neighbors), _BLOCK_MEBIBYTES):
            distances, found = search.kneighbors(completed[rows])
            bandwidth = distances[:, [min(_BANDWIDTH, n_neighbors) - 1]]
            kernel = np.exp(-2 * np.square(distances / np.maximum(bandwidth, _MIN_BANDWIDTH)))
            if self.weights is not None:
                kernel *= self.weights[found]
            if left_out is not None:
                kernel[found == left_out[rows, np.newaxis]] = 0.0
            places = np.arange(0, found.size + 1, n_neighbors)
            kernel = csr_array((kernel.ravel(), found.ravel(), places), shape=(len(found), n_donors))
            total, values = np.split(kernel @ known, 2, axis=1)
            correction[rows] = (values - total * expected[rows]) / (total + _PRIOR_WEIGHT)
        return correction

    def places_of(self, observed):
        """Find rows among those of the fit by their observed entries; return their numbers, -1 for other rows."""
        own = {key: number for number, key in enumerate(_keys(self.completed, self.is_observed))}
        values, mask = observed.dense()
        return np.array([own.get(key, -1) for key in _keys(values.astype(np.float32), mask > 0)], dtype=np.intp)


def _keys(values, is_observed):
    """Yield a key of each row: the places and the values of its observed entries."""
    for row, mask in zip(np.where(is_observed, values, np.float32(0.0)), is_observed, strict=True):
        yield mask.tobytes() + row.tobytes()
