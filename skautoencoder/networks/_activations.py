"""Keras' activations in NumPy."""

import numpy as np
from scipy.special import expit, ndtr, softmax

SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


def _elu(Z, alpha=1.0):
    return np.where(Z > 0, Z, alpha * np.expm1(np.minimum(Z, 0)))


def _softplus(Z):
    return np.logaddexp(Z, Z.dtype.type(0))


# Activations by their Keras names; a test compares each with Keras.
ACTIVATIONS = {
    "elu": _elu,
    "exponential": np.exp,
    "gelu": lambda Z: Z * ndtr(Z),
    "hard_sigmoid": lambda Z: np.clip(Z + 3, 0, 6) / 6,
    "leaky_relu": lambda Z: np.where(Z > 0, Z, Z.dtype.type(0.2) * Z),
    "linear": lambda Z: Z,
    "mish": lambda Z: Z * np.tanh(_softplus(Z)),
    "relu": lambda Z: np.maximum(Z, 0, out=Z),
    "relu6": lambda Z: np.clip(Z, 0, 6),
    "selu": lambda Z: Z.dtype.type(SELU_SCALE) * _elu(Z, Z.dtype.type(SELU_ALPHA)),
    "sigmoid": lambda Z: expit(Z, out=Z),
    "silu": lambda Z: Z * expit(Z),
    "softmax": lambda Z: softmax(Z, axis=1),
    "softplus": _softplus,
    "softsign": lambda Z: Z / (1 + np.abs(Z)),
    "swish": lambda Z: Z * expit(Z),
    "tanh": lambda Z: np.tanh(Z, out=Z),
}

# Smallest and largest values that bounded activations put out; the others reach every value.
ACTIVATION_RANGES = {
    "exponential": (0, np.inf),
    "hard_sigmoid": (0, 1),
    "relu": (0, np.inf),
    "relu6": (0, 6),
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "softplus": (0, np.inf),
    "softsign": (-1, 1),
    "tanh": (-1, 1),
}
