"""Training on Keras and TensorFlow: the only place that imports them, itself imported only inside methods."""

import os
import sys

if "keras" not in sys.modules and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    raise ImportError(
        f"KERAS_BACKEND={os.environ['KERAS_BACKEND']!r}, but skautoencoder trains with Keras on TensorFlow. "
        "Unset KERAS_BACKEND, or set it to 'tensorflow', before Python starts."
    )

# TensorFlow reads it once, when it is imported: errors are logged, remarks and warnings of its C++ code are not.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

try:
    from ._runtime import can_compile, check_process, give_memory_back, has_room_for_program
except ModuleNotFoundError as error:
    raise ImportError(
        f"Keras cannot start: {error}. skautoencoder trains with Keras on TensorFlow: install tensorflow, and set "
        "KERAS_BACKEND=tensorflow if Keras is configured for another backend."
    ) from error

__all__ = ["can_compile", "check_process", "give_memory_back", "has_room_for_program"]
