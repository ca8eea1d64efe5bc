"""Factor analysis of incomplete rows: the linear autoencoder that an imputer starts from."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils.extmath import randomized_svd

# Iterations of expectation and maximisation: most tables are done before.
_MOST_ITERATIONS = 25
_TOLERANCE = 3e-4
# Of standardised columns.
_LEAST_NOISE = 1e-3
# How much stronger than by their own variance loadings are held towards zero: over eleven tables with holes, three left
# less error than one or ten.
_SHRINKAGE = 3.0
_BLOCK_ELEMENTS = 2**20


@dataclass(frozen=True)
class Observed:
    """The observed entries of rows.

    Parameters
    ----------
    values : float64 ndarray or CSR array of shape (n_samples, n_features)
        Zero where nothing is observed.
    mask : float64 ndarray or CSR array of shape (n_samples, n_features)
        One where something is.
    """

    values: np.ndarray | csr_array
    mask: np.ndarray | csr_array

    @classmethod
    def of(cls, X):
        """Take the entries of an array that are not NaN, or those that a CSR matrix holds."""
        if issparse(X):
            X = csr_array(X, dtype=np.float64)
            return cls(X, csr_array((np.ones_like(X.data), X.indices, X.indptr), shape=X.shape))
        is_observed = ~np.isnan(X)
        return cls(np.where(is_observed, X, 0.0), is_observed.astype(np.float64))

    @property
    def shape(self):
        """Of the rows."""
        return self.values.shape

    def __getitem__(self, rows):
        return Observed(self.values[rows], self.mask[rows])

    def counts(self):
        """Count the observed entries of each column."""
        return np.asarray(self.mask.sum(axis=0)).ravel()

    def moments(self):
        """Return each column's mean and standard deviation; 0 and 1 where there are none."""
        counts = np.maximum(self.counts(), 1)
        mean = np.asarray(self.values.sum(axis=0)).ravel() / counts
        square = self._scaled(mean, np.ones_like(mean))
        variance = np.asarray((square.values * square.values).sum(axis=0)).ravel() / counts
        # What is left of a constant column by rounding is no variance.
        scale = np.sqrt(np.where(variance > 1e-20 * np.maximum(mean**2, 1e-300), variance, 1.0))
        return mean, scale

    def bounds(self):
        """Return the smallest and the largest entry of each column; all columns must have some."""
        if issparse(self.values):
            columns = self.values.tocsc()
            return tuple(extreme.reduceat(columns.data, columns.indptr[:-1]) for extreme in (np.minimum, np.maximum))
        low, high = (np.where(self.mask > 0, self.values, bound) for bound in (np.inf, -np.inf))
        return low.min(axis=0), high.max(axis=0)

    def standardized(self, mean, scale):
        """Return the entries in standard deviations of their column from its mean."""
        return self._scaled(mean, scale)

    def _scaled(self, mean, scale):
        if not issparse(self.values):
            return Observed((self.values - mean) * self.mask / scale, self.mask)
        columns = self.values.indices
        data = (self.values.data - mean[columns]) / scale[columns]
        return Observed(csr_array((data, columns, self.values.indptr), shape=self.shape), self.mask)

    def split(self, share, random_state):
        """Draw a share of the entries; return the others, and them."""
        if not issparse(self.values):
            drawn = self.mask * (random_state.uniform(size=self.shape) < share)
            kept = self.mask - drawn
            return Observed(self.values * kept, kept), Observed(self.values * drawn, drawn)
        is_drawn = random_state.uniform(size=self.values.nnz) < share
        return tuple(self._with_entries(chosen) for chosen in (~is_drawn, is_drawn))

    def _with_entries(self, chosen):
        indptr = np.append(0, np.cumsum(chosen))[self.values.indptr]
        parts = ((data[chosen], self.values.indices[chosen], indptr) for data in (self.values.data, self.mask.data))
        return Observed(*(csr_array(part, shape=self.shape) for part in parts))

    def dense(self):
        """Return values and mask as arrays."""
        if issparse(self.values):
            return self.values.toarray(), self.mask.toarray()
        return self.values, self.mask

    def blocks(self, width):
        """Return slices of so many rows that `width` numbers for each are few."""
        n_rows, step = self.shape[0], max(1, _BLOCK_ELEMENTS // width)
        return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


@dataclass(frozen=True)
class FactorAnalysis:
    """Rows are a mean plus a linear function of a few normal factors, plus noise of each column's own.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
    loadings : ndarray of shape (n_features, n_factors)
    noise : ndarray of shape (n_features,)
        Variances.

    References
    ----------
    .. [1] Rubin & Thayer (1982). EM algorithms for ML factor analysis. Psychometrika 47.
    .. [2] Ilin & Raiko (2010). Practical approaches to principal component analysis in the presence of missing values.
       JMLR 11 (iterative PCA, why it needs shrinkage, and shrinkage by each factor's own variance).
    """

    mean: np.ndarray
    loadings: np.ndarray
    noise: np.ndarray

    @classmethod
    def of(cls, observed, n_factors, random_state):
        """Fit to observed entries, of standardised columns, by expectation and maximisation.

        Parameters
        ----------
        observed : Observed
        n_factors : int
        random_state : RandomState

        Returns
        -------
        FactorAnalysis
        """
        counts = np.maximum(observed.counts(), 1)
        share = counts.sum() / np.prod(observed.shape)
        _, singular, directions = randomized_svd(observed.values, n_factors, random_state=random_state)
        # PCA of the rows with holes filled by means, whose covariances are too small by the share of holes.
        loadings = directions.T * (singular / np.sqrt(observed.shape[0]) / share)
        noise = np.clip(1 - np.sum(loadings**2, axis=1), 0.05, 1.0)
        fitted = cls(np.zeros(observed.shape[1]), loadings, noise)
        squares = np.asarray((observed.values * observed.values).sum(axis=0)).ravel()
        for _ in range(_MOST_ITERATIONS):
            before, fitted = fitted, fitted._improved(observed, squares, counts)
            if abs(fitted.noise.mean() - before.noise.mean()) < _TOLERANCE * before.noise.mean():
                break
        return fitted

    def _improved(self, observed, squares, counts):
        """Take one step of expectation and maximisation."""
        n_features, n_factors = self.loadings.shape
        # Per column, the sums over rows of the outer products of factors, with a constant that carries the mean.
        products, projections = np.zeros((n_features, (n_factors + 1) ** 2)), np.zeros((n_features, n_factors + 1))
        for rows in observed.blocks((n_factors + 1) ** 2):
            block = observed[rows]
            means, covariances = self._posterior(block)
            means = np.column_stack([means, np.ones(len(means))])
            moments = means[:, :, np.newaxis] * means[:, np.newaxis, :]
            moments[:, :n_factors, :n_factors] += covariances
            products += block.mask.T @ moments.reshape(len(means), -1)
            projections += block.values.T @ means
        products = products.reshape(n_features, n_factors + 1, n_factors + 1)
        precisions = np.append(_SHRINKAGE / np.maximum(np.mean(self.loadings**2, axis=0), 1e-8), 0.0)
        shrunk = products + self.noise[:, np.newaxis, np.newaxis] * np.diag(precisions) + 1e-9 * np.eye(n_factors + 1)
        solution = np.linalg.solve(shrunk, projections[:, :, np.newaxis])[:, :, 0]
        explained = 2 * np.sum(solution * projections, axis=1)
        explained -= np.einsum("jk,jkl,jl->j", solution, products, solution)
        noise = np.maximum((squares - explained) / counts, _LEAST_NOISE)
        return FactorAnalysis(solution[:, n_factors], solution[:, :n_factors], noise)

    def _posterior(self, observed):
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
            values, mask = block.dense()
            expected = self.mean + self._posterior(block)[0] @ self.loadings.T
            completed[rows] = np.where(mask > 0, values, expected)
        return completed

    @property
    def encoding(self):
        """The kernel and the bias that take completed rows to their factors.

        At the expected values of what is missing, the factors given all entries are those given the observed ones.
        """
        weighted = self.loadings / self.noise[:, np.newaxis]
        precision = self.loadings.T @ weighted + np.eye(self.loadings.shape[1])
        kernel = np.linalg.solve(precision, weighted.T).T
        return kernel, -self.mean @ kernel
