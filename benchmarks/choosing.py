"""Models on codes, maps and unusual rows beside PCA's; the numbers of docs/choosing.md.

    python benchmarks/choosing.py [--data-dir DIR] [--seeds 3] [--noise-levels 0.1 0.3 0.5] [--only models]

With --data-dir, all headerless .csv in a folder (last column: target) have models, and ionosphere.csv and
wheat-seeds.csv of UCI are looked up there for unusual rows. The summary of the models is a line of JSON.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
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


def targets(data_dir):
    """Yield name, X and y."""
    for load in (load_iris, load_wine, load_diabetes, load_breast_cancer, load_digits):
        yield load.__name__.removeprefix("load_"), *load(return_X_y=True)
    for path in sorted(Path(data_dir).glob("*.csv")) if data_dir else ():
        table = pd.read_csv(path, header=None)
        yield path.stem, table.iloc[:, :-1].select_dtypes("number").to_numpy(dtype=float), table.iloc[:, -1].to_numpy()


def models(data_dir, seeds):
    """Yield the scores of linear models on standardised codes: accuracies of classes, R2 of numbers."""
    for name, X, y in targets(data_dir):
        rows = np.random.RandomState(0).permutation(len(X))[:2000]
        X, y = X[rows][:, X.std(axis=0) > 0], y[rows]
        is_class = len(np.unique(y)) <= 10
        model = LogisticRegression(max_iter=1000) if is_class else RidgeCV(np.logspace(-3, 3, 7))
        for encoding_dim in sorted({max(1, X.shape[1] // share) for share in (8, 3, 2)}):
            for seed in seeds:
                folds = (StratifiedKFold if is_class else KFold)(3, shuffle=True, random_state=seed)
                scores = {
                    method: cross_val_score(
                        make_pipeline(StandardScaler(), reduction, StandardScaler(), model), X, y, cv=folds
                    ).mean()
                    for method, reduction in methods(encoding_dim, seed, ())
                }
                yield {"table": name, "codes": encoding_dim, **scores}


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
    parser.add_argument("--only", choices=["models", "maps", "unusual rows"], help="all of them unless one is named")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    seeds = range(arguments.seeds)
    if arguments.only in (None, "models"):
        means = pd.DataFrame(models(arguments.data_dir, seeds)).groupby(["table", "codes"], sort=False).mean()
        means["difference"] = difference = means["defaults"] - means["PCA"]
        print(means.round(3).to_string())
        summary = {"mean": difference.mean(), "median": difference.median(), "worst": difference.min()}
        counts = {"pairs": len(means), "higher": (difference > 0.002).sum(), "lower": (difference < -0.002).sum()}
        print(json.dumps({name: round(float(number), 4) for name, number in (summary | counts).items()}), flush=True)
    if arguments.only in (None, "maps"):
        found = pd.DataFrame(maps(seeds, arguments.noise_levels))
        print(found.groupby("map", sort=False).mean().round(3).to_string(), "\n", flush=True)
    if arguments.only in (None, "unusual rows"):
        found = pd.DataFrame(unusual_rows(arguments.data_dir, seeds, arguments.noise_levels))
        means = found.groupby(["table", "fitted", "codes", "method"], sort=False)["area"].mean()
        print(means.unstack(sort=False).round(3).to_string())


if __name__ == "__main__":
    main()
