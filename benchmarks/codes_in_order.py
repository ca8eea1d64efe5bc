"""Held-out error of the first codes of one fit, as ratios to PCA's with as many components.

    python benchmarks/codes_in_order.py [--data-dir DIR] [--adbench-dir DIR] [--sizes] [--results FILE]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target); with
--adbench-dir every .npz in a folder (its X), at most 3000 rows of each. A quarter of the rows is held out; columns are
standardised, and the code takes half of them, at most 16. With --sizes, digits are also fitted at each size separately.
The last line is a summary as JSON.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from data import small_tables
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer

MAX_ROWS = 3000
MAX_CODES = 16


def tables(data_dir, adbench_dir):
    """Yield the name and the rows of each table."""
    for name, X, _ in small_tables(data_dir):
        yield name, X
    for path in sorted(Path(adbench_dir).glob("*.npz")) if adbench_dir else ():
        X = np.load(path)["X"].astype(float)
        rows = np.random.RandomState(0).permutation(len(X))[:MAX_ROWS]
        yield path.stem.split("_", 1)[1], X[rows]


def split(X, seed):
    """Return standardised training and held-out rows, without columns that are constant on training rows."""
    X_train, X_test = train_test_split(X, test_size=0.25, random_state=seed)
    varies = X_train.std(axis=0) > 0
    scaler = StandardScaler().fit(X_train[:, varies])
    return scaler.transform(X_train[:, varies]), scaler.transform(X_test[:, varies])


def error(X, reconstructed):
    return np.mean(np.square(X - reconstructed))


def pca_errors(X_train, X_test, n_codes):
    """Return the held-out error of PCA with 1, 2, ... components."""
    pca = PCA(n_codes).fit(X_train)
    codes = pca.transform(X_test)
    kept = [np.where(np.arange(n_codes) < size, codes, 0) for size in range(1, n_codes + 1)]
    return np.array([error(X_test, pca.inverse_transform(part)) for part in kept])


def ratios(X_train, X_test, n_codes, seed):
    """Return the error of the first 1, 2, ... codes over that of PCA, and the seconds of the fit."""
    start = time.perf_counter()
    autoencoder = AutoencoderTransformer(n_codes, random_state=seed).fit(X_train)
    seconds = time.perf_counter() - start
    codes = autoencoder.transform(X_test)
    sizes = range(1, codes.shape[1] + 1)
    errors = [error(X_test, autoencoder.inverse_transform(codes[:, :size])) for size in sizes]
    return np.array(errors) / pca_errors(X_train, X_test, n_codes), seconds


def separate_ratios(X_train, X_test, sizes, seed):
    """Return the error of a network for each size over that of PCA."""
    errors = []
    for size in sizes:
        autoencoder = AutoencoderTransformer(size, random_state=seed).fit(X_train)
        errors.append(error(X_test, autoencoder.reconstruct(X_test)))
    return np.array(errors) / pca_errors(X_train, X_test, max(sizes))[np.array(sizes) - 1]


def shown(values, sizes):
    return " ".join(f"{values[size - 1]:.2f}" for size in sizes if size <= len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--adbench-dir", help="folder of .npz tables")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each table")
    parser.add_argument("--sizes", action="store_true", help="fit digits at each size separately, too")
    parser.add_argument("--results", help="Markdown file to write")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)

    shown_sizes = (1, 2, 4, 8, 16)
    lines = []
    everything = []
    whole = []
    for name, X in tables(arguments.data_dir, arguments.adbench_dir):
        of_splits = []
        for seed in range(arguments.seeds):
            X_train, X_test = split(X, seed)
            n_codes = max(1, min(MAX_CODES, X_train.shape[1] // 2))
            values, seconds = ratios(X_train, X_test, n_codes, seed)
            of_splits.append(values)
            everything.extend((name, seed, size, ratio) for size, ratio in enumerate(values, start=1))
            whole.append(values[-1])
        mean = np.mean(of_splits, axis=0)
        lines.append((name, len(X), X.shape[1], n_codes, shown(mean, shown_sizes), round(mean[-1], 3)))
        print(*lines[-1], f"worst {np.max(of_splits):.3f}, {seconds:.1f} s", flush=True)
    everything = pd.DataFrame(everything, columns=["table", "split", "size", "ratio"])
    means = everything.groupby(["table", "size"])["ratio"].mean()
    summary = {
        "sizes": len(everything),
        "at_most_pca": (everything["ratio"] <= 1.0).mean(),
        "at_most_pca_by_mean": (means <= 1.0).mean(),
        "worst": everything["ratio"].max(),
        "worst_mean": means.max(),
        "geometric_mean": np.exp(np.log(everything["ratio"]).mean()),
        "geometric_mean_of_whole_codes": np.exp(np.log(whole).mean()),
    }
    summary = {name: round(float(number), 4) for name, number in summary.items()}
    columns = ["table", "rows", "columns", "codes", f"first {shown_sizes}", "all"]
    text = [__doc__.splitlines()[0], "", "| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    text += ["| " + " | ".join(map(str, line)) + " |" for line in lines]
    if arguments.sizes:
        X_train, X_test = split(load_digits().data, 0)
        of_sizes = separate_ratios(X_train, X_test, shown_sizes, 0)
        of_first, _ = ratios(X_train, X_test, MAX_CODES, 0)
        text += ["", f"Digits, first codes of one fit: {shown(of_first, shown_sizes)}"]
        text += [f"Digits, a network for each size: {' '.join(f'{ratio:.2f}' for ratio in of_sizes)}"]
        print("\n".join(text[-2:]))
    if arguments.results:
        Path(arguments.results).write_text("\n".join([*text, "", json.dumps(summary), ""]))
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
