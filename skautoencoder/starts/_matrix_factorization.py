"""Variational matrix factorisation of ratings: biases and factors of rows and columns, with learned priors."""

from dataclasses import dataclass, replace

import numpy as np
from joblib import cpu_count
from scipy.sparse import csr_array
from sklearn.utils.parallel import Parallel, delayed

from ..rows import Observed
from ._mask_factorization import MaskFactorization

_ITERATIONS = 16
# Iteration from which on rows and columns have noise of their own: before, errors are mostly the model's.
_FIRST_WITH_OWN_NOISE = 5
# Ratings of average noise that each row and each column is assumed to have beside its own.
_PRIOR_RATINGS = 40.0
# Iterations in which priors are fitted to given factors of the columns.
_ITERATIONS_OF_PRIORS = 6
# Rounds in which the noise of new rows is found.
_ROUNDS_OF_NOISE = 3
# Ridge of the regression of factors on who rated what, whose columns have unit variance.
_PRIOR_RIDGE = 20.0
# Least variance of the rows' factors around that regression: it must not take them all over.
_LEAST_FACTOR_VARIANCE = 0.05
_LEAST_VARIANCE = 1e-6
# Quantile of the numbers of ratings below which rows and columns count as having few.
_QUANTILE_OF_FEW = 0.1
# Standard deviation of the products of factors that iterations start from.
_FIRST_DEVIATION = 0.3


@dataclass(frozen=True)
class Posterior:
    """Normal posteriors of the factors and the biases of rows, or of columns.

    Parameters
    ----------
    means : float64 ndarray of shape (n, n_factors + 1)
        The bias comes last.
    variances : float64 ndarray of shape (n, n_factors + 1)
    precisions : float64 ndarray of shape (n,)
        One over the variance of the noise in the ratings of each, relative to the mean variance.
    covariances : float64 ndarray of shape (n, n_factors + 1, n_factors + 1) or None
        None if they are 0, or if nobody asks for them.
    """

    means: np.ndarray
    variances: np.ndarray
    precisions: np.ndarray
    covariances: np.ndarray | None = None

    @property
    def moments(self):
        """Expected outer products of factors, bias and a constant 1: shape (n, n_factors + 2, n_factors + 2)."""
        extended = np.column_stack([self.means, np.ones(len(self.means))])
        moments = extended[:, :, np.newaxis] * extended[:, np.newaxis, :]
        if self.covariances is not None:
            moments[:, :-1, :-1] += self.covariances
        return moments


@dataclass(frozen=True)
class Prior:
    """Normal prior of factors and biases, whose mean may depend on who rated what.

    Parameters
    ----------
    offsets, scales : float64 ndarray of shape (n_inputs,)
        Mean and standard deviation of the inputs of the regression.
    few : float
        Number of ratings below which inputs count in proportion to it: the regression knows little of so few, and
        what a new row without ratings is expected to be must not be an extrapolation.
    coefficients : float64 ndarray of shape (1 + n_inputs, n_factors + 1)
        Regression of factors and bias on a constant and on the standardised inputs.
    variances : float64 ndarray of shape (n_factors + 1,)
    """

    offsets: np.ndarray
    scales: np.ndarray
    few: float
    coefficients: np.ndarray
    variances: np.ndarray

    @classmethod
    def first(cls, inputs, weights, variances):
        """Return the prior of mean 0 that iterations start from."""
        offsets = np.average(inputs, axis=0, weights=weights)
        scales = np.sqrt(np.average(np.square(inputs - offsets), axis=0, weights=weights))
        scales[scales <= 1e-10 * np.abs(offsets)] = 1.0
        return cls(offsets, scales, _few(inputs, weights), np.zeros((1 + inputs.shape[1], len(variances))), variances)

    def means(self, inputs):
        """Return the prior means of those that have these inputs."""
        return self._design(inputs) @ self.coefficients

    def fitted(self, inputs, weights, posterior):
        """Return the prior that explains posteriors best: ridge regression, and what it leaves."""
        design = self._design(inputs)
        weighted = design * weights[:, np.newaxis]
        products = weighted.T @ design + _PRIOR_RIDGE * np.eye(design.shape[1])
        # The constant is not held towards 0.
        products[0, 0] -= _PRIOR_RIDGE - 1
        coefficients = np.linalg.solve(products, weighted.T @ posterior.means)
        squares = np.square(posterior.means - design @ coefficients) + posterior.variances
        variances = np.maximum(np.average(squares, axis=0, weights=weights), _LEAST_VARIANCE)
        return replace(self, coefficients=coefficients, variances=variances)

    def _design(self, inputs):
        reach = np.minimum(np.expm1(inputs[:, :1]) / self.few, 1.0)
        return np.column_stack([np.ones(len(inputs)), reach * (inputs - self.offsets) / self.scales])


@dataclass(frozen=True)
class MatrixFactorization:
    """A rating is a row's bias, plus a column's bias, plus the product of their factors, plus noise [1]_.

    Posteriors of rows and of columns are found in turn; the covariances of either count in the other, which keeps
    those with few ratings close to their priors. The variances of priors and noise are learned, and so are the means
    of the priors, from how many ratings a row or a column has and from which ones [2]_. The noise of rows and of
    columns varies around its mean [3]_.

    Parameters
    ----------
    columns : Posterior
        Factors and biases of the columns.
    noise : float
        Mean variance of the noise.
    row_prior : Prior
    mask : MaskFactorization or None
        What the prior means of rows are made of; None if they are all the same.

    References
    ----------
    .. [1] Lim & Teh (2007). Variational Bayesian approach to movie rating prediction. KDD Cup.
    .. [2] Salakhutdinov & Mnih (2007). Probabilistic matrix factorization. NeurIPS 20, section 4 (who rated what).
    .. [3] Lakshminarayanan, Bouchard & Archambeau (2011). Robust Bayesian matrix factorisation. AISTATS.
    """

    columns: Posterior
    noise: float
    row_prior: Prior
    mask: MaskFactorization | None = None

    @classmethod
    def of(cls, observed, n_factors, random_state, sample_weight=None, mask=None):
        """Fit to ratings of mean 0 and variance 1.

        Parameters
        ----------
        observed : Observed
            Sparse ratings.
        n_factors : int
            0 leaves biases alone, all with the same noise.
        random_state : RandomState
        sample_weight : float64 ndarray of shape (n_samples,), default=None
            How often each row counts, above 0. If None, once.
        mask : MaskFactorization, default=None
            Who rated what. If None, all rows have the same prior, and so have all columns.

        Returns
        -------
        MatrixFactorization
        """
        n_samples, n_features = observed.shape
        weights = np.ones(n_samples) if sample_weight is None else sample_weight
        ones, transposed = np.ones(n_features), Observed(observed.values.T.tocsr(), observed.mask.T.tocsr())
        means = np.zeros((n_features, n_factors + 1))
        means[:, :n_factors] = random_state.normal(size=(n_features, n_factors))
        means[:, :n_factors] *= _FIRST_DEVIATION / np.sqrt(max(n_factors, 1))
        columns = Posterior(means, np.zeros_like(means), ones)
        first_bias, first_factor = 0.2, _FIRST_DEVIATION**2 / max(n_factors, 1)
        row_inputs = _row_inputs(observed, mask)
        column_inputs = _inputs(weights @ observed.mask, None if mask is None else mask.directions)
        row_prior = Prior.first(row_inputs, weights, np.append(np.ones(n_factors), first_bias))
        column_prior = Prior.first(column_inputs, ones, np.append(np.full(n_factors, first_factor), first_bias))
        fitted, row_precisions = cls(columns, 0.8, row_prior, mask), np.ones(n_samples)
        for iteration in range(_ITERATIONS):
            has_own_noise = n_factors > 0 and iteration >= _FIRST_WITH_OWN_NOISE
            rows, errors = fitted._rows(observed, row_precisions, has_covariances=True)
            if has_own_noise:
                row_precisions = _precisions(observed.mask.sum(axis=1), errors, fitted.noise)
            row_prior = _bounded(fitted.row_prior.fitted(row_inputs, weights, rows), is_fixed=mask is None)
            columns, errors = _solved(
                transposed,
                replace(rows, precisions=weights * row_precisions),
                column_prior.means(column_inputs),
                column_prior.variances,
                fitted.noise,
                fitted.columns.precisions,
                has_covariances=True,
            )
            noise = max(columns.precisions @ errors / (weights @ observed.mask).sum(), _LEAST_VARIANCE)
            if has_own_noise:
                columns = replace(columns, precisions=_precisions(weights @ observed.mask, errors, noise))
            column_prior = column_prior.fitted(column_inputs, ones, columns)
            fitted = cls(columns, noise, row_prior, mask)
        return fitted

    def with_factors(self, factors, observed, sample_weight=None):
        """Return the model of ratings with given factors of the columns, in the place of those that were learned.

        Parameters
        ----------
        factors : float64 ndarray of shape (n_features, n_factors)
        observed : Observed
            Ratings, to which the priors and the noise of the rows are fitted.
        sample_weight : float64 ndarray of shape (n_samples,), default=None
            How often each row counts, above 0. If None, once.

        Returns
        -------
        MatrixFactorization
        """
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        means = np.column_stack([factors, self.columns.means[:, -1]])
        columns = Posterior(means, np.zeros_like(means), self.columns.precisions)
        inputs = _row_inputs(observed, self.mask)
        variances = np.append(np.full(factors.shape[1], 1.0 / factors.shape[1]), self.row_prior.variances[-1])
        fitted = MatrixFactorization(columns, self.noise, Prior.first(inputs, weights, variances), self.mask)
        precisions, n_ratings = np.ones(len(weights)), observed.mask.sum(axis=1)
        for _ in range(_ITERATIONS_OF_PRIORS):
            rows, errors = fitted._rows(observed, precisions)
            noise = max((weights * precisions) @ errors / (weights @ n_ratings), _LEAST_VARIANCE)
            precisions = _precisions(n_ratings, errors, noise)
            fitted = replace(fitted, noise=noise, row_prior=fitted.row_prior.fitted(inputs, weights, rows))
        return fitted

    def expected(self, known):
        """Return the expected ratings of rows, which need not be those of the fit, as an array.

        Each row is found by one ridge regression on the columns that it has rated, the noise of its ratings in turn.

        Parameters
        ----------
        known : KnownRatings

        Returns
        -------
        float64 ndarray of shape (n_samples, n_features)
        """
        means = known.row_means(self)
        return means[:, :-1] @ self.columns.means[:, :-1].T + means[:, -1:] + self.columns.means[:, -1]

    def expected_entries(self, known, entries):
        """Return the expected ratings of some entries of rows.

        Parameters
        ----------
        known : KnownRatings
        entries : CSR array of shape (n_samples, n_features)
            What it holds tells which entries are asked for.

        Returns
        -------
        float64 ndarray of shape (n_entries,)
        """
        means = known.row_means(self)
        rows, columns = np.repeat(np.arange(len(means)), np.diff(entries.indptr)), entries.indices
        products = np.einsum("ek,ek->e", means[rows, :-1], self.columns.means[columns, :-1])
        return products + means[rows, -1] + self.columns.means[columns, -1]

    def residuals(self, known, entries):
        """Return how far ratings of the same rows are from what is expected of them, both as CSR arrays."""
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


class KnownRatings:
    """Ratings of rows, and what matrix factorisations find of the rows, each found once.

    Parameters
    ----------
    observed : Observed
        Sparse ratings.
    """

    def __init__(self, observed):
        self.observed = observed
        self._found = {}

    def row_means(self, factorization):
        """Return the `row_means` of a matrix factorisation."""
        # With the factorisation, whose identity is another's once it is gone.
        if id(factorization) not in self._found:
            self._found[id(factorization)] = factorization, factorization.row_means(self.observed)
        return self._found[id(factorization)][1]


def _solved(observed, others, prior_means, prior_variances, noise, precisions, *, n_rounds=0, has_covariances=False):
    """Find the posterior of rows given that of columns, or the other way round with transposed ratings.

    Parameters
    ----------
    observed : Observed
    others : Posterior
        What the ratings of a row are regressed on.
    prior_means : float64 ndarray of shape (n, n_factors + 1)
    prior_variances : float64 ndarray of shape (n_factors + 1,)
    noise : float
    precisions : float64 ndarray of shape (n,)
        Precision of each row's noise as a multiple of their mean.
    n_rounds : int, default=0
        How often the precisions are found anew from the errors that they lead to.
    has_covariances : bool, default=False
        Whether the posterior keeps them: of many factors they are what takes memory.

    Returns
    -------
    posterior : Posterior
    errors : float64 ndarray of shape (n,)
        Sums of the expected squared errors of each row's ratings, each as often as the precision of its column says.
    """
    n, size = prior_means.shape
    # A rating is the product of the row's (factors, 1, bias) and the column's (factors, bias, 1): the middle is known.
    free, known = np.append(np.arange(size - 1), size), size - 1
    upper = np.triu_indices(size + 1)
    weights = others.precisions[:, np.newaxis]
    # In C order, or every product of sparse rows with it would copy it first.
    moments = np.multiply(others.moments[:, *upper], weights, order="C")
    extended = np.column_stack([others.means, np.ones(len(others.means))]) * weights
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
    # Inverses, most of the work, let other threads run.
    Parallel(n_jobs=min(len(blocks), cpu_count()), prefer="threads")(delayed(solve)(rows) for rows in blocks)
    return posterior, errors


def _precisions(n_ratings, errors, noise):
    """Return the relative precisions of the noise of rows or columns, held towards 1."""
    return (n_ratings + _PRIOR_RATINGS) / (errors / noise + _PRIOR_RATINGS)


def _bounded(prior, is_fixed):
    """Hold the variances of the rows' factors, whose unit is free: at 1, or away from 0."""
    variances = prior.variances.copy()
    variances[:-1] = 1.0 if is_fixed else np.maximum(variances[:-1], _LEAST_FACTOR_VARIANCE)
    return replace(prior, variances=variances)


def _few(inputs, weights):
    """Return the quantile of the numbers of ratings, by weight, of those who have any."""
    if not inputs.shape[1]:
        return 1.0
    order = np.argsort(inputs[:, 0])
    heights = np.cumsum(np.where(inputs[order, 0] > 0, weights[order], 0.0))
    return float(np.expm1(inputs[order[np.searchsorted(heights, _QUANTILE_OF_FEW * heights[-1])], 0]))


def _row_inputs(observed, mask):
    """Return what the prior means of rows are made of."""
    return _inputs(observed.mask.sum(axis=1), None if mask is None else mask.row_coordinates(observed.mask))


def _inputs(n_ratings, coordinates):
    """Return the logarithms of the numbers of ratings, and who rated what; nothing without the latter."""
    if coordinates is None:
        return np.empty((len(n_ratings), 0))
    return np.column_stack([np.log1p(n_ratings), coordinates])
