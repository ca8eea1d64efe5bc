"""Keras' activations in NumPy."""

import numpy as np
from scipy.special import expit, ndtr, softmax

SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


# Coefficients of p with GELU(z) = z / (1 + exp(z p(z * z))) up to 2.2e-8 max(1, |z|): the log-odds of the normal
# distribution function, fitted for minimum maximal error by Lawson's algorithm. The quotient is 0 or z beyond 6.5.
_GELU_COEFFICIENTS = (
    -1.5957706151358837,
    -0.07266412970501224,
    6.348294794796234e-05,
    0.0001112079034078614,
    -8.025201990879362e-06,
    2.714608718004893e-07,
    -3.693323263693247e-09,
)


def _gelu(Z):
    if Z.dtype != np.float32:
        return Z * ndtr(Z)
    # Ten times as fast as `ndtr`, which computes in float64 and is not vectorised.
    first, *middle, last = np.array(_GELU_COEFFICIENTS, np.float32)
    with np.errstate(over="ignore"):
        squared = np.square(Z)
        values = last * squared
        for coefficient in reversed(middle):
            values += coefficient
            values *= squared
        values += first
        values *= Z
        np.exp(values, out=values)
    values += np.float32(1)
    return np.divide(Z, values, out=values)


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

# Elementwise activations with f(0) = 0, safe for zero padding.
KEEP_ZERO = {name for name, activation in ACTIVATIONS.items() if not np.any(activation(np.zeros((1, 2))))}

# Ranges of bounded activations; the others reach every value.
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
