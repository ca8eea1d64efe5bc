"""Kernel regression of ratings against scikit-learn's."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.kernel_ridge import KernelRidge

from skautoencoder.imputation import KernelRegression
from skautoencoder.rows import Observed
from skautoencoder.starts import MatrixFactorization


@pytest.fixture(scope="module")
def case():
    """Ratings of which tastes of two dimensions, squashed, are the larger part; the last row has none."""
    generator = np.random.default_rng(0)
    people, things = generator.normal(size=(80, 2)), generator.normal(size=(40, 2))
    values = np.tanh(people @ things.T) + 0.1 * generator.normal(size=(80, 40))
    is_known = generator.uniform(size=values.shape) < 0.4
    is_known[-1] = False
    observed = Observed.of(csr_array(np.where(is_known, values, 0.0)))
    biases, *starts = (
        MatrixFactorization.of(observed, n_factors, np.random.RandomState(seed))
        for n_factors, seed in ((0, 0), (2, 0), (2, 1))
    )
    return observed, biases, starts


def expected(row, observed, biases, starts, kept=slice(None)):
    """Regress the ratings of one row on its columns by scikit-learn."""
    factors = [start.columns.means[:, :-1] for start in starts]
    cosines = [part @ part.T / np.outer(*2 * [np.linalg.norm(part, axis=1)]) for part in factors]
    column_biases = np.mean([start.columns.means[:, -1] for start in starts], axis=0)
    kernel = np.exp(2 * np.mean(cosines, axis=0) - 2 - np.square(np.subtract.outer(column_biases, column_biases)))
    of_biases = biases.expected(observed)[row]
    rated = observed.values[[row]].indices[kept]
    ridge = KernelRidge(kernel="precomputed", alpha=1.0).fit(
        kernel[np.ix_(rated, rated)], (observed.values[[row]].data[kept] - of_biases[rated])
    )
    return of_biases + ridge.predict(kernel[:, rated])


def test_it_is_scikit_learns(case):
    observed, biases, starts = case
    regression = KernelRegression.of(biases, starts, observed)
    found = regression.expected(observed)
    for row in (0, 1, 50):
        np.testing.assert_allclose(found[row], expected(row, *case), atol=1e-10)
    np.testing.assert_array_equal(found[-1], biases.expected(observed)[-1])
    entries = observed.values
    rows, columns = entries.nonzero()
    np.testing.assert_allclose(regression.expected_entries(observed, entries), found[rows, columns], atol=1e-12)


def test_of_many_ratings_those_of_the_most_rated_columns_count(case, monkeypatch):
    observed, biases, starts = case
    monkeypatch.setattr("skautoencoder.imputation._kernel_regression._MOST_RATINGS", 5)
    found = KernelRegression.of(biases, starts, observed).expected(observed)
    counts = observed.counts()
    rated = observed.values[[3]].indices
    kept = np.argsort(-counts[rated], kind="stable")[:5]
    assert len(rated) > 5
    np.testing.assert_allclose(found[3], expected(3, *case, kept), atol=1e-10)
