"""The distribution of entries around their expected values, for multiple imputation."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from ..starts import FactorAnalysis

# Probabilities of the quantiles that are kept.
_PROBABILITIES = (np.arange(200) + 0.5) / 200
# Prior strengths of the pooled scale and of the pooled shape of errors, in hidden entries.
_PRIOR_OF_SCALE = 40.0
_PRIOR_OF_SHAPE = 200.0


@dataclass(frozen=True)
class Spread:
    """Distribution of the errors of expected values.

    Factor analysis gives the uncertainty of each entry and the correlations of errors within a row. Errors of hidden
    entries, in units of that uncertainty, give the shape of the distribution.
    """

    factors: FactorAnalysis
    # Observed entries of each column, which determine how well loadings and means are known.
    counts: np.ndarray
    # Quantiles of the errors of shape (n_features, n_probabilities), in standard deviations by factor analysis.
    quantiles: np.ndarray

    def fitted(self, errors, columns, sample_weight):
        """Return the same with the quantiles of the errors of hidden entries, given the column and weight of each."""
        if not len(errors):
            return replace(self, quantiles=np.tile(ndtri(_PROBABILITIES), (len(self.counts), 1)))
        of_all = _quantiles(errors, sample_weight)
        scale_of_all = _scale(errors, sample_weight, 0.0, 0.0)
        prior = np.full(len(of_all), _PRIOR_OF_SHAPE / len(of_all))
        quantiles = []
        for column in range(len(self.counts)):
            own = errors[columns == column]
            weights = sample_weight[columns == column]
            # The pooled shape, as wide as the errors of this column.
            ratio = _scale(own, weights, scale_of_all, _PRIOR_OF_SCALE) / scale_of_all
            quantiles.append(_quantiles(np.append(own, ratio * of_all), np.append(weights, prior)))
        return replace(self, quantiles=np.array(quantiles))

    def scale(self, observed):
        """Return the standard deviation of all entries by factor analysis, given the observed ones."""
        return np.sqrt(self._variances(*self.factors.posterior(observed)))

    def shifts(self, n_draws, random_state):
        """Draw the errors of means and loadings, once per draw and shared by all rows."""
        shape = n_draws, self.factors.loadings.shape[1] + 1, len(self.counts)
        return random_state.normal(size=shape) * np.sqrt(self.factors.noise / self.counts)

    def errors(self, observed, shifts, random_state):
        """Draw the errors of all entries of standardised rows once for each of the shifts.

        Returns an array of shape (n_draws, n_rows, n_features).
        """
        means, covariances = self.factors.posterior(observed)
        scale = np.sqrt(self._variances(means, covariances))
        roots = np.linalg.cholesky(covariances)
        found = np.empty((len(shifts), *scale.shape))
        for shift, errors in zip(shifts, found, strict=True):
            factors = np.einsum("ikl,il->ik", roots, random_state.normal(size=means.shape))
            noise = np.sqrt(self.factors.noise) * random_state.normal(size=scale.shape)
            ranks = ndtr((factors @ self.factors.loadings.T + noise + shift[0] + means @ shift[1:]) / scale)
            for column, quantiles in enumerate(self.quantiles):
                errors[:, column] = scale[:, column] * np.interp(ranks[:, column], _PROBABILITIES, quantiles)
        return found

    def _variances(self, means, covariances):
        """Return the variances of all entries: of the factors, of the noise, and of the estimated parameters."""
        loadings = self.factors.loadings
        noise = self.factors.noise
        of_factors = np.einsum("jk,ikl,jl->ij", loadings, covariances, loadings, optimize=True)
        of_parameters = (1 + np.sum(np.square(means), axis=1, keepdims=True)) * noise / self.counts
        return of_factors + noise + of_parameters


def _scale(errors, weights, prior_scale, prior_weight):
    """Return the root mean square of weighted errors and of a prior one."""
    squares = weights @ np.square(errors) + prior_weight * prior_scale**2
    return max(np.sqrt(squares / (weights.sum() + prior_weight)), 1e-12)


def _quantiles(values, weights):
    """Return the quantiles of weighted values."""
    order = np.argsort(values)
    heights = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(_PROBABILITIES, heights / weights.sum(), values[order])
