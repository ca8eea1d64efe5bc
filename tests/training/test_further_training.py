"""`warm_start` and `partial_fit` continue training."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, VariationalAutoencoderTransformer
from skautoencoder.networks import CodeMap

CONVOLUTIONAL = {"architecture": ConvolutionalArchitecture((8, 8)), "hidden_layer_sizes": (2,)}


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


def full_batches(**parameters):
    """Take all rows in one step, so that their order has no effect."""
    return quick(early_stopping=False, batch_size=2000, **parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"optimizer": "rmsprop"},
        {"init": "random", "penalty": "l2"},
        pytest.param({"noise": "masking", "noise_level": 0.0}, marks=pytest.mark.slow),
        pytest.param(CONVOLUTIONAL, marks=pytest.mark.slow),
    ],
)
def test_warm_start_takes_the_steps_of_one_long_fit(digits, parameters):
    long = full_batches(epochs=6, **parameters).fit(digits)
    warm = full_batches(epochs=2, warm_start=True, **parameters)
    for _ in range(3):
        warm.fit(digits)
    assert warm.n_iter_ == 6
    assert warm.history_["loss"] == pytest.approx(long.history_["loss"], rel=1e-6)
    np.testing.assert_allclose(warm.transform(digits), long.transform(digits), rtol=1e-4, atol=1e-4)


def test_pickled_warm_start_continues_as_the_original(digits):
    warm = quick(warm_start=True).fit(digits)
    loaded = pickle.loads(pickle.dumps(warm))
    np.testing.assert_array_equal(loaded.fit(digits).transform(digits), warm.fit(digits).transform(digits))


def test_warm_start_holds_out_the_same_rows_and_keeps_the_best_epoch(digits):
    warm = quick(warm_start=True, epochs=10, learning_rate=1e-2).fit(digits)
    best = min(warm.history_["val_loss"])
    again = warm.fit(digits)
    # A warm start first measures the kept epoch on the held-out rows.
    assert min(again.history_["val_loss"]) <= best
    assert again.history_["val_loss"][again.best_epoch_] == min(again.history_["val_loss"])
    assert again.score(digits) > quick(epochs=10, learning_rate=1e-2).fit(digits).score(digits) - 1e-9


def test_lowered_rate_stays_low_until_learning_rate_changes(digits):
    import keras

    rates = []

    class Watcher(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

        def on_train_end(self, logs=None):
            self.model.optimizer.learning_rate = 1e-4

    warm = quick(epochs=1, warm_start=True, early_stopping=False, callbacks=Watcher()).fit(digits).fit(digits)
    warm.set_params(learning_rate=5e-4).fit(digits)
    assert rates == pytest.approx([1e-3, 1e-4, 5e-4])


def test_warm_start_may_change_optimizer_penalty_and_early_stopping(digits):
    warm = quick(warm_start=True).fit(digits)
    warm.set_params(early_stopping=False, optimizer="sgd", epochs=1, penalty="contractive").fit(digits)
    assert len(warm.history_["loss"]) == warm.n_iter_ + 1 == 6
    assert np.isnan(warm.history_["val_loss"][-1])
    assert np.isnan(warm.history_["penalty"][:-1]).all()


@pytest.mark.parametrize(
    "change",
    [
        {"encoding_dim": 4},
        pytest.param({"hidden_layer_sizes": (8,)}, marks=pytest.mark.slow),
        {"activation": "relu"},
        pytest.param(CONVOLUTIONAL, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_warm_start_of_another_network_raises(digits, change, method):
    warm = quick(warm_start=True).fit(digits)
    codes = warm.transform(digits)
    with pytest.raises(ValueError, match=r"describe another network .* warm_start=False to start anew"):
        getattr(warm.set_params(**change), method)(digits)
    np.testing.assert_array_equal(warm.transform(digits), codes)
    assert warm.set_params(warm_start=False).fit(digits).n_iter_ == 4


def test_warm_start_with_another_number_of_columns_raises(digits):
    warm = quick(warm_start=True).fit(digits)
    with pytest.raises(ValueError, match=r"X has 63 features, but .* 64 features .* warm_start=False"):
        warm.fit(digits[:, 1:])
    assert warm.set_params(warm_start=False).fit(digits[:, 1:]).n_features_in_ == 63


def test_cold_fit_keeps_no_training_state(digits):
    cold, warm = (quick(warm_start=is_warm).fit(digits) for is_warm in (False, True))
    assert len(pickle.dumps(warm)) > 1.8 * len(pickle.dumps(cold))
    assert quick().fit(digits).fit(digits).n_iter_ == 4


def in_chunks(estimator, X, passes, size=300):
    for _ in range(passes):
        for chunk in gen_batches(len(X), size):
            estimator.partial_fit(X[chunk])
    return estimator


@pytest.mark.slow
@pytest.mark.parametrize("container", [np.asarray, csr_array, pd.DataFrame])
def test_partial_fit_reaches_the_score_of_fit(digits, container):
    """The reconstruction error of held-out rows is within a tenth of that of `fit` with as many passes."""
    rows, held_out = digits[:1500], digits[1500:]
    stream = AutoencoderTransformer(8, random_state=0)
    for _ in range(20):
        for chunk in gen_batches(len(rows), 300):
            stream.partial_fit(container(rows[chunk]))
    whole = AutoencoderTransformer(8, random_state=0, epochs=20, early_stopping=False).fit(rows)
    assert 1 - stream.score(container(held_out)) < 1.1 * (1 - whole.score(held_out))


def test_first_chunk_fixes_the_start_and_every_chunk_is_an_epoch(digits):
    stream = quick(learning_rate=1e-30).partial_fit(digits[:500])
    pca = PCA(3).fit(digits[:500])
    np.testing.assert_allclose(stream.transform(digits), pca.transform(digits), atol=1e-4)
    with pytest.warns(UserWarning, match="lie far from those of earlier chunks"):
        stream.partial_fit(digits[500:] + 100)
    np.testing.assert_allclose(stream.transform(digits), pca.transform(digits), atol=1e-4)
    assert (stream.n_iter_, stream.best_epoch_, len(stream.history_["loss"])) == (2, 2, 3)
    assert "val_loss" not in stream.history_
    assert stream.history_["loss"][2] > 100


def test_partial_fit_of_one_chunk_repeated_equals_fit(digits):
    """With full batches the steps are the same only if the optimizer keeps its state."""
    X = digits[:256]
    stream = full_batches()
    for _ in range(4):
        stream.partial_fit(X)
    whole = full_batches().fit(X)
    assert stream.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-6)
    np.testing.assert_allclose(stream.reconstruct(X), whole.reconstruct(X), rtol=1e-4, atol=1e-4)
    # Only `fit` makes the codes uncorrelated.
    codes = stream.transform(X)
    uncorrelated = CodeMap.decorrelation(codes.mean(axis=0), np.cov(codes.T, bias=True), 1.0).codes(codes)
    np.testing.assert_allclose(uncorrelated, whole.transform(X), rtol=1e-4, atol=1e-4)


def test_partial_fit_continues_a_fit(digits):
    autoencoder = quick().fit(digits)
    loss = autoencoder.history_["loss"][autoencoder.best_epoch_]
    assert in_chunks(autoencoder, digits, passes=3, size=600).n_iter_ == 4 + 9
    assert autoencoder.history_["loss"][-1] < loss
    assert quick().partial_fit(digits).fit(digits).n_iter_ == 4


def test_partial_fit_takes_one_row_and_X_noisy(digits):
    noisy = digits + np.random.default_rng(0).normal(size=digits.shape)
    stream = quick().partial_fit(digits[:600], X_noisy=noisy[:600])
    for rows in (slice(600, 601), slice(601, 700), slice(700, 1797)):
        stream.partial_fit(digits[rows], X_noisy=noisy[rows])
    assert np.isfinite(stream.history_["loss"]).all()


def test_partial_fit_of_a_variational_autoencoder(digits):
    stream = in_chunks(VariationalAutoencoderTransformer(2, hidden_layer_sizes=(16,), random_state=0), digits, passes=2)
    assert stream.sample(3, random_state=0).shape == (3, 64)
    assert len(stream.history_["kl_divergence"]) == 13


def test_first_chunk_too_small_for_pca_raises(digits):
    with pytest.raises(ValueError, match=r"encoding_dim=8, but the first chunk has 5 rows.* init='random'"):
        AutoencoderTransformer(8).partial_fit(digits[:5])
    assert AutoencoderTransformer(8, init="random", random_state=0).partial_fit(digits[:5]).n_iter_ == 1


def test_failed_partial_fit_leaves_the_estimator_unchanged(digits):
    stream = quick().partial_fit(digits)
    codes = stream.transform(digits)
    with pytest.raises(ValueError, match="contains NaN"):
        stream.partial_fit(np.full((10, 64), np.nan))
    with pytest.raises(ValueError, match="63 features"):
        stream.partial_fit(digits[:, 1:])
    np.testing.assert_array_equal(stream.transform(digits), codes)
    expected = quick().partial_fit(digits).partial_fit(digits)
    np.testing.assert_array_equal(stream.partial_fit(digits).transform(digits), expected.transform(digits))
    assert clone(stream).partial_fit(digits).n_iter_ == 1
