"""Rows of weight zero are absent, integer weights are repetitions, and only ratios matter."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_sample_weight_equivalence_on_dense_data,
    check_sample_weight_equivalence_on_sparse_data,
)

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder.rows import Observed, Standardization
from skautoencoder.starts import FactorAnalysis, PrincipalComponents, column_shares

FULL_BATCHES = {"early_stopping": False, "batch_size": 10_000, "optimizer": "sgd", "learning_rate": 0.01}


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture(scope="module")
def rows(digits):
    return digits[:300]


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(0).integers(0, 4, size=300)


@pytest.mark.parametrize(
    "check", [check_sample_weight_equivalence_on_dense_data, check_sample_weight_equivalence_on_sparse_data]
)
@pytest.mark.parametrize(
    "estimator",
    [
        AutoencoderTransformer(epochs=3, **FULL_BATCHES),
        pytest.param(AutoencoderTransformer(epochs=3, init="random", **FULL_BATCHES), marks=pytest.mark.slow),
        pytest.param(AutoencoderTransformer(epochs=3, penalty="contractive", **FULL_BATCHES), marks=pytest.mark.slow),
        pytest.param(AutoencoderTransformer(epochs=0), marks=pytest.mark.slow),
        pytest.param(VariationalAutoencoderTransformer(epochs=0), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_sample_weight_equivalence_of_scikit_learn_holds_with_full_batches(estimator, check):
    check(type(estimator).__name__, estimator)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        pytest.param({"loss": "mae"}, marks=pytest.mark.slow),
        pytest.param({"init": "random"}, marks=pytest.mark.slow),
        pytest.param({"penalty": "l1", "init": "pca"}, marks=pytest.mark.slow),
        pytest.param({"penalty": "contractive"}, marks=pytest.mark.slow),
        {"penalty": "kl", "code_activation": "sigmoid"},
        pytest.param({"noise": "masking", "noise_level": 0.0}, marks=pytest.mark.slow),
    ],
)
def test_integer_weights_equal_repeated_rows(rows, weights, parameters):
    weighted = quick(**FULL_BATCHES, **parameters).fit(rows, sample_weight=weights)
    repeated = quick(**FULL_BATCHES, **parameters).fit(rows.repeat(weights, axis=0))
    codes = repeated.transform(rows)
    np.testing.assert_allclose(weighted.transform(rows), codes, rtol=1e-4, atol=1e-5 * np.abs(codes).max())
    assert weighted.alpha_ == pytest.approx(repeated.alpha_, rel=1e-5)
    # The loss of more than 256 rows is measured on a sample; the score on all rows.
    score = repeated.score(rows.repeat(weights, axis=0))
    assert weighted.score(rows, sample_weight=weights) == pytest.approx(score, abs=1e-6)


def test_variational_bound_of_weighted_rows_equals_that_of_repeated_rows(rows, weights):
    parameters = {"epochs": 0, "early_stopping": False, "random_state": 0, "hidden_layer_sizes": ()}
    weighted = VariationalAutoencoderTransformer(3, **parameters).fit(rows, sample_weight=weights)
    repeated = VariationalAutoencoderTransformer(3, **parameters).fit(rows.repeat(weights, axis=0))
    np.testing.assert_allclose(weighted.kl_divergence_, repeated.kl_divergence_, rtol=1e-6)
    assert weighted.noise_variance_ == pytest.approx(repeated.noise_variance_, rel=1e-10)
    np.testing.assert_allclose(
        weighted.sample(5, random_state=0, noise=False), repeated.sample(5, random_state=0, noise=False), atol=1e-4
    )


@pytest.mark.slow
def test_mini_batches_of_weighted_rows_agree_on_average_with_repeated_rows(digits):
    """Averaged over seeds, an epoch on weighted rows equals one of as many steps on repeated rows."""
    order = np.argsort(load_digits().target[:640], kind="stable")
    rows, weights = digits[:640][order] / 16, np.repeat([8, 2, 1, 1], 160)
    parameters = {"init": "random", "optimizer": "sgd", "learning_rate": 0.01, "early_stopping": False}

    def moved(X, sample_weight, batch_size):
        """Return the change of the reconstructions in 20 steps."""
        changes = []
        for seed in range(6):
            start, end = (
                quick(epochs=epochs, batch_size=batch_size, **parameters | {"random_state": seed})
                .fit(X, sample_weight=sample_weight)
                .reconstruct(rows)
                for epochs in (0, 1)
            )
            changes.append(end - start)
        return np.mean(changes, axis=0)

    expected = moved(rows.repeat(weights, axis=0), None, 96)
    weighted, unweighted = moved(rows, weights, 32), moved(rows, None, 32)
    assert np.linalg.norm(weighted - expected) < 0.01 * np.linalg.norm(expected)
    assert np.linalg.norm(unweighted - expected) > 0.1 * np.linalg.norm(expected)


def test_rows_of_weight_zero_are_absent_to_the_bit(rows, weights):
    present = (weights > 0).astype(float)
    noisy = rows + 1.0
    for estimator, others in (
        (quick(), {}),
        (quick(), {"X_noisy": noisy}),
        (VariationalAutoencoderTransformer(2, epochs=2, hidden_layer_sizes=(8,), random_state=0), {}),
        (AutoencoderImputer(4, epochs=2, random_state=0), {}),
    ):
        X = np.where(rows == 16, np.nan, rows) if isinstance(estimator, AutoencoderImputer) else rows
        kept = {name: value[present > 0] for name, value in others.items()}
        weighted = estimator.fit(X, sample_weight=present, **others).transform(X)
        without = estimator.fit(X[present > 0], sample_weight=np.ones(int(present.sum())), **kept).transform(X)
        np.testing.assert_array_equal(weighted, without)


def test_weights_of_one_equal_no_weights(rows):
    weighted = quick(**FULL_BATCHES).fit(rows, sample_weight=np.ones(len(rows)))
    np.testing.assert_allclose(weighted.transform(rows), quick(**FULL_BATCHES).fit(rows).transform(rows), atol=1e-4)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_scaled_weights_fit_the_same(rows, weights, unit):
    codes = quick().fit(rows, sample_weight=weights).transform(rows)
    np.testing.assert_allclose(quick().fit(rows, sample_weight=unit * weights).transform(rows), codes, atol=1e-3)


def test_validation_loss_is_weighted(rows):
    """One row is so heavy that the loss of its part is that of the row."""
    parameters = {"epochs": 1, "init": "random", "validation_fraction": 0.5, "learning_rate": 1e-30}
    alone = quick(**parameters).fit(rows, sample_weight=np.ones(len(rows)))
    errors = np.mean(np.square(alone.reconstruct(rows.astype(np.float32)) - rows), axis=1)
    heavy = np.where(np.arange(len(rows)) == 7, 1e6, 1.0)
    loss = quick(**parameters).fit(rows, sample_weight=heavy).history_
    # The heavy row is either a training row or a held-out row.
    name = min(("loss", "val_loss"), key=lambda name: abs(loss[name][0] - errors[7]))
    assert loss[name][0] == pytest.approx(errors[7], rel=1e-3)


@pytest.mark.parametrize("container", [np.asarray, np.float32, csr_array])
@pytest.mark.parametrize("encoding_dim", [3, 64, 0.9])
def test_weighted_pca_equals_pca_of_repeated_rows(rows, weights, container, encoding_dim, monkeypatch):
    repeated = rows.repeat(weights, axis=0)
    kept, weight = rows[weights > 0], weights[weights > 0].astype(float)
    for copy_bytes in (2**26, 0):
        monkeypatch.setattr("skautoencoder.starts._pca._COPY_BYTES", copy_bytes)
        pca = PrincipalComponents.of(container(kept), encoding_dim, np.random.RandomState(0), weight)
        expected = PCA(encoding_dim if encoding_dim < 64 else 60).fit(repeated)
        n_compared = min(20, len(expected.components_))
        signs = np.sign(np.sum(pca.components[:n_compared] * expected.components_[:n_compared], axis=1))
        np.testing.assert_allclose(
            signs[:, np.newaxis] * pca.components[:n_compared], expected.components_[:n_compared], atol=1e-5
        )
        if encoding_dim == 0.9:
            assert len(pca.components) == expected.n_components_
        variances = pca.variances(container(kept), weight) * pca.standardization.scale**2
        spread = repeated.var(axis=0).sum()
        np.testing.assert_allclose(
            variances[:n_compared] / spread, expected.explained_variance_ratio_[:n_compared], atol=1e-6
        )


@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_weighted_moments_equal_those_of_repeated_rows(rows, weights, container):
    repeated = Standardization.of(rows.repeat(weights, axis=0))
    weighted = Standardization.of(container(rows), weights.astype(float))
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-12, atol=1e-14)
    assert weighted.scale == pytest.approx(repeated.scale, rel=1e-12)


def test_weighted_factor_analysis_equals_that_of_repeated_rows(rows, weights):
    X = rows[weights > 0][:, 2:6]
    weight = weights[weights > 0]
    X = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)

    def factors(X, weight):
        entries = Observed.of(X)
        return FactorAnalysis.of(entries.standardized(*entries.moments(weight)), 2, np.random.RandomState(0), weight)

    weighted, repeated = factors(X, weight.astype(float)), factors(X.repeat(weight, axis=0), None)
    np.testing.assert_allclose(weighted.noise, repeated.noise, rtol=1e-6)
    np.testing.assert_allclose(
        weighted.loadings @ weighted.loadings.T, repeated.loadings @ repeated.loadings.T, rtol=1e-6
    )
    hidden = np.nan_to_num(X)
    shares = column_shares(weighted, hidden, hidden, weight[:, np.newaxis])
    again = hidden.repeat(weight, axis=0)
    np.testing.assert_allclose(shares, column_shares(weighted, again, again), rtol=1e-12)


def test_weighted_score_equals_weighted_r2_of_scikit_learn(fitted, digits):
    weight = np.random.default_rng(0).uniform(size=len(digits))
    expected = r2_score(digits, fitted.reconstruct(digits), sample_weight=weight, multioutput="variance_weighted")
    assert fitted.score(digits, sample_weight=weight) == pytest.approx(expected, abs=1e-12)


def test_weighted_score_of_an_imputer(rows):
    X = np.where(np.random.default_rng(0).uniform(size=rows.shape) < 0.2, np.nan, rows)
    imputer = AutoencoderImputer(4, epochs=0, random_state=0).fit(X)
    first, second = np.arange(300) < 150, np.arange(300) >= 150
    scores = [imputer.score(X, sample_weight=weight) for weight in (first, second, np.ones(300))]
    assert scores[0] != scores[1]
    assert scores[2] == pytest.approx(imputer.score(X), rel=1e-12)
    assert min(scores[:2]) < scores[2] < max(scores[:2])


def test_partial_fit_weighs_chunks_in_the_unit_of_the_first(digits):
    """A chunk of rows of four times the weight takes a step of four times the length."""
    parameters = FULL_BATCHES | {"init": "random", "learning_rate": 1e-4}
    start = quick(**parameters, epochs=0).fit(digits[:200])
    first = digits[:200], np.full(200, 2.0)
    step = {}
    for weight in (2.0, 8.0):
        stream = quick(**parameters).partial_fit(*first[:1], sample_weight=first[1])
        before = stream.encoder_.get_weights()[0]
        stream.partial_fit(digits[200:400], sample_weight=np.full(200, weight))
        step[weight] = stream.encoder_.get_weights()[0] - before
    np.testing.assert_allclose(step[8.0], 4 * step[2.0], atol=1e-6)
    assert np.abs(step[2.0]).max() > 1e-5
    assert start.n_iter_ == 0


def test_metadata_routing_passes_weights_through_a_pipeline(rows, weights):
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        reduce = quick().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(scaler, reduce).fit(rows, sample_weight=weights)
        scaled = StandardScaler().fit(rows, sample_weight=weights).transform(rows)
        expected = quick().fit(scaled, sample_weight=weights)
        np.testing.assert_array_equal(pipeline[-1].transform(scaled), expected.transform(scaled))
        score = expected.score(scaled, sample_weight=weights)
        assert pipeline.score(rows, sample_weight=weights) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [
        ([1.0, 2.0], "sample_weight.shape == "),
        (np.full(300, -1.0), "[Nn]egative values in data passed to `sample_weight`"),
        (np.full(300, np.nan), "sample_weight contains NaN"),
        (np.zeros(300), "zero|is 0 for every row"),
    ],
)
@pytest.mark.parametrize("estimator", [quick(), AutoencoderImputer(2, epochs=1)], ids=["autoencoder", "imputer"])
def test_invalid_weights_raise(rows, estimator, sample_weight, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(rows, sample_weight=sample_weight)


def test_one_row_of_positive_weight_raises(rows):
    with pytest.raises(ValueError, match="sample_weight leaves 1 row of weight above 0, but fit needs 2"):
        quick().fit(rows, sample_weight=np.eye(300)[0])
