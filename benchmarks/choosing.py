"""Maps and unusual rows: masking noise beside PCA, kernel PCA, UMAP and the defaults.

    python benchmarks/choosing.py [--data-dir DIR] [--seeds 3] [--noise-levels 0.1 0.3 0.5] [--only maps]
        [--results benchmarks/CHOOSING.md]

--data-dir is a folder with ionosphere.csv and wheat-seeds.csv of UCI (headerless, last column: class).
UMAP is measured if umap-learn is installed.
"""

import argparse
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from data import publish
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA, KernelPCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error

# One row in ONE_IN belongs to the rare class.
ONE_IN = 20


def methods(encoding_dim, seed, noise_levels):
    yield "PCA", PCA(encoding_dim)
    yield "defaults", AutoencoderTransformer(encoding_dim, random_state=seed)
    for level in noise_levels:
        masking = AutoencoderTransformer(encoding_dim, noise="masking", noise_level=level, random_state=seed)
        yield f"masking {level}", masking


def methods_of_maps(seed, noise_levels):
    yield from methods(2, seed, noise_levels)
    # The width of the kernel is the median distance of rows.
    yield "kernel PCA", KernelPCA(2, kernel="rbf", gamma=5e-4, fit_inverse_transform=True, alpha=0.01)
    if find_spec("umap") is not None:
        from umap import UMAP

        yield "UMAP", UMAP(n_components=2, random_state=seed, n_jobs=1)


def maps(seeds, noise_levels):
    X, y = load_digits(return_X_y=True)
    for seed in seeds:
        for train, test in StratifiedKFold(2, shuffle=True, random_state=seed).split(X, y):
            for name, method in methods_of_maps(seed, noise_levels):
                start = time.perf_counter()
                codes = method.fit(X[train]).transform(X[train])
                seconds = time.perf_counter() - start
                accuracy = KNeighborsClassifier(10).fit(codes, y[train]).score(method.transform(X[test]), y[test])
                rows = X[test][:50] if name == "UMAP" else X[test]
                error = reconstruction_error(method, rows)
                yield {"map": name, "accuracy": accuracy, "error": error, "seconds": seconds}


def tables(data_dir):
    """Yield name, X, whether a row is of the rare class, and whether columns are scaled."""
    X, y = load_breast_cancer(return_X_y=True)
    yield "breast cancer", X, y == 0, True
    X, y = load_digits(return_X_y=True)
    for digit in (8, 4):
        yield f"digit {digit}", X, y == digit, False
    for name, rare in (("ionosphere", "b"), ("wheat-seeds", 1)):
        if data_dir is not None:
            table = pd.read_csv(Path(data_dir) / f"{name}.csv", header=None)
            yield name, table.iloc[:, :-1].to_numpy(dtype=float), (table.iloc[:, -1] == rare).to_numpy(), True


def unusual_rows(data_dir, seeds, noise_levels):
    for table, X, is_rare, is_scaled in tables(data_dir):
        X = X[:, X.std(axis=0) > 0]
        for seed in seeds:
            generator = np.random.default_rng(seed)
            usual, rare = (generator.permutation(np.flatnonzero(rows)) for rows in (~is_rare, is_rare))
            among = np.concatenate([usual, rare[: len(usual) // (ONE_IN - 1)]])
            half = len(usual) // 2
            new = np.concatenate([usual[half:], rare])
            for fitted, train, test in (("with them", among, among), ("without", usual[:half], new)):
                scaler = StandardScaler(with_mean=is_scaled, with_std=is_scaled).fit(X[train])
                for encoding_dim in (2, 4, 8) if X.shape[1] > 8 else (2, 4):
                    for name, method in methods(encoding_dim, seed, noise_levels):
                        method.fit(scaler.transform(X[train]))
                        errors = reconstruction_error(method, scaler.transform(X[test]), per="sample")
                        area = roc_auc_score(is_rare[test], errors)
                        yield {"table": table, "fitted": fitted, "codes": encoding_dim, "method": name, "area": area}


def markdown(table, decimals=3):
    """Return a data frame as a table of Markdown."""
    table = table.reset_index()
    cells = table.map(lambda cell: "" if pd.isna(cell) else f"{cell:.{decimals}f}" if isinstance(cell, float) else cell)
    rows = [cells.columns, ["---"] * cells.shape[1], *cells.to_numpy()]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--noise-levels", type=float, nargs="+", default=[0.1, 0.3, 0.5])
    parser.add_argument("--only", choices=["maps", "unusual"])
    parser.add_argument("--results", help="file for the tables, in place of the terminal")
    arguments = parser.parse_args()
    seeds, parts = range(arguments.seeds), ["# Maps and unusual rows", "Output of `python benchmarks/choosing.py`."]
    if arguments.only != "unusual":
        found = pd.DataFrame(maps(seeds, arguments.noise_levels)).groupby("map", sort=False).mean()
        parts += [
            "## Maps of digits",
            f"Two codes, half of the digits held out, two folds, {arguments.seeds} seeds. Accuracy of the ten nearest "
            "neighbours on the map, mean squared error of the reconstruction (of fifty rows for UMAP, which is slow), "
            "and seconds of fitting, including compilation.",
            markdown(found),
        ]
    if arguments.only != "maps":
        found = pd.DataFrame(unusual_rows(arguments.data_dir, seeds, arguments.noise_levels))
        areas = found.groupby(["fitted", "table", "codes", "method"], sort=False)["area"].mean().unstack(sort=False)
        parts += [
            "## Unusual rows",
            f"Area under the ROC curve of the error, mean of {arguments.seeds} draws. With them: fitted to all rows, "
            "of which one in twenty belongs to the rare class. Without: fitted to half of the usual rows, tested on "
            "the rest.",
            markdown(areas),
        ]
    publish("\n\n".join(parts), arguments.results)


if __name__ == "__main__":
    main()
