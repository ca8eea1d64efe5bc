"""Images and series: PCA, dense layers and convolutions with codes of the same size.

    python benchmarks/images.py [--rows 60000] [--seeds 1] [--sets digits beats] [--cases FILE]
        [--results benchmarks/IMAGES.md]

MNIST is read from Keras' cache and left out if it is not there; of its training images the first --rows are fitted, and
errors are those of its test images. In other sets, half of the rows are held out. With --cases, results are added to a
CSV file, and cases that it holds are not measured again.
"""

import argparse
import time
from pathlib import Path

import data
import numpy as np
import pandas as pd
from choosing import markdown
from sklearn.datasets import load_digits, load_sample_images
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from skautoencoder import AutoencoderTransformer, Conv1DArchitecture, ConvolutionalArchitecture
from skautoencoder.metrics import reconstruction_error

# Sizes of the code.
CODES = {
    "digits": (8, 16),
    "MNIST": (16, 32),
    "colour tiles": (16,),
    "waves": (4,),
    "beats": (8,),
}
IMAGES = ["digits", "MNIST", "colour tiles"]
SERIES = ["waves", "beats"]
# Epochs of convolutions on MNIST.
EPOCHS = 20
CASE = ["data", "codes", "seed", "method"]


def tiles(size=8):
    """Return the square tiles of scikit-learn's two photographs as rows of numbers from 0 to 1."""
    rows = []
    for image in load_sample_images().images:
        height, width = (length // size * size for length in image.shape[:2])
        blocks = image[:height, :width].reshape(height // size, size, width // size, size, 3)
        rows.append(blocks.transpose(0, 2, 1, 3, 4).reshape(-1, size * size * 3))
    return (np.concatenate(rows) / 255).astype(np.float32)


def waves(n_rows=2000, n_steps=64):
    """Return sinusoids of random frequency, phase and height, with noise."""
    generator = np.random.default_rng(0)
    frequency, phase, height = generator.uniform([0.01, 0, 0.5], [0.05, 1, 1.5], (n_rows, 3)).T[:, :, np.newaxis]
    signal = height * np.sin(2 * np.pi * (frequency * np.arange(n_steps) + phase))
    return (signal + 0.05 * generator.normal(size=signal.shape)).astype(np.float32)


def beats(n_rows=2000, n_steps=96):
    """Return series that resemble electrocardiograms: two beats of five bumps each, at random places and heights."""
    generator = np.random.default_rng(0)
    places, widths = np.array([-16, -3, 0, 3, 20]), np.array([4, 1.5, 1.5, 1.5, 6])
    heights = np.array([0.15, -0.15, 1, -0.25, 0.3])
    first, distance, height = generator.uniform([15, 40, 0.8], [35, 55, 1.2], (n_rows, 3)).T
    shape = heights * generator.uniform(0.8, 1.2, (n_rows, 5))
    series = 0.02 * generator.normal(size=(n_rows, n_steps))
    for number in range(2):
        centres = (first + number * distance)[:, np.newaxis] + places
        bumps = np.exp(-0.5 * ((np.arange(n_steps) - centres[:, :, np.newaxis]) / widths[:, np.newaxis]) ** 2)
        series += height[:, np.newaxis] * np.einsum("rb,rbs->rs", shape, bumps)
    return series.astype(np.float32)


def rows_of(name, n_rows):
    """Return training rows, held-out rows and the shape of a row."""
    if name == "MNIST":
        X_train, X_test, _ = data.mnist_split()
        return X_train[:n_rows], X_test, (28, 28)
    X, shape = {
        "digits": lambda: ((load_digits().data / 16).astype(np.float32), (8, 8)),
        "colour tiles": lambda: (tiles(), (8, 8, 3)),
        "waves": lambda: (waves(), (64, 1)),
        "beats": lambda: (beats(), (96, 1)),
    }[name]()
    return *train_test_split(X, test_size=0.5, random_state=0), shape


def methods(name, shape, encoding_dim, seed):
    """Yield the methods of a set by name."""
    shared = {"random_state": seed}
    yield "PCA", PCA(encoding_dim)
    yield "dense", AutoencoderTransformer(encoding_dim, **shared)
    shared["architecture"] = Conv1DArchitecture(shape) if name in SERIES else ConvolutionalArchitecture(shape)
    if name == "MNIST":
        yield f"convolutional, {EPOCHS} epochs", AutoencoderTransformer(encoding_dim, epochs=EPOCHS, **shared)
    else:
        yield "convolutional", AutoencoderTransformer(encoding_dim, **shared)


def measured(method, X_train, X_test):
    """Fit a method; return its held-out error and times in seconds."""
    start, of_processors = time.perf_counter(), time.process_time()
    method.fit(X_train)
    seconds, processor_seconds = time.perf_counter() - start, time.process_time() - of_processors
    return {
        "error": reconstruction_error(method, X_test),
        "seconds": seconds,
        "processor seconds": processor_seconds,
        "epochs": getattr(method, "n_iter_", np.nan),
    }


def cases(sets, seeds, n_rows, path):
    """Return all cases as a data frame; read those that a file holds, and add the others to it."""
    held = pd.read_csv(path) if path is not None and Path(path).exists() else pd.DataFrame(columns=CASE)
    known = set(held[CASE].itertuples(index=False, name=None))
    for name in sets:
        X_train, X_test, shape = rows_of(name, n_rows)
        for encoding_dim in CODES[name]:
            for seed in range(seeds):
                for method_name, method in methods(name, shape, encoding_dim, seed):
                    case = name, encoding_dim, seed, method_name
                    if case in known:
                        continue
                    found = dict(zip(CASE, case, strict=True)) | measured(method, X_train, X_test)
                    found |= {"rows": len(X_train), "columns": X_train.shape[1]}
                    held = pd.concat([held, pd.DataFrame([found])], ignore_index=True)
                    if path is not None:
                        held.to_csv(path, index=False)
    return held[held["data"].isin(sets)]


def table(found):
    """Return the means over seeds as a table of Markdown, with errors over those of PCA."""
    keys = ["data", "rows", "columns", "codes", "method"]
    means = found.groupby(keys, sort=False).mean(numeric_only=True).drop(columns="seed").reset_index()
    means = means.astype({"rows": int, "columns": int})
    of_pca = means[means["method"] == "PCA"].set_index(["data", "codes"])["error"]
    means["error / PCA's"] = [row.error / of_pca[row.data, row.codes] for row in means.itertuples()]
    means["error"] = [f"{error:.3g}" for error in means["error"]]
    for name, decimals in (("processor seconds", 1), ("epochs", 0)):
        means[name] = ["" if np.isnan(number) else f"{number:.{decimals}f}" for number in means[name]]
    columns = [*keys, "error", "error / PCA's", "epochs", "processor seconds"]
    return markdown(means[columns].set_index("data"))


def main():
    available = [name for name in CODES if name != "MNIST" or data.MNIST.exists()]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=60000, help="training rows of MNIST")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--sets", nargs="+", choices=available, default=available, metavar="SET")
    parser.add_argument("--cases", help="CSV file of results, continued if it exists")
    parser.add_argument("--results", help="file for the tables, in place of the terminal")
    arguments = parser.parse_args()
    found = cases(arguments.sets, arguments.seeds, arguments.rows, arguments.cases)
    parts = [
        "# Images and series",
        f"Output of `python benchmarks/images.py --rows {arguments.rows}`; the program says what the sets are. Mean "
        f"squared error of held-out rows, means of {arguments.seeds} seeds. Processor seconds of fitting add up the "
        "cores and include compilation; other programs that run at the same time hardly change them.",
    ]
    for title, sets in (("Images", IMAGES), ("Series", SERIES)):
        of_kind = found[found["data"].isin(sets)]
        if len(of_kind):
            parts += [f"## {title}", table(of_kind)]
    data.publish("\n\n".join(parts), arguments.results)


if __name__ == "__main__":
    main()
