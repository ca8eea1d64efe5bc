"""Keras' activations in NumPy."""

import numpy as np
from scipy.special import expit, ndtr, softmax

SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


# Coefficients of p with normal distribution function (1 + tanh(z p(z * z))) / 2 up to 6e-8 for |z| < 5.6, beyond which
# it is 0 or 1 in float32; least maximal error by Lawson's algorithm. The first two alone are the "tanh form" of GELU
# (Hendrycks & Gimpel, 2016).
_GELU_BOUND = 5.6
_GELU_COEFFICIENTS = (
    0.7978844926522246,
    0.03633391138428353,
    -3.2954810346592694e-05,
    -5.5277920793774615e-05,
    3.973109539527504e-06,
    -1.3364659021124951e-07,
    1.8093558616118135e-09,
)


def _gelu(Z):
    if Z.dtype != np.float32:
        return Z * ndtr(Z)
    # A tenth of the time of `ndtr`, which computes one number after the other, in float64.
    first, *middle, last = np.array(_GELU_COEFFICIENTS, np.float32)
    bounded = np.clip(Z, -_GELU_BOUND, _GELU_BOUND)
    squared = np.square(bounded)
    values = last * squared
    for coefficient in reversed(middle):
        values += coefficient
        values *= squared
    values += first
    values *= bounded
    np.tanh(values, out=values)
    values += np.float32(1)
    values *= np.float32(0.5)
    values *= Z
    return values


def _elu(Z, alpha=1.0):
    return np.where(Z > 0, Z, alpha * np.expm1(np.minimum(Z, 0)))


def _softplus(Z):
    return np.logaddexp(Z, Z.dtype.type(0))


# Activations by their Keras names; a test compares each with Keras.
ACTIVATIONS = {
    "elu": _elu,
    "exponential": np.exp,
    "gelu": _gelu,
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
