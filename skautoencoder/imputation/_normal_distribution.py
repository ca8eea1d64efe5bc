"""Normal distribution with a free covariance matrix: the regression of every column on all others."""

from dataclasses import dataclass

import numpy as np

from ..rows import row_blocks

# Prior strength of factor analysis, in rows per column.
_PRIOR_ROWS = 0.1
_MAX_ITERATIONS = 15
# Maximum number of rows, evenly spaced, that it is fitted to: enough for the covariances of a narrow table.
_MAX_ROWS = 4000
# Change of the covariances of standardised columns below which iterations stop.
_TOLERANCE = 2e-3
_BLOCK_MEBIBYTES = 32


@dataclass(frozen=True)
class NormalDistribution:
    """Normal distribution of the rows of a narrow table.

    Factor analysis has too few factors for exact relations, such as indicators of one category that add up to 1.
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
        """Return completed rows, and the weighted sum of the covariance matrices of what was unobserved."""
        values, mask = observed.dense()
        deviations = (values - self.mean) * mask
        n_features = len(self.mean)
        completed = deviations + self.mean
        counts = np.count_nonzero(mask == 0, axis=1)
        # Sort rows by their number of unobserved entries, so that the arrays of a block are hardly padded.
        order = np.argsort(counts, kind="stable")[np.count_nonzero(counts == 0) :]
        uncertainty = np.zeros(n_features**2)
        for block in row_blocks(len(order), 16 * n_features**2, _BLOCK_MEBIBYTES):
            rows = order[block]
            n_places = counts[rows[-1]]
            places = np.argsort(mask[rows], axis=1, kind="stable")[:, :n_places]
            is_place = np.arange(n_places) < counts[rows, np.newaxis]
            is_pair = is_place[:, :, np.newaxis] & is_place[:, np.newaxis, :]
            pairs = places[:, :, np.newaxis] * n_features + places[:, np.newaxis, :]
            # The unobserved part of the precision matrix is the precision given what is observed.
            covariances = np.linalg.inv(np.where(is_pair, self.precision.ravel()[pairs], np.eye(n_places)))
            evidence = np.take_along_axis(deviations[rows] @ self.precision, places, axis=1) * is_place
            found = self.mean[places] - np.einsum("ikl,il->ik", covariances, evidence)
            completed[np.broadcast_to(rows[:, np.newaxis], places.shape)[is_place], places[is_place]] = found[is_place]
            weighted = covariances * (is_pair * weights[rows, np.newaxis, np.newaxis])
            uncertainty += np.bincount(pairs.ravel(), weighted.ravel(), minlength=n_features**2)
        return completed, uncertainty.reshape(n_features, n_features)
