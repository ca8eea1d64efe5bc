"""Matrix factorisation of ratings, held against dense formulas."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder.recommendation import KnownRatings, MaskFactorization, MatrixFactorization, Posterior, Prior
from skautoencoder.rows import Observed


def sparse(values, is_observed):
    ratings = csr_array((values[is_observed], np.nonzero(is_observed)), shape=values.shape)
    return Observed(ratings, csr_array((np.ones(ratings.nnz), ratings.indices, ratings.indptr), shape=values.shape))


def generated(seed=0, n_samples=150, n_features=90):
    """Ratings of unit variance with biases and three factors, more of them in some rows and columns than in others."""
    generator = np.random.default_rng(seed)
    people, things = generator.normal(size=(n_samples, 3)), generator.normal(size=(n_features, 3))
    truth = 0.5 * generator.normal(size=(n_samples, 1)) + 0.5 * generator.normal(size=n_features)
    truth = (truth + 0.4 * people @ things.T) / 1.3
    is_observed = generator.uniform(size=truth.shape) < generator.beta(1, 3, size=n_features)
    is_observed[:, 0] = is_observed[0] = True
    return truth, truth + 0.4 * generator.normal(size=truth.shape), is_observed


@pytest.fixture(scope="module")
def case():
    truth, values, is_observed = generated()
    is_held_out = is_observed & (np.random.default_rng(1).uniform(size=truth.shape) < 0.2)
    return values, is_observed & ~is_held_out, is_held_out


def held_out_error(fitted, values, is_known, is_held_out):
    found = fitted.expected(KnownRatings(sparse(values, is_known)))
    return np.sqrt(np.mean((found - values)[is_held_out] ** 2))


def test_rows_are_the_posterior_of_a_dense_formula():
    """One row of a model with known columns, covariances and precisions: by matrices over its own ratings alone."""
    generator = np.random.default_rng(0)
    n_features, n_factors = 12, 2
    roots = 0.3 * generator.normal(size=(n_features, 3, 3))
    covariances = roots @ roots.transpose(0, 2, 1)
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    columns = Posterior(
        generator.normal(size=(n_features, 3)), variances, generator.uniform(0.5, 2, n_features), covariances
    )
    prior = Prior(np.empty(0), np.empty(0), 1.0, generator.normal(size=(1, 3)), np.array([0.5, 2.0, 0.3]))
    fitted = MatrixFactorization(columns, 0.7, prior)
    is_observed = generator.uniform(size=(4, n_features)) < 0.6
    is_observed[3] = False
    values = generator.normal(size=is_observed.shape)
    precisions = generator.uniform(0.5, 2, size=4)
    posterior, errors = fitted._rows(sparse(values, is_observed), precisions, has_covariances=True)
    for row in range(4):
        precision, evidence = np.diag(1 / prior.variances), prior.coefficients[0] / prior.variances
        rated = np.flatnonzero(is_observed[row])
        for column in rated:
            mean, covariance = columns.means[column], columns.covariances[column]
            weight = precisions[row] * columns.precisions[column] / 0.7
            # Of the regressors, the column's factors and a constant: their second moments, and those with its bias.
            regressors = np.append(mean[:n_factors], 1.0)
            second = np.outer(regressors, regressors)
            second[:n_factors, :n_factors] += covariance[:n_factors, :n_factors]
            with_bias = regressors * mean[-1]
            with_bias[:n_factors] += covariance[:n_factors, -1]
            precision = precision + weight * second
            evidence = evidence + weight * (values[row, column] * regressors - with_bias)
        np.testing.assert_allclose(posterior.covariances[row], np.linalg.inv(precision), atol=1e-12)
        np.testing.assert_array_equal(posterior.variances[row], np.diag(posterior.covariances[row]))
        np.testing.assert_allclose(posterior.means[row], np.linalg.solve(precision, evidence), atol=1e-12)
        # Expected squared errors, by draws from both posteriors.
        of_row = generator.multivariate_normal(posterior.means[row], posterior.covariances[row], size=40000)
        expected = 0.0
        for column in rated:
            drawn = generator.multivariate_normal(columns.means[column], columns.covariances[column], size=40000)
            found = np.sum(of_row[:, :-1] * drawn[:, :-1], axis=1) + of_row[:, -1] + drawn[:, -1]
            expected += columns.precisions[column] * np.mean((values[row, column] - found) ** 2)
        assert errors[row] == pytest.approx(expected, rel=0.03)


def test_biases_are_a_ridge_regression(case):
    """At the variances that were learned, biases of rows and columns solve one dense system of equations."""
    values, is_known, _ = case
    observed = sparse(values, is_known)
    fitted = MatrixFactorization.of(observed, 0, np.random.RandomState(0))
    row_prior, column_biases = fitted.row_prior, fitted.columns.means[:, 0]
    # Means of all columns' biases are their prior mean, but for the ridge of the constant, which counts as one column.
    n_features = values.shape[1]
    prior_mean = column_biases.sum() / (n_features + 1)
    squares = np.square(column_biases - prior_mean) + fitted.columns.variances[:, 0]
    row, column = np.nonzero(is_known)
    design = np.zeros((len(row), sum(values.shape)))
    design[np.arange(len(row)), row] = design[np.arange(len(row)), len(values) + column] = 1.0
    variances = np.concatenate([np.full(len(values), row_prior.variances[0]), np.full(n_features, squares.mean())])
    means = np.concatenate([np.full(len(values), row_prior.coefficients[0, 0]), np.full(n_features, prior_mean)])
    precision = design.T @ design / fitted.noise + np.diag(1 / variances)
    solution = np.linalg.solve(precision, design.T @ values[is_known] / fitted.noise + means / variances)
    np.testing.assert_allclose(
        fitted.expected(KnownRatings(observed)),
        solution[: len(values), np.newaxis] + solution[len(values) :],
        atol=0.02,
    )


def test_factors_reduce_error_of_held_out_ratings(case):
    values, is_known, is_held_out = case
    observed = sparse(values, is_known)
    biases, factors = (MatrixFactorization.of(observed, n, np.random.RandomState(0)) for n in (0, 4))
    of_biases, of_factors = (held_out_error(fitted, values, is_known, is_held_out) for fitted in (biases, factors))
    of_mean = np.sqrt(np.mean((values[is_held_out] - values[is_known].mean()) ** 2))
    assert of_factors < 0.8 * of_biases < 0.8 * 0.9 * of_mean
    # 0.4 is the noise.
    assert of_factors < 0.53


def test_mask_reduces_error_of_users_with_few_ratings():
    """Users rate items that suit their taste, so that the set of rated items shows the taste."""
    generator = np.random.default_rng(0)
    taste, kind = generator.choice([-1.0, 1.0], size=(400, 1)), generator.choice([-1.0, 1.0], size=100)
    values = taste * kind + 0.5 * generator.normal(size=(400, 100))
    is_observed = generator.uniform(size=values.shape) < np.where(taste * kind > 0, 0.1, 0.02)
    is_known = is_observed & (generator.uniform(size=values.shape) < 0.8)
    observed, is_held_out = sparse(values, is_known), is_observed & ~is_known
    mask = MaskFactorization.of(observed.mask, np.random.RandomState(0))
    without, with_mask = (
        held_out_error(
            MatrixFactorization.of(observed, 2, np.random.RandomState(0), mask=given), values, is_known, is_held_out
        )
        for given in (None, mask)
    )
    assert with_mask < 0.95 * without


def test_mask_is_ignored_for_a_row_without_ratings():
    """The regression is not extrapolated to a row without ratings."""
    _, values, is_observed = generated()
    observed = sparse(values, is_observed)
    mask = MaskFactorization.of(observed.mask, np.random.RandomState(0))
    fitted = MatrixFactorization.of(observed, 3, np.random.RandomState(0), mask=mask)
    found = fitted.expected(
        KnownRatings(sparse(np.zeros((1, values.shape[1])), np.zeros((1, values.shape[1]), dtype=bool)))
    )
    factors, bias = np.split(fitted.row_prior.coefficients[0], [-1])
    np.testing.assert_allclose(found[0], fitted.columns.means @ np.append(factors, 1.0) + bias, rtol=1e-10)


def test_orientation_hardly_matters(case):
    values, is_known, is_held_out = case
    errors = [
        held_out_error(MatrixFactorization.of(sparse(*parts[:2]), 4, np.random.RandomState(0)), *parts)
        for parts in ((values, is_known, is_held_out), (values.T, is_known.T, is_held_out.T))
    ]
    assert errors[0] == pytest.approx(errors[1], rel=0.03)


def test_noise_of_rows_is_found():
    _, values, is_observed = generated(n_samples=60, n_features=200)
    noisy = np.arange(60) % 2 == 0
    generator = np.random.default_rng(2)
    values = values + noisy[:, np.newaxis] * generator.normal(size=values.shape)
    observed = sparse(values, is_observed)
    fitted = MatrixFactorization.of(observed, 4, np.random.RandomState(0))
    rows, _ = fitted._rows(observed, np.ones(60), n_rounds=3)
    assert rows.precisions[noisy].mean() < 0.6 * rows.precisions[~noisy].mean()


def test_a_row_of_weight_two_is_two_rows(case):
    values, is_known, _ = case
    weights = 1.0 + (np.arange(len(values)) % 3 == 0)
    repeated = np.repeat(np.arange(len(values)), weights.astype(int))
    found = []
    for rows, sample_weight in ((np.arange(len(values)), weights), (repeated, None)):
        observed = sparse(values[rows], is_known[rows])
        mask = MaskFactorization.of(observed.mask, np.random.RandomState(0), sample_weight)
        fitted = MatrixFactorization.of(observed, 3, np.random.RandomState(0), sample_weight, mask)
        found.append(fitted.expected(KnownRatings(sparse(values, is_known))))
    np.testing.assert_allclose(*found, rtol=0, atol=0.02)


def test_entries_and_blocks_change_nothing(case, monkeypatch):
    values, is_known, is_held_out = case
    observed = sparse(values, is_known)
    mask = MaskFactorization.of(observed.mask, np.random.RandomState(0))
    fitted = MatrixFactorization.of(observed, 3, np.random.RandomState(0), mask=mask)
    found = fitted.expected(KnownRatings(observed))
    np.testing.assert_allclose(
        fitted.expected_entries(KnownRatings(observed), sparse(values, is_held_out).values),
        found[is_held_out],
        rtol=1e-12,
    )
    some = sparse(values[10:20], is_known[10:20])
    np.testing.assert_allclose(fitted.expected(KnownRatings(some)), found[10:20], rtol=1e-9)
    monkeypatch.setattr("skautoencoder.rows._incomplete._BLOCK_MEBIBYTES", 2**-6)
    again = MatrixFactorization.of(observed, 3, np.random.RandomState(0), mask=mask)
    np.testing.assert_allclose(again.expected(KnownRatings(observed)), found, rtol=1e-6)


def test_the_mask_is_found_again_by_all_its_singular_vectors():
    is_observed = np.random.default_rng(0).uniform(size=(30, 12)) < 0.5
    is_observed[:, 0] = True
    mask = sparse(np.ones(is_observed.shape), is_observed).mask
    fitted = MaskFactorization.of(mask, np.random.RandomState(0))
    np.testing.assert_allclose(fitted.expected(mask), is_observed, atol=1e-10)
    roots = np.sqrt(is_observed.sum(axis=1, keepdims=True) * is_observed.sum(axis=0))
    left, singular, _ = np.linalg.svd(is_observed / roots, full_matrices=False)
    np.testing.assert_allclose(fitted.singular_values, singular, rtol=1e-10)
    np.testing.assert_allclose(np.abs(fitted.row_coordinates(mask)), np.abs(left), atol=1e-9)
