"""Objectives agree between tensors and NumPy, and ignore padding."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skautoencoder.objectives import (
    EvidenceLowerBound,
    HiddenEntries,
    PenalizedReconstruction,
    Reconstruction,
    ReconstructionLoss,
)
from skautoencoder.rows import Standardization

SCALE = 3.0
N_ROWS = 20


class Halves:
    """Networks that halve rows, their last five rows being padding."""

    def __init__(self, n_outputs):
        import tensorflow as tf

        self._n_outputs = n_outputs
        self._counts = tf.constant(np.arange(N_ROWS) < N_ROWS - 5, tf.float32)
        self.n_rows = tf.constant(N_ROWS - 5.0)

    def encode(self, rows):
        return rows[:, : self._n_outputs]

    encode_again = encode
    kernels = ()

    def decode(self, codes):
        import tensorflow as tf

        return tf.repeat(codes, 6 // codes.shape[1], axis=1) / 2

    def mean(self, values, weights=1.0):
        import tensorflow as tf

        counts = self._counts * weights
        return tf.tensordot(counts, values, 1) / tf.reduce_sum(counts)

    def total(self, values):
        import tensorflow as tf

        return tf.reduce_sum(self._counts * values)

    def normal(self, rows):
        import tensorflow as tf

        return tf.random.stateless_normal(rows.shape, [1, 2])


@pytest.fixture(scope="module")
def X():
    return np.random.RandomState(0).uniform(0.1, 0.9, size=(N_ROWS, 6)).astype(np.float32)


def loss(kind):
    return ReconstructionLoss(kind, Standardization(np.full(6, 2.0), SCALE))


def evaluated(objective, networks, *fields):
    import tensorflow as tf

    fields = [tf.constant(field) for field in fields]
    numbers = {name: tf.constant(number, tf.float32) for name, number in objective.numbers.items()}
    means, weight = objective.parts(networks, fields, numbers)
    as_tensor = float(objective.combine(means, numbers))
    means = [float(mean) for mean in means]
    assert float(objective.combine(means, objective.numbers)) == pytest.approx(as_tensor, rel=1e-5)
    return means, float(weight), objective.named(np.array([*means, 0.0]))


@pytest.mark.parametrize(
    ("kind", "expected", "power"),
    [
        ("mse", lambda error: error**2, 2),
        ("mae", np.abs, 1),
        ("huber", lambda error: np.where(np.abs(error) <= 1, error**2 / 2, np.abs(error) - 0.5), 2),
    ],
)
def test_penalized_reconstruction_equals_its_formula(X, kind, expected, power):
    objective = PenalizedReconstruction(loss(kind), penalty=lambda batch: batch.codes[:, 0], penalty_weight=0.5)
    means, weight, named = evaluated(objective, Halves(6), 5 * X)
    rows = 5 * X[: N_ROWS - 5]
    np.testing.assert_allclose(means, [expected(rows / 2).mean(), rows[:, 0].mean()], rtol=1e-5)
    assert weight == N_ROWS - 5
    unit = SCALE**power
    assert named["reconstruction_loss"] == pytest.approx(means[0] * unit)
    assert named["penalty"] == pytest.approx(means[1])
    assert named["loss"] == pytest.approx(unit * (means[0] + 0.5 * means[1]))


@pytest.mark.parametrize("kind", ["mse", "mae", "huber"])
def test_numpy_error_is_the_loss_in_units_of_X(X, kind):
    of_X = loss(kind)
    pca = PCA(2).fit(X)
    reconstructed = pca.inverse_transform(pca.transform(X))
    by_hand = Reconstruction(of_X).error(lambda rows: pca.inverse_transform(pca.transform(rows)), X)
    import tensorflow as tf

    standardized = [tf.constant((rows - 2) / SCALE, tf.float32) for rows in (X, reconstructed)]
    rows = of_X.of_rows(*standardized, {}).numpy()
    assert by_hand == pytest.approx(of_X.in_units_of_X(rows.mean()), rel=1e-5)


def test_evidence_lower_bound_equals_its_formula(X):
    objective = EvidenceLowerBound(loss("mse"), beta=2.0)
    # Two codes: means are columns 0 and 1, logarithms of variances columns 2 and 3.
    means, _, named = evaluated(objective, Halves(4), X)
    rows = X[: N_ROWS - 5].astype(float)
    variances = np.exp(rows[:, 2:4])
    divergence = np.sum(variances + rows[:, :2] ** 2 - 1 - rows[:, 2:4], axis=1).mean() / 2
    assert means[1] == named["kl_divergence"] == pytest.approx(divergence, rel=1e-5)
    # Six features, normally distributed with the mean squared error as variance, in the units of X.
    likelihood = 3 * (1 + np.log(2 * np.pi * named["reconstruction_loss"]))
    assert named["loss"] == pytest.approx(likelihood + 2 * divergence, rel=1e-5)


def test_held_out_rows_use_noise_variance_of_training_rows():
    training, held_out = np.array([0.3, 1.5, 0.0]), np.array([0.7, 2.5, 0.0])
    objective = EvidenceLowerBound(loss("mse"), beta=2.0).fitted_to(training)
    # In the units of X; six features.
    variance, error = 0.3 * SCALE**2, 0.7 * SCALE**2
    expected = 3 * np.log(2 * np.pi * variance) + 3 * error / variance + 2 * 2.5
    assert objective.named(held_out)["loss"] == pytest.approx(expected)
    assert objective.named(training) == pytest.approx(EvidenceLowerBound(loss("mse"), beta=2.0).named(training))
    assert objective.key == EvidenceLowerBound(loss("mse"), beta=2.0).key


@pytest.mark.parametrize("objective", [Reconstruction(loss("mse")), HiddenEntries(loss("mse"))])
def test_reconstruction_and_hidden_entries_fix_nothing_to_training_rows(objective):
    assert objective.fitted_to(np.array([0.3, 0.0])) is objective


@pytest.mark.parametrize("kind", ["mse", "huber"])
def test_hidden_entries_equals_its_formula(X, kind):
    hidden = np.where(np.random.RandomState(1).uniform(size=X.shape) < 0.3, X + 1, np.nan).astype(np.float32)
    hidden[0] = np.nan
    objective = HiddenEntries(loss(kind))
    means, weight, _ = evaluated(objective, Halves(6), X, hidden)
    errors = (X / 2 - hidden)[: N_ROWS - 5]
    expected = np.where(np.abs(errors) <= 1, errors**2 / 2, np.abs(errors) - 0.5) if kind == "huber" else errors**2
    assert means[0] == pytest.approx(np.nanmean(expected), rel=1e-5)
    assert weight == pytest.approx(np.isfinite(errors).sum() / 6, rel=1e-4)
    squared = objective.error(lambda rows: rows / 2, X, hidden)
    assert squared == pytest.approx(np.nanmean((X / 2 - hidden) ** 2), rel=1e-6)


@pytest.mark.parametrize("weights", [None, np.ones((4, 1))])
def test_error_of_no_hidden_entries_is_zero(weights):
    """Of few rows, nothing may be hidden."""
    rows = np.ones((4, 6))
    assert HiddenEntries(loss("mse")).error(lambda rows: rows, rows, np.full((4, 6), np.nan), weights) == 0.0
