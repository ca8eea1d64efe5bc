"""Variational matrix factorisation of ratings: biases and factors of rows and columns, with learned priors."""

from dataclasses import dataclass, replace

import numpy as np
from joblib import cpu_count
from scipy.sparse import csr_array
from sklearn.utils.parallel import Parallel, delayed

from ..rows import Observed
from ._mask_factorization import MaskFactorization
from ._posteriors import Posterior, Prior

_ITERATIONS = 16
# Iteration from which the noise of rows and columns is learned: earlier residuals reflect an unconverged model.
_FIRST_WITH_NOISE = 5
# Prior strength of the mean noise, in ratings of each row or column.
_PRIOR_RATINGS = 40.0
# Rounds in which the noise of new rows is found.
_ROUNDS_OF_NOISE = 3
_MIN_NOISE = 1e-6
# Standard deviation of the products of the random factors that iterations start from.
_FIRST_DEVIATION = 0.3


@dataclass(frozen=True)
class MatrixFactorization:
    """A rating is a row bias, plus a column bias, plus the product of their factors, plus noise.

    Posteriors of rows and of columns are found in turn; the covariances of each count in the other, which keeps rows
    and columns with few ratings close to their priors. The variances of priors and noise are learned. So are the means
    of the priors, from which ratings a row or a column has, and how many.

    Sources: Lim & Teh (2007), Variational Bayesian approach to movie rating prediction; Salakhutdinov & Mnih (2007),
    Probabilistic matrix factorization, section 4 (who rated what); Lakshminarayanan, Bouchard & Archambeau (2011),
    Robust Bayesian matrix factorisation (noise of rows and columns).
    """

    columns: Posterior
    # Mean variance of the noise.
    noise: float
    row_prior: Prior
    # Inputs of the prior means of rows; None if all rows have the same.
    mask: MaskFactorization | None = None

    @classmethod
    def of(cls, observed, n_factors, random_state, sample_weight=None, mask=None):
        """Fit to sparse ratings of mean 0 and variance 1; 0 factors are biases alone, with equal noise in all rows."""
        n_samples, n_features = observed.shape
        weights = np.ones(n_samples) if sample_weight is None else sample_weight
        ones = np.ones(n_features)
        transposed = Observed(observed.values.T.tocsr(), observed.mask.T.tocsr())
        columns = _random_columns(n_features, n_factors, random_state)
        row_inputs = _row_inputs(observed, mask)
        column_inputs = _inputs(weights @ observed.mask, None if mask is None else mask.directions)
        first_bias = 0.2
        first_factor = _FIRST_DEVIATION**2 / max(n_factors, 1)
        row_prior = Prior.first(row_inputs, weights, np.append(np.ones(n_factors), first_bias))
        column_prior = Prior.first(column_inputs, ones, np.append(np.full(n_factors, first_factor), first_bias))
        fitted = cls(columns, 0.8, row_prior, mask)
        row_precisions = np.ones(n_samples)
        for iteration in range(_ITERATIONS):
            learns_noise = n_factors > 0 and iteration >= _FIRST_WITH_NOISE
            rows, errors = fitted._rows(observed, row_precisions, has_covariances=True)
            if learns_noise:
                row_precisions = _precisions(observed.mask.sum(axis=1), errors, fitted.noise)
            row_prior = fitted.row_prior.fitted(row_inputs, weights, rows).bounded(is_fixed=mask is None)
            columns, errors = _solved(
                transposed,
                replace(rows, precisions=weights * row_precisions),
                column_prior.means(column_inputs),
                column_prior.variances,
                fitted.noise,
                fitted.columns.precisions,
                has_covariances=True,
            )
            noise = max(columns.precisions @ errors / (weights @ observed.mask).sum(), _MIN_NOISE)
            if learns_noise:
                columns = replace(columns, precisions=_precisions(weights @ observed.mask, errors, noise))
            column_prior = column_prior.fitted(column_inputs, ones, columns)
            fitted = cls(columns, noise, row_prior, mask)
        return fitted

    def expected(self, known):
        """Return the expected ratings of known rows, which may be new, as an array.

        Each row is found by one ridge regression on its rated columns; its noise is found in turn.
        """
        means = known.row_means(self)
        return means[:, :-1] @ self.columns.means[:, :-1].T + means[:, -1:] + self.columns.means[:, -1]

    def expected_entries(self, known, entries):
        """Return the expected ratings of the entries that a CSR array holds, row after row."""
        means = known.row_means(self)
        rows = np.repeat(np.arange(len(means)), np.diff(entries.indptr))
        columns = entries.indices
        products = np.einsum("ek,ek->e", means[rows, :-1], self.columns.means[columns, :-1])
        return products + means[rows, -1] + self.columns.means[columns, -1]

    def residuals(self, known, entries):
        """Return ratings of the known rows less the expected ratings, both as CSR arrays."""
        residuals = entries.data - self.expected_entries(known, entries)
        return csr_array((residuals, entries.indices, entries.indptr), shape=entries.shape)

    def row_means(self, observed):
        """Return the posterior means of the factors and the bias of rows whose noise is unknown, the bias last."""
        # Biases alone have the same noise in all rows.
        n_rounds = _ROUNDS_OF_NOISE if self.columns.means.shape[1] > 1 else 0
        return self._rows(observed, np.ones(observed.shape[0]), n_rounds=n_rounds)[0].means

    def _rows(self, observed, precisions, **options):
        """Return the posterior of rows, and the expected squared errors of each."""
        prior_means = self.row_prior.means(_row_inputs(observed, self.mask))
        return _solved(observed, self.columns, prior_means, self.row_prior.variances, self.noise, precisions, **options)


@dataclass(frozen=True)
class MeanFactorization:
    """Mean of matrix factorisations that started from different random factors: it has less error than each."""

    parts: tuple

    def expected(self, known):
        """Return the expected ratings of known rows, which may be new, as an array."""
        return np.mean([part.expected(known) for part in self.parts], axis=0)

    def expected_entries(self, known, entries):
        """Return the expected ratings of the entries that a CSR array holds, row after row."""
        return np.mean([part.expected_entries(known, entries) for part in self.parts], axis=0)

    def row_means(self, known):
        """Return factors and bias of known rows, the bias last, by each part."""
        return [known.row_means(part) for part in self.parts]


class KnownRatings:
    """Sparse ratings of rows, and the factors that matrix factorisations find of these rows, each found once."""

    def __init__(self, observed):
        self.observed = observed
        self._found = {}

    def row_means(self, factorization):
        """Return the `row_means` of a matrix factorisation."""
        if id(factorization) not in self._found:
            # Keep a reference, so that the id is not reused.
            self._found[id(factorization)] = factorization, factorization.row_means(self.observed)
        return self._found[id(factorization)][1]


def _solved(observed, others, prior_means, prior_variances, noise, precisions, *, n_rounds=0, has_covariances=False):
    """Find the posterior of rows given that of columns, or of columns given rows, with transposed ratings.

    `n_rounds` is how often the precisions are computed again from the errors that they lead to. The expected squared
    errors of each row's ratings, weighted by the precisions of the columns, are returned beside the posterior.
    """
    n, size = prior_means.shape
    # A rating is the product of the row's (factors, 1, bias) and the column's (factors, bias, 1): the 1 is known.
    free = np.append(np.arange(size - 1), size)
    known = size - 1
    upper = np.triu_indices(size + 1)
    weights = others.precisions[:, np.newaxis]
    # In C order, or every product of sparse rows with it would copy it first.
    moments = np.multiply(others.moments[:, *upper], weights, order="C")
    extended = np.column_stack([others.means, np.ones(len(others.means))]) * weights
    # Covariances of many factors take most of the memory.
    kept = np.empty((n, size, size)) if has_covariances else None
    posterior = Posterior(np.empty((n, size)), np.empty((n, size)), precisions.copy(), kept)
    errors = np.empty(n)

    def solve(rows):
        block = observed[rows]
        products = np.empty((rows.stop - rows.start, size + 1, size + 1))
        products[:, *upper] = products[:, *upper[::-1]] = block.mask @ moments
        projections = block.values @ extended
        squares = (block.values * block.values) @ others.precisions
        n_ratings = block.mask.sum(axis=1)
        for number in range(n_rounds + 1):
            if number:
                posterior.precisions[rows] = _precisions(n_ratings, errors[rows], noise)
            scale = posterior.precisions[rows, np.newaxis] / noise
            precision = products[:, free[:, np.newaxis], free] * scale[:, np.newaxis]
            precision[:, np.arange(size), np.arange(size)] += 1 / prior_variances
            covariances = np.linalg.inv(precision)
            evidence = (projections[:, free] - products[:, free, known]) * scale
            evidence += prior_means[rows] / prior_variances
            means = np.einsum("ikl,il->ik", covariances, evidence)
            posterior.means[rows] = means
            posterior.variances[rows] = np.diagonal(covariances, axis1=1, axis2=2)
            if has_covariances:
                posterior.covariances[rows] = covariances
            full = np.ones((len(means), size + 1))
            full[:, free] = means
            second = full[:, :, np.newaxis] * full[:, np.newaxis, :]
            second[:, free[:, np.newaxis], free] += covariances
            explained = 2 * np.sum(full * projections, axis=1) - np.einsum("ikl,ikl->i", second, products)
            errors[rows] = np.maximum(squares - explained, 0.0)

    blocks = observed.blocks(4 * (size + 1) ** 2)
    # Matrix inversion, most of the work, releases the GIL.
    Parallel(n_jobs=min(len(blocks), cpu_count()), prefer="threads")(delayed(solve)(rows) for rows in blocks)
    return posterior, errors


def _random_columns(n_features, n_factors, random_state):
    """Return columns with random factors and no bias."""
    means = np.zeros((n_features, n_factors + 1))
    means[:, :n_factors] = random_state.normal(size=(n_features, n_factors))
    means[:, :n_factors] *= _FIRST_DEVIATION / np.sqrt(max(n_factors, 1))
    return Posterior(means, np.zeros_like(means), np.ones(n_features))


def _precisions(n_ratings, errors, noise):
    """Return the relative precisions of the noise of rows or columns, shrunk towards 1."""
    return (n_ratings + _PRIOR_RATINGS) / (errors / noise + _PRIOR_RATINGS)


def _row_inputs(observed, mask):
    """Return the inputs of the prior means of rows."""
    return _inputs(observed.mask.sum(axis=1), None if mask is None else mask.row_coordinates(observed.mask))


def _inputs(n_ratings, coordinates):
    """Return the logarithms of the numbers of ratings, and who rated what; no inputs without coordinates."""
    if coordinates is None:
        return np.empty((len(n_ratings), 0))
    return np.column_stack([np.log1p(n_ratings), coordinates])
