"""Held-out error of the default autoencoder as a ratio to PCA's, over small tables and code sizes.

    python benchmarks/quality_against_pca.py [--data-dir DIR] [--set name=value ...]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target).
Each is standardised, a quarter of the rows is held out, and the code takes an eighth and a third of the columns.
"""

import argparse
import ast
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer


def tables(data_dir):
    for load in (load_digits, load_breast_cancer, load_wine, load_diabetes, load_iris):
        yield load.__name__.removeprefix("load_"), load().data
    for path in sorted(Path(data_dir).glob("*.csv")) if data_dir else ():
        table = pd.read_csv(path, header=None).iloc[:, :-1]
        yield path.stem, table.select_dtypes("number").to_numpy(dtype=float)


def mean_squared_error(estimator, X):
    return np.mean(np.square(X - estimator.inverse_transform(estimator.transform(X))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--set", nargs="*", default=[], metavar="name=value", help="parameters of the estimator")
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    parameters = {}
    for setting in arguments.set:
        name, value = setting.split("=", 1)
        parameters[name] = ast.literal_eval(value)
    warnings.simplefilter("ignore", UserWarning)

    results = []
    for name, X in tables(arguments.data_dir):
        X = X[:, X.std(axis=0) > 0]
        for encoding_dim in sorted({max(1, X.shape[1] // 8), max(1, X.shape[1] // 3)}):
            for seed in range(arguments.seeds):
                X_train, X_test = train_test_split(X, test_size=0.25, random_state=seed)
                scaler = StandardScaler().fit(X_train)
                X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
                start = time.perf_counter()
                model = AutoencoderTransformer(encoding_dim, random_state=seed, **parameters).fit(X_train)
                seconds = time.perf_counter() - start
                ratio = mean_squared_error(model, X_test) / mean_squared_error(PCA(encoding_dim).fit(X_train), X_test)
                results.append((name, len(X), X.shape[1], encoding_dim, ratio, model.n_iter_, seconds))
    columns = ["table", "rows", "columns", "encoding_dim", "ratio", "n_iter", "seconds"]
    results = pd.DataFrame(results, columns=columns)
    means = results.groupby(columns[:4], sort=False).mean().round({"ratio": 3, "n_iter": 0, "seconds": 2})
    print(means.to_string())
    ratio = results["ratio"]
    print(
        f"\nMSE / PCA's on held-out rows: median {ratio.median():.3f}, "
        f"geometric mean {np.exp(np.log(ratio).mean()):.3f}, "
        f"worst {ratio.max():.3f}, above 1.001: {(ratio > 1.001).sum()} of {len(ratio)}, "
        f"{results['seconds'].sum():.1f} s"
    )


if __name__ == "__main__":
    main()
