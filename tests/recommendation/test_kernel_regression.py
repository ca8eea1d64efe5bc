"""Kernel regressions of ratings against scikit-learn's."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.kernel_ridge import KernelRidge

from skautoencoder.recommendation import (
    ItemKernelRegression,
    KnownRatings,
    MatrixFactorization,
    MeanFactorization,
    UserKernelRegression,
)
from skautoencoder.rows import Observed

CODES = np.random.default_rng(1).normal(size=(40, 3))


@pytest.fixture(scope="module")
def case():
    """Ratings of which tastes of two dimensions, squashed, are the larger part; the last row has none."""
    generator = np.random.default_rng(0)
    people, things = generator.normal(size=(80, 2)), generator.normal(size=(40, 2))
    values = np.tanh(people @ things.T) + 0.1 * generator.normal(size=(80, 40))
    is_known = generator.uniform(size=values.shape) < 0.4
    is_known[-1] = is_known[:, -1] = False
    observed = Observed(csr_array(np.where(is_known, values, 0.0)), csr_array(is_known.astype(float)))
    biases, *parts = (
        MatrixFactorization.of(observed, n_factors, np.random.RandomState(seed))
        for n_factors, seed in ((0, 0), (2, 0), (2, 1))
    )
    return KnownRatings(observed), biases, MeanFactorization(tuple(parts))


def kernel(vectors, biases):
    """Similarities by the directions of vectors, and by biases."""
    cosines = [part @ part.T / np.outer(*2 * [np.linalg.norm(part, axis=1)]) for part in vectors]
    return np.exp(2 * np.mean(cosines, axis=0) - 2 - np.square(np.subtract.outer(biases, biases)))


def added(line, residuals, kernel, kept=slice(None)):
    """Regress the residuals of a row, or of a column, by scikit-learn."""
    rated = residuals[[line]].indices[kept]
    ridge = KernelRidge(kernel="precomputed", alpha=1.0)
    return ridge.fit(kernel[np.ix_(rated, rated)], residuals[[line]].data[kept]).predict(kernel[:, rated])


def residuals_of(known, biases):
    observed = known.observed
    left = (observed.values.toarray() - biases.expected(known)) * observed.mask.toarray()
    return csr_array(left)


def check_rows_and_entries_by_themselves(fitted, known, found):
    some = KnownRatings(known.observed[20:30])
    np.testing.assert_allclose(fitted.expected(some), found[20:30], atol=1e-8)
    entries = known.observed.values
    np.testing.assert_allclose(fitted.expected_entries(known, entries), found[entries.nonzero()], atol=1e-10)


def test_item_regression_equals_scikit_learn(case):
    known, biases, _ = case
    fitted = ItemKernelRegression.of(biases, CODES, known)
    found, of_biases, residuals = fitted.expected(known), biases.expected(known), residuals_of(known, biases)
    similarities = kernel([CODES], biases.columns.means[:, -1])
    for row in (0, 1, 50):
        np.testing.assert_allclose(found[row] - of_biases[row], added(row, residuals, similarities), atol=1e-10)
    check_rows_and_entries_by_themselves(fitted, known, found)


def test_user_regression_equals_scikit_learn(case):
    known, biases, factors = case
    fitted = UserKernelRegression.of(biases, factors, known)
    found, of_biases, residuals = fitted.expected(known), biases.expected(known), residuals_of(known, biases)
    means = factors.row_means(known)
    similarities = kernel([part[:, :-1] for part in means], np.mean([part[:, -1] for part in means], axis=0))
    for column in (0, 1, 30):
        expected = added(column, residuals.T.tocsr(), similarities)
        np.testing.assert_allclose((found - of_biases)[:, column], expected, atol=1e-10)
    np.testing.assert_array_equal(found[:, -1], of_biases[:, -1])
    check_rows_and_entries_by_themselves(fitted, known, found)


def test_regression_of_many_ratings_uses_the_most_rated_columns(case, monkeypatch):
    known, biases, _ = case
    monkeypatch.setattr("skautoencoder.recommendation._kernel_regression._MAX_RATINGS", 5)
    residuals = residuals_of(known, biases)
    rated = residuals[[3]].indices
    kept = np.argsort(-known.observed.counts()[rated], kind="stable")[:5]
    assert len(rated) > 5
    found = ItemKernelRegression.of(biases, CODES, known).expected(known) - biases.expected(known)
    similarities = kernel([CODES], biases.columns.means[:, -1])
    np.testing.assert_allclose(found[3], added(3, residuals, similarities, kept), atol=1e-10)


def test_weights_equal_repetitions(case):
    known, biases, factors = case
    weights = np.random.default_rng(1).integers(1, 4, size=80)
    repeated = KnownRatings(known.observed[np.repeat(np.arange(80), weights)])
    of_weights = UserKernelRegression.of(biases, factors, known, weights.astype(float)).expected(known)
    of_repetitions = UserKernelRegression.of(biases, factors, repeated).expected(known)
    np.testing.assert_allclose(of_weights, of_repetitions, atol=1e-8)
