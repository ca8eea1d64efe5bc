"""Data and pages, shared by the benchmarks."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

MNIST = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "mnist.npz"


def mnist():
    """Return 60000 x 784 float32 rows in [0, 1]: MNIST from Keras' cache, or random strokes of the same shape."""
    if MNIST.exists():
        return np.load(MNIST)["x_train"].reshape(60000, 784).astype(np.float32) / 255
    random_state = np.random.RandomState(0)
    strokes = random_state.rand(64, 784) > 0.85
    weights = (random_state.rand(60000, 64) > 0.9).astype(np.float32)
    return np.clip(weights @ strokes.astype(np.float32), 0, 1)


def wide_rows(n_rows, n_columns):
    """Return rows of twenty factors and noise, wider than they are many."""
    random_state = np.random.RandomState(0)
    factors = random_state.normal(size=(n_rows, 20)) @ random_state.normal(size=(20, n_columns))
    return factors + random_state.normal(size=(n_rows, n_columns))


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


def small_tables(data_dir, most_rows=2000):
    """Yield name, X without constant columns, and y of scikit-learn's tables and of the headerless .csv in a folder."""
    tables = {
        load.__name__.removeprefix("load_"): load(return_X_y=True)
        for load in (load_digits, load_breast_cancer, load_wine, load_diabetes, load_iris)
    }
    for path in sorted(Path(data_dir).glob("*.csv")) if data_dir else ():
        table = pd.read_csv(path, header=None)
        numbers = table.iloc[:, :-1].select_dtypes("number").to_numpy(dtype=float)
        tables[path.stem] = numbers, table.iloc[:, -1].to_numpy()
    for name, (X, y) in tables.items():
        rows = np.random.RandomState(0).permutation(len(X))[:most_rows]
        X = X[rows]
        yield name, X[:, X.std(axis=0) > 0], y[rows]


def publish(text, path):
    """Write a page to a file, or print it if the path is None."""
    if path is None:
        print(text + "\n")
    else:
        Path(path).write_text(text + "\n")
