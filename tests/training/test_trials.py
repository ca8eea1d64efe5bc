"""Trials, runs on other splits of a small table, choose the epoch that is kept, or keep PCA."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import train_test_split

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, KerasArchitecture, _base
from skautoencoder._engine import _keras_compat
from skautoencoder._engine.run import TrialRun
from skautoencoder.metrics import reconstruction_error
from skautoencoder.training import planning, trials
from skautoencoder.training.epochs import newest_gain
from skautoencoder.training.planning import Planner
from skautoencoder.training.run_plan import run_plan

pytestmark = pytest.mark.xla


def quick(encoding_dim=2, **parameters):
    defaults = {"epochs": 30, "random_state": 0, "hidden_layer_sizes": (16,), "learning_rate": 0.01}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


def plan_of(autoencoder, X, sample_weight=None, **others):
    rows = autoencoder._given_rows(X, None, sample_weight, others, None)
    options = autoencoder._training_options(is_partial=False)
    return Planner(autoencoder._model(), options, rows, None, np.random.RandomState(0)).plan()


@pytest.fixture(scope="module")
def curved():
    """Rows on a curved surface, which PCA cannot follow."""
    random_state = np.random.RandomState(0)
    angles = random_state.uniform(-2, 2, size=(120, 2))
    X = np.column_stack([np.sin(angles), np.cos(angles), angles[:, :1] * angles[:, 1:]])
    return X + 0.05 * random_state.normal(size=X.shape)


@pytest.fixture(scope="module")
def linear():
    """Rows of two linear factors and noise: nothing is better than PCA."""
    random_state = np.random.RandomState(0)
    return random_state.normal(size=(100, 2)) @ random_state.normal(size=(2, 6)) + 0.5 * random_state.normal(
        size=(100, 6)
    )


@pytest.fixture(scope="module")
def fitted(curved):
    return quick().fit(curved)


def linear_autoencoder(components, X, X_held_out, learning_rate, epochs):
    """Minimise the mean absolute error with Adam from PCA on; yield the mean weights and the held-out error."""
    weights = means = [components.T, np.zeros(len(components)), components, np.zeros(X.shape[1])]

    def outputs(rows, encoding, code_bias, decoding, bias):
        return (rows @ encoding + code_bias) @ decoding + bias

    yield means, np.mean(np.abs(outputs(X_held_out, *means) - X_held_out))
    moments, squares = [0.0] * 4, [0.0] * 4
    for step in range(1, epochs + 1):
        encoding, code_bias, decoding, _ = weights
        of_outputs = np.sign(outputs(X, *weights) - X) / X.size
        of_codes = of_outputs @ decoding.T
        codes = X @ encoding + code_bias
        gradients = [X.T @ of_codes, of_codes.sum(0), codes.T @ of_outputs, of_outputs.sum(0)]
        moments = [0.9 * moment + 0.1 * gradient for moment, gradient in zip(moments, gradients, strict=True)]
        squares = [0.999 * square + 0.001 * gradient**2 for square, gradient in zip(squares, gradients, strict=True)]
        rate = learning_rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        steps = [rate * moment / (np.sqrt(square) + 1e-7) for moment, square in zip(moments, squares, strict=True)]
        weights = [array - change for array, change in zip(weights, steps, strict=True)]
        window = min(1 + 0.2 * (step - 1), 1000)
        means = [mean + (array - mean) / window for mean, array in zip(means, weights, strict=True)]
        yield means, np.mean(np.abs(outputs(X_held_out, *means) - X_held_out))


def test_network_of_all_rows_is_that_of_the_epoch_with_the_lowest_mean_error(curved, monkeypatch):
    """Compute trials, running means and the final fit in NumPy, for a linear network and full batches."""
    plans = []

    def recorded(plan, *args, **options):
        plans.append(plan)
        return run_plan(plan, *args, **options)

    monkeypatch.setattr(_base, "run_plan", recorded)
    parameters = {"hidden_layer_sizes": (), "loss": "mae", "learning_rate": 0.01}
    # Some outliers, which squared errors follow and absolute errors do not.
    X = np.vstack([curved, 6 * curved[:10, ::-1]])
    autoencoder = quick(batch_size=len(X), epochs=60, **parameters).fit(X)

    def by_hand(training, validation, epochs):
        mean = X[training].mean(axis=0)
        scale = np.sqrt(np.mean(np.square(X[training] - mean)))
        rows, held_out = (X[training] - mean) / scale, (X[validation] - mean) / scale
        components = PCA(2).fit(rows).components_
        found = linear_autoencoder(components, rows, held_out, parameters["learning_rate"], epochs)
        weights, errors = zip(*found, strict=True)
        return weights[-1], scale * np.array(errors), mean, scale

    curve = np.mean([by_hand(trial.split.training, trial.split.validation, 60)[1] for trial in plans[0].trials], axis=0)
    n_epochs = autoencoder.n_iter_
    np.testing.assert_allclose(autoencoder.history_["val_loss"], curve[: n_epochs + 1], rtol=1e-3)
    assert 0 < autoencoder.best_epoch_ == np.argmin(curve[: n_epochs + 1])
    assert n_epochs == min(autoencoder.best_epoch_ + 20, 60)
    all_rows = np.arange(len(X))
    (encoding, code_bias, decoding, bias), _, mean, scale = by_hand(all_rows, all_rows, autoencoder.best_epoch_)
    expected = (((X - mean) / scale @ encoding + code_bias) @ decoding + bias) * scale + mean
    difference = np.linalg.norm(autoencoder.reconstruct(X) - expected)
    pca = PCA(2).fit(X)
    assert difference < 0.05 * np.linalg.norm(pca.inverse_transform(pca.transform(X)) - expected)


def test_trials_hold_out_other_fifths_of_the_rows_and_start_at_pca_of_the_rest(curved):
    plan = plan_of(quick(), curved)
    held_out = np.concatenate([trial.split.validation for trial in plan.trials])
    assert len(held_out) == len(set(held_out)) == 3 * 24
    np.testing.assert_array_equal(np.sort(plan.split.training), np.arange(120))
    assert not len(plan.split.validation)
    for trial in plan.trials:
        np.testing.assert_array_equal(np.sort(np.append(trial.split.training, trial.split.validation)), np.arange(120))
        pca = PCA(2).fit(curved[trial.split.training])
        expected = pca.inverse_transform(pca.transform(curved))
        np.testing.assert_allclose(trial.start.reconstruct(curved), expected, atol=1e-6)


def test_weighted_trials_start_at_the_pca_of_repeated_rows(curved):
    weights = np.random.RandomState(1).randint(1, 4, size=len(curved)).astype(float)
    for trial in plan_of(quick(), curved, weights).trials:
        pca = PCA(2).fit(curved[trial.split.training].repeat(weights[trial.split.training].astype(int), axis=0))
        expected = pca.inverse_transform(pca.transform(curved))
        np.testing.assert_allclose(trial.start.reconstruct(curved), expected, atol=1e-6)


def test_number_of_trials_falls_with_the_number_of_rows():
    X = np.random.RandomState(0).normal(size=(1501, 5))
    assert [len(plan_of(quick(), X[:n_rows]).trials) for n_rows in (600, 601, 1500, 1501)] == [3, 1, 1, 0]
    assert len(plan_of(quick(), X[:601]).trials[0].split.validation) == 121
    assert len(plan_of(quick(), X).split.validation) == 150


def two_models(n_features, encoding_dim):
    encoder = keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(encoding_dim)])
    return encoder, keras.Sequential([keras.Input((encoding_dim,)), keras.layers.Dense(n_features)])


@pytest.mark.parametrize(
    "parameters",
    [
        {"validation_fraction": 0.1},
        {"callbacks": keras.callbacks.Callback()},
        {"warm_start": True},
        {"init": "random"},
        {"noise": "masking"},
        {"penalty": "contractive"},
        {"architecture": KerasArchitecture(two_models), "init": "pca"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_plan_without_trials_holds_out_a_tenth_of_the_rows(parameters):
    X = np.random.RandomState(0).normal(size=(50, 15))
    plan = plan_of(quick(**parameters), X)
    assert (plan.trials, len(plan.split.training), len(plan.split.validation)) == ((), 45, 5)


def test_plan_without_early_stopping_or_with_X_val_holds_out_no_row(curved):
    plan = plan_of(quick(early_stopping=False), curved)
    assert (plan.trials, len(plan.split.training), len(plan.split.validation)) == ((), 120, 0)
    plan = plan_of(quick(), curved[:100], X_val=curved[100:])
    assert (plan.trials, len(plan.split.training), len(plan.split.validation_rows)) == ((), 100, 20)
    plan = plan_of(quick(), curved[:9])
    assert (plan.trials, len(plan.split.training), len(plan.split.validation)) == ((), 9, 0)


def test_trials_that_beat_pca_beat_it_on_all_rows(curved, fitted):
    losses = fitted.history_["val_loss"]
    assert losses[fitted.best_epoch_] == min(losses) < 0.8 * losses[0]
    pca = PCA(2).fit(curved)
    assert fitted.score(curved) > pca.explained_variance_ratio_.sum()


@pytest.mark.parametrize("rank", [0, 2], ids=["noise", "linear"])
def test_trials_that_do_not_beat_pca_keep_pca(linear, rank):
    X = linear if rank else np.random.RandomState(1).normal(size=linear.shape)
    autoencoder = quick(learning_rate=1e-3).fit(X)
    assert autoencoder.best_epoch_ == 0 < autoencoder.n_iter_
    np.testing.assert_allclose(autoencoder.transform(X), PCA(2).fit_transform(X), atol=1e-6)


def test_trials_with_the_same_seed_are_bit_equal(curved, fitted):
    again = quick().fit(curved)
    assert again.history_ == fitted.history_
    np.testing.assert_array_equal(again.transform(curved), fitted.transform(curved))
    assert quick(random_state=1).fit(curved).history_ != fitted.history_


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_number_of_threads_changes_no_bit(curved, fitted, monkeypatch, n_threads):
    monkeypatch.setattr(_keras_compat, "N_THREADS", n_threads)
    np.testing.assert_array_equal(quick().fit(curved).transform(curved), fitted.transform(curved))


def test_trials_of_convolutions_beat_pca():
    X_train, X_test = train_test_split(load_digits().data[:300], random_state=0)
    architecture = ConvolutionalArchitecture((8, 8))
    autoencoder = quick(8, architecture=architecture, hidden_layer_sizes=(8,), epochs=10).fit(X_train)
    assert len(plan_of(autoencoder, X_train).trials) == 3
    assert autoencoder.best_epoch_ > 0
    assert reconstruction_error(autoencoder, X_test) < reconstruction_error(PCA(8).fit(X_train), X_test)


def test_patience_stops_trials(curved):
    # Steps this small vanish in float32: the start stays the best.
    autoencoder = quick(patience=3, learning_rate=1e-30, optimizer="sgd").fit(curved)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 0)
    np.testing.assert_allclose(autoencoder.transform(curved), PCA(2).fit_transform(curved), atol=1e-6)


def test_diverging_trial_warns(curved):
    autoencoder = quick(optimizer="sgd", learning_rate=1e12)
    with pytest.warns(ConvergenceWarning, match=r"the loss of epoch 1 is not finite. Epoch 0, .* Lower learning_rate"):
        autoencoder.fit(curved)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (0, 0)
    assert np.isfinite(autoencoder.reconstruct(curved)).all()


def test_values_beyond_float32_are_refused(curved):
    outlier = np.vstack([1e-30 * curved, np.full((1, curved.shape[1]), 1e12)])
    with pytest.raises(ValueError, match="too large for float32"):
        quick(random_state=3).fit(outlier)


def test_interrupted_trials_keep_the_best_epoch_so_far(curved, monkeypatch):
    turn, calls = TrialRun.turn, []

    def interrupted(self, n_epochs):
        calls.append(n_epochs)
        # Four runs, the second turn of the first of them.
        if len(calls) > 4:
            raise KeyboardInterrupt
        return turn(self, n_epochs)

    monkeypatch.setattr(TrialRun, "turn", interrupted)
    autoencoder = quick()
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 10 epochs. Epoch 10, the best so far, is kept"):
        autoencoder.fit(curved)
    monkeypatch.undo()
    ten = quick(epochs=10).fit(curved)
    assert (autoencoder.best_epoch_, autoencoder.history_) == (10, ten.history_)
    np.testing.assert_array_equal(autoencoder.transform(curved), ten.transform(curved))


def test_trials_interrupted_at_their_start_keep_pca(curved, monkeypatch):
    def interrupted(self, n_epochs):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrialRun, "turn", interrupted)
    autoencoder = quick()
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 0 epochs. Epoch 0, the best so far, is kept"):
        autoencoder.fit(curved)
    np.testing.assert_allclose(autoencoder.transform(curved), PCA(2).fit_transform(curved), atol=1e-6)


def test_interruption_while_trials_compile_leaves_no_fit(curved, monkeypatch):
    def interrupted(plan, trainer):
        raise KeyboardInterrupt("during compilation")

    monkeypatch.setattr(trials, "started_trial", interrupted)
    autoencoder = quick()
    with pytest.raises(KeyboardInterrupt, match="during compilation"):
        autoencoder.fit(curved)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        autoencoder.transform(curved)


def test_each_epoch_of_each_trial_has_its_own_random_numbers(curved, monkeypatch):
    seeds, drawn = TrialRun._seeds, []

    def recorded(self):
        drawn.append(seeds(self))
        return drawn[-1]

    monkeypatch.setattr(TrialRun, "_seeds", recorded)
    quick(ordered=True, epochs=20).fit(curved)
    drawn = np.vstack(drawn)
    # Four runs with two turns of ten epochs.
    assert len(drawn) == len(np.unique(drawn, axis=0)) == 80


def test_killed_trials_begin_anew_and_end_at_the_same_bits(curved, fitted, monkeypatch, tmp_path):
    def killed(self, n_epochs):
        raise ZeroDivisionError("in a turn")

    monkeypatch.setattr(TrialRun, "turn", killed)
    with pytest.raises(ZeroDivisionError, match="in a turn"):
        quick(checkpoint=tmp_path).fit(curved)
    monkeypatch.undo()
    autoencoder = quick(checkpoint=tmp_path).fit(curved)
    np.testing.assert_array_equal(autoencoder.transform(curved), fitted.transform(curved))
    assert autoencoder.history_ == fitted.history_
    assert not list(tmp_path.iterdir())


def test_progress_shows_the_trials(curved, fitted, capsys):
    quick(verbose=1).fit(curved)
    lines = capsys.readouterr().out.strip().splitlines()
    assert f"val_loss: {fitted.history_['val_loss'][0]:.4g} - PCA: {fitted.history_['val_loss'][0]:.4g}" in lines[0]
    assert all(line.startswith("AutoencoderTransformer: epoch ") for line in lines)


def test_patience_ends_at_a_gain_of_less_than_half_a_percent_of_the_start():
    losses = [2.0, 1.5, 1.492, 1.4915, 1.489, 1.4885]
    assert newest_gain([{"val_loss": loss} for loss in losses]) == 4
    assert newest_gain([{"val_loss": loss} for loss in (2.0, 2.5, 1.995)]) == 0


def test_run_on_all_rows_is_kept_later_if_it_is_behind_the_trials():
    kept = trials._KeptEpoch(0, np.inf)
    history = []
    of_trials = [(10.0, 10.0), (4.0, 5.0), (3.5, 5.5), (3.0, 6.0), (2.5, 6.5)]
    of_all_rows = [20.0, 16.0, 12.0, 8.8, 6.0]
    results = []
    for (loss, val_loss), loss_of_all in zip(of_trials, of_all_rows, strict=True):
        history.append({"loss": loss, "val_loss": val_loss})
        kept.see(history, loss_of_all, lambda epoch: epoch)
        results.append((kept.epoch, kept.result, kept.is_behind))
    # Epoch 1 is the best of the trials, with 40 % of the start's loss; epoch 3 is the first with at most 45 % of it.
    assert results == [(0, 0, False), (1, 1, True), (1, 2, True), (1, 3, False), (1, 3, False)]


@pytest.mark.parametrize(
    ("n_rows", "parameters", "expected"),
    [
        (1500, {}, (1e-3, None, True)),
        (1501, {}, (5e-3, 1e-3, True)),
        (1501, {"learning_rate": 2e-3}, (2e-3, None, True)),
        # The object's own rate counts.
        (1501, {"optimizer": keras.optimizers.SGD(1e-2)}, (5e-3, None, True)),
        (1501, {"init": "random"}, (1e-3, None, False)),
        (1501, {"noise": "masking"}, (1e-3, None, False)),
    ],
)
def test_many_rows_have_a_larger_learning_rate_where_weights_are_averaged(n_rows, parameters, expected):
    X = np.random.RandomState(0).normal(size=(n_rows, 5))
    plan = plan_of(quick(**{"learning_rate": "auto"} | parameters), X)
    assert (plan.options.learning_rate, plan.second_learning_rate, plan.running_mean is not None) == expected


def test_training_without_gain_begins_again_with_a_smaller_rate(digits, monkeypatch):
    # Steps this small vanish in float32.
    monkeypatch.setattr(planning, "_LEARNING_RATE_OF_MANY_ROWS", 1e-30)
    autoencoder = quick(learning_rate="auto", epochs=6, patience=3).fit(digits)
    losses = autoencoder.history_["val_loss"]
    np.testing.assert_allclose(losses[1:4], losses[0], rtol=1e-5)
    assert losses[0] > losses[4] > losses[6]
    assert autoencoder.best_epoch_ == 6


def test_training_begins_again_only_once(digits, monkeypatch):
    for name in ("_LEARNING_RATE", "_LEARNING_RATE_OF_MANY_ROWS"):
        monkeypatch.setattr(planning, name, 1e-30)
    autoencoder = quick(learning_rate="auto", epochs=20, patience=3).fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (6, 0)
