"""Shared by the examples: options, images, and pictures of rows of images."""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skautoencoder.plotting import ReconstructionDisplay


def read_options():
    """Read the command-line options; a notebook has none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", help="file for the picture, such as picture.png; by default it is shown")
    parser.add_argument("--quick", action="store_true", help="small data: takes seconds")
    return parser.parse_known_args()[0]


def load_images(n_train=60000, n_test=10000, quick=False):
    """Load MNIST from Keras' cache or, without it, scikit-learn's digits, as rows in [0, 1].

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
    shape : tuple of int
        Height and width of an image.
    """
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    path = home / "datasets" / "mnist.npz"
    if path.exists() and not quick:
        with np.load(path) as mnist:
            X_train, X_test = (mnist[name].reshape(-1, 784).astype("float32") / 255 for name in ("x_train", "x_test"))
            y_train, y_test = mnist["y_train"], mnist["y_test"]
        X_train, X_test, y_train, y_test = X_train[:n_train], X_test[:n_test], y_train[:n_train], y_test[:n_test]
        data, shape = "MNIST", (28, 28)
    else:
        X, y = load_digits(return_X_y=True)
        rows = (X / 16).astype("float32")
        X_train, X_test, y_train, y_test = train_test_split(rows, y, test_size=0.2, random_state=0, stratify=y)
        data, shape = "scikit-learn's digits", (8, 8)
    print(f"{data}: {len(X_train)} rows to train on, {len(X_test)} held out\n")
    return X_train, X_test, y_train, y_test, shape


def seconds(function, *arguments, **options):
    """Call a function; return its result and the seconds that it took."""
    start = time.perf_counter()
    result = function(*arguments, **options)
    return result, time.perf_counter() - start


def draw_images(rows, shape, title):
    """Draw named rows of images, and return the figure.

    Parameters
    ----------
    rows : dict of str to ndarray of shape (n_images, height * width)
        The originals first.
    shape : tuple of int
    title : str
    """
    (_, originals), *others = rows.items()
    display = ReconstructionDisplay.from_reconstructions(originals, dict(others), image_shape=shape)
    display.figure_.suptitle(title)
    return display.figure_


def show(figure, options):
    """Save the figure to the file of `--picture`, or show it."""
    from matplotlib import pyplot

    if options.picture is None:
        pyplot.show()
    else:
        figure.savefig(options.picture, dpi=120)
        print(f"Picture: {options.picture}")
