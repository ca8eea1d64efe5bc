"""Neighbours: the kernel, what they change, and who is no neighbour."""

import numpy as np
import pytest

from skautoencoder.imputation import Neighbours
from skautoencoder.rows import Observed


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


def test_equal_rows_know_what_is_missing():
    X = np.repeat(np.random.default_rng(0).normal(size=(10, 3)), 8, axis=0)
    holed = X.copy()
    holed[::8, 1] = np.nan
    neighbours = Neighbours.of(Observed.of(holed), np.zeros(X.shape))
    # A guess that is no further off than rows are from each other.
    completed = np.where(np.isnan(holed), X + 0.01, X)
    near = neighbours.correction(completed, np.zeros(X.shape))
    np.testing.assert_allclose(near[::8, 1], X[::8, 1], atol=0.02)


def test_rows_of_the_fit_are_recognised(table):
    X, expected = table
    neighbours = Neighbours.of(Observed.of(X), expected)
    others = X[:5] + 1
    places = neighbours.places_of(Observed.of(np.concatenate([X[::-1], others])))
    np.testing.assert_array_equal(places, [*range(39, -1, -1), *[-1] * 5])


def test_blocks_change_nothing(table, monkeypatch):
    X, expected = table
    neighbours = Neighbours.of(Observed.of(X), expected)
    completed = np.where(np.isnan(X), expected, X)
    whole = neighbours.correction(completed, expected)
    monkeypatch.setattr("skautoencoder.imputation._neighbours._BLOCK_MEBIBYTES", 2**-10)
    np.testing.assert_allclose(neighbours.correction(completed, expected), whole, rtol=1e-9, atol=1e-12)
