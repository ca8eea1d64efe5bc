"""Maps and unusual rows: what masking noise is worth beside PCA and the defaults; the numbers of docs/choosing.md.

    python benchmarks/choosing.py [--data-dir DIR] [--seeds 3] [--noise-levels 0.1 0.3 0.5]

With --data-dir, ionosphere.csv and wheat-seeds.csv of UCI (headerless, last column: class) are looked up there.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error

# One row in so many is of the rare class.
ONE_IN = 20


def methods(encoding_dim, seed, noise_levels):
    yield "PCA", PCA(encoding_dim)
    yield "defaults", AutoencoderTransformer(encoding_dim, random_state=seed)
    for level in noise_levels:
        masking = AutoencoderTransformer(encoding_dim, noise="masking", noise_level=level, random_state=seed)
        yield f"masking {level}", masking


def maps(seeds, noise_levels):
    X, y = load_digits(return_X_y=True)
    for seed in seeds:
        for train, test in StratifiedKFold(2, shuffle=True, random_state=seed).split(X, y):
            for name, method in methods(2, seed, noise_levels):
                codes = method.fit(X[train]).transform(X[train])
                accuracy = KNeighborsClassifier(10).fit(codes, y[train]).score(method.transform(X[test]), y[test])
                yield {"map": name, "accuracy": accuracy, "mse": reconstruction_error(method, X[test])}


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--noise-levels", type=float, nargs="+", default=[0.1, 0.3, 0.5])
    arguments = parser.parse_args()
    seeds = range(arguments.seeds)
    found = pd.DataFrame(maps(seeds, arguments.noise_levels))
    print(found.groupby("map", sort=False).mean().round(3).to_string(), "\n", flush=True)
    found = pd.DataFrame(unusual_rows(arguments.data_dir, seeds, arguments.noise_levels))
    means = found.groupby(["table", "fitted", "codes", "method"], sort=False)["area"].mean()
    print(means.unstack(sort=False).round(3).to_string())


if __name__ == "__main__":
    main()
