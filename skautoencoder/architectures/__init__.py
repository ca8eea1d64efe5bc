"""Architectures, which decide how a row of X is read: one file each."""

from ._base import BaseArchitecture, BaseKerasArchitecture
from ._convolutional import ConvolutionalArchitecture
from ._dense import DenseArchitecture
from ._keras import KerasArchitecture
from ._recurrent import RecurrentArchitecture

# Architectures that need no parameters, by name.
ARCHITECTURES = {"dense": DenseArchitecture}

__all__ = [
    "ARCHITECTURES",
    "BaseArchitecture",
    "BaseKerasArchitecture",
    "ConvolutionalArchitecture",
    "DenseArchitecture",
    "KerasArchitecture",
    "RecurrentArchitecture",
]
