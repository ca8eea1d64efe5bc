"""The linear start of a detector's networks, and their predictions."""

import numpy as np

from skautoencoder.outliers._predictor import linear_predictor, untrained_predictor
from skautoencoder.outliers._surprises import drawn_parts, predicted


def correlated(n_samples, n_features=5):
    generator = np.random.default_rng(0)
    Z = generator.normal(size=(n_samples, n_features)) @ generator.normal(size=(n_features, n_features))
    return (Z - Z.mean(axis=0)) / Z.std(axis=0)


def test_linear_predictor_is_least_squares_of_hidden_entries():
    Z = correlated(200_000)
    matrix = linear_predictor(Z.T @ Z / len(Z), 0.3, np.arange(5))
    is_hidden = np.random.default_rng(1).uniform(size=Z.shape) < 0.3
    seen = np.where(is_hidden, 0.0, Z)
    for column in range(Z.shape[1]):
        rows = is_hidden[:, column]
        others = np.arange(Z.shape[1]) != column
        expected, *_ = np.linalg.lstsq(seen[rows][:, others], Z[rows, column])
        np.testing.assert_allclose(matrix[others, column], expected, atol=0.02)
        assert matrix[column, column] == 0


def test_constant_columns_predict_nothing():
    moments = np.zeros((3, 3))
    moments[:2, :2] = [[1, 0.5], [0.5, 1]]
    matrix = linear_predictor(moments, 0.3, np.arange(3))
    assert np.isfinite(matrix).all()
    assert not matrix[2].any()
    assert not matrix[:, 2].any()


def test_untrained_predictor_is_linear():
    Z = correlated(20)
    matrix = linear_predictor(Z.T @ Z / len(Z), 0.3, np.arange(5))
    predictor = untrained_predictor(matrix, (8,), "gelu", np.random.RandomState(0))
    np.testing.assert_allclose(predictor.reconstruct(Z), Z @ matrix, rtol=1e-5, atol=1e-6)
    linear = untrained_predictor(matrix, (), "gelu", np.random.RandomState(0))
    np.testing.assert_allclose(linear.reconstruct(Z), Z @ matrix, rtol=1e-5, atol=1e-6)


def test_entries_are_predicted_while_their_part_is_hidden():
    Z = correlated(20)
    predictor = untrained_predictor(
        linear_predictor(Z.T @ Z / len(Z), 0.3, np.arange(5)), (8,), "gelu", np.random.RandomState(0)
    )
    parts = drawn_parts(np.arange(5), np.random.RandomState(0))
    expected = predicted(predictor, Z, parts)
    changed = Z.copy()
    changed[:, parts == 1] = 100.0
    found = predicted(predictor, changed, parts)
    np.testing.assert_array_equal(found[:, parts == 1], expected[:, parts == 1])
    assert not np.array_equal(found[:, parts != 1], expected[:, parts != 1])
    changed[:, parts == 1] = np.nan
    np.testing.assert_array_equal(predicted(predictor, changed, parts)[:, parts == 1], expected[:, parts == 1])


def test_groups_are_hidden_together():
    Z = correlated(200_000)
    groups = np.array([0, 1, 1, 1, 2])
    matrix = linear_predictor(Z.T @ Z / len(Z), 0.3, groups)
    is_hidden = (np.random.default_rng(1).uniform(size=(len(Z), 3)) < 0.3)[:, groups]
    seen = np.where(is_hidden, 0.0, Z)
    for column in range(Z.shape[1]):
        rows = is_hidden[:, column]
        others = groups != groups[column]
        expected, *_ = np.linalg.lstsq(seen[rows][:, others], Z[rows, column])
        np.testing.assert_allclose(matrix[others, column], expected, atol=0.02)
        assert not matrix[~others, column].any()
    parts = drawn_parts(groups, np.random.RandomState(0))
    assert len(set(parts[1:4])) == 1
