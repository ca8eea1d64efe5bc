"""Quantiles, thresholds, neighbours and rows of the fit."""

import numpy as np
import pytest

from skautoencoder.outliers import KnownRows, NearestRows, threshold
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


def test_automatic_threshold_does_not_depend_on_the_unusual_half():
    scores = -np.exp(np.random.default_rng(0).normal(size=1000))
    expected = threshold(scores, "auto", np.ones(1000))
    scores[np.argsort(scores)[:400]] = -1e9
    assert threshold(scores, "auto", np.ones(1000)) == expected
    assert np.mean(scores < expected) == pytest.approx(0.4)


def test_points_are_not_their_own_neighbours():
    points = np.random.default_rng(0).normal(size=(30, 3))
    kept = np.array([4, 9, 2, 17])
    nearest = NearestRows(points[kept], 2)
    found = nearest.distances_within(points, kept)
    distances = np.linalg.norm(points[:, np.newaxis] - points[kept], axis=2)
    distances[kept, range(4)] = np.inf
    np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, :2].mean(axis=1))
    np.testing.assert_allclose(nearest.distances(points[:1]), found[:1])


def test_more_neighbours_than_points():
    nearest = NearestRows(np.zeros((1, 2)), 5)
    assert nearest.distances(np.ones((1, 2))) == pytest.approx(np.sqrt(2))
    assert nearest.distances_within(np.zeros((1, 2)), np.array([0])) == [0.0]


def test_known_rows_have_their_scores():
    X = np.array([[1.0, np.nan], [0.0, 2.0], [0.0, 2.0], [-0.0, 3.0]])
    known = KnownRows.of(X, np.array([1.0, 2.0, 4.0, 5.0]))
    is_known, scores = known.among(np.array([[0.0, 3.0], [9.0, 9.0], [-0.0, 2.0], [1.0, -np.nan]]))
    np.testing.assert_array_equal(is_known, [True, False, True, True])
    np.testing.assert_array_equal(scores, [5.0, 3.0, 1.0])
