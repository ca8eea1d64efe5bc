"""Every private name of Keras and TensorFlow, and everything that touches global state of the process.

Only this file changes if a new version of Keras moves a private name. The global state is the environment variable
TF_CPP_MIN_LOG_LEVEL (set only if it is unset), the standard error output while TensorFlow starts, the number of
TensorFlow's threads, Keras' source of default seeds, and tf2onnx' table of conversions.
"""

import ctypes
import os
import random
import re
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path

import joblib
import numpy as np

if "keras" not in sys.modules and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    raise ImportError(
        f"KERAS_BACKEND={os.environ['KERAS_BACKEND']!r}, but skautoencoder trains with Keras on TensorFlow. "
        "Unset KERAS_BACKEND, or set it to 'tensorflow', before Python starts."
    )

# TensorFlow reads this once, at import: its C++ code then logs errors only.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Lines that TensorFlow writes at its start on every machine: information, warnings, and errors for want of a GPU.
_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|[IW]\d{4} |To enable the following instructions"
    rb"|E\d{4} .*failed call to cuInit: .*(UNKNOWN ERROR \(303\)|CUDA_ERROR_NO_DEVICE)"
)


@contextmanager
def _quiet_start():
    """Leave out the lines that TensorFlow writes at its start whatever its log level is; write all others afterwards.

    They are written to the file of standard errors, out of reach of Python. A user who has set a log level below 2
    sees them, and the last words of a process that TensorFlow aborts.
    """
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] in ("0", "1"):
        yield
        return
    try:
        file = tempfile.TemporaryFile()
        stderr = os.dup(2)
    except OSError:
        # There is no writable folder, or no standard error output.
        yield
        return
    with file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            file.seek(0)
            for line in file:
                if not _CHATTER.match(line):
                    os.write(2, line)


try:
    with _quiet_start():
        import keras
        import tensorflow as tf

        # Both modules refer to the function that draws default seeds.
        from keras.src.backend import random as backend_random
        from keras.src.random import seed_generator
        from tensorflow.python.eager import context
except ModuleNotFoundError as error:
    raise ImportError(
        f"Keras cannot start: {error}. skautoencoder trains with Keras on TensorFlow: install tensorflow, and set "
        "KERAS_BACKEND=tensorflow if Keras is configured for another backend."
    ) from error

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras runs on {keras.config.backend()!r}, but skautoencoder trains with Keras on TensorFlow. "
        "Set KERAS_BACKEND=tensorflow before Python starts."
    )

_PROCESS = os.getpid()
_draw_globally = seed_generator.make_default_seed
_of_thread = threading.local()


def traced(function, *signature):
    """Trace a function of TensorFlow for a signature, without the checks of tf.debugging.enable_check_numerics.

    They hold for one thread, and would reject NaN where it marks missing entries and in unused parts of buffers.
    """
    if not context.context().op_callbacks:
        return function.get_concrete_function(*signature)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(function.get_concrete_function, *signature).result()


def with_other_variables(function, variables, others):
    """Return a copy of a traced function that reads and changes `others` in place of `variables`, which it captured.

    The copy holds only the handles of `others`.
    """
    handles = {id(variable.handle): other.handle for variable, other in zip(variables, others, strict=True)}
    changed = copy(function)
    changed.set_external_captures([handles.get(id(tensor), tensor) for tensor in function.captured_inputs])
    return changed


def _xla_works():
    """Try to compile a small program."""

    def erf_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.math.erf(x)
        return tape.gradient(y, x)

    if not tf.executing_eagerly():
        # `check_process` raises an error.
        return False
    x = tf.constant(1.0)
    try:
        traced(tf.function(erf_gradient, jit_compile=True, autograph=False), x)(x)
    except (tf.errors.OpError, ValueError):
        return False
    return True


def _default_seed():
    """Draw a seed from the generator of this thread, if `in_a_clean_thread` gave it one."""
    generator = getattr(_of_thread, "generator", None)
    return _draw_globally() if generator is None else generator.randint(1, int(1e9))


# Number of threads: one for each core, unless joblib (for its workers) or the user sets it for all libraries.
N_THREADS = joblib.cpu_count()
_n_threads = os.environ.get("OMP_NUM_THREADS", "")
if _n_threads.isdigit() and int(_n_threads) > 0:
    N_THREADS = int(_n_threads)
    # TensorFlow raises if it is already running; keep its number of threads then.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(N_THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(N_THREADS)
with _quiet_start():
    XLA_WORKS = _xla_works()
for _module in (seed_generator, backend_random):
    _module.make_default_seed = _default_seed


def check_process():
    """Raise a RuntimeError in a process that was forked after TensorFlow had started, or without eager execution."""
    if os.getpid() != _PROCESS:
        raise RuntimeError(
            "TensorFlow cannot run in a process that was forked after TensorFlow had started. Start the processes by "
            "joblib's default backend, 'loky', or by multiprocessing.get_context('spawn'), or fork before the first "
            "fit. Fitted dense autoencoders can transform in forked processes, too."
        )
    if not tf.executing_eagerly():
        raise RuntimeError(
            "TensorFlow's eager execution is switched off, by tf.compat.v1.disable_eager_execution() or "
            "disable_v2_behavior(), or fit was called within a tf.function; training with Keras 3 needs it. Leave that "
            "call out, or fit in another process."
        )


def in_a_clean_thread(function, seed):
    """Call a function in a thread where Keras' names, its dtype and its seeds are those of a new process.

    Keras keeps names and dtype per thread. Initial weights and the seeds of layers such as Dropout are drawn from
    `seed`. The function may access the models of other estimators, which are built in the same way.
    """
    check_process()

    def call():
        keras.config.set_dtype_policy("float32")
        with _seeds_from(seed):
            return function()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(call).result()


@contextmanager
def _seeds_from(seed):
    """Make Keras draw default seeds in this thread from a generator with this seed."""
    _of_thread.generator = random.Random(seed)
    try:
        yield
    finally:
        _of_thread.generator = None


def layers_within(model):
    """Return the layers of a model, and those within them."""
    return model._flatten_layers(include_self=False)


def has_room_for_program():
    """Return whether XLA can hold another compiled program.

    XLA keeps each program until the process ends, a dense one in 140 memory maps, a recurrent one in 270. At Linux'
    limit (vm.max_map_count, 65530 by default) the compiler would crash the process.
    """
    try:
        n_maps = Path("/proc/self/maps").read_bytes().count(b"\n")
        max_maps = int(Path("/proc/sys/vm/max_map_count").read_bytes())
    except OSError:
        return True  # no Linux, or no access to its limits
    return n_maps < 0.75 * max_maps


def give_memory_back():
    """Return the memory that malloc keeps after compiling to the system, before rows are loaded."""
    # Only GNU's C library has this function.
    with suppress(AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def prepare_optimizer(optimizer, learning_rate):
    """Keep the learning rate in float32, whatever `keras.config.set_floatx` says; do not sum over replicas."""
    rate = optimizer._learning_rate
    if isinstance(rate, keras.Variable) and rate.dtype != "float32":
        optimizer._untrack_variable(rate)
        optimizer._learning_rate = keras.Variable(learning_rate, name="learning_rate", dtype="float32", trainable=False)
        optimizer._track_variable(optimizer._learning_rate)
    # There is only one replica. Summing over replicas registers a gradient function that TensorFlow never frees, nor
    # the traced program that it refers to.
    optimizer._all_reduce_sum_gradients = lambda grads_and_vars: grads_and_vars


def tensorboard_wants_batches(callback):
    """Return whether a TensorBoard callback writes or traces anything at the ends of batches."""
    return callback.update_freq != "epoch" or callback.write_steps_per_second or callback._should_trace


def register_erfc():
    """Register a conversion of `Erfc` with tf2onnx, if that is installed and has none.

    Recent versions of TensorFlow use `Erfc` for gelu.
    """
    try:
        # This import registers the conversions of tf2onnx.
        from tf2onnx.onnx_opset.math import tf_op
    except ImportError:
        return
    if any("Erfc" in operators for versions in tf_op.get_opsets().values() for operators in versions):
        return

    class Erfc:
        """``erfc(x) = 1 - erf(x)``, in float32 because onnxruntime computes `Erf` in no other type."""

        @classmethod
        def version_9(cls, graph, node, **_):
            """Replace a node, for all versions of ONNX with `Erf`, which came with 9."""
            from onnx import TensorProto

            options = {"outputs": node.output, "shapes": node.output_shapes, "dtypes": node.output_dtypes}
            x = graph.make_node("Cast", node.input, attr={"to": TensorProto.FLOAT})
            erf = graph.make_node("Erf", x.output)
            one = graph.make_const(f"{node.name}_one", np.float32([1]))
            erfc = graph.make_node("Sub", [*one.output, *erf.output])
            graph.remove_node(node.name)
            graph.make_node("Cast", erfc.output, attr={"to": options["dtypes"][0]}, name=node.name, **options)

    tf_op("Erfc")(Erfc)
