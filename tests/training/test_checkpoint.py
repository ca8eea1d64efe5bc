"""A killed fit continues from its checkpoint to the bit; a different fit ignores it."""

import os
import pickle
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    GaussianNoise,
    KerasArchitecture,
    VariationalAutoencoderTransformer,
    load,
)
from skautoencoder._engine.run import Run
from skautoencoder.training import checkpoint, planning


class Killed(BaseException):
    """An exception that no estimator handles."""


class Training:
    """Record the numbers of the epochs, and raise `exception` instead of epoch `stop_before`."""

    def __init__(self):
        self.epochs, self.stop_before, self.exception = [], None, Killed

    def stopped(self, estimator, *rows, before=4, exception=Killed, **others):
        """Fit an estimator up to an epoch; return the estimator."""
        self.stop_before, self.exception = before, exception
        with pytest.raises(exception, match=r"in place of|interrupted after \d+ epochs"):
            estimator.fit(*rows, **others)
        self.epochs, self.stop_before = [], None
        return estimator


# Keras' own callbacks convert variables in a way that NumPy 2.4 discourages.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def training(monkeypatch):
    original, training = Run.epoch, Training()

    def epoch(self, number):
        if number == training.stop_before:
            raise training.exception(f"in place of epoch {number}")
        training.epochs.append(number)
        return original(self, number)

    monkeypatch.setattr(Run, "epoch", epoch)
    monkeypatch.setattr(checkpoint, "_MAX_WRITING", np.inf)
    # fsync guards against power failures only.
    monkeypatch.setattr("os.fsync", lambda file: None)
    return training


@pytest.fixture
def rows(digits):
    return digits[:300]


@pytest.fixture
def blocks(monkeypatch):
    """Read rows block by block, as from memory maps."""
    monkeypatch.setattr("skautoencoder._engine.buffers._RESIDENT_BYTES", 0)


def quick(folder=None, encoding_dim=3, **parameters):
    defaults = {"epochs": 6, "random_state": 0, "hidden_layer_sizes": (8,), "checkpoint": folder}
    return AutoencoderTransformer(encoding_dim, **defaults | {"validation_fraction": 0.1} | parameters)


def with_state(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.2), Dense(8, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(8), BatchNormalization(), Dense(n_features)])


def assert_equal_fits(estimator, expected, X):
    assert estimator.history_ == expected.history_
    assert (estimator.n_iter_, estimator.best_epoch_) == (expected.n_iter_, expected.best_epoch_)
    np.testing.assert_array_equal(estimator.transform(X), expected.transform(X))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": False, "optimizer": "sgd", "weight_decay": 0.1},
        {"init": "random", "penalty": "l1", "noise": GaussianNoise(0.5)},
        # The rate is so high that epochs after the first are worse.
        {"learning_rate": 0.3, "patience": 4},
        {"architecture": KerasArchitecture(with_state)},
    ],
)
def test_stopped_fit_continues_to_the_bit(rows, tmp_path, training, parameters):
    expected = quick(**parameters).fit(rows)
    autoencoder = training.stopped(quick(tmp_path / "a" / "b", **parameters), rows)
    assert len(os.listdir(tmp_path / "a" / "b")) == 1
    autoencoder.fit(rows)
    assert training.epochs == [*range(4, expected.n_iter_ + 1)]
    assert_equal_fits(autoencoder, expected, rows)
    assert not os.listdir(tmp_path / "a" / "b")


@pytest.mark.parametrize("before", [3, 4])
def test_stopped_fit_that_began_again_continues_to_the_bit(digits, tmp_path, training, monkeypatch, before):
    # Steps this small vanish in float32: after two epochs without gain, training begins again with 1e-3.
    monkeypatch.setattr(planning, "_LEARNING_RATE_OF_MANY_ROWS", 1e-30)
    parameters = {"learning_rate": "auto", "validation_fraction": "auto", "patience": 2}
    expected = quick(**parameters).fit(digits)
    training.stopped(quick(tmp_path, **parameters), digits, before=before)
    autoencoder = quick(tmp_path, **parameters).fit(digits)
    assert training.epochs == [*range(before, 7)]
    assert_equal_fits(autoencoder, expected, digits)


@pytest.mark.usefixtures("blocks")
def test_stopped_fit_of_rows_in_blocks_continues_to_the_bit(digits, tmp_path, training):
    X, X_val, weight = csr_array(digits[:300]), digits[300:400], np.linspace(0, 2, 300)
    expected = quick().fit(X, sample_weight=weight, X_val=X_val)
    training.stopped(quick(str(tmp_path)), X, sample_weight=weight, X_val=X_val)
    autoencoder = quick(str(tmp_path)).fit(X, sample_weight=weight, X_val=X_val)
    assert training.epochs == [4, 5, 6]
    assert_equal_fits(autoencoder, expected, digits)


def test_stopped_variational_fit_continues_to_the_bit(rows, tmp_path, training):
    parameters = {"epochs": 6, "hidden_layer_sizes": (8,)}
    expected = VariationalAutoencoderTransformer(2, random_state=0, **parameters).fit(rows)
    autoencoder = VariationalAutoencoderTransformer(2, random_state=0, checkpoint=tmp_path, **parameters)
    training.stopped(autoencoder, rows)
    autoencoder.fit(rows)
    assert training.epochs == [4, 5, 6]
    assert_equal_fits(autoencoder, expected, rows)
    np.testing.assert_array_equal(autoencoder.sample(5, random_state=0), expected.sample(5, random_state=0))


@pytest.mark.parametrize("in_memory", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_stopped_imputer_continues_to_the_bit(rows, tmp_path, training, in_memory, monkeypatch):
    if not in_memory:
        monkeypatch.setattr("skautoencoder.imputation._members._MEMORY_ELEMENTS", 64 * 40)
        monkeypatch.setattr("skautoencoder._engine.buffers._RESIDENT_BYTES", 0)
    X = np.where(rows == 16, np.nan, rows)
    parameters = {"n_estimators": 2, "epochs": 5, "patience": 9, "hidden_layer_sizes": (8,), "random_state": 0}
    expected = AutoencoderImputer(3, **parameters).fit(X)
    imputer = training.stopped(AutoencoderImputer(3, checkpoint=tmp_path, **parameters), X).fit(X)
    assert training.epochs[training.epochs.index(4) :] == [4, 5, 1, 2, 3, 4, 5]
    assert_equal_fits(imputer, expected, X)
    assert not os.listdir(tmp_path)


def test_complete_members_are_not_trained_again(rows, tmp_path, training, monkeypatch):
    """The second member is stopped before its fourth epoch; the first continues from its last."""
    X = np.where(rows == 16, np.nan, rows)
    parameters = {"n_estimators": 2, "epochs": 5, "patience": 9, "hidden_layer_sizes": (8,), "random_state": 0}
    expected = AutoencoderImputer(3, **parameters).fit(X)
    imputer, original = AutoencoderImputer(3, checkpoint=tmp_path, **parameters), Run.epoch

    def epoch(self, number):
        if number == 4 and training.epochs.count(3) == 2:
            raise Killed("in place of epoch 4")
        return original(self, number)

    training.epochs = []
    with monkeypatch.context() as patch:
        patch.setattr(Run, "epoch", epoch)
        with pytest.raises(Killed, match="in place of epoch 4"):
            imputer.fit(X)
    training.epochs = []
    assert_equal_fits(imputer.fit(X), expected, X)
    assert training.epochs == [4, 5]
    assert not os.listdir(tmp_path)


FIT = """
import os, signal, sys
import keras
from sklearn.datasets import load_digits
from skautoencoder import AutoencoderTransformer
from skautoencoder.training import checkpoint

class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            os.kill(os.getpid(), signal.SIGKILL)

checkpoint._MAX_WRITING = float("inf")
parameters = {"epochs": 6, "random_state": 0, "hidden_layer_sizes": (8,), "validation_fraction": 0.1}
autoencoder = AutoencoderTransformer(3, checkpoint=sys.argv[1], callbacks=Kill(), **parameters)
autoencoder.fit(load_digits().data)
"""


@pytest.mark.xla
def test_killed_process_continues_to_the_bit(digits, tmp_path, training):
    finished = subprocess.run([sys.executable, "-c", FIT, tmp_path], capture_output=True, text=True)
    assert finished.returncode == -signal.SIGKILL, finished.stderr
    autoencoder = quick(tmp_path).fit(digits)
    assert training.epochs == [4, 5, 6]
    assert_equal_fits(autoencoder, quick().fit(digits), digits)


def test_interrupted_fit_continues_to_the_bit(rows, tmp_path, training):
    autoencoder = training.stopped(quick(tmp_path), rows, exception=KeyboardInterrupt)
    assert autoencoder.n_iter_ == 3
    autoencoder.fit(rows)
    assert training.epochs == [4, 5, 6]
    assert_equal_fits(autoencoder, quick().fit(rows), rows)


def test_checkpoint_changes_no_number(rows, tmp_path):
    np.random.seed(0)
    expected = quick(random_state=None).fit(rows)
    np.random.seed(0)
    assert_equal_fits(quick(tmp_path, random_state=None).fit(rows), expected, rows)


def test_fit_without_random_state_continues_and_draws_nothing(rows, tmp_path, training):
    np.random.seed(0)
    expected = quick(random_state=None).fit(rows)
    np.random.seed(0)
    training.stopped(quick(tmp_path, random_state=None), rows)
    np.random.seed(1)
    autoencoder, drawn = quick(tmp_path, random_state=None).fit(rows), np.random.rand()
    assert training.epochs == [4, 5, 6]
    assert_equal_fits(autoencoder, expected, rows)
    assert drawn == np.random.RandomState(1).rand()


def test_continued_fit_advances_its_generator_as_an_uninterrupted_one(rows, tmp_path, training):
    uninterrupted, first, second = (np.random.RandomState(7) for _ in range(3))
    expected = quick(random_state=uninterrupted).fit(rows)
    training.stopped(quick(tmp_path, random_state=first), rows)
    assert_equal_fits(quick(tmp_path, random_state=second).fit(rows), expected, rows)
    assert training.epochs == [4, 5, 6]
    assert second.rand() == uninterrupted.rand()


@pytest.mark.parametrize("learning_rate", [1e-3, 0.3])
def test_stopped_warm_start_continues_within_its_second_fit(rows, tmp_path, training, learning_rate):
    warm = quick(tmp_path, warm_start=True, learning_rate=learning_rate).fit(rows)
    loaded = pickle.loads(pickle.dumps(warm))
    training.stopped(warm, rows, before=9)
    expected = clone(warm).set_params(checkpoint=None)
    for _ in range(2):
        expected.fit(rows)
    training.epochs.clear()
    assert_equal_fits(loaded.fit(rows), expected, rows)
    assert training.epochs == [9, 10, 11, 12][: loaded.n_iter_ - 8]
    # The state of the optimizer is that of the kept epoch.
    assert_equal_fits(loaded.fit(rows), expected.fit(rows), rows)


def test_warm_start_from_another_fit_ignores_the_checkpoint(rows, tmp_path, training):
    warm, other = (quick(tmp_path, warm_start=True, random_state=seed).fit(rows) for seed in (0, 1))
    training.stopped(warm, rows, before=9)
    other.set_params(random_state=0).fit(rows)
    assert training.epochs == [*range(7, 13)]


def test_partial_fit_writes_no_checkpoint(rows, tmp_path):
    quick(tmp_path).partial_fit(rows)
    assert not os.listdir(tmp_path)


def penalty(batch):
    return batch.mean(batch.codes**2)


def other_penalty(batch):
    return batch.mean(batch.codes**4)


class WithoutConfig(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate


def test_fits_that_differ_have_different_checkpoint_files(rows, digits):
    others = [
        ({"epochs": 7}, {}),
        ({"encoding_dim": 4}, {}),
        ({"encoding_dim": 0.3}, {}),
        ({"random_state": 1}, {}),
        ({"random_state": None}, {}),
        ({"random_state": np.random.RandomState(0)}, {}),
        ({"random_state": np.random.RandomState(1)}, {}),
        ({"penalty": penalty}, {}),
        ({"penalty": other_penalty}, {}),
        ({"penalty": lambda batch: 0.0}, {}),
        ({"noise": GaussianNoise(0.1)}, {}),
        ({"noise": GaussianNoise(0.2)}, {}),
        ({"optimizer": keras.optimizers.SGD(0.1)}, {}),
        ({"optimizer": keras.optimizers.SGD(0.2)}, {}),
        ({"architecture": KerasArchitecture(with_state)}, {}),
        ({"architecture": KerasArchitecture(with_state, width=3)}, {}),
        ({"learning_rate": WithoutConfig(0.1)}, {}),
        ({"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.5)}, {}),
        ({"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.6)}, {}),
        ({}, {"X": digits[:299]}),
        ({}, {"X": digits[:300].astype(np.float32)}),
        ({}, {"X": csr_array(digits[:300])}),
        ({}, {"sample_weight": np.ones(300)}),
        ({}, {"X_val": digits[300:]}),
    ]
    given = {"X": rows, "sample_weight": None, "X_val": None}

    def digest(parameters, changed, earlier=None):
        return checkpoint._digest(quick(**parameters), list((given | changed).values()), earlier)

    # Equal objects give equal digests.
    again = {"optimizer": keras.optimizers.SGD(0.2), "noise": GaussianNoise(0.1), "random_state": 0}
    expected = digest(again, {})
    again |= {"optimizer": keras.optimizers.SGD(0.2), "noise": GaussianNoise(0.1)}
    again |= {"callbacks": keras.callbacks.History(), "verbose": 1, "checkpoint": "another"}
    assert digest(again, {"X": rows.copy()}) == expected
    digests = {digest(*other) for other in others}
    assert len(digests | {digest({}, {})}) == len(others) + 1


SCALE = {"loss": 1.0}


def scaled_loss(X, reconstructed):
    from keras import ops

    return SCALE["loss"] * ops.mean((X - reconstructed) ** 2, axis=1)


def test_checkpoint_of_another_start_loss_warns_and_starts_anew(rows, tmp_path, training, monkeypatch, no_trainers):
    autoencoder = training.stopped(quick(tmp_path, loss=scaled_loss), rows)
    monkeypatch.setitem(SCALE, "loss", 2.0)
    no_trainers.clear()
    with pytest.warns(UserWarning, match=r"checkpoint '.*' is of another fit: the losses of its start .* starts anew"):
        autoencoder.fit(rows)
    assert training.epochs == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("damage", [lambda content: content[:-100], lambda content: content[:999] + content[1001:]])
def test_damaged_checkpoint_warns_and_starts_anew(rows, tmp_path, training, damage):
    autoencoder = training.stopped(quick(tmp_path), rows)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(UserWarning, match=rf"checkpoint '.*{file.name}' cannot be used: .* is damaged.* starts anew"):
        autoencoder.fit(rows)
    assert training.epochs == [1, 2, 3, 4, 5, 6]
    assert_equal_fits(autoencoder, quick().fit(rows), rows)
    assert not os.listdir(tmp_path)


def test_temporary_file_of_a_killed_write_is_removed(rows, tmp_path, training, monkeypatch):
    autoencoder = training.stopped(quick(tmp_path), rows)
    with monkeypatch.context() as patch:

        def kill(source, target):
            raise Killed("in place of writing")

        # The new file is complete, the old one is still in its place, and no clean-up runs.
        patch.setattr("os.replace", kill)
        patch.setattr("os.remove", lambda path: None)
        training.stopped(autoencoder, rows, before=None)
    assert len(os.listdir(tmp_path)) == 2
    training.epochs = []
    autoencoder.fit(rows)
    assert training.epochs == [4, 5, 6]
    assert not os.listdir(tmp_path)


def test_checkpoint_that_cannot_be_written_warns(rows, tmp_path, monkeypatch):
    def write(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint, "write_archive", write)
    with pytest.warns(UserWarning, match=r"cannot be written: No space left on device. Training continues without it"):
        autoencoder = quick(tmp_path).fit(rows)
    assert_equal_fits(autoencoder, quick().fit(rows), rows)


def test_saved_checkpoint_parameter_is_a_path(tmp_path):
    quick(tmp_path / "checkpoints").save(tmp_path / "saved")
    assert load(tmp_path / "saved").checkpoint == str(tmp_path / "checkpoints")


def test_checkpoint_folder_that_cannot_be_made_raises(rows, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"checkpoint=.*file.* cannot be made: .* exists.*\. Name a folder of yours"):
        quick(tmp_path / "file").fit(rows)


def test_writing_checkpoints_takes_a_bounded_share_of_the_time(rows, tmp_path, monkeypatch):
    clock, written = [0], []

    class Work(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            clock[0] += 5

    def write(*arguments):
        clock[0] += 2
        written.append(clock[0])

    monkeypatch.setattr(checkpoint, "_MAX_WRITING", 0.1)
    monkeypatch.setattr(checkpoint, "monotonic", lambda: clock[0])
    monkeypatch.setattr(checkpoint, "write_archive", write)
    quick(tmp_path, epochs=9, callbacks=Work()).fit(rows)
    # The first epoch is over after 5 seconds; 2 seconds of writing are a tenth of 20.
    assert written == [7, 29, 51]


def test_callbacks_of_a_continued_fit_get_its_epoch_numbers(rows, tmp_path, training):
    training.stopped(quick(tmp_path), rows)
    history = keras.callbacks.History()
    autoencoder = quick(tmp_path, callbacks=history).fit(rows)
    assert history.epoch == [3, 4, 5]
    assert history.history["val_loss"] == autoencoder.history_["val_loss"][4:]


def test_continued_fit_keeps_a_rate_lowered_by_a_callback(rows, tmp_path, training):
    def halved(epoch, rate):
        return rate / 2

    expected = quick(callbacks=keras.callbacks.LearningRateScheduler(halved)).fit(rows)
    autoencoder = quick(tmp_path, callbacks=keras.callbacks.LearningRateScheduler(halved))
    assert_equal_fits(training.stopped(autoencoder, rows).fit(rows), expected, rows)


def test_backup_and_restore_of_keras_raises(rows, tmp_path):
    callback = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
    with pytest.raises(
        ValueError, match=r"BackupAndRestore, .* Set checkpoint='.*backup' instead: a killed fit then continues"
    ):
        quick(callbacks=callback).fit(rows)
