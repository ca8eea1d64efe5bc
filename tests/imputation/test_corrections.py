"""Corrections of autoencoders: neighbours by the formula, normal distributions one row at a time."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderImputer
from skautoencoder.imputation import Neighbours, NormalDistribution
from skautoencoder.rows import Observed
from skautoencoder.starts import FactorAnalysis


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(40, 4))
    return np.where(generator.uniform(size=rows.shape) < 0.2, np.nan, rows), generator.normal(size=rows.shape) / 4


def means_by_hand(X, expected, weights, left_out=None):
    """Compute the correction of each row in a loop, by the formula."""
    is_observed = ~np.isnan(X)
    completed = np.where(is_observed, X, expected)
    found = np.zeros(X.shape)
    for i in range(len(X)):
        distances = np.sqrt(np.sum((completed - completed[i]) ** 2, axis=1))
        kernel = weights * np.exp(-2 * (distances / np.sort(distances)[4]) ** 2)
        if left_out is not None and left_out[i] >= 0:
            kernel[left_out[i]] = 0
        for j in range(X.shape[1]):
            seen = is_observed[:, j]
            found[i, j] = kernel[seen] @ (X[seen, j] - expected[i, j]) / (kernel[seen].sum() + 0.01)
    return found


@pytest.mark.parametrize("weights", [None, np.arange(1, 41) / 20])
@pytest.mark.parametrize("left_out", [None, np.where(np.arange(40) % 2, np.arange(40), -1)])
def test_correction_is_weighted_mean_over_neighbours(table, weights, left_out):
    X, expected = table
    neighbours = Neighbours.of(Observed.of(X), expected, weights)
    correction = neighbours.correction(np.where(np.isnan(X), expected, X), expected, left_out)
    by_hand = means_by_hand(X, expected, np.ones(40) if weights is None else weights, left_out)
    np.testing.assert_allclose(correction, by_hand, atol=1e-6)


def test_missing_entries_are_found_in_equal_rows():
    X = np.repeat(np.random.default_rng(0).normal(size=(10, 3)), 8, axis=0)
    holed = X.copy()
    holed[::8, 1] = np.nan
    neighbours = Neighbours.of(Observed.of(holed), np.zeros(X.shape))
    # A guess that is no further off than rows are from each other.
    completed = np.where(np.isnan(holed), X + 0.01, X)
    near = neighbours.correction(completed, np.zeros(X.shape))
    np.testing.assert_allclose(near[::8, 1], X[::8, 1], atol=0.02)


def test_neighbours_recognise_rows_of_the_fit(table):
    X, expected = table
    neighbours = Neighbours.of(Observed.of(X), expected)
    others = X[:5] + 1
    places = neighbours.places_of(Observed.of(np.concatenate([X[::-1], others])))
    np.testing.assert_array_equal(places, [*range(39, -1, -1), *[-1] * 5])


def test_corrections_do_not_depend_on_blocks(table, monkeypatch):
    X, expected = table
    neighbours = Neighbours.of(Observed.of(X), expected)
    completed = np.where(np.isnan(X), expected, X)
    whole = neighbours.correction(completed, expected)
    monkeypatch.setattr("skautoencoder.imputation._corrections._NEIGHBOUR_MEBIBYTES", 2**-10)
    np.testing.assert_allclose(neighbours.correction(completed, expected), whole, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def wine_table():
    X = scale(load_wine().data)
    X[np.random.default_rng(0).uniform(size=X.shape) < 0.3] = np.nan
    X[0], X[1, :] = scale(load_wine().data)[0], np.nan
    return X


@pytest.fixture(scope="module")
def factors(wine_table):
    return FactorAnalysis.of(Observed.of(wine_table), 3, np.random.RandomState(0))


def test_normal_distribution_completes_rows_by_regression(wine_table, factors):
    fitted = NormalDistribution.of(Observed.of(wine_table), factors)
    covariance, found = np.linalg.inv(fitted.precision), fitted.complete(Observed.of(wine_table))
    for row, completed in zip(wine_table, found, strict=True):
        seen, missing = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        regression = covariance[np.ix_(missing, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        expected = fitted.mean[missing] + regression @ (row[seen] - fitted.mean[seen])
        np.testing.assert_allclose(completed[missing], expected, atol=1e-8)
        np.testing.assert_allclose(completed[seen], row[seen], atol=1e-12)


def test_moments_of_complete_rows_are_shrunk_to_factor_analysis(factors):
    X = scale(load_wine().data)
    fitted = NormalDistribution.of(Observed.of(X), factors)
    prior = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    expected = (X.T @ X + 1.3 * prior) / (len(X) + 1.3)
    np.testing.assert_allclose(np.linalg.inv(fitted.precision), expected, atol=1e-10)
    np.testing.assert_allclose(fitted.mean, 0.0, atol=1e-12)


def test_normal_distribution_takes_steps_of_expectation_maximisation(wine_table, factors, monkeypatch):
    """One step from factor analysis, by conditional moments of one row at a time."""
    monkeypatch.setattr("skautoencoder.imputation._corrections._MAX_ITERATIONS", 1)
    weights = np.random.default_rng(1).uniform(0.5, 2, size=len(wine_table))
    prior = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    completed, uncertainty = np.empty(wine_table.shape), np.zeros(prior.shape)
    for number, row in enumerate(wine_table):
        seen, missing = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        regression = prior[np.ix_(missing, seen)] @ np.linalg.inv(prior[np.ix_(seen, seen)])
        completed[number, seen] = row[seen]
        completed[number, missing] = factors.mean[missing] + regression @ (row[seen] - factors.mean[seen])
        left = prior[np.ix_(missing, missing)] - regression @ prior[np.ix_(seen, missing)]
        uncertainty[np.ix_(missing, missing)] += weights[number] * left
    mean = weights @ completed / weights.sum()
    deviations = completed - mean
    expected = (weights * deviations.T @ deviations + uncertainty + 1.3 * prior) / (weights.sum() + 1.3)
    fitted = NormalDistribution.of(Observed.of(wine_table), factors, weights)
    np.testing.assert_allclose(np.linalg.inv(fitted.precision), expected, atol=1e-8)
    np.testing.assert_allclose(fitted.mean, mean, atol=1e-10)


def test_weights_of_normal_distribution_count_as_repetitions(wine_table, factors):
    weights = np.random.default_rng(1).integers(1, 4, size=len(wine_table))
    weighted = NormalDistribution.of(Observed.of(wine_table), factors, weights.astype(float))
    repeated = NormalDistribution.of(Observed.of(np.repeat(wine_table, weights, axis=0)), factors)
    np.testing.assert_allclose(weighted.precision, repeated.precision, rtol=1e-8, atol=1e-8)


def test_indicators_of_a_category_are_found_from_each_other():
    """Categories that other columns determine are found, even with too few factors."""
    generator = np.random.default_rng(0)
    X = np.hstack([np.eye(4)[generator.integers(4, size=400)] for _ in range(10)])
    missing = generator.uniform(size=X.shape) < 0.2
    is_told = missing & (np.repeat((X * ~missing).reshape(400, 10, 4).sum(axis=2), 4, axis=1) == 1)

    def error(**parameters):
        imputer = AutoencoderImputer(encoding_dim=5, epochs=1, random_state=0, **parameters)
        return np.sqrt(np.mean((imputer.fit_transform(np.where(missing, np.nan, X)) - X)[is_told] ** 2))

    assert error() < 0.5 * error(n_estimators=1)
