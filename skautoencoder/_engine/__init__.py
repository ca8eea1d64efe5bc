"""Training on Keras and TensorFlow: the only folder that imports them, itself imported only inside functions."""

from ._keras_compat import check_process

__all__ = ["check_process"]
