"""How far entries may be from what is expected of them, for multiple imputation."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from ..starts import FactorAnalysis

# Probabilities of the quantiles that are kept.
_PROBABILITIES = (np.arange(200) + 0.5) / 200
# Hidden entries that those of all columns together count for in one: in how wide its errors are, and in their shape.
_PRIOR_OF_SCALE, _PRIOR_OF_SHAPE = 40.0, 200.0


@dataclass(frozen=True)
class Spread:
    """Distribution of entries around what is expected of them.

    Factor analysis says how uncertain an entry is, given what is observed of its row, and how errors within a row hang
    together; errors of hidden entries, in units of that uncertainty, say what the distribution is.

    Parameters
    ----------
    factors : FactorAnalysis
    counts : ndarray of shape (n_features,)
        Observed entries of each column, by which loadings and means are known.
    quantiles : ndarray of shape (n_features, n_probabilities)
        Quantiles of errors in units of the standard deviation that factor analysis expects.
    """

    factors: FactorAnalysis
    counts: np.ndarray
    quantiles: np.ndarray

    def fitted(self, errors, columns, sample_weight):
        """Return the same with the quantiles of errors of hidden entries.

        Parameters
        ----------
        errors : ndarray of shape (n_hidden,)
            Errors in units of what factor analysis expects.
        columns : int ndarray of shape (n_hidden,)
        sample_weight : ndarray of shape (n_hidden,)

        Returns
        -------
        Spread
        """
        if not len(errors):
            return replace(self, quantiles=np.tile(ndtri(_PROBABILITIES), (len(self.counts), 1)))
        of_all, scale_of_all = _quantiles(errors, sample_weight), _scale(errors, sample_weight, 0.0, 0.0)
        prior = np.full(len(of_all), _PRIOR_OF_SHAPE / len(of_all))
        quantiles = []
        for column in range(len(self.counts)):
            own, weights = errors[columns == column], sample_weight[columns == column]
            # The shape that all columns have in common, as wide as the errors of this one.
            ratio = _scale(own, weights, scale_of_all, _PRIOR_OF_SCALE) / scale_of_all
            quantiles.append(_quantiles(np.append(own, ratio * of_all), np.append(weights, prior)))
        return replace(self, quantiles=np.array(quantiles))

    def scale(self, observed):
        """Return the standard deviation of all entries that factor analysis expects, given what is observed."""
        return np.sqrt(self._variances(*self.factors.posterior(observed)))

    def shifts(self, n_draws, random_state):
        """Draw by how much means and loadings may be off: for each draw once, so that it shows in all rows."""
        shape = n_draws, self.factors.loadings.shape[1] + 1, len(self.counts)
        return random_state.normal(size=shape) * np.sqrt(self.factors.noise / self.counts)

    def errors(self, observed, shifts, random_state):
        """Draw errors of all entries, once for each of the shifts.

        Parameters
        ----------
        observed : Observed
            Standardised rows.
        shifts : ndarray of shape (n_draws, n_factors + 1, n_features)
        random_state : RandomState

        Returns
        -------
        ndarray of shape (n_draws, n_samples, n_features)
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
        """Return the variances of all entries: of the factors, of noise, and of what is known of loadings and means."""
        loadings, noise = self.factors.loadings, self.factors.noise
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
