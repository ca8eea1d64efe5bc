"""The data that the benchmarks share."""

import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

MNIST = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "mnist.npz"


def mnist():
    """Return 60000 x 784 float32 rows in [0, 1]: MNIST from Keras' cache, or random strokes of the same shape."""
    if MNIST.exists():
        return np.load(MNIST)["x_train"].reshape(60000, 784).astype(np.float32) / 255
    random_state = np.random.RandomState(0)
    strokes = random_state.rand(64, 784) > 0.85
    weights = (random_state.rand(60000, 64) > 0.9).astype(np.float32)
    return np.clip(weights @ strokes.astype(np.float32), 0, 1)


def mnist_split():
    """Return MNIST's training images, its test images and their digits; they must be in Keras' cache."""
    mnist = np.load(MNIST)
    X_train, X_test = (mnist[name].reshape(-1, 784).astype(np.float32) / 255 for name in ("x_train", "x_test"))
    return X_train, X_test, mnist["y_test"]


def mnist_name():
    if MNIST.exists():
        return "MNIST"
    return f"a synthetic set of MNIST's shape (for MNIST, keras.datasets.mnist.load_data() fills {MNIST})"


def digits():
    return (load_digits().data / 16).astype(np.float32)
