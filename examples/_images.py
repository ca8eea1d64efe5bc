"""The images of the stories, and rows of them as a picture."""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skautoencoder.plotting import ReconstructionDisplay


def arguments(name):
    """Read the options that all stories have."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", default=f"{name}.png", help="where the picture goes")
    parser.add_argument("--quick", action="store_true", help="few rows, few epochs")
    return parser.parse_args()


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
        print(f"MNIST: {n_train} rows" + (f" to train on, {n_test} held out\n" if n_test else ""))
        return X_train[:n_train], X_test[:n_test], y_train[:n_train], y_test[:n_test], (28, 28)
    X, y = load_digits(return_X_y=True)
    split = train_test_split((X / 16).astype("float32"), y, test_size=0.2, random_state=0, stratify=y)
    if quick:
        split = [part[:300] for part in split]
    why = "few rows, for a quick look" if quick else "MNIST is not in Keras' cache"
    print(f"scikit-learn's digits ({why}): {len(split[0])} rows to train on, {len(split[1])} held out\n")
    return *split, (8, 8)


def seconds(function, *arguments, **options):
    """Call a function; return its result and the seconds that it took."""
    start = time.perf_counter()
    result = function(*arguments, **options)
    return result, time.perf_counter() - start


def draw_images(rows, shape, path, title):
    """Draw rows of images, each under a name.

    Parameters
    ----------
    rows : dict of str to ndarray of shape (n_images, height * width)
        The originals first.
    shape : tuple of int
    path : str
    title : str
    """
    (_, originals), *others = rows.items()
    display = ReconstructionDisplay.from_reconstructions(originals, dict(others), image_shape=shape)
    display.figure_.suptitle(title)
    display.figure_.savefig(path, dpi=120)
    print(f"Picture: {path}")
