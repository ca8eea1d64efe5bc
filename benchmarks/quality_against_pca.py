"""Held-out error of the default autoencoder as a ratio to PCA's, over small tables and code sizes.

    python benchmarks/quality_against_pca.py [--data-dir DIR] [--set name=value ...]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target), at most
2000 rows of each. A quarter of the rows is held out, three times; columns are standardised, and the code takes an
eighth, a third and a half of them. The last line is a summary as JSON: median and geometric mean of the ratios, number
of fits, how many are at least 1 % better than PCA and how many worse, the worst mean over the splits, the worst fit.
"""

import argparse
import ast
import json
import time
import warnings

import numpy as np
import pandas as pd
from data import small_tables
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer


def mean_squared_error(estimator, X):
    return np.mean(np.square(X - estimator.inverse_transform(estimator.transform(X))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--set", nargs="*", default=[], metavar="name=value", help="parameters of the estimator")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each table")
    parser.add_argument("--rows", type=int, default=2000, help="most rows of a table")
    arguments = parser.parse_args()
    parameters = {}
    for setting in arguments.set:
        name, value = setting.split("=", 1)
        parameters[name] = ast.literal_eval(value)
    warnings.simplefilter("ignore", UserWarning)

    results = []
    for name, X, _ in small_tables(arguments.data_dir, arguments.rows):
        for encoding_dim in sorted({max(1, X.shape[1] // share) for share in (8, 3, 2)}):
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
    means = results.groupby(columns[:4], sort=False).mean()
    print(means.round({"ratio": 3, "n_iter": 0, "seconds": 2}).to_string())
    ratio = results["ratio"]
    summary = {
        "median": ratio.median(),
        "geometric_mean": np.exp(np.log(ratio).mean()),
        "fits": len(ratio),
        "better_by_1_percent": int((ratio <= 0.99).sum()),
        "worse_than_pca": int((ratio > 1.001).sum()),
        "worst_mean": means["ratio"].max(),
        "worst_single": ratio.max(),
        "seconds": results["seconds"].sum(),
    }
    print(json.dumps({name: round(float(number), 4) for name, number in summary.items()}))


if __name__ == "__main__":
    main()
