"""Keras callbacks behave as they do in `model.fit`."""

import pickle
import threading

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import minmax_scale

from skautoencoder import (
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    VariationalAutoencoderTransformer,
)

# Keras' own callbacks convert variables in a way that NumPy 2.4 discourages.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# Callbacks of these tests append to this list.
SEEN = []


@pytest.fixture(autouse=True)
def nothing_seen():
    SEEN.clear()


def hooks_of(names):
    """Make a class of callbacks that record their calls: hook, number if there is one, names in the logs."""

    def hook(name):
        def write(self, *arguments, **options):
            *numbers, logs = (*arguments, *options.values())
            SEEN.append((name, *numbers, sorted(logs)))

        return write

    return type("Recorder", (keras.callbacks.Callback,), {name: hook(name) for name in names})


class Watcher(keras.callbacks.Callback):
    """Reconstruct rows at the end of each epoch."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def on_epoch_end(self, epoch, logs=None):
        SEEN.append((epoch, dict(logs), self.model(self.rows).numpy(), float(self.model.optimizer.learning_rate)))


class BatchLosses(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        SEEN.append((batch, logs["loss"]))


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (8,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.parametrize(
    ("estimator", "noise"),
    [
        (AutoencoderTransformer, None),
        pytest.param(AutoencoderTransformer, "gaussian", marks=pytest.mark.slow),
        pytest.param(VariationalAutoencoderTransformer, None, marks=pytest.mark.slow),
    ],
)
def test_callbacks_change_no_number(digits, estimator, noise):
    parameters = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (8,), "noise": noise}
    alone = estimator(3, **parameters).fit(digits)
    watched = estimator(3, callbacks=[Watcher(digits[:2])], **parameters).fit(digits)
    assert watched.history_ == alone.history_
    np.testing.assert_array_equal(watched.transform(digits), alone.transform(digits))
    # One compiled call per batch takes the same steps, noise and draws included.
    batch_by_batch = estimator(3, callbacks=BatchLosses(), **parameters).fit(digits)
    for name, values in alone.history_.items():
        assert batch_by_batch.history_[name] == pytest.approx(values, rel=1e-5)


def with_normalization(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.2), Dense(8, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(8), BatchNormalization(), Dense(n_features)])


@pytest.mark.parametrize(
    "own", [pytest.param([], marks=pytest.mark.slow), ["on_train_batch_begin", "on_train_batch_end"]]
)
def test_hooks_are_called_as_in_model_fit(digits, own):
    names = ["on_train_begin", "on_epoch_begin", "on_test_begin", "on_test_end", "on_epoch_end", "on_train_end", *own]
    recorder = hooks_of(names)
    rows, held_out = digits[:1200], digits[1200:]
    quick(epochs=2, batch_size=600, callbacks=[recorder()]).fit(rows, X_val=held_out)
    ours = list(SEEN)
    SEEN.clear()
    model = quick(epochs=0).fit(digits).autoencoder_
    model.compile("sgd", "mse")
    parameters = {"epochs": 2, "batch_size": 600, "callbacks": [recorder()], "verbose": 0}
    model.fit(rows, rows, validation_data=(held_out, held_out), **parameters)
    assert ours == SEEN
    assert ("on_epoch_end", 0, ["loss", "val_loss"]) in ours


def test_callback_params_hold_epochs_and_steps(digits):
    class Length(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            SEEN.append((self.params["epochs"], self.params["steps"]))

    quick(epochs=2, batch_size=500, early_stopping=False, callbacks=Length()).fit(digits)
    assert SEEN == [(2, 4)]


def test_logs_separate_loss_and_penalty(digits):
    autoencoder = quick(callbacks=Watcher(digits[:1]), penalty="l1", epochs=1).fit(digits)
    assert SEEN[0][1] == {name: values[1] for name, values in autoencoder.history_.items()}
    assert {"loss", "reconstruction_loss", "penalty", "val_penalty"} <= set(SEEN[0][1])


def test_logs_equal_the_history(digits):
    autoencoder = quick(callbacks=[Watcher(digits[:2])]).fit(digits)
    for name in ("loss", "val_loss"):
        assert [logs[name] for _, logs, _, _ in SEEN] == autoencoder.history_[name][1:]
    assert [epoch for epoch, *_ in SEEN] == [0, 1, 2]


def test_fit_that_cannot_begin_calls_no_callback(digits, tmp_path):
    recorder = hooks_of(["on_train_begin", "on_train_end"])
    callbacks = [recorder(), keras.callbacks.TensorBoard(tmp_path / "logs")]
    with pytest.raises(ValueError, match="too large for float32"):
        quick(init="random", callbacks=callbacks).fit(digits * 1e30)
    assert not SEEN
    assert not list(tmp_path.iterdir())


def test_batch_logs_hold_the_loss_of_the_batch(digits):
    X = digits[:256]
    still = quick(callbacks=[BatchLosses()], epochs=1, batch_size=150, early_stopping=False, learning_rate=1e-30).fit(X)
    assert [batch for batch, _ in SEEN] == [0, 1]
    assert (150 * SEEN[0][1] + 106 * SEEN[1][1]) / 256 == pytest.approx(still.history_["loss"][1], rel=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"init": "random"},
        pytest.param({"loss": "binary_crossentropy", "output_activation": "sigmoid"}, marks=pytest.mark.slow),
        pytest.param(
            {"architecture": ConvolutionalArchitecture((8, 8)), "hidden_layer_sizes": (2,)}, marks=pytest.mark.slow
        ),
        {"architecture": KerasArchitecture(with_normalization)},
    ],
)
def test_callback_model_reconstructs_rows(digits, parameters):
    X = minmax_scale(digits) if "loss" in parameters else digits + 100.0
    autoencoder = quick(callbacks=[Watcher(X[:9])], early_stopping=False, **parameters).fit(X)
    np.testing.assert_allclose(SEEN[-1][2], autoencoder.reconstruct(X[:9]), atol=1e-3)


@pytest.mark.parametrize(
    ("estimator", "parameters"),
    [
        (AutoencoderTransformer, {}),
        (AutoencoderTransformer, {"init": "random"}),
        (AutoencoderTransformer, {"architecture": KerasArchitecture(with_normalization)}),
        (VariationalAutoencoderTransformer, {}),
    ],
)
def test_encoder_and_decoder_of_the_callback_model_are_those_of_the_estimator(digits, estimator, parameters):
    class Halves(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            encoder, decoder = self.model.get_layer("encoder"), self.model.get_layer("decoder")
            SEEN.append((encoder.predict(X, verbose=0), decoder.predict(np.eye(3), verbose=0)))

    X = digits[:200] + 100.0
    training = {"epochs": 2, "hidden_layer_sizes": (8,), "early_stopping": False, "random_state": 0}
    autoencoder = estimator(3, callbacks=Halves(), **training, **parameters).fit(X)
    codes, rows = SEEN[-1]
    np.testing.assert_allclose(codes, autoencoder.transform(X), atol=1e-3)
    np.testing.assert_allclose(rows, autoencoder.inverse_transform(np.eye(3)), atol=1e-3)


@pytest.mark.parametrize("method", ["evaluate", "fit", "compile"])
def test_methods_of_the_callback_model_that_need_a_loss_are_refused(digits, method):
    class Calling(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            getattr(self.model, method)(digits, digits)

    message = rf"callbacks see has no loss of its own, so that {method} cannot be called\. Losses are in logs"
    with pytest.raises(RuntimeError, match=message):
        quick(callbacks=Calling()).fit(digits)


@pytest.mark.parametrize("unit", [1e-15, 1e-9, 1e9])
def test_callback_model_takes_rows_in_any_unit(digits, unit):
    X = digits * unit
    autoencoder = quick(callbacks=[Watcher(X[:9])], early_stopping=False, epochs=1).fit(X)
    np.testing.assert_allclose(SEEN[-1][2], autoencoder.reconstruct(X[:9]), atol=1e-4 * unit)


def test_variational_logs_are_bounds(digits):
    class Logs(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            SEEN.append(("batch", logs))

        def on_test_end(self, logs=None):
            SEEN.append(("held out", logs))

    parameters = {"epochs": 2, "hidden_layer_sizes": (8,), "random_state": 0}
    autoencoder = VariationalAutoencoderTransformer(2, callbacks=Logs(), **parameters).fit(digits)
    held_out = [logs["loss"] for name, logs in SEEN if name == "held out"]
    assert held_out == autoencoder.history_["val_loss"][1:]
    # The loss of a batch has the variance that is best for the batch.
    for logs in [logs for name, logs in SEEN if name == "batch"]:
        likelihood = 32 * (1 + np.log(2 * np.pi * logs["reconstruction_loss"]))
        assert logs["loss"] == pytest.approx(likelihood + logs["kl_divergence"], rel=1e-6)


def test_variational_callback_model_decodes_the_means(digits):
    parameters = {"epochs": 2, "early_stopping": False, "random_state": 0, "hidden_layer_sizes": (8,)}
    autoencoder = VariationalAutoencoderTransformer(2, callbacks=Watcher(digits[:9]), **parameters).fit(digits)
    np.testing.assert_allclose(SEEN[-1][2], autoencoder.reconstruct(digits[:9]), atol=1e-3)


def test_weights_assigned_by_a_callback_are_trained_on(digits):
    class Eraser(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            for variable in self.model.trainable_variables:
                variable.assign(keras.ops.zeros_like(variable))

    erased = quick(init="random", early_stopping=False, callbacks=Eraser()).fit(digits)
    assert not erased.reconstruct(digits).any()
    # The second epoch starts with zeros and moves nothing: its loss is the mean of squares.
    X = digits[:256]
    erased = quick(init="random", early_stopping=False, callbacks=Eraser(), learning_rate=1e-30, epochs=2).fit(X)
    assert erased.history_["loss"][2] == pytest.approx(np.mean(X**2), rel=1e-5)


def test_callbacks_leave_global_state_of_keras_unchanged(digits):
    rows = keras.Input((4,))

    def next_numbers():
        names = keras.layers.Dense(1).name, rows[:, :1]._keras_history.operation.name
        numbers = [name.rpartition("_")[2] for name in names]
        return [int(number) if number.isdigit() else 0 for number in numbers]

    before = next_numbers()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        quick(callbacks=Watcher(digits[:9]), early_stopping=False).fit(digits)
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert SEEN[-1][2].dtype == np.float32
    assert next_numbers() == [number + 1 for number in before]


def test_callbacks_keep_their_records(digits):
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=1e9)
    history = keras.callbacks.History()
    autoencoder = quick(epochs=9, callbacks=[stopper, history])
    for _ in range(2):
        assert autoencoder.fit(digits).n_iter_ == 2
        assert stopper.stopped_epoch == 1
        assert history.epoch == [0, 1]
        assert history.history["val_loss"][-2:] == autoencoder.history_["val_loss"][1:]
    assert autoencoder.callbacks == [stopper, history]


def test_search_clones_its_callbacks(digits):
    history = keras.callbacks.History()
    search = GridSearchCV(quick(callbacks=history), {"encoding_dim": [2, 3]}, cv=2).fit(digits[:200])
    assert history.history == {}
    assert search.best_estimator_.callbacks.epoch == [0, 1, 2]


def test_callback_used_by_model_fit_keeps_its_model(digits):
    history = keras.callbacks.History()
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])
    model.compile("sgd", "mse")
    model.fit(digits[:64], digits[:64], epochs=1, callbacks=[history], verbose=0)
    quick(callbacks=[history]).fit(digits)
    assert history.model is model
    assert len(history.history["loss"]) == 4


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["EarlyStopping", "CSVLogger", "ModelCheckpoint", "TensorBoard"])
def test_fitted_estimator_with_callbacks_pickles_and_clones(digits, tmp_path, name):
    paths = {"CSVLogger": ["log.csv"], "ModelCheckpoint": ["best.keras"], "TensorBoard": ["logs"]}
    callback = getattr(keras.callbacks, name)(*(tmp_path / path for path in paths.get(name, [])))
    autoencoder = quick(callbacks=callback, epochs=1).fit(digits)
    loaded = pickle.loads(pickle.dumps(autoencoder))
    np.testing.assert_array_equal(loaded.transform(digits), autoencoder.transform(digits))
    for copied in (loaded, clone(autoencoder)):
        assert copied.set_params(epochs=2).fit(digits).n_iter_ == 2


@pytest.mark.slow
def test_schedule_set_by_a_callback_lasts_one_fit(digits, no_trainers):
    def schedule():
        return keras.optimizers.schedules.ExponentialDecay(1e-2, 20, 0.5)

    class Scheduler(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.optimizer.learning_rate = schedule()

    alone = quick().fit(digits).history_
    expected = quick(learning_rate=schedule()).fit(digits).history_
    assert quick(callbacks=Scheduler()).fit(digits).history_ == expected != alone
    assert quick().fit(digits).history_ == alone


def test_learning_rate_scheduler_sets_the_rate_of_one_fit(digits):
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 if epoch == 0 else 0.0)
    losses = quick(epochs=4, early_stopping=False, callbacks=[scheduler]).fit(digits).history_["loss"]
    assert losses[1] < losses[0]
    assert losses[1:] == pytest.approx([losses[1]] * 4, rel=1e-6)
    # The next fit starts with its own rate.
    assert quick().fit(digits).history_ == quick().fit(digits).history_


def test_reduce_lr_on_plateau_lowers_the_rate(digits):
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_delta=1e9)
    quick(epochs=4, callbacks=[plateau, Watcher(digits[:1])]).fit(digits)
    rates = [rate for *_, rate in SEEN]
    assert rates[-1] <= 0.25 * rates[0]


def test_rate_lowered_by_a_callback_lasts_one_fit(digits):
    optimizer = keras.optimizers.Adam(1e-2)
    alone = quick(optimizer=optimizer).fit(digits).history_
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=1e9)
    assert quick(optimizer=optimizer, callbacks=[plateau]).fit(digits).history_ != alone
    assert quick(optimizer=optimizer).fit(digits).history_ == alone


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
def test_stop_training_stops_the_fit(digits, hook):
    def stop(self, number, logs=None):
        self.model.stop_training = True

    stopper = type("Stopper", (keras.callbacks.Callback,), {hook: stop})
    assert quick(epochs=9, callbacks=[stopper()]).fit(digits).n_iter_ == 1


def test_csv_logger_writes_the_history(digits, tmp_path):
    path = tmp_path / "log.csv"
    autoencoder = quick(callbacks=[keras.callbacks.CSVLogger(path)]).fit(digits)
    log = pd.read_csv(path)
    assert list(log.columns) == ["epoch", "loss", "val_loss"]
    np.testing.assert_allclose(log["val_loss"], autoencoder.history_["val_loss"][1:], rtol=1e-12)


def test_model_checkpoint_saves_the_autoencoder(digits, tmp_path):
    path = tmp_path / "best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True)
    X = digits + 50.0
    autoencoder = quick(callbacks=[checkpoint]).fit(X)
    assert autoencoder.best_epoch_ > 0
    loaded = keras.models.load_model(path)
    np.testing.assert_allclose(loaded.predict(X[:50], verbose=0), autoencoder.reconstruct(X[:50]), rtol=1e-4)


def test_model_checkpoint_saves_the_weights_of_each_epoch(digits, tmp_path):
    path = str(tmp_path / "{epoch}.weights.h5")
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)

    class Last(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            self.model.load_weights(path.format(epoch=1))

    first = quick(epochs=1, early_stopping=False).fit(digits)
    returned = quick(epochs=3, early_stopping=False, callbacks=[checkpoint, Last()]).fit(digits)
    np.testing.assert_array_equal(returned.transform(digits), first.transform(digits))


def test_divergence_with_terminate_on_nan_warns_once(digits):
    parameters = {"optimizer": "sgd", "learning_rate": 1e12, "init": "random", "epochs": 20}
    with pytest.warns(ConvergenceWarning, match="diverged") as record:
        autoencoder = quick(callbacks=[keras.callbacks.TerminateOnNaN()], **parameters).fit(digits)
    assert len(record) == 1
    assert autoencoder.best_epoch_ == 0
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


def test_lambda_callbacks_are_called_after_batches_and_epochs(digits):
    at_epochs = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: SEEN.append(epoch))
    at_batches = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: SEEN.append(f"batch {batch}"))
    quick(epochs=2, batch_size=2000, callbacks=[at_epochs, at_batches, keras.callbacks.TerminateOnNaN()]).fit(digits)
    assert SEEN == ["batch 0", 0, "batch 0", 1]


def written(folder, name="epoch_loss"):
    """Read the scalars back from the event files of a folder."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    from tensorboard.util.tensor_util import make_ndarray

    return [float(make_ndarray(event.tensor_proto)) for event in events.Tensors(name)]


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
def test_tensorboard_writes_losses_of_batches(digits, tmp_path):
    pytest.importorskip("tensorboard")
    parameters = {"epochs": 2, "batch_size": 1000, "early_stopping": False}
    quick(callbacks=[keras.callbacks.TensorBoard(tmp_path, update_freq="batch"), BatchLosses()], **parameters).fit(
        digits
    )
    losses = written(tmp_path / "fit_1" / "train", "batch_loss")
    assert losses == pytest.approx([loss for _, loss in SEEN], rel=1e-6)
    assert written(tmp_path / "fit_1" / "train", "epoch_learning_rate") == pytest.approx([1e-3] * 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_tensorboard_has_one_folder_per_fit_of_a_search(digits, tmp_path, n_jobs):
    pytest.importorskip("tensorboard")
    autoencoder = quick(callbacks=[keras.callbacks.TensorBoard(tmp_path, write_graph=False)])
    search = GridSearchCV(autoencoder, {"encoding_dim": [2]}, cv=2, n_jobs=n_jobs, error_score="raise")
    search.fit(digits[:200])
    folders = sorted(tmp_path.iterdir())
    assert [folder.name for folder in folders] == [f"fit_{number}" for number in range(1, 4)]
    losses = [written(folder / "train") for folder in folders]
    assert all(len(series) == 3 for series in losses)
    assert sorted(losses)[0] != sorted(losses)[-1]
    best = search.best_estimator_.history_["loss"][1:]
    assert any(series == pytest.approx(best, rel=1e-6) for series in losses)


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_end", "on_train_batch_end", "on_train_end"])
def test_error_in_a_callback_leaves_the_estimator_unchanged(digits, hook):
    error = RuntimeError("the disk is full")

    def fail(self, *arguments, **options):
        raise error

    failing = type("Failing", (keras.callbacks.Callback,), {hook: fail})()
    autoencoder, unfitted = quick().fit(digits), quick(callbacks=[failing])
    codes = autoencoder.transform(digits)
    for estimator in (autoencoder.set_params(callbacks=[failing]), unfitted):
        with pytest.raises(RuntimeError, match="the disk is full") as raised:
            estimator.fit(digits)
        assert raised.value is error
    np.testing.assert_array_equal(autoencoder.transform(digits), codes)
    assert not hasattr(unfitted, "history_")
    assert not hasattr(unfitted, "n_features_in_")
    np.testing.assert_array_equal(quick().fit(digits).transform(digits), codes)


def test_callback_may_hold_a_lock_and_open_a_file(digits, tmp_path):
    class Logger(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.lock = threading.Lock()

        def on_train_begin(self, logs=None):
            self.file = open(tmp_path / "log", "w")

        def on_epoch_end(self, epoch, logs=None):
            with self.lock:
                self.file.write(f"{logs['val_loss']}\n")

        def on_train_end(self, logs=None):
            self.file.close()

    autoencoder = quick(callbacks=[Logger()]).fit(digits)
    written = (tmp_path / "log").read_text().split()
    assert list(map(float, written)) == autoencoder.history_["val_loss"][1:]


def test_pruned_fit_leaves_the_estimator_unchanged(digits):
    class Pruned(Exception):
        pass

    class Pruning(keras.callbacks.Callback):
        """Report and prune, as the KerasPruningCallback of optuna does."""

        def __init__(self):
            super().__init__()
            self.reported = []

        def on_epoch_end(self, epoch, logs=None):
            self.reported.append(logs["val_loss"])
            if epoch == 1:
                raise Pruned("trial was pruned at epoch 1")

    pruning = Pruning()
    autoencoder = quick(callbacks=[pruning])
    with pytest.raises(Pruned, match="pruned at epoch 1"):
        autoencoder.fit(digits)
    assert pruning.reported == quick(epochs=2).fit(digits).history_["val_loss"][1:]
    assert not hasattr(autoencoder, "history_")


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        ([keras.callbacks.EarlyStopping], r"callbacks holds <class .*EarlyStopping'>, .* Make an instance of it"),
        (["tensorboard"], r"callbacks holds 'tensorboard', which is not a keras.callbacks.Callback. Derive its class"),
        ("tensorboard", r"'callbacks' parameter .*Got 'tensorboard'"),
        ([keras.callbacks.SwapEMAWeights()], r"SwapEMAWeights, which swaps weights .*use_ema=True"),
    ],
)
def test_invalid_callbacks_raise(digits, callbacks, message):
    with pytest.raises(ValueError, match=message):
        quick(callbacks=callbacks).fit(digits)
