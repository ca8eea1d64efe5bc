"""The same random_state gives the same bits in any process or thread."""

import random
import subprocess
import sys
import threading

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder import AutoencoderTransformer

pytestmark = pytest.mark.xla

FIT = """
import hashlib
from sklearn.datasets import load_digits
from skautoencoder import AutoencoderTransformer
autoencoder = AutoencoderTransformer(4, epochs=3, random_state=7).fit(load_digits().data)
print(hashlib.sha256(autoencoder.transform(load_digits().data).tobytes()).hexdigest())
"""
DISTURB = """
import random, keras, numpy, tensorflow
random.seed(5), numpy.random.seed(5), tensorflow.random.set_seed(5)
keras.random.normal((3,)), tensorflow.random.normal((3,)), numpy.random.rand(), random.random()
from sklearn.datasets import load_iris
from skautoencoder import AutoencoderTransformer
AutoencoderTransformer(1, epochs=2).fit(load_iris().data)
"""


def fit(X, random_state=7):
    return AutoencoderTransformer(4, epochs=3, random_state=random_state).fit(X)


def test_repeated_fits_are_bit_equal(digits):
    autoencoder = fit(digits)
    codes, history = autoencoder.transform(digits), autoencoder.history_
    np.random.rand(3)
    np.testing.assert_array_equal(autoencoder.fit(digits).transform(digits), codes)
    assert autoencoder.history_ == history
    assert np.any(fit(digits, random_state=8).transform(digits) != codes)


@pytest.mark.slow
def test_fits_in_other_processes_are_bit_equal():
    printed = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for code in (FIT, DISTURB + FIT)
    }
    assert len(printed) == 1
    assert len(printed.pop().strip()) == 64


def test_fits_in_other_threads_are_bit_equal(digits):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(fit(digits).transform(digits)))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(codes[0], fit(digits).transform(digits))


def test_fit_leaves_global_generators_unchanged(digits):
    import tensorflow as tf
    from keras.src.random.seed_generator import global_seed_generator

    global_seed_generator()  # created at its first use, by a draw of Python's generator

    def fit_and_draw(encoding_dim):
        random.seed(0)
        np.random.seed(0)
        tf.random.set_seed(0)
        keras_state = global_seed_generator().state.numpy().tolist()
        drawn = [random.random(), np.random.rand(), float(tf.random.normal(()))]
        if encoding_dim:
            # A shape of no other test, so that building and compiling it are part of the claim.
            AutoencoderTransformer(encoding_dim, epochs=2, random_state=0).fit(digits).autoencoder_.count_params()
        drawn += [random.random(), np.random.rand(), float(tf.random.normal(()))]
        assert global_seed_generator().state.numpy().tolist() == keras_state
        return drawn

    assert fit_and_draw(encoding_dim=11) == fit_and_draw(encoding_dim=None)


def test_fit_advances_a_random_state_instance(digits):
    generator = np.random.RandomState(0)
    first, second = fit(digits, generator), fit(digits, generator)
    assert np.any(first.transform(digits) != second.transform(digits))
    np.testing.assert_array_equal(first.transform(digits), fit(digits, np.random.RandomState(0)).transform(digits))


@pytest.mark.parametrize("global_seed", [0, 1])
def test_fit_without_random_state_draws_from_the_global_generator_of_numpy(digits, global_seed):
    np.random.seed(global_seed)
    first = fit(digits, None).transform(digits)
    np.random.seed(global_seed)
    np.testing.assert_array_equal(fit(digits, None).transform(digits), first)


def test_sparse_start_of_low_rank_is_bit_equal():
    """ARPACK draws directions without variance at random; see `starts`."""
    X = csr_array([[1.0, 1, -1, -1, 1, -1], [1, 1, -1, -1, 1, -1], [-1, 1, -1, 1, 1, 1]])
    first, second = (
        AutoencoderTransformer(2, epochs=0, random_state=0).fit(X)._autoencoder.linear_paths[0].kernel for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
