"""Entries removed from complete tables, and how well imputers find them again.

    python benchmarks/imputation.py [--data-dir DIR] [--seeds 5] [--results FILE] [--ratings FILE] [--skip-ratings]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target), each
standardised. Entries are removed completely at random, and not at random: the larger a value, the likelier it goes.
The error is the root mean squared one of removed entries, against the truth. Ratings are synthetic: tastes of three
dimensions, squashed, so that no matrix of rank three holds them; with --ratings,
those of a file, such as MovieLens' u.data, are measured alone.
"""

import argparse
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from quality_against_pca import tables
from ratings import measure as measure_ratings
from scipy.sparse import csr_array
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.preprocessing import scale
from sklearn.utils.extmath import randomized_svd

from skautoencoder import AutoencoderImputer

CASES = [("at random", 0.1), ("at random", 0.3), ("at random", 0.5), ("not at random", 0.3)]


def removed(X, mechanism, share, seed):
    uniform = np.random.RandomState(seed).uniform(size=X.shape)
    if mechanism == "at random":
        return uniform < share
    ranks = X.argsort(axis=0).argsort(axis=0) / (len(X) - 1)
    return uniform < 2 * share * ranks


def imputers(seed):
    return {
        "mean": SimpleImputer(),
        "KNN": KNNImputer(),
        "iterative": IterativeImputer(random_state=seed),
        "factor analysis": AutoencoderImputer(epochs=0, random_state=seed),
        "autoencoder": AutoencoderImputer(random_state=seed),
    }


def measure(X, mechanism, share, seed):
    missing = removed(X, mechanism, share, seed)
    incomplete = np.where(missing, np.nan, X)
    measured = {}
    for name, imputer in imputers(seed).items():
        start = time.perf_counter()
        filled = imputer.fit_transform(incomplete)
        seconds = time.perf_counter() - start
        measured[name] = np.sqrt(np.mean((filled - X)[missing] ** 2))
        measured[f"{name} seconds"] = seconds
    return measured


def measure_tables(data_dir, seeds):
    warnings.simplefilter("ignore")
    AutoencoderImputer(epochs=1).fit(np.eye(20))  # the import of TensorFlow is nobody's fitting time
    rows = []
    for name, X in tables(data_dir):
        X = scale(X[:, X.std(axis=0) > 0])
        for mechanism, share in CASES:
            for seed in range(seeds):
                case = {"table": name, "rows": len(X), "removed": f"{share:.0%} {mechanism}", "seed": seed}
                rows.append(case | measure(X, mechanism, share, seed))
        print(name, X.shape, flush=True)
    return pd.DataFrame(rows)


def verdicts(cases):
    """Say against each peer what the targets ask for."""
    lines = [
        "| against | median ratio | cases won | worst ratio, 500 rows and more | seconds on digits, ours and theirs |",
        "| --- | --- | --- | --- | --- |",
    ]
    on_digits = cases[cases["table"] == "digits"].median(numeric_only=True)
    for peer in ("mean", "KNN", "iterative", "factor analysis"):
        ratio = cases["autoencoder"] / cases[peer]
        worst = ratio[cases["rows"] >= 500].idxmax()
        where = f"{cases.loc[worst, 'table']}, {cases.loc[worst, 'removed']}"
        seconds = f"{on_digits['autoencoder seconds']:.2f}, {on_digits[f'{peer} seconds']:.2f}"
        won = f"{np.mean(ratio < 1):.0%} of {len(ratio)}"
        lines.append(f"| {peer} | {ratio.median():.3f} | {won} | {ratio[worst]:.3f} ({where}) | {seconds} |")
    return "\n".join(lines)


def ratings(n_people, n_things, share, seed=0):
    """Draw known ratings as a sparse matrix, and what it takes to know the others."""
    generator = np.random.default_rng(seed)
    people, things = generator.normal(size=(n_people, 3)), generator.normal(size=(n_things, 3))
    known = np.unique(generator.integers(n_people * n_things, size=int(n_people * n_things * share)))
    rows, columns = np.divmod(known, n_things)
    truth = 3 + 2 * np.tanh(np.sum(people[rows] * things[columns], axis=1))
    return (
        csr_array((truth + 0.1 * generator.normal(size=len(known)), (rows, columns)), (n_people, n_things)),
        people,
        things,
    )


def measure_simulated(n_people, n_things, share):
    """Fit to ratings; return the errors of unknown ones of 1000 people, by the autoencoder and by truncated SVD."""
    known, people, things = ratings(n_people, n_things, share)
    start = time.perf_counter()
    imputer = AutoencoderImputer(missing_values="implicit", random_state=0).fit(known)
    seconds = time.perf_counter() - start
    some = known[:1000]
    truth = 3 + 2 * np.tanh(people[:1000] @ things.T)
    unknown = np.ones(truth.shape, dtype=bool)
    unknown[some.tocoo().coords] = False
    errors = {"autoencoder": np.sqrt(np.mean((imputer.transform(some) - truth)[unknown] ** 2))}
    mean = known.data.mean()
    centred = csr_array((known.data - mean, known.indices, known.indptr), shape=known.shape)
    for rank in (1, 3, 10, 20):
        left, singular, right = randomized_svd(centred, rank, random_state=0)
        errors[f"SVD of rank {rank}"] = np.sqrt(np.mean((mean + left[:1000] * singular @ right - truth)[unknown] ** 2))
    recommended = imputer.recommend(some, n=10)
    errors |= {"seconds": seconds, "rating of what is recommended": np.take_along_axis(truth, recommended, 1).mean()}
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    errors["peak GiB of the process"] = int(peak[1]) / 2**20
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", help="Markdown file to write")
    parser.add_argument("--skip-ratings", action="store_true")
    parser.add_argument("--ratings", help="file of ratings, to measure beside biases and alternating least squares")
    parser.add_argument("--simulated", nargs=3, type=float, help="measure one matrix: people, things, share known")
    options = parser.parse_args()
    if options.ratings:
        print(measure_ratings(options.ratings, options.seeds))
        return
    if options.simulated:
        people, things, share = options.simulated
        print(pd.Series(measure_simulated(int(people), int(things), share)).round(3).to_string())
        return
    cases = measure_tables(options.data_dir, options.seeds)
    columns = ["mean", "KNN", "iterative", "factor analysis", "autoencoder"]
    table = cases.groupby(["table", "removed"], sort=False)[columns].mean().round(3)
    parts = [
        "# Missing values, side by side",
        f"Root mean squared error of removed standardised entries, mean of {options.seeds} seeds.",
        verdicts(cases),
        f"```\n{table.to_string()}\n```",
    ]
    for shape in () if options.skip_ratings else (["2000", "300", "0.1"], ["50000", "5000", "0.01"]):
        # A process of its own, whose memory is measured.
        command = [sys.executable, __file__, "--simulated", *shape]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        people, things, share = shape
        parts.append(f"## {people} x {things} ratings, {float(share):.0%} known\n\n```\n{printed.rstrip()}\n```")
    page = "\n\n".join(parts) + "\n"
    print(page)
    if options.results:
        Path(options.results).write_text(page)


if __name__ == "__main__":
    main()
