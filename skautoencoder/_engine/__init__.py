"""Training on Keras and TensorFlow: the only place that imports them, itself imported only inside methods."""

import os
import sys

from ._quiet import quiet_standard_error

if "keras" not in sys.modules and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    raise ImportError(
        f"KERAS_BACKEND={os.environ['KERAS_BACKEND']!r}, but skautoencoder trains with Keras on TensorFlow. "
        "Unset KERAS_BACKEND, or set it to 'tensorflow', before Python starts."
    )

try:
    with quiet_standard_error():
        from ._runtime import can_compile, has_room_for_program
except ModuleNotFoundError as error:
    raise ImportError(
        f"Keras cannot start: {error}. skautoencoder trains with Keras on TensorFlow: install tensorflow, and set "
        "KERAS_BACKEND=tensorflow if Keras is configured for another backend."
    ) from error

__all__ = ["can_compile", "has_room_for_program"]
