"""Quantiles, thresholds, neighbours and rows of the fit."""

import numpy as np
import pytest

from skautoencoder.outliers import KnownRows, NearestRows, threshold
from skautoencoder.outliers._missing_shares import LEVELS, extra_shares, on_usual_scale, score_quantiles
from skautoencoder.outliers._surprises import weighted_quantile


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.5, 1.0])
def test_weighted_quantile(quantile):
    values = np.random.default_rng(0).normal(size=101)
    expected = np.quantile(values, quantile)
    assert weighted_quantile(values, quantile, np.ones(101)) == pytest.approx(expected)
    assert weighted_quantile(values, quantile, np.full(101, 0.3)) == pytest.approx(expected)


def test_weighted_quantile_counts_repeated_values():
    values = np.arange(5.0)
    assert weighted_quantile(values, 0.5, np.array([1, 1, 1, 1, 10.0])) == pytest.approx(3.23, abs=0.01)
    assert weighted_quantile(np.ones(1), 0.3, np.ones(1)) == 1.0


def test_automatic_threshold_is_tukeys_outer_fence():
    scores = -np.random.default_rng(0).normal(10, 1, size=1000)
    low, high = np.quantile(scores, [0.25, 0.75])
    assert threshold(scores, "auto", np.ones(1000)) == pytest.approx(low - 3 * (high - low))
    scores[:50] -= 1e9
    assert np.mean(scores < threshold(scores, "auto", np.ones(1000))) == 0.05
    # Rows count as often as their weights say.
    weights = np.where(np.arange(1000) < 50, 1e-6, 0.3)
    expected = threshold(scores[50:], "auto", np.ones(950))
    assert threshold(scores, "auto", weights) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    "scores",
    [
        np.full(30, -0.1),
        np.repeat([-0.1, -1.0], [15, 15]),
        np.repeat([0.0, -1.0], [15, 15]),
        np.repeat([-0.1, -1.0, -3.0], [22, 5, 3]),
        np.repeat([-0.1, -1.0, -3.0], [22, 4, 4]),
        np.array([-1.0, -2.0]),
        -np.random.default_rng(0).lognormal(sigma=9, size=1000),
        -np.random.default_rng(0).poisson(1.0, size=100),
    ],
)
@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_automatic_threshold_flags_at_most_a_tenth(scores, weight):
    found = threshold(scores, "auto", np.full(len(scores), weight))
    assert np.isfinite(found)
    assert np.mean(scores < found) <= 0.1
    assert found > -1e9


def test_points_are_not_their_own_neighbours():
    points = np.random.default_rng(0).normal(size=(30, 3))
    kept = np.array([4, 9, 2, 17])
    nearest = NearestRows(points[kept], 2)
    own = np.full(30, -1)
    own[kept] = np.arange(4)
    found = nearest.distances(points, own)
    distances = np.linalg.norm(points[:, np.newaxis] - points[kept], axis=2)
    distances[kept, range(4)] = np.inf
    np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, :2].mean(axis=1))
    np.testing.assert_allclose(nearest.distances(points[:1]), found[:1])


def test_more_neighbours_than_points():
    nearest = NearestRows(np.zeros((1, 2)), 5)
    assert nearest.distances(np.ones((1, 2))) == pytest.approx(np.sqrt(2))
    assert nearest.distances(np.zeros((1, 2)), np.array([0])) == [0.0]


def test_known_rows_have_their_scores():
    X = np.array([[1.0, np.nan], [0.0, 2.0], [0.0, 2.0], [-0.0, 3.0]])
    known = KnownRows.of(X, np.array([1.0, 2.0, 4.0, 5.0]))
    is_known, scores = known.among(np.array([[0.0, 3.0], [9.0, 9.0], [-0.0, 2.0], [1.0, -np.nan]]))
    np.testing.assert_array_equal(is_known, [True, False, True, True])
    np.testing.assert_array_equal(scores, [5.0, 3.0, 1.0])


def test_scores_of_incomplete_rows_are_converted_to_those_of_usual_ones():
    generator = np.random.default_rng(0)
    # Distances grow with the missing share.
    usual = -generator.lognormal(size=5000)
    quantiles = score_quantiles([usual * (1 + level) for level in LEVELS])
    shares = np.repeat([0.0, 0.1, 0.3, 0.9], 500)
    new = -generator.lognormal(size=2000) * (1 + np.minimum(shares, 0.75))
    converted = on_usual_scale(new, shares, quantiles)
    np.testing.assert_array_equal(converted[:500], new[:500])
    is_inside = (new / (1 + np.minimum(shares, 0.75)) > quantiles[0, 1]) & (converted < quantiles[0, -2])
    expected = new / (1 + np.minimum(shares, 0.75))
    np.testing.assert_allclose(converted[is_inside], expected[is_inside], rtol=0.05)
    # Beyond all quantiles.
    extreme = on_usual_scale(np.array([-1e6, -1e-9]), np.array([0.5, 0.5]), quantiles)
    np.testing.assert_allclose(extreme[0], -1e6 / 1.5)
    assert extreme[1] == quantiles[0, -1]


def test_extra_missing_shares():
    Z = np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0], [np.nan, np.nan, np.nan]])
    weights = np.array([1.0, 0.5, 0.5])
    np.testing.assert_allclose(extra_shares(Z, weights, 0.0), [0, 0.5, 1])
    np.testing.assert_allclose(extra_shares(Z, weights, 0.2), [0, 0.375, 1])
    np.testing.assert_allclose(extra_shares(Z, weights, 1.0), [0, 0, 0])
