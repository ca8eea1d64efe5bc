"""What happens between the start and the epoch that is kept."""

import threading
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import minmax_scale

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error

pytestmark = pytest.mark.xla


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,)}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture(scope="module")
def scaled(digits):
    return minmax_scale(digits)


@pytest.mark.filterwarnings("ignore")
def test_random_start_reaches_what_the_hand_written_keras_model_reaches(scaled):
    import keras

    ours = AutoencoderTransformer(
        16,
        hidden_layer_sizes=(),
        code_activation="relu",
        output_activation="sigmoid",
        loss="binary_crossentropy",
        epochs=20,
        batch_size=64,
        early_stopping=False,
    )
    losses = [ours.set_params(random_state=seed).fit(scaled).history_["loss"][-1] for seed in range(3)]
    by_hand = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [
                keras.Input((64,)),
                keras.layers.Dense(16, activation="relu"),
                keras.layers.Dense(64, activation="sigmoid"),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
        by_hand.append(model.fit(scaled, scaled, epochs=20, batch_size=64, verbose=0).history["loss"][-1])
    assert np.mean(losses) == pytest.approx(np.mean(by_hand), rel=0.02)


def test_first_steps_are_those_of_keras_on_the_same_batches(scaled):
    """Full batches leave nothing to chance: the same weights after the same steps."""
    import keras

    parameters = {"init": "random", "early_stopping": False, "batch_size": len(scaled), "optimizer": "sgd"}
    start = quick(epochs=0, learning_rate=0.5, **parameters).fit(scaled)
    ours = quick(epochs=3, learning_rate=0.5, **parameters).fit(scaled)
    model = start.set_params().autoencoder_
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    model.fit(scaled, scaled, epochs=3, batch_size=len(scaled), shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.reconstruct(scaled), model(scaled).numpy(), atol=1e-5)
    np.testing.assert_allclose(ours.history_["loss"][1:], model.history.history["loss"], rtol=1e-4)


def test_the_partial_last_batch_counts(scaled):
    X = scaled[:65]
    parameters = {"init": "random", "early_stopping": False, "batch_size": 64, "optimizer": "sgd", "epochs": 1}
    # At a rate of next to nothing the losses of all batches are those of the start.
    autoencoder = quick(learning_rate=1e-12, **parameters).fit(X)
    assert autoencoder.history_["loss"][1] == pytest.approx(reconstruction_error(autoencoder, X), rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "binary_crossentropy"])
def test_losses_are_those_of_keras(scaled, loss):
    import keras

    output_activation = "sigmoid" if loss == "binary_crossentropy" else "linear"
    autoencoder = quick(loss=loss, init="random", epochs=0, early_stopping=False, output_activation=output_activation)
    X_reconstructed = autoencoder.fit(scaled).reconstruct(scaled)
    expected = keras.losses.get(loss)(scaled, X_reconstructed).numpy().mean()
    assert autoencoder.history_["loss"] == [pytest.approx(expected, rel=1e-4)]


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_a_keras_loss_sees_the_units_of_X(digits, loss):
    import keras

    stock = {
        "mse": keras.losses.MeanSquaredError(),
        "mae": keras.losses.MeanAbsoluteError(),
        "huber": keras.losses.Huber(2.5),
    }
    autoencoder = quick(loss=stock[loss], init="pca", epochs=2, early_stopping=False).fit(digits)
    start = quick(init="pca", epochs=0).fit(digits)
    expected = float(stock[loss](digits, start.reconstruct(digits)))
    assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


def test_a_keras_loss_equals_its_name(scaled):
    import keras

    by_name = quick(init="random").fit(scaled)
    by_object = quick(init="random", loss=keras.losses.MeanSquaredError()).fit(scaled)
    np.testing.assert_allclose(by_name.history_["val_loss"], by_object.history_["val_loss"], rtol=1e-4)


@pytest.mark.parametrize(
    "optimizer",
    # Not Ftrl, which moves every weight towards zero before it learns.
    ["Adam", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "adamw", "adafactor", "lion", "lamb"],
)
def test_every_keras_optimizer_lowers_the_loss(digits, optimizer):
    autoencoder = quick(optimizer=optimizer, early_stopping=False, learning_rate=1e-2).fit(digits)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


def test_an_optimizer_object_is_copied_for_each_fit(digits):
    import keras

    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    autoencoder = quick(optimizer=optimizer)
    first, second = (autoencoder.fit(digits).history_ for _ in range(2))
    assert first == second
    assert autoencoder.optimizer is optimizer
    assert int(optimizer.iterations) == 0
    assert first == quick(optimizer=keras.optimizers.SGD(0.05, momentum=0.9)).fit(digits).history_
    assert first != quick(optimizer=keras.optimizers.SGD(0.01, momentum=0.9)).fit(digits).history_


def test_a_learning_rate_schedule_is_followed(digits):
    import keras

    stopped = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 0.0])
    constant = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 1e-3])
    losses = quick(learning_rate=stopped, early_stopping=False).fit(digits).history_["loss"]
    assert losses[2:] == pytest.approx([losses[2]] * 3, rel=1e-6)
    losses = quick(learning_rate=constant).fit(digits).history_["loss"]
    assert losses == pytest.approx(quick().fit(digits).history_["loss"])


def test_best_epoch_is_the_one_with_the_lowest_validation_loss(digits):
    autoencoder = AutoencoderTransformer(8, epochs=30, patience=5, learning_rate=0.02, random_state=0).fit(digits)
    losses = autoencoder.history_["val_loss"]
    assert autoencoder.best_epoch_ == np.argmin(losses)
    assert len(losses) == len(autoencoder.history_["loss"]) == autoencoder.n_iter_ + 1


def test_patience_stops(digits):
    # Steps this small change nothing that float32 can tell: the start stays the best.
    autoencoder = quick(epochs=50, patience=3, learning_rate=1e-30, optimizer="sgd").fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 0)


def test_without_early_stopping_the_last_epoch_is_kept(digits):
    autoencoder = quick(early_stopping=False, epochs=6).fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (6, 6)
    assert "val_loss" not in autoencoder.history_


def test_own_validation_rows_decide(digits):
    train, held_out = digits[:1000], digits[1000:]
    autoencoder = AutoencoderTransformer(3, epochs=10, random_state=0).fit(train, X_val=held_out)
    error = reconstruction_error(autoencoder, held_out)
    assert min(autoencoder.history_["val_loss"]) == pytest.approx(error, rel=1e-4)
    assert error < autoencoder.history_["val_loss"][0]


def test_own_validation_rows_are_watched_without_early_stopping(digits):
    autoencoder = quick(early_stopping=False).fit(digits[:1000], X_val=digits[1000:])
    assert len(autoencoder.history_["val_loss"]) == 5
    error = reconstruction_error(autoencoder, digits[1000:])
    assert autoencoder.history_["val_loss"][-1] == pytest.approx(error, rel=1e-4)


@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller than:UserWarning")
@pytest.mark.parametrize("n_samples", [2, 3, 9, 10])
def test_too_few_rows_for_a_split(digits, n_samples):
    autoencoder = quick().fit(digits[:n_samples])
    assert ("val_loss" in autoencoder.history_) == (n_samples >= 10)
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


@pytest.mark.parametrize("batch_size", [1, 7, 5000, 10**12])
def test_any_batch_size_works(digits, batch_size):
    assert quick(batch_size=batch_size, epochs=2).fit(digits[:150]).n_iter_ == 2


def test_divergence_keeps_the_best_epoch_and_says_what_to_lower(digits):
    autoencoder = quick(optimizer="sgd", learning_rate=1e12, init="random", epochs=20)
    with pytest.warns(ConvergenceWarning, match=r"diverged: .* Lower learning_rate=1000000000000\.0") as record:
        autoencoder.fit(digits)
    assert record[0].filename == __file__
    assert autoencoder.best_epoch_ == 0
    assert np.isfinite(autoencoder.history_["loss"]).all()
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


def test_values_beyond_float32_are_refused(digits):
    with pytest.raises(ValueError, match=r"too large for float32.*StandardScaler"):
        quick(init="random").fit(digits * 1e30)


def test_interruption_keeps_the_best_epoch(digits, monkeypatch):
    from skautoencoder._engine import training

    original = training._Run.train
    calls = []

    def interrupted(self, *arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(training._Run, "train", interrupted)
    with pytest.warns(ConvergenceWarning, match=r"interrupted after 3 epochs. Epoch 3, the best so far, is kept"):
        autoencoder = quick(epochs=10).fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 3)
    monkeypatch.undo()
    np.testing.assert_array_equal(autoencoder.transform(digits), quick(epochs=3).fit(digits).transform(digits))


def test_a_failed_fit_leaves_the_earlier_one(digits):
    autoencoder = quick().fit(digits)
    codes = autoencoder.transform(digits)
    with pytest.raises(ValueError, match="optimizer='adm' is unknown"):
        autoencoder.set_params(optimizer="adm").fit(digits[:, :5])
    np.testing.assert_array_equal(autoencoder.transform(digits), codes)
    unfitted = quick(optimizer="adm")
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        unfitted.fit(digits)
    assert not hasattr(unfitted, "n_features_in_")


def test_progress_bar_in_a_log_file(digits, capsys):
    quick(epochs=20, verbose=1).fit(digits)
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("AutoencoderTransformer: epoch 0/20 - loss: ")
    assert all(" - val_loss: " in line and " - PCA: " in line for line in lines)
    quick(epochs=20, verbose=0).fit(digits)
    assert capsys.readouterr() == ("", "")


def test_progress_bar_in_a_terminal(digits, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    quick(verbose=1).fit(digits)
    assert "epoch 4/4 - loss: " in capsys.readouterr().out


@pytest.mark.parametrize("init", ["pca", "random"])
def test_progress_shows_pcas_level(digits, capsys, init):
    quick(init=init, verbose=1, epochs=1).fit(digits)
    start = quick(init="pca", epochs=0).fit(digits).history_["val_loss"][0]
    shown = float(capsys.readouterr().out.splitlines()[0].split("PCA: ")[1])
    assert shown == pytest.approx(start, rel=0.1 if init == "random" else 1e-3)


def test_progress_has_no_pca_level_where_pca_has_no_such_loss(scaled, capsys):
    quick(loss="binary_crossentropy", output_activation="sigmoid", verbose=1, epochs=1).fit(scaled)
    assert "PCA" not in capsys.readouterr().out


def test_concurrent_fits_do_not_disturb_each_other(digits):
    alone = [quick(random_state=seed).fit(digits).transform(digits) for seed in range(4)]
    together = [None] * 4

    def fit(seed):
        together[seed] = quick(random_state=seed).fit(digits).transform(digits)

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(alone, together)


def test_a_search_over_shapes_warns_of_nothing(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for encoding_dim in range(1, 8):
            quick(encoding_dim, epochs=1).fit(digits[: 100 * encoding_dim])
