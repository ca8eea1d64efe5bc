"""Factor analysis of incomplete rows, against its normal distribution."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.preprocessing import scale

from skautoencoder.rows import Observed
from skautoencoder.starts import FactorAnalysis, column_shares


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(0)
    return generator.normal(size=(120, 2)) @ generator.normal(size=(2, 6)) + 0.1 * generator.normal(size=(120, 6))


def with_holes(X, share=0.3, seed=0):
    missing = np.random.default_rng(seed).uniform(size=X.shape) < share
    return np.where(missing, np.nan, X), missing


def test_holes_are_filled_with_the_conditional_mean_of_the_normal_distribution(X):
    holed, missing = with_holes(X)
    observed = Observed.of(holed)
    mean, std = observed.moments()
    np.testing.assert_allclose(mean, np.nanmean(holed, axis=0))
    np.testing.assert_allclose(std, np.nanstd(holed, axis=0))
    standardized = observed.standardized(mean, std)
    factors = FactorAnalysis.of(standardized, 2, np.random.RandomState(0))
    completed = factors.complete(standardized)
    covariance = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    for row in (0, 1, 2):
        gone, there = np.flatnonzero(missing[row]), np.flatnonzero(~missing[row])
        regression = covariance[np.ix_(gone, there)] @ np.linalg.inv(covariance[np.ix_(there, there)])
        centred = (completed - factors.mean)[row, there]
        np.testing.assert_allclose(completed[row, gone], factors.mean[gone] + regression @ centred, atol=1e-8)
    # At these values, the factors of completed rows are those of the observed entries.
    kernel, bias = factors.encoding
    expected = (completed @ kernel + bias) @ factors.loadings.T + factors.mean
    np.testing.assert_allclose(expected[missing], completed[missing], atol=1e-8)


def test_factor_analysis_makes_observed_entries_likely(X):
    standardized = Observed.of(scale(X))
    factors = FactorAnalysis.of(standardized, 2, np.random.RandomState(0))
    covariance = factors.loadings @ factors.loadings.T + np.diag(factors.noise)
    fitted = multivariate_normal(factors.mean, covariance).logpdf(scale(X)).mean()
    empirical = multivariate_normal(np.zeros(6), np.cov(scale(X).T)).logpdf(scale(X)).mean()
    independent = multivariate_normal(np.zeros(6), np.eye(6)).logpdf(scale(X)).mean()
    assert independent < fitted < empirical
    assert fitted > empirical - 0.1 * (empirical - independent)


def test_columns_are_shrunk_by_least_squares_on_hidden_entries():
    generator = np.random.RandomState(0)
    factors = FactorAnalysis(np.zeros(3), np.eye(3)[:, :2] + 0.5, np.full(3, 0.1))
    seen = generator.normal(size=(5000, 3))
    kernel, bias = factors.encoding
    expected = (seen @ kernel + bias) @ factors.loadings.T
    # The first column is as expected, the second half as much, the third has nothing to do with it.
    hidden = expected * [1, 0.5, 0] + [0, 0, 1] * generator.normal(size=seen.shape)
    hidden[generator.uniform(size=seen.shape) < 0.7] = np.nan
    np.testing.assert_allclose(column_shares(factors, seen, hidden), [1, 0.5, 0], atol=0.05)
    # Without hidden entries there is nothing to shrink by.
    np.testing.assert_array_equal(column_shares(factors, seen, np.full_like(seen, np.nan)), 1)
