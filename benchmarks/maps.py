"""Maps of two codes: PCA, the default autoencoder, one for maps, and UMAP, on seven tables.

    python benchmarks/maps.py [--adbench-dir DIR] [--seeds 5] [--tables digits wine] [--methods PCA map]
        [--records FILE] [--results benchmarks/MAPS.md]

Half of the rows is held out; of MNIST, satellite and pendigits 3000 rows are fitted (6000 of MNIST) and 2000 others are
held out. MNIST is read from Keras' cache, satellite and pendigits from --adbench-dir, a folder with 19_landsat.npz and
28_pendigits.npz of ADBench; without them these tables are left out. UMAP is measured if umap-learn is installed.
--records keeps every measurement in a file, in which a later run finds those that are done.
"""

import argparse
import json
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from data import MNIST
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_swiss_roll
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error

N_NEIGHBORS = 10
# The columns of these tables have different units.
SCALED = ("wine", "breast cancer")
N_TRAINING = {"MNIST": 6000, "satellite": 3000, "pendigits": 3000}
N_HELD_OUT = 2000
MEASURES = ["accuracy", "trustworthiness", "neighbours kept", "error over PCA's"]


def tables(adbench_dir):
    """Return functions of a seed by name, each of which returns X and the classes of its rows."""
    found = {
        "digits": lambda seed: load_digits(return_X_y=True),
        "wine": lambda seed: load_wine(return_X_y=True),
        "breast cancer": lambda seed: load_breast_cancer(return_X_y=True),
        "swiss roll": swiss_roll,
    }
    if MNIST.exists():
        found["MNIST"] = lambda seed: mnist()
    if adbench_dir is not None:
        for name, file in (("satellite", "19_landsat.npz"), ("pendigits", "28_pendigits.npz")):
            path = Path(adbench_dir) / file
            found[name] = lambda seed, path=path: (np.load(path)["X"], np.load(path)["y"])
    return found


def swiss_roll(seed):
    """Return a swiss roll, with ten parts along it as classes."""
    X, places = make_swiss_roll(2000, random_state=seed)
    return X, np.argsort(np.argsort(places)) * 10 // len(places)


def mnist():
    arrays = np.load(MNIST)
    return arrays["x_train"].reshape(60000, -1) / 255, arrays["y_train"]


def split(name, X, y, seed):
    """Return training and held-out rows, scaled if their units differ, and their classes."""
    sizes = {"train_size": 0.5}
    if name in N_TRAINING:
        sizes = {"train_size": N_TRAINING[name], "test_size": N_HELD_OUT}
    X_train, X_test, y_train, y_test = train_test_split(X, y, **sizes, random_state=seed, stratify=y)
    is_scaled = name in SCALED
    scaler = StandardScaler(with_mean=is_scaled, with_std=is_scaled).fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


def methods(seed):
    """Return the methods by name."""
    found = {
        "PCA": PCA(2, random_state=seed),
        "default": AutoencoderTransformer(2, random_state=seed),
        "map": AutoencoderTransformer(2, neighbor_mixing=0.7, learning_rate=3e-3, random_state=seed),
    }
    if find_spec("umap") is not None:
        from umap import UMAP

        found["UMAP"] = UMAP(n_components=2, random_state=seed, n_jobs=1)
    return found


def measured(method, X_train, X_test, y_train, y_test):
    """Fit a method and return its measures of held-out rows, and the seconds of the fit."""
    start = time.perf_counter()
    codes_train = method.fit(X_train).transform(X_train)
    seconds = time.perf_counter() - start
    codes = method.transform(X_test)
    kept = [np.isin(*pair).mean() for pair in zip(neighbors(X_test), neighbors(codes), strict=True)]
    measures = {
        "accuracy": KNeighborsClassifier(N_NEIGHBORS).fit(codes_train, y_train).score(codes, y_test),
        "trustworthiness": trustworthiness(X_test, codes, n_neighbors=N_NEIGHBORS),
        "neighbours kept": np.mean(kept),
    }
    # UMAP decodes a row in seconds.
    if type(method).__name__ != "UMAP":
        pca = PCA(2).fit(X_train)
        measures["error over PCA's"] = reconstruction_error(method, X_test) / reconstruction_error(pca, X_test)
    return measures | {"seconds": seconds}


def neighbors(rows):
    """Return the numbers of the nearest other rows of each row."""
    return NearestNeighbors(n_neighbors=N_NEIGHBORS).fit(rows).kneighbors(return_distance=False)


def markdown(table):
    """Return a data frame as a table of Markdown."""
    rows = [table.columns, ["---"] * table.shape[1], *table.to_numpy()]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adbench-dir", help="folder of .npz tables")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--records", help="file with one measurement a line, which is read and added to")
    parser.add_argument("--results", help="Markdown file to write")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    records = []
    path = None if arguments.records is None else Path(arguments.records)
    if path is not None and path.exists():
        records = [json.loads(line) for line in path.read_text().splitlines()]
    done = {(record["table"], record["method"], record["seed"]) for record in records}
    for seed in range(arguments.seeds):
        for table, read in tables(arguments.adbench_dir).items():
            if arguments.tables is not None and table not in arguments.tables:
                continue
            parts = split(table, *read(seed), seed)
            for name, method in methods(seed).items():
                if (table, name, seed) in done or (arguments.methods is not None and name not in arguments.methods):
                    continue
                record = {"table": table, "method": name, "seed": seed} | measured(method, *parts)
                records.append(record)
                print(json.dumps(record), flush=True)
                if path is not None:
                    with path.open("a") as file:
                        file.write(json.dumps(record) + "\n")

    found = pd.DataFrame(records)
    found = found[found["seed"] < arguments.seeds]
    found = found.groupby(["table", "method"], sort=False)[MEASURES].mean()
    shown = found.round(3).astype(object).fillna("").reset_index()
    text = [
        "# Maps",
        "Output of `python benchmarks/maps.py`, on a shared machine.",
        f"Two codes. Of held-out rows, mean of {arguments.seeds} seeds: accuracy of the ten nearest neighbours on the "
        "map, trustworthiness (ten neighbours), share of the ten nearest rows that are among the ten nearest on the "
        "map, and reconstruction error over that of PCA. The classes of "
        "satellite and pendigits are usual and unusual rows; those of the swiss roll are ten parts along it.",
        markdown(shown),
    ]
    text = "\n\n".join(text) + "\n"
    if arguments.results:
        Path(arguments.results).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
