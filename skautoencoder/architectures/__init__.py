"""Architectures, which read rows of X as vectors, images or sequences: one file each."""

from ._base import BaseArchitecture, BaseKerasArchitecture
from ._conv1d import Conv1DArchitecture
from ._convolutional import ConvolutionalArchitecture
from ._dense import DenseArchitecture
from ._keras import KerasArchitecture
from ._recurrent import RecurrentArchitecture

# Architectures by name, made with their defaults.
ARCHITECTURES = {"dense": DenseArchitecture}

__all__ = [
    "ARCHITECTURES",
    "BaseArchitecture",
    "BaseKerasArchitecture",
    "Conv1DArchitecture",
    "ConvolutionalArchitecture",
    "DenseArchitecture",
    "KerasArchitecture",
    "RecurrentArchitecture",
]
