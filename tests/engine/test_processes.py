"""Fits and threads, forked processes or global settings of Keras do not affect each other."""

import multiprocessing
import os
import random
import subprocess
import sys
import threading

import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, RecurrentArchitecture

IMAGES = ConvolutionalArchitecture((8, 8))


def quick(**parameters):
    return AutoencoderTransformer(2, **{"epochs": 1, "random_state": 0, "hidden_layer_sizes": (4,)} | parameters)


def in_forked_process(function):
    """Return the error that a function raises in a forked process, or what it returns."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def call():
        try:
            sender.send(function())
        except Exception as error:
            sender.send(error)

    process = context.Process(target=call)
    process.start()
    assert receiver.poll(60), "the forked process does not answer"
    process.join()
    return receiver.recv()


# Python 3.12 and later warn of each fork of a process with threads.
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_forked_process_transforms_and_refuses_to_train(digits):
    dense, images = quick().fit(digits), quick(architecture=IMAGES).fit(digits)
    np.testing.assert_array_equal(in_forked_process(lambda: dense.transform(digits)), dense.transform(digits))
    for function in (lambda: quick().fit(digits), lambda: images.transform(digits), lambda: images.encoder_):
        error = in_forked_process(function)
        assert isinstance(error, RuntimeError)
        assert "'loky'" in str(error)


def test_threads_leave_standard_error_unchanged(digits):
    before = os.fstat(2)
    convolutional = quick(architecture=IMAGES).fit(digits)
    recurrent = quick(architecture=RecurrentArchitecture((8, 8))).fit(digits)
    threads = [threading.Thread(target=fitted.transform, args=(digits,)) for fitted in (convolutional, recurrent) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = os.fstat(2)
    assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)


def test_fit_does_not_disturb_random_numbers_of_other_threads(digits):
    drawn, stop = [], threading.Event()

    def draw():
        random.seed(0)
        np.random.seed(0)
        # Pauses leave the core to the fit.
        while not stop.wait(1e-4):
            drawn.append((random.random(), np.random.uniform()))

    thread = threading.Thread(target=draw)
    before = random.getstate(), np.random.get_state()
    thread.start()
    quick(architecture=IMAGES, epochs=0).fit(digits).transform(digits)
    stop.set()
    thread.join()
    random.setstate(before[0])
    np.random.set_state(before[1])
    of_python, of_numpy = random.Random(0), np.random.RandomState(0)
    assert drawn == [(of_python.random(), of_numpy.uniform()) for _ in drawn]


def test_initial_weights_depend_on_random_state_only(digits):
    first, second = (quick(architecture=IMAGES, epochs=0, init="random").fit(digits) for _ in range(2))
    other = quick(architecture=IMAGES, epochs=0, init="random", random_state=1).fit(digits)
    np.testing.assert_array_equal(first.transform(digits), second.transform(digits))
    assert not np.allclose(first.transform(digits), other.transform(digits))


@pytest.mark.slow
def test_keras_settings_change_no_number(tmp_path):
    code = """
import sys
import keras, numpy as np
from sklearn.datasets import load_digits
from skautoencoder import *
if sys.argv[1:]:
    keras.config.set_floatx(sys.argv[1])
    keras.config.set_image_data_format("channels_first")
X = load_digits().data[:100] / 16
options = {"epochs": 1, "random_state": 0, "hidden_layer_sizes": (4,)}
for estimator in (
    AutoencoderTransformer(2, penalty="contractive", **options),
    AutoencoderTransformer(2, optimizer="adamw", learning_rate=0.003, weight_decay=0.01, **options),
    AutoencoderTransformer(2, architecture=ConvolutionalArchitecture((8, 8)), **options),
    AutoencoderTransformer(2, architecture=RecurrentArchitecture((8, 8)), **options),
    VariationalAutoencoderTransformer(2, **options),
):
    print(estimator.fit(X).history_, estimator.transform(X).tobytes().hex())
"""
    (tmp_path / "settings.py").write_text(code)
    outputs = [
        subprocess.run([sys.executable, tmp_path / "settings.py", *setting], check=True, capture_output=True).stdout
        for setting in ([], ["float64"], ["float16"])
    ]
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.slow
def test_concurrent_fits_do_not_disturb_each_other(digits):
    alone = [quick(epochs=4, random_state=seed).fit(digits).transform(digits) for seed in range(4)]
    together = [None] * 4

    def fit(seed):
        together[seed] = quick(epochs=4, random_state=seed).fit(digits).transform(digits)

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(alone, together)


@pytest.mark.slow
def test_first_import_of_engine_sets_log_level_and_threads_of_tensorflow():
    code = (
        "import os, skautoencoder._engine, tensorflow.config.threading as threading\n"
        "threads = threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads()\n"
        "print(os.environ['TF_CPP_MIN_LOG_LEVEL'], *threads)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    printed = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"OMP_NUM_THREADS": "3"},
    )
    assert printed.stdout.split() == ["2", "3", "3"]
    assert printed.stderr == ""


@pytest.mark.parametrize(("level", "shown"), [("2", "E0000 1.2 a.cc:1] broken\n"), ("0", None)])
def test_start_of_tensorflow_shows_what_users_must_read(level, shown, monkeypatch, capfd):
    from skautoencoder._engine import _keras_compat

    lines = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 1.2 port.cc:153] oneDNN custom operations are on.\n"
        "E0000 1.2 a.cc:1] broken\n"
        "E0000 1.2 b.cc:1] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)\n"
    )
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    with _keras_compat._quiet_start():
        os.write(2, lines.encode())
    assert capfd.readouterr().err == (lines if shown is None else shown)
