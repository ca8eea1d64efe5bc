"""Factor analysis of incomplete rows: the linear autoencoder that an imputer starts from."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.extmath import randomized_svd

from ..networks import Layer

# Maximum number of iterations of expectation maximisation; tables without noise need more.
_MAX_ITERATIONS = 25
_MAX_ITERATIONS_WITHOUT_NOISE = 200
# Relative change of the noise below which iterations stop.
_TOLERANCE = 3e-4
# Minimum noise of a standardised column. In a table without noise, it may be lower, by this factor per step.
_MIN_NOISE = 1e-3
_MIN_SHARE_OF_NOISE = 0.1
# Minimum noise after any number of steps.
_ROUNDING_NOISE = 1e-8
# Factor on the ridge penalty of the loadings.
_SHRINKAGE = 3.0
# Pseudo-count that pulls the shares of columns towards 1.
_PRIOR_ENTRIES = 1.0


@dataclass(frozen=True)
class FactorAnalysis:
    """Model of rows: a mean, plus a linear function of a few normal factors, plus noise with a variance per column.

    Source: Rubin & Thayer (1982), EM algorithms for ML factor analysis; shrinkage by the variance of each factor from
    Ilin & Raiko (2010), Practical approaches to principal component analysis in the presence of missing values.
    """

    mean: np.ndarray
    # Of shape (n_features, n_factors).
    loadings: np.ndarray
    # Variance of each column's noise.
    noise: np.ndarray

    @classmethod
    def of(cls, observed, n_factors, random_state, sample_weight=None):
        """Fit to the observed entries of standardised rows by expectation maximisation; weights are above 0."""
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        counts = observed.counts(weights)
        # Empty columns do not count as missing.
        share = counts.sum() / (weights.sum() * np.count_nonzero(counts))
        rows = observed.values if sample_weight is None else np.sqrt(weights)[:, np.newaxis] * observed.values
        _, singular, directions = randomized_svd(rows, n_factors, random_state=random_state)
        # PCA of mean-filled rows, whose covariances are too small by the share of missing entries.
        loadings = directions.T * (singular / np.sqrt(weights.sum()) / share)
        noise = np.clip(1 - np.sum(loadings**2, axis=1), 0.05, 1.0)
        fitted = cls(np.zeros(observed.shape[1]), loadings, noise)
        squares = weights @ (observed.values * observed.values)
        counts = np.where(counts > 0, counts, 1)
        for iteration in range(1, _MAX_ITERATIONS_WITHOUT_NOISE + 1):
            before = fitted
            fitted = fitted._improved(observed, weights, squares, counts)
            is_at_rest = abs(fitted.noise.mean() - before.noise.mean()) < _TOLERANCE * before.noise.mean()
            if is_at_rest or (iteration >= _MAX_ITERATIONS and fitted.noise.mean() > _MIN_NOISE):
                break
        return fitted

    def _improved(self, observed, weights, squares, counts):
        """Take one step of expectation maximisation."""
        n_features, n_factors = self.loadings.shape
        # Sums over rows, per column, of the outer products of factors and of a constant that carries the mean.
        products = np.zeros((n_features, (n_factors + 1) ** 2))
        projections = np.zeros((n_features, n_factors + 1))
        for rows in observed.blocks((n_factors + 1) ** 2):
            block = observed[rows]
            means, covariances = self.posterior(block)
            means = np.column_stack([means, np.ones(len(means))])
            weight = weights[rows, np.newaxis]
            moments = means[:, :, np.newaxis] * means[:, np.newaxis, :]
            moments[:, :n_factors, :n_factors] += covariances
            products += block.mask.T @ (weight * moments.reshape(len(means), -1))
            projections += block.values.T @ (weight * means)
        products = products.reshape(n_features, n_factors + 1, n_factors + 1)
        precisions = np.append(_SHRINKAGE / np.maximum(np.mean(self.loadings**2, axis=0), 1e-8), 0.0)
        shrunk = products + self.noise[:, np.newaxis, np.newaxis] * np.diag(precisions) + 1e-9 * np.eye(n_factors + 1)
        solution = np.linalg.solve(shrunk, projections[:, :, np.newaxis])[:, :, 0]
        explained = 2 * np.sum(solution * projections, axis=1)
        explained -= np.einsum("jk,jkl,jl->j", solution, products, solution)
        least = max(min(_MIN_NOISE, _MIN_SHARE_OF_NOISE * self.noise.mean()), _ROUNDING_NOISE)
        noise = np.maximum((squares - explained) / counts, least)
        return FactorAnalysis(solution[:, n_factors], solution[:, :n_factors], noise)

    def posterior(self, observed):
        """Return mean and covariance of each row's factors, given its observed entries."""
        n_features, n_factors = self.loadings.shape
        weighted = self.loadings / self.noise[:, np.newaxis]
        outer = (self.loadings[:, :, np.newaxis] * weighted[:, np.newaxis, :]).reshape(n_features, -1)
        precisions = (observed.mask @ outer).reshape(-1, n_factors, n_factors) + np.eye(n_factors)
        covariances = np.linalg.inv(precisions)
        evidence = observed.values @ weighted - observed.mask @ (self.mean[:, np.newaxis] * weighted)
        return np.einsum("ikl,il->ik", covariances, evidence), covariances

    def complete(self, observed):
        """Return dense rows, the unobserved entries at their expected values."""
        completed = np.empty(observed.shape)
        for rows in observed.blocks(max(self.loadings.shape[1] ** 2, observed.shape[1])):
            block = observed[rows]
            expected = self.mean + self.posterior(block)[0] @ self.loadings.T
            completed[rows] = np.where(block.mask > 0, block.values, expected)
        return completed

    @property
    def encoding(self):
        """The kernel and the bias that map completed rows to their factors.

        With missing entries at their conditional means, conditioning on all entries equals conditioning on the observed
        ones.
        """
        weighted = self.loadings / self.noise[:, np.newaxis]
        precision = self.loadings.T @ weighted + np.eye(self.loadings.shape[1])
        kernel = np.linalg.solve(precision, weighted.T).T
        return kernel, -self.mean @ kernel


def column_shares(factors, seen, hidden, weights=None):
    """Return a factor from 0 to 1 for the expected values of each column.

    The factors are fitted by least squares to hidden entries, so that a column that cannot be predicted stays at its
    mean. `seen` and `hidden` are fields of `IncompleteRows`, `weights` of shape (n_rows, 1) those of the rows.
    """
    kernel, bias = factors.encoding
    is_hidden = ~np.isnan(hidden)
    expected = np.where(is_hidden, (seen @ kernel + bias) @ factors.loadings.T + factors.mean, 0.0)
    weighted = expected if weights is None else weights * expected
    products = np.sum(weighted * np.where(is_hidden, hidden, 0.0), axis=0)
    shares = (products + _PRIOR_ENTRIES) / (np.sum(weighted * expected, axis=0) + _PRIOR_ENTRIES)
    return np.clip(shares, 0.0, 1.0)


def start_at_factor_analysis(autoencoder, factors, shares):
    """Set the linear paths of an untrained network, whose other paths return zero, to factor analysis.

    The code of a completed row is then the expected value of its factors, given the observed entries. `shares` scale
    the output; see `column_shares`.
    """
    kernel, bias = factors.encoding
    n_factors = len(bias)
    to_code, from_code = autoencoder.linear_paths
    encoding = to_code.kernel.astype(np.float64)
    encoding[:, :n_factors] = kernel
    encoding_bias = np.zeros(to_code.kernel.shape[1])
    encoding_bias[:n_factors] = bias
    decoding = np.zeros(from_code.kernel.shape)
    decoding[:n_factors] = factors.loadings.T * shares
    return autoencoder.with_linear_paths(Layer(encoding, encoding_bias), Layer(decoding, factors.mean * shares))
