"""The first touch of TensorFlow in the process: threads, forks, XLA."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

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


def _compile_first_program():
    """Return whether XLA works."""

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


def check_process():
    """Raise a RuntimeError in a child that was forked after TensorFlow had started: it would wait for ever."""
    if os.getpid() != _PROCESS:
        raise RuntimeError(
            "TensorFlow cannot run in a process that was forked after TensorFlow had started. Start the processes by "
            "joblib's default backend, 'loky', or by multiprocessing.get_context('spawn'), or fork before the first "
            "fit. What is fitted and dense can transform in forked processes, too."
        )


def can_compile():
    """Return whether XLA works here."""
    return _XLA_WORKS


def has_room_for_program():
    """Return whether there is room for another program of XLA's.

    XLA keeps each program that it has compiled until the process ends, a dense one in 140 memory maps, a recurrent one
    in 270. At Linux' limit (vm.max_map_count, 65530 by default) the compiler would crash the process.
    """
    try:
        n_maps = Path("/proc/self/maps").read_bytes().count(b"\n")
        most_maps = int(Path("/proc/sys/vm/max_map_count").read_bytes())
    except OSError:
        return True  # no Linux, or no sight of its limits
    return n_maps < 0.75 * most_maps


def give_memory_back():
    """Give back to the system what malloc keeps of the memory that compiling took, before rows take up theirs."""
    # Other systems, and other C libraries than GNU's, have no such function.
    with suppress(AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


_PROCESS = os.getpid()
_limit_threads()
_XLA_WORKS = _compile_first_program()
