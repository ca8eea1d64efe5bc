"""The spread of draws: quantiles, and errors shared by all rows."""

import numpy as np
import pytest
from scipy.stats import norm

from skautoencoder.imputation import Spread
from skautoencoder.imputation._blend import _PROBABILITIES
from skautoencoder.rows import Observed
from skautoencoder.starts import FactorAnalysis


def independent(n_features, counts=1e9):
    factors = FactorAnalysis(np.zeros(n_features), np.zeros((n_features, 1)), np.ones(n_features))
    return Spread(factors, np.full(n_features, float(counts)), np.zeros((n_features, 0)))


def test_quantiles_equal_those_of_errors_by_column():
    generator = np.random.default_rng(0)
    columns = np.repeat([0, 1], 20000)
    errors = np.where(columns == 0, generator.normal(size=40000), 3 * generator.uniform(-1, 1, size=40000))
    quantiles = independent(3).fitted(errors, columns, np.ones(40000)).quantiles
    np.testing.assert_allclose(quantiles[0], norm.ppf(_PROBABILITIES), atol=0.15)
    np.testing.assert_allclose(quantiles[1], 6 * _PROBABILITIES - 3, atol=0.15)
    # A column without any has those of all.
    np.testing.assert_allclose(quantiles[2], np.quantile(errors, _PROBABILITIES), atol=0.15)


def test_weights_of_errors_count_as_repetitions():
    generator = np.random.default_rng(0)
    errors, columns, weights = generator.normal(size=60), np.arange(60) % 2, generator.integers(1, 4, size=60)
    weighted = independent(2).fitted(errors, columns, weights.astype(float)).quantiles
    repeated = independent(2).fitted(*(np.repeat(part, weights) for part in (errors, columns)), np.ones(weights.sum()))
    np.testing.assert_allclose(weighted, repeated.quantiles, atol=0.35)


def test_without_errors_draws_are_normal():
    spread = independent(2).fitted(np.empty(0), np.empty(0, dtype=int), np.empty(0))
    observed = Observed.of(np.full((4000, 2), np.nan))
    random_state = np.random.RandomState(0)
    errors = spread.errors(observed, spread.shifts(2, random_state), random_state)
    assert errors.shape == (2, 4000, 2)
    assert errors.std() == pytest.approx(1, abs=0.03)


def test_errors_of_a_row_are_correlated_by_factors():
    loadings = np.array([[0.8], [0.6], [0.0]])
    factors = FactorAnalysis(np.zeros(3), loadings, np.array([0.36, 0.64, 1.0]))
    spread = Spread(factors, np.full(3, 1e9), np.zeros((3, 0)))
    spread = spread.fitted(np.empty(0), np.empty(0, dtype=int), np.empty(0))
    random_state = np.random.RandomState(0)
    observed = Observed.of(np.full((20000, 3), np.nan))
    errors = spread.errors(observed, spread.shifts(1, random_state), random_state)[0]
    np.testing.assert_allclose(np.cov(errors.T), [[1, 0.48, 0], [0.48, 1, 0], [0, 0, 1]], atol=0.04)


def test_means_of_draws_vary_by_rubins_rules():
    """The oracle is the variance of the mean of a column of which half is missing, by Rubin (1987)."""
    spread = independent(1, counts=100).fitted(np.empty(0), np.empty(0, dtype=int), np.empty(0))
    random_state = np.random.RandomState(0)
    observed = Observed.of(np.full((100, 1), np.nan))
    errors = spread.errors(observed, spread.shifts(2000, random_state), random_state)
    # 100 entries are known: the mean of 100 draws varies by the variance of their mean, and by that of the known mean.
    assert errors.mean(axis=1).var() == pytest.approx(1 / 100 + 1 / 100, rel=0.15)
