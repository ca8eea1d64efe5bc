"""How one row of X is seen: one file per architecture."""

from ._base import BaseArchitecture, BaseKerasArchitecture
from ._convolutional import ConvolutionalArchitecture
from ._dense import DenseArchitecture
from ._keras import KerasArchitecture
from ._recurrent import RecurrentArchitecture

# Those that need no parameter, by name.
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
