"""Rows as a normal distribution whose covariance matrix is free: every column regressed on all others."""

from dataclasses import dataclass

import numpy as np

from ..rows import row_blocks

# Rows that the covariance matrix of factor analysis counts for, for each column.
_PRIOR_ROWS = 0.1
_MOST_ITERATIONS = 15
# Most rows that it is fitted to, evenly spaced: they are many for the covariances of a narrow table.
_MOST_ROWS = 4000
# Change of the covariances of standardised columns below which iterations stop.
_TOLERANCE = 2e-3
_BLOCK_MEBIBYTES = 32


@dataclass(frozen=True)
class NormalDistribution:
    """Normal distribution of the rows of a narrow table [1]_.

    Factor analysis has too few factors for what holds exactly, such as that the columns of one category add up to 1.

    Parameters
    ----------
    mean : float64 ndarray of shape (n_features,)
    precision : float64 ndarray of shape (n_features, n_features)
        Inverse of the covariance matrix.

    References
    ----------
    .. [1] Little & Rubin (2019). Statistical Analysis with Missing Data, 3rd edition, section 11.2. Wiley
       (expectation and maximisation; here, the prior is factor analysis).
    """

    mean: np.ndarray
    precision: np.ndarray

    @classmethod
    def of(cls, observed, factors, sample_weight=None):
        """Fit to observed entries of standardised columns by expectation and maximisation.

        Parameters
        ----------
        observed : Observed
            Arrays.
        factors : FactorAnalysis
            Where iterations start from, and what covariances are held to.
        sample_weight : float64 ndarray of shape (n_samples,), default=None
            How often each row counts. If None, once.

        Returns
        -------
        NormalDistribution
        """
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        spaced = slice(None, None, -(-observed.shape[0] // _MOST_ROWS))
        observed, weights = observed[spaced], weights[spaced]
        prior_rows = _PRIOR_ROWS * observed.shape[1]
        covariance = of_factors = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
        fitted = cls(factors.mean, np.linalg.inv(covariance))
        for _ in range(_MOST_ITERATIONS):
            completed, uncertainty = fitted._completed(observed, weights)
            mean = np.average(completed, axis=0, weights=weights)
            deviations = completed - mean
            products = (weights[:, np.newaxis] * deviations).T @ deviations + uncertainty
            before, covariance = covariance, (products + prior_rows * of_factors) / (weights.sum() + prior_rows)
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
        deviations, n_features = (values - self.mean) * mask, len(self.mean)
        completed = deviations + self.mean
        counts = np.count_nonzero(mask == 0, axis=1)
        # Rows with about as many unobserved entries lie together, so that few places are empty.
        order = np.argsort(counts, kind="stable")[np.count_nonzero(counts == 0) :]
        uncertainty = np.zeros(n_features**2)
        for block in row_blocks(len(order), 16 * n_features**2, _BLOCK_MEBIBYTES):
            rows = order[block]
            most = counts[rows[-1]]
            places = np.argsort(mask[rows], axis=1, kind="stable")[:, :most]
            is_place = np.arange(most) < counts[rows, np.newaxis]
            is_pair = is_place[:, :, np.newaxis] & is_place[:, np.newaxis, :]
            pairs = places[:, :, np.newaxis] * n_features + places[:, np.newaxis, :]
            # The unobserved part of the precision matrix is the precision given what is observed.
            covariances = np.linalg.inv(np.where(is_pair, self.precision.ravel()[pairs], np.eye(most)))
            evidence = np.take_along_axis(deviations[rows] @ self.precision, places, axis=1) * is_place
            found = self.mean[places] - np.einsum("ikl,il->ik", covariances, evidence)
            completed[np.broadcast_to(rows[:, np.newaxis], places.shape)[is_place], places[is_place]] = found[is_place]
            weighted = covariances * (is_pair * weights[rows, np.newaxis, np.newaxis])
            uncertainty += np.bincount(pairs.ravel(), weighted.ravel(), minlength=n_features**2)
        return completed, uncertainty.reshape(n_features, n_features)
