"""Keras callbacks behave as they do in `model.fit`."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import minmax_scale

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, VariationalAutoencoderTransformer

# Keras' own callbacks convert variables in a way that NumPy 2.4 discourages.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# Callbacks are copied for each fit; what they see is written here.
SEEN = []


@pytest.fixture(autouse=True)
def nothing_seen():
    SEEN.clear()


def hooks_of(names):
    """Make a class of callbacks that write down which of their hooks are called."""

    def hook(name):
        def write(self, *arguments, **options):
            SEEN.append((name, *arguments))

        return write

    return type("Recorder", (keras.callbacks.Callback,), {name: hook(name) for name in names})


class Watcher(keras.callbacks.Callback):
    """Reconstruct rows at every end of an epoch."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def on_epoch_end(self, epoch, logs=None):
        SEEN.append((epoch, dict(logs), self.model(self.rows).numpy(), float(self.model.optimizer.learning_rate)))


class BatchLosses(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        SEEN.append((batch, logs["loss"]))


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (8,)}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.parametrize("noise", [None, "gaussian"])
@pytest.mark.parametrize("estimator", [AutoencoderTransformer, VariationalAutoencoderTransformer])
def test_watching_changes_nothing(digits, estimator, noise):
    parameters = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (8,), "noise": noise}
    alone = estimator(3, **parameters).fit(digits)
    watched = estimator(3, callbacks=[Watcher(digits[:2])], **parameters).fit(digits)
    assert watched.history_ == alone.history_
    np.testing.assert_array_equal(watched.transform(digits), alone.transform(digits))
    # One compiled call per batch takes the same steps, noise and draws included.
    batch_by_batch = estimator(3, callbacks=BatchLosses(), **parameters).fit(digits)
    for name, values in alone.history_.items():
        assert batch_by_batch.history_[name] == pytest.approx(values, rel=1e-5)


@pytest.mark.parametrize("own", [["on_epoch_end"], ["on_epoch_end", "on_train_batch_begin", "on_train_batch_end"]])
def test_hooks_are_called_as_in_model_fit(digits, own):
    names = ["on_train_begin", "on_epoch_begin", "on_test_begin", "on_test_end", "on_train_end", *own]
    recorder = hooks_of(names)
    quick(epochs=2, batch_size=600, callbacks=[recorder()]).fit(digits[:1200], X_val=digits[1200:])
    ours = [(name, *arguments) for name, *arguments in SEEN]
    SEEN.clear()
    model = quick(epochs=0).fit(digits).autoencoder_
    model.compile("sgd", "mse")
    rows = digits[:1200]
    model.fit(
        rows,
        rows,
        validation_data=(digits[1200:], digits[1200:]),
        epochs=2,
        batch_size=600,
        callbacks=[recorder()],
        verbose=0,
    )
    assert [entry[0] for entry in ours] == [entry[0] for entry in SEEN]
    numbered = [entry for entry in ours if entry[0].startswith(("on_epoch", "on_train_batch"))]
    assert [entry[1] for entry in numbered if entry[0] == "on_epoch_end"] == [0, 1]


def test_logs_are_the_history(digits):
    autoencoder = quick(callbacks=[Watcher(digits[:2])]).fit(digits)
    for name in ("loss", "val_loss"):
        assert [logs[name] for _, logs, _, _ in SEEN] == autoencoder.history_[name][1:]
    assert [epoch for epoch, *_ in SEEN] == [0, 1, 2]
    SEEN.clear()
    quick(callbacks=[BatchLosses()], epochs=1, batch_size=1000, early_stopping=False).fit(digits)
    assert [batch for batch, _ in SEEN] == [0, 1]
    loss = quick(epochs=1, batch_size=1000, early_stopping=False).fit(digits).history_["loss"][1]
    assert (1000 * SEEN[0][1] + 797 * SEEN[1][1]) / 1797 == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"init": "random"},
        {"loss": "binary_crossentropy", "output_activation": "sigmoid"},
        {"architecture": ConvolutionalArchitecture((8, 8)), "hidden_layer_sizes": (2,)},
    ],
)
def test_the_model_maps_rows_to_their_reconstruction(digits, parameters):
    X = minmax_scale(digits) if "loss" in parameters else digits + 100.0
    autoencoder = quick(callbacks=[Watcher(X[:9])], early_stopping=False, **parameters).fit(X)
    np.testing.assert_allclose(SEEN[-1][2], autoencoder.reconstruct(X[:9]), atol=1e-3)


def test_callbacks_are_copied_for_each_fit(digits):
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=1e9)
    autoencoder = quick(epochs=9, callbacks=[stopper])
    for _ in range(2):
        assert autoencoder.fit(digits).n_iter_ == 2
    assert stopper.model is None
    assert not hasattr(stopper, "best") or stopper.best is None
    assert autoencoder.callbacks == [stopper]


def test_a_scheduled_learning_rate_is_used(digits):
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 if epoch == 0 else 0.0)
    losses = quick(epochs=4, early_stopping=False, callbacks=[scheduler]).fit(digits).history_["loss"]
    assert losses[2] < losses[1]
    assert losses[2:] == pytest.approx([losses[2]] * 3, rel=1e-6)
    # The next fit begins with its own rate.
    assert quick().fit(digits).history_ == quick().fit(digits).history_


def test_a_plateau_lowers_the_rate(digits):
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_delta=1e9)
    quick(epochs=4, callbacks=[plateau, Watcher(digits[:1])]).fit(digits)
    rates = [rate for *_, rate in SEEN]
    assert rates[-1] <= 0.25 * rates[0]


def test_early_stopping_of_keras_restores_its_best_weights(digits):
    worse = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 if epoch < 3 else 1.0)
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=2, restore_best_weights=True)
    parameters = {"early_stopping": False, "init": "random"}
    stopped = quick(epochs=20, callbacks=[worse, stopper], **parameters).fit(digits)
    best = int(np.argmin(stopped.history_["loss"][1:])) + 1
    assert stopped.n_iter_ == best + 2 < 20
    expected = quick(epochs=best, callbacks=[worse], **parameters).fit(digits)
    np.testing.assert_allclose(stopped.transform(digits), expected.transform(digits), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_batch_end"])
def test_stop_training_stops(digits, hook):
    def stop(self, number, logs=None):
        self.model.stop_training = True

    stopper = type("Stopper", (keras.callbacks.Callback,), {hook: stop})
    assert quick(epochs=9, callbacks=[stopper()]).fit(digits).n_iter_ == 1


def test_csv_logger(digits, tmp_path):
    path = tmp_path / "log.csv"
    autoencoder = quick(callbacks=[keras.callbacks.CSVLogger(path)]).fit(digits)
    log = pd.read_csv(path)
    assert list(log.columns) == ["epoch", "loss", "val_loss"]
    np.testing.assert_allclose(log["val_loss"], autoencoder.history_["val_loss"][1:], rtol=1e-12)


def test_a_checkpoint_is_the_autoencoder(digits, tmp_path):
    path = tmp_path / "best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True)
    X = digits + 50.0
    autoencoder = quick(callbacks=[checkpoint]).fit(X)
    assert autoencoder.best_epoch_ > 0
    loaded = keras.models.load_model(path)
    np.testing.assert_allclose(loaded.predict(X[:50], verbose=0), autoencoder.reconstruct(X[:50]), atol=1e-3)


def test_lambdas_at_either_end(digits):
    at_epochs = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: SEEN.append(epoch))
    at_batches = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: SEEN.append(f"batch {batch}"))
    quick(epochs=2, batch_size=2000, callbacks=[at_epochs, at_batches, keras.callbacks.TerminateOnNaN()]).fit(digits)
    assert SEEN == ["batch 0", 0, "batch 0", 1]


def written(folder):
    """Read the scalars back from the event files of a folder."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    from tensorboard.util.tensor_util import make_ndarray

    return [float(make_ndarray(event.tensor_proto)) for event in events.Tensors("epoch_loss")]


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_writes_the_history(digits, tmp_path):
    pytest.importorskip("tensorboard")
    autoencoder = quick(callbacks=[keras.callbacks.TensorBoard(tmp_path, histogram_freq=1)])
    for number in (1, 2):
        history = autoencoder.fit(digits).history_
        folder = tmp_path / f"fit_{number}"
        assert written(folder / "train") == pytest.approx(history["loss"][1:], rel=1e-6)
        assert written(folder / "validation") == pytest.approx(history["val_loss"][1:], rel=1e-6)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_fit_of_a_search_has_a_folder_of_its_own(digits, tmp_path, n_jobs):
    pytest.importorskip("tensorboard")
    autoencoder = quick(callbacks=[keras.callbacks.TensorBoard(tmp_path, write_graph=False)])
    search = GridSearchCV(autoencoder, {"encoding_dim": [1, 2]}, cv=2, n_jobs=n_jobs, error_score="raise")
    search.fit(digits[:200])
    folders = sorted(tmp_path.iterdir())
    assert [folder.name for folder in folders] == [f"fit_{number}" for number in range(1, 6)]
    losses = [written(folder / "train") for folder in folders]
    assert all(len(series) == 3 for series in losses)
    assert sorted(losses)[0] != sorted(losses)[-1]
    best = search.best_estimator_.history_["loss"][1:]
    assert any(series == pytest.approx(best, rel=1e-6) for series in losses)


def test_an_error_in_a_callback_leaves_the_estimator_as_it_was(digits):
    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("the disk is full")

    autoencoder = quick().fit(digits)
    codes = autoencoder.transform(digits)
    with pytest.raises(RuntimeError, match="the disk is full"):
        autoencoder.set_params(callbacks=[Failing()]).fit(digits)
    np.testing.assert_array_equal(autoencoder.transform(digits), codes)
    with pytest.raises(RuntimeError, match="the disk is full"):
        unfitted = quick(callbacks=[Failing()]).fit(digits)
    assert not hasattr(quick(callbacks=[Failing()]), "history_")
    assert "unfitted" not in locals()


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        ([keras.callbacks.EarlyStopping], r"callbacks holds <class .*EarlyStopping'>, .* Make an instance of it"),
        (["tensorboard"], r"callbacks holds 'tensorboard', which is not a keras.callbacks.Callback. Derive its class"),
        ("tensorboard", r"'callbacks' parameter .*Got 'tensorboard'"),
    ],
)
def test_what_is_no_callback_is_refused(digits, callbacks, message):
    with pytest.raises(ValueError, match=message):
        quick(callbacks=callbacks).fit(digits)
