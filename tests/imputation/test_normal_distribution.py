"""Normal distributions of incomplete rows, held against formulas of one row at a time."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderImputer
from skautoencoder.imputation import NormalDistribution
from skautoencoder.rows import Observed
from skautoencoder.starts import FactorAnalysis


@pytest.fixture(scope="module")
def table():
    X = scale(load_wine().data)
    X[np.random.default_rng(0).uniform(size=X.shape) < 0.3] = np.nan
    X[0], X[1, :] = scale(load_wine().data)[0], np.nan
    return X


@pytest.fixture(scope="module")
def factors(table):
    return FactorAnalysis.of(Observed.of(table), 3, np.random.RandomState(0))


def test_rows_are_completed_by_regression_on_what_is_observed(table, factors):
    fitted = NormalDistribution.of(Observed.of(table), factors)
    covariance, found = np.linalg.inv(fitted.precision), fitted.complete(Observed.of(table))
    for row, completed in zip(table, found, strict=True):
        seen, missing = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        regression = covariance[np.ix_(missing, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        expected = fitted.mean[missing] + regression @ (row[seen] - fitted.mean[seen])
        np.testing.assert_allclose(completed[missing], expected, atol=1e-8)
        np.testing.assert_allclose(completed[seen], row[seen], atol=1e-12)


def test_complete_rows_have_their_own_moments_held_to_factor_analysis(factors):
    X = scale(load_wine().data)
    fitted = NormalDistribution.of(Observed.of(X), factors)
    prior = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    expected = (X.T @ X + 1.3 * prior) / (len(X) + 1.3)
    np.testing.assert_allclose(np.linalg.inv(fitted.precision), expected, atol=1e-10)
    np.testing.assert_allclose(fitted.mean, 0.0, atol=1e-12)


def test_steps_are_those_of_expectation_and_maximisation(table, factors, monkeypatch):
    """One step from factor analysis, by conditional moments of one row at a time."""
    monkeypatch.setattr("skautoencoder.imputation._normal_distribution._MAX_ITERATIONS", 1)
    weights = np.random.default_rng(1).uniform(0.5, 2, size=len(table))
    prior = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    completed, uncertainty = np.empty(table.shape), np.zeros(prior.shape)
    for number, row in enumerate(table):
        seen, missing = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        regression = prior[np.ix_(missing, seen)] @ np.linalg.inv(prior[np.ix_(seen, seen)])
        completed[number, seen] = row[seen]
        completed[number, missing] = factors.mean[missing] + regression @ (row[seen] - factors.mean[seen])
        left = prior[np.ix_(missing, missing)] - regression @ prior[np.ix_(seen, missing)]
        uncertainty[np.ix_(missing, missing)] += weights[number] * left
    mean = weights @ completed / weights.sum()
    deviations = completed - mean
    expected = (weights * deviations.T @ deviations + uncertainty + 1.3 * prior) / (weights.sum() + 1.3)
    fitted = NormalDistribution.of(Observed.of(table), factors, weights)
    np.testing.assert_allclose(np.linalg.inv(fitted.precision), expected, atol=1e-8)
    np.testing.assert_allclose(fitted.mean, mean, atol=1e-10)


def test_weights_count_as_repetitions(table, factors):
    weights = np.random.default_rng(1).integers(1, 4, size=len(table))
    weighted = NormalDistribution.of(Observed.of(table), factors, weights.astype(float))
    repeated = NormalDistribution.of(Observed.of(np.repeat(table, weights, axis=0)), factors)
    np.testing.assert_allclose(weighted.precision, repeated.precision, rtol=1e-8, atol=1e-8)


def test_the_columns_of_a_category_add_up():
    """Where others of its columns tell which category it is, the imputer finds it, though factors are too few."""
    generator = np.random.default_rng(0)
    X = np.hstack([np.eye(4)[generator.integers(4, size=400)] for _ in range(10)])
    missing = generator.uniform(size=X.shape) < 0.2
    is_told = missing & (np.repeat((X * ~missing).reshape(400, 10, 4).sum(axis=2), 4, axis=1) == 1)

    def error(**parameters):
        imputer = AutoencoderImputer(encoding_dim=5, epochs=1, random_state=0, **parameters)
        return np.sqrt(np.mean((imputer.fit_transform(np.where(missing, np.nan, X)) - X)[is_told] ** 2))

    assert error() < 0.5 * error(n_estimators=1)
