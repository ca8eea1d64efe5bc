"""Corrections of the autoencoders' mean: nearest rows of the fit, and a multivariate normal regression."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.neighbors import NearestNeighbors

from ..rows import row_blocks

# Number of neighbours; those beyond the bandwidth have hardly any weight.
_N_NEIGHBORS = 60
# The bandwidth is the distance to the neighbour of this number.
_BANDWIDTH = 5
# Minimum bandwidth, in standard deviations, so that equal rows weigh the same.
_MIN_BANDWIDTH = 1e-3
# Pseudo-weight that shrinks corrections from distant neighbours.
_PRIOR_WEIGHT = 0.01
# Maximum size of the blocks of rows that are corrected at once.
_NEIGHBOUR_MEBIBYTES = 64

# Prior strength of factor analysis, in rows per column.
_PRIOR_ROWS = 0.1
_MAX_ITERATIONS = 15
# Maximum number of rows, evenly spaced, that the normal distribution is fitted to.
_MAX_ROWS = 4000
# Change of the covariances of standardised columns below which iterations stop.
_TOLERANCE = 2e-3
_NORMAL_MEBIBYTES = 32


@dataclass(frozen=True)
class Neighbours:
    """Standardised rows of a fit, which are searched for the nearest neighbours of other rows."""

    # Missing entries filled, float32.
    completed: np.ndarray
    is_observed: np.ndarray
    # How often each row counts; None: once.
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, observed, expected, weights=None):
        """Take rows, their missing entries filled with the expected values."""
        is_observed = observed.mask > 0
        return cls(np.where(is_observed, observed.values, expected).astype(np.float32), is_observed, weights)

    def correction(self, completed, expected, left_out=None):
        """Return the weighted mean of the neighbours' observed values, minus the expected values.

        The weights are ``exp(-2 distance**2 / bandwidth**2)``. `completed` are the rows whose neighbours are found,
        `expected` of the same shape their expected values. `left_out` holds, for each row, the index of a neighbour to
        exclude, -1 for none.
        """
        donors = self.completed.astype(np.float64)
        n_donors, n_features = donors.shape
        n_neighbors = min(_N_NEIGHBORS, n_donors)
        search = NearestNeighbors(n_neighbors=n_neighbors).fit(donors)
        known = np.hstack([self.is_observed, np.where(self.is_observed, donors, 0.0)])
        correction = np.empty(expected.shape)
        for rows in row_blocks(len(completed), 16 * max(n_features, n_neighbors), _NEIGHBOUR_MEBIBYTES):
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
        """Return the indices of rows among those of the fit, by their observed entries; -1 for other rows."""
        own = {key: number for number, key in enumerate(_keys(self.completed, self.is_observed))}
        keys = _keys(observed.values.astype(np.float32), observed.mask > 0)
        return np.array([own.get(key, -1) for key in keys], dtype=np.intp)


def _keys(values, is_observed):
    """Yield a key of each row: the places and the values of its observed entries."""
    for row, mask in zip(np.where(is_observed, values, np.float32(0.0)), is_observed, strict=True):
        yield mask.tobytes() + row.tobytes()


@dataclass(frozen=True)
class NormalDistribution:
    """Normal distribution of the rows of a narrow table.

    Factor analysis has too few factors for exact relations, such as one-hot columns that add up to 1.
    Source: Little & Rubin (2019), Statistical Analysis with Missing Data, section 11.2; here with a prior.
    """

    mean: np.ndarray
    # Inverse of the covariance matrix.
    precision: np.ndarray

    @classmethod
    def of(cls, observed, factors, sample_weight=None):
        """Fit to standardised rows by expectation maximisation, with factor analysis as start and prior."""
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        spaced = slice(None, None, -(-observed.shape[0] // _MAX_ROWS))
        observed = observed[spaced]
        weights = weights[spaced]
        prior_rows = _PRIOR_ROWS * observed.shape[1]
        of_factors = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
        covariance = of_factors
        fitted = cls(factors.mean, np.linalg.inv(covariance))
        for _ in range(_MAX_ITERATIONS):
            completed, uncertainty = fitted._completed(observed, weights)
            mean = np.average(completed, axis=0, weights=weights)
            deviations = completed - mean
            products = (weights[:, np.newaxis] * deviations).T @ deviations + uncertainty
            before = covariance
            covariance = (products + prior_rows * of_factors) / (weights.sum() + prior_rows)
            fitted = cls(mean, np.linalg.inv(covariance))
            if np.abs(covariance - before).max() < _TOLERANCE:
                break
        return fitted

    def complete(self, observed):
        """Return dense rows, the unobserved entries at their expected values given the observed ones."""
        return self._completed(observed, np.ones(observed.shape[0]))[0]

    def _completed(self, observed, weights):
        """Return completed rows, and the weighted sum of the covariance matrices of unobserved entries."""
        mask = observed.mask
        deviations = (observed.values - self.mean) * mask
        n_features = len(self.mean)
        completed = deviations + self.mean
        counts = np.count_nonzero(mask == 0, axis=1)
        # Sort rows by their number of unobserved entries, so that the arrays of a block are hardly padded.
        order = np.argsort(counts, kind="stable")[np.count_nonzero(counts == 0) :]
        uncertainty = np.zeros(n_features**2)
        for block in row_blocks(len(order), 16 * n_features**2, _NORMAL_MEBIBYTES):
            rows = order[block]
            n_places = counts[rows[-1]]
            places = np.argsort(mask[rows], axis=1, kind="stable")[:, :n_places]
            is_place = np.arange(n_places) < counts[rows, np.newaxis]
            is_pair = is_place[:, :, np.newaxis] & is_place[:, np.newaxis, :]
            pairs = places[:, :, np.newaxis] * n_features + places[:, np.newaxis, :]
            # The precision of unobserved entries given the observed ones is a block of the precision matrix.
            covariances = np.linalg.inv(np.where(is_pair, self.precision.ravel()[pairs], np.eye(n_places)))
            evidence = np.take_along_axis(deviations[rows] @ self.precision, places, axis=1) * is_place
            found = self.mean[places] - np.einsum("ikl,il->ik", covariances, evidence)
            completed[np.broadcast_to(rows[:, np.newaxis], places.shape)[is_place], places[is_place]] = found[is_place]
            weighted = covariances * (is_pair * weights[rows, np.newaxis, np.newaxis])
            uncertainty += np.bincount(pairs.ravel(), weighted.ravel(), minlength=n_features**2)
        return completed, uncertainty.reshape(n_features, n_features)
