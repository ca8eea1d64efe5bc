"""Networks as numbers: dense ones run in NumPy, all others through Keras."""

from ._activations import ACTIVATION_RANGES, ACTIVATIONS, SELU_ALPHA, SELU_SCALE
from ._base import Autoencoder
from ._code_map import CodeMap
from ._code_statistics import CodeStatistics
from ._dense import DenseAutoencoder, DenseNetwork, Layer
from ._keras import Blueprint, KerasAutoencoder
from ._ordered_codes import OrderedCodes

__all__ = [
    "ACTIVATIONS",
    "ACTIVATION_RANGES",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Autoencoder",
    "Blueprint",
    "CodeMap",
    "CodeStatistics",
    "DenseAutoencoder",
    "DenseNetwork",
    "KerasAutoencoder",
    "Layer",
    "OrderedCodes",
]
