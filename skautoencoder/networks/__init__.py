"""Networks as numbers: dense ones run in NumPy, all others through Keras."""

from ._activations import ACTIVATION_RANGES, ACTIVATIONS, SELU_ALPHA, SELU_SCALE
from ._base import Autoencoder
from ._dense import DenseAutoencoder, DenseNetwork, Layer
from ._keras import Blueprint, KerasAutoencoder

__all__ = [
    "ACTIVATIONS",
    "ACTIVATION_RANGES",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Autoencoder",
    "Blueprint",
    "DenseAutoencoder",
    "DenseNetwork",
    "KerasAutoencoder",
    "Layer",
]
