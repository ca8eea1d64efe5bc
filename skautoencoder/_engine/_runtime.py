"""The first touch of TensorFlow in the process: threads, devices, XLA."""

import os

import keras
import tensorflow as tf

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras runs on {keras.config.backend()!r}, but skautoencoder trains with Keras on TensorFlow. "
        "Set KERAS_BACKEND=tensorflow before Python starts."
    )


def _limit_threads():
    """Take the number of threads that joblib allots to its workers, or that the user sets for every library."""
    n_threads = os.environ.get("OMP_NUM_THREADS", "")
    if n_threads.isdigit() and int(n_threads) > 0:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(int(n_threads))
            tf.config.threading.set_inter_op_parallelism_threads(int(n_threads))
        except RuntimeError:
            pass  # TensorFlow is already running, with the threads its user chose


def _xla_available():
    """Compile a first program, true if it works; what the compiler logs once per process, it logs here."""

    def erf_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.math.erf(x)
        return tape.gradient(y, x)

    x = tf.constant(1.0)
    try:
        tf.function(erf_gradient, jit_compile=True, autograph=False).get_concrete_function(x)(x)
    except (tf.errors.OpError, ValueError):
        return False
    return True


_limit_threads()
XLA_AVAILABLE = _xla_available()
