"""Blends: weights learned on hidden entries, and their error compared with that of their parts."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import nnls

from skautoencoder.imputation import Blend, Member
from skautoencoder.imputation._blend import _column_weights, _least_squares
from skautoencoder.rows import Observed
from skautoencoder.starts import FactorAnalysis


@dataclass
class Network:
    """Fake autoencoder with known expected values."""

    expected: np.ndarray
    noise: float = 0.0

    def reconstruct(self, completed):
        return self.expected[: len(completed)] + self.noise


@pytest.fixture(scope="module")
def table():
    """Rows of two factors, standardised, with a fifth of the entries missing."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(300, 2)) @ generator.normal(size=(2, 5)) + 0.3 * generator.normal(size=(300, 5))
    truth = (truth - truth.mean(axis=0)) / truth.std(axis=0)
    missing = generator.uniform(size=truth.shape) < 0.2
    hidden = [~missing & (generator.uniform(size=truth.shape) < 0.15) for _ in range(3)]
    observed = Observed.of(np.where(missing, np.nan, truth))
    factors = FactorAnalysis.of(observed, 2, np.random.RandomState(0))
    return truth, missing, hidden, observed, factors


def blend_of(table, *networks):
    _, _, hidden, observed, factors = table
    members = [Member(factors, network) for network in networks]
    return Blend.of(members, hidden[: len(members)], observed, None, np.random.RandomState(0))


def error(table, expected):
    truth, missing, *_ = table
    return np.sqrt(np.mean((expected - truth)[missing] ** 2))


def test_least_squares_equal_those_of_scipy():
    generator = np.random.default_rng(0)
    changes, missed = generator.normal(size=(50, 4)), generator.normal(size=50)
    missed += changes @ [0.2, 0.3, -0.5, 0.0]
    expected = nnls(changes, missed)[0]
    assert expected.sum() < 1
    np.testing.assert_allclose(_least_squares(changes.T @ changes, changes.T @ missed), expected, atol=1e-9)
    # A change that would have to be taken three times is taken once.
    np.testing.assert_allclose(_least_squares(np.eye(2), np.array([3.0, -1.0])), [1, 0], atol=1e-9)
    np.testing.assert_array_equal(_least_squares(np.zeros((2, 2)), np.zeros(2)), [0, 0])


def test_weights_of_columns_with_many_hidden_entries_differ():
    products = np.eye(2) * np.array([1e4, 1e4, 1e-4])[:, np.newaxis, np.newaxis]
    projections = np.array([[8e3, 0], [0, 4e3], [0, 0]])
    weights = _column_weights(products, projections, prior=1e-3)
    np.testing.assert_allclose(weights[:, :2], [[0.8, 0], [0, 0.4]], atol=0.01)
    # Columns without any have those of all columns: half of each of the others' here.
    np.testing.assert_allclose(weights[:, 2], [0.4, 0.2], atol=0.01)


def test_blend_with_failed_network_is_as_good_as_start(table):
    truth = table[0]
    noise = np.random.default_rng(1).normal(size=truth.shape)
    blend = blend_of(table, Network(5 * noise))
    _, _, _, observed, factors = table
    kernel, bias = factors.encoding
    start = (factors.complete(observed) @ kernel + bias) @ factors.loadings.T + factors.mean
    assert error(table, blend.expected(table[3])) < 1.02 * error(table, start)
    assert error(table, blend.expected(table[3])) < 0.6 * error(table, np.zeros(truth.shape))


def test_blend_of_noise_is_close_to_mean(table):
    generator = np.random.default_rng(2)
    noise = generator.normal(size=(300, 5))
    observed = Observed.of(np.where(table[1], np.nan, noise))
    factors = FactorAnalysis(np.zeros(5), generator.normal(size=(5, 2)), np.ones(5))
    members = [Member(factors, Network(generator.normal(size=(300, 5))))]
    blend = Blend.of(members, table[2][:1], observed, None, np.random.RandomState(0))
    missing = table[1]
    assert np.mean((blend.expected(observed) - noise)[missing] ** 2) < 1.05 * np.mean(noise[missing] ** 2)


def test_members_weigh_by_inverse_errors(table):
    truth = table[0]
    noise = np.random.default_rng(3).normal(size=truth.shape)
    blend = blend_of(table, Network(truth + 0.1 * noise), Network(truth + 0.2 * noise), Network(10 * noise))
    np.testing.assert_allclose(blend.shares[0] / blend.shares[1], 4, rtol=0.3)
    assert blend.shares[2] < 1e-3
    assert blend.shares.sum() == pytest.approx(1)
    assert error(table, blend.expected(table[3])) < 0.15


def test_neighbours_of_many_rows_are_a_sample(table, monkeypatch):
    truth, _, hidden, observed, factors = table
    monkeypatch.setattr("skautoencoder.imputation._blend._MAX_DONOR_ENTRIES", 500)
    members = [Member(factors, Network(np.zeros((300, 5))))]
    weights = np.random.default_rng(0).uniform(1, 2, size=300)
    blend = Blend.of(members, hidden[:1], observed, weights, np.random.RandomState(0))
    assert blend.neighbours.completed.shape == (100, 5)
    places = blend.places_of(observed)
    np.testing.assert_array_equal(np.sort(places[places >= 0]), np.arange(100))
    ratios = blend.neighbours.weights[places[places >= 0]] / weights[places >= 0]
    np.testing.assert_allclose(ratios, ratios[0])
    assert error(table, blend.expected(observed)) < 0.7 * error(table, np.zeros(truth.shape))
