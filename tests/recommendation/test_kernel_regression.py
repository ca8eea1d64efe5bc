"""Kernel regressions of ratings against scikit-learn's."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.kernel_ridge import KernelRidge

from skautoencoder.imputation import ColumnKernelRegression, RowKernelRegression
from skautoencoder.rows import Observed
from skautoencoder.starts import KnownRatings, MatrixFactorization


@pytest.fixture(scope="module")
def case():
    """Ratings of which tastes of two dimensions, squashed, are the larger part; the last row has none."""
    generator = np.random.default_rng(0)
    people, things = generator.normal(size=(80, 2)), generator.normal(size=(40, 2))
    values = np.tanh(people @ things.T) + 0.1 * generator.normal(size=(80, 40))
    is_known = generator.uniform(size=values.shape) < 0.4
    is_known[-1] = is_known[:, -1] = False
    observed = Observed.of(csr_array(np.where(is_known, values, 0.0)))
    biases, *starts = (
        MatrixFactorization.of(observed, n_factors, np.random.RandomState(seed))
        for n_factors, seed in ((0, 0), (2, 0), (2, 1))
    )
    return KnownRatings(observed), biases, starts


def kernel(means):
    """Similarities by the directions of factors and by biases, of which each of `means` is one finding."""
    cosines = [part @ part.T / np.outer(*2 * [np.linalg.norm(part, axis=1)]) for part in (m[:, :-1] for m in means)]
    biases = np.mean([part[:, -1] for part in means], axis=0)
    return np.exp(2 * np.mean(cosines, axis=0) - 2 - np.square(np.subtract.outer(biases, biases)))


def added(line, residuals, kernel, kept=slice(None)):
    """Regress what biases leave of a row, or of a column, by scikit-learn."""
    rated = residuals[[line]].indices[kept]
    ridge = KernelRidge(kernel="precomputed", alpha=1.0)
    return ridge.fit(kernel[np.ix_(rated, rated)], residuals[[line]].data[kept]).predict(kernel[:, rated])


def residuals_of(known, biases):
    observed = known.observed
    left = (observed.values.toarray() - biases.expected(known)) * observed.mask.toarray()
    return csr_array(left)


@pytest.mark.parametrize("regression", [RowKernelRegression, ColumnKernelRegression])
def test_it_is_scikit_learns(case, regression):
    known, biases, starts = case
    fitted = regression.of(biases, starts, known)
    found, of_biases, residuals = fitted.expected(known), biases.expected(known), residuals_of(known, biases)
    if regression is RowKernelRegression:
        similarities = kernel([start.columns.means for start in starts])
        for row in (0, 1, 50):
            np.testing.assert_allclose(found[row] - of_biases[row], added(row, residuals, similarities), atol=1e-10)
    else:
        similarities = kernel([start.row_means(known.observed) for start in starts])
        for column in (0, 1, 30):
            np.testing.assert_allclose(
                (found - of_biases)[:, column], added(column, residuals.T.tocsr(), similarities), atol=1e-10
            )
        np.testing.assert_array_equal(found[:, -1], of_biases[:, -1])
    # Rows by themselves, and entries by themselves.
    some = KnownRatings(known.observed[20:30])
    np.testing.assert_allclose(fitted.expected(some), found[20:30], atol=1e-8)
    entries = known.observed.values
    np.testing.assert_allclose(fitted.expected_entries(known, entries), found[entries.nonzero()], atol=1e-10)


def test_of_many_ratings_those_of_the_most_rated_count(case, monkeypatch):
    known, biases, starts = case
    monkeypatch.setattr("skautoencoder.imputation._kernel_regression._MOST_RATINGS", 5)
    residuals = residuals_of(known, biases)
    rated = residuals[[3]].indices
    kept = np.argsort(-known.observed.counts()[rated], kind="stable")[:5]
    assert len(rated) > 5
    found = RowKernelRegression.of(biases, starts, known).expected(known) - biases.expected(known)
    similarities = kernel([start.columns.means for start in starts])
    np.testing.assert_allclose(found[3], added(3, residuals, similarities, kept), atol=1e-10)


def test_weights_count_as_repetitions(case):
    known, biases, starts = case
    weights = np.random.default_rng(1).integers(1, 4, size=80)
    repeated = KnownRatings(known.observed[np.repeat(np.arange(80), weights)])
    of_weights = ColumnKernelRegression.of(biases, starts, known, weights.astype(float)).expected(known)
    of_repetitions = ColumnKernelRegression.of(biases, starts, repeated).expected(known)
    np.testing.assert_allclose(of_weights, of_repetitions, atol=1e-8)
