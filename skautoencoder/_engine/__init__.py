"""Training with Keras and TensorFlow. Only this folder imports them at the top; import it inside functions."""

from ._keras_compat import check_process

__all__ = ["check_process"]
