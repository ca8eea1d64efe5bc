"""Error of imputers on entries removed from complete tables.

    python benchmarks/imputation.py [--data-dir DIR] [--rows 1500] [--seeds 5] [--cases FILE] [--results FILE]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target), each
standardised and cut to --rows. Entries are removed completely at random, or not at random: the probability grows with
the value. The error is the root mean squared error of removed entries. Coverage is the share of them between the 5 %
and the 95 % quantiles of 200 draws. Tables with categories are those whose target, or another column, is a category.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from data import small_tables
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import RandomForestRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderImputer

CASES = [("at random", 0.2), ("at random", 0.5), ("not at random", 0.3)]
NUMBERS = [
    "mean",
    "KNN",
    "BayesianRidge",
    "forests",
    "softImpute",
    "factor analysis",
    "one autoencoder",
    "autoencoders",
]
WORDS = ["most frequent, mean", "KNN", "autoencoders"]


class SoftImpute(BaseEstimator):
    """Iterated soft-thresholded SVD (Mazumder, Hastie & Tibshirani, 2010), threshold chosen on hidden entries."""

    def fit_transform(self, X):
        mean, scale = np.nanmean(X, axis=0), np.nanstd(X, axis=0)
        rows = (X - mean) / np.where(scale > 0, scale, 1)
        hidden = ~np.isnan(rows) & (np.random.RandomState(1000).uniform(size=rows.shape) < 0.1)
        seen = np.where(hidden, np.nan, rows)
        largest = np.linalg.norm(np.nan_to_num(rows), 2)
        completed, errors = np.zeros_like(rows), {}
        for threshold in largest * np.geomspace(0.5, 0.01, 12):
            completed = self._iterate(seen, threshold, completed)
            errors[threshold] = np.mean(np.square(completed - rows)[hidden])
        completed = self._iterate(rows, min(errors, key=errors.get), np.zeros_like(rows))
        return np.where(np.isnan(X), completed * scale + mean, X)

    def _iterate(self, rows, threshold, completed):
        is_missing = np.isnan(rows)
        for _ in range(100):
            before = completed
            left, singular, right = np.linalg.svd(np.where(is_missing, completed, rows), full_matrices=False)
            completed = left * np.maximum(singular - threshold, 0) @ right
            if np.linalg.norm(completed - before) < 1e-4 * max(np.linalg.norm(before), 1e-12):
                break
        return completed


def removed(X, mechanism, share, seed):
    uniform = np.random.RandomState(seed).uniform(size=X.shape)
    if mechanism == "at random":
        return uniform < share
    ranks = X.argsort(axis=0).argsort(axis=0) / (len(X) - 1)
    return uniform < 2 * share * ranks


def imputers(n_columns, seed):
    forest = RandomForestRegressor(50, max_features=1 / 3, random_state=seed)
    found = [
        SimpleImputer(),
        KNNImputer(),
        IterativeImputer(random_state=seed),
        IterativeImputer(forest, max_iter=5 if n_columns <= 25 else 3, random_state=seed),
        SoftImpute(),
        AutoencoderImputer(n_estimators=1, epochs=0, random_state=seed),
        AutoencoderImputer(n_estimators=1, random_state=seed),
        AutoencoderImputer(random_state=seed),
    ]
    return dict(zip(NUMBERS, found, strict=True))


def measure(X, missing, seed, is_known):
    """Yield the name, the error, the seconds and the coverage of each imputer that is not known yet."""
    incomplete = np.where(missing, np.nan, X)
    for name, imputer in imputers(X.shape[1], seed).items():
        if is_known(name):
            continue
        start = time.perf_counter()
        filled = imputer.fit_transform(incomplete)
        seconds = time.perf_counter() - start
        coverage = np.nan
        if name == NUMBERS[-1]:
            low, high = np.quantile(imputer.sample(incomplete, 200, random_state=seed), [0.05, 0.95], axis=0)
            coverage = np.mean(((low <= X) & (X <= high))[missing])
        yield name, np.sqrt(np.mean((filled - X)[missing] ** 2)), seconds, coverage


def measure_tables(data_dir, n_rows, seeds, path):
    """Return the measurements, one row per case and imputer; continue a file of earlier ones."""
    warnings.simplefilter("ignore")
    AutoencoderImputer(epochs=1).fit(np.eye(20))  # so that importing TensorFlow does not count
    columns = ["table", "rows", "removed", "seed", "imputer", "error", "seconds", "coverage"]
    measured = pd.read_csv(path) if path and Path(path).exists() else pd.DataFrame(columns=columns)
    known = set(map(tuple, measured[columns[:5]].to_numpy()))
    for seed in range(seeds):
        for mechanism, share in CASES:
            for table, X, _ in small_tables(data_dir, n_rows):
                X = scale(X)
                case = table, len(X), f"{share:.0%} {mechanism}", seed
                found = measure(
                    X, removed(X, mechanism, share, seed), seed, lambda name, case=case: (*case, name) in known
                )
                for of_imputer in found:
                    measured.loc[len(measured)] = [*case, *of_imputer]
                    if path:
                        measured.to_csv(path, index=False)
                print(*case, flush=True)
    return measured


def verdicts(errors, seconds):
    """Return a table that compares ours with each peer."""
    lines = [
        "| against | median ratio | cases won | worst ratio | median seconds, ours and theirs |",
        "| --- | --- | --- | --- | --- |",
    ]
    peers = errors[NUMBERS[:-1]].assign(
        **{"the best of KNN, BayesianRidge and forests": errors[NUMBERS[1:4]].min(axis=1)}
    )
    seconds = seconds.median().round(2)
    for name, error in peers.items():
        ratio = errors[NUMBERS[-1]] / error
        table, removed, _ = ratio.idxmax()
        lines.append(
            f"| {name} | {ratio.median():.3f} | {np.mean(ratio < 1):.0%} of {len(ratio)} | {ratio.max():.3f} "
            f"({table}, {removed}) | {seconds[NUMBERS[-1]]}, {seconds.get(name, '')} |"
        )
    return "\n".join(lines)


def tables_of_words(data_dir):
    """Yield tables with at least one column of categories."""
    for load in (load_iris, load_wine, load_breast_cancer):
        loaded = load(as_frame=True)
        yield load.__name__.removeprefix("load_"), loaded.data.assign(kind=loaded.target.map("kind {}".format))
    for path in sorted(Path(data_dir).glob("*.csv")) if data_dir else ():
        table = pd.read_csv(path, header=None)
        table = table.loc[:, table.nunique() > 1]
        if table.iloc[:, -1].nunique() <= 10:
            table.isetitem(table.shape[1] - 1, table.iloc[:, -1].map("kind {}".format))
        if not all(kind.kind in "iuf" for kind in table.dtypes):
            yield path.stem, table.set_axis([f"column {number}" for number in table], axis=1)


def filled_by_peers(holed, words):
    """Return the frame filled by scikit-learn's imputers, KNN on one-hot columns."""
    numbers = [name for name in holed if name not in words]
    simple = holed.copy()
    simple[numbers] = SimpleImputer().fit_transform(holed[numbers])
    simple[words] = SimpleImputer(strategy="most_frequent").fit_transform(holed[words].astype(object))
    mean, deviation = holed[numbers].mean(), holed[numbers].std(ddof=0)
    encoded = {word: pd.get_dummies(holed[word], dtype=float).mask(holed[word].isna()) for word in words}
    found = (
        KNNImputer()
        .set_output(transform="pandas")
        .fit_transform(
            pd.concat(
                [(holed[numbers] - mean) / deviation, *(part.add_prefix(word) for word, part in encoded.items())],
                axis=1,
            )
        )
    )
    near = holed.copy()
    near[numbers] = found[numbers] * deviation + mean
    for word, part in encoded.items():
        near[word] = part.columns.to_numpy()[found[part.add_prefix(word).columns].to_numpy().argmax(axis=1)]
    return {"most frequent, mean": simple, "KNN": near}


def measure_words(data_dir, n_rows, seeds):
    """Return RMSE of numbers and accuracy of categories, by table and imputer."""
    measured = []
    for name, table in tables_of_words(data_dir):
        table = table.iloc[np.sort(np.random.RandomState(0).permutation(len(table))[:n_rows])].reset_index(drop=True)
        words = [column for column in table if table[column].dtype.kind not in "iuf"]
        numbers = [column for column in table if column not in words]
        table[numbers] = table[numbers].astype(float)
        for seed in range(seeds):
            missing = pd.DataFrame(removed(np.empty(table.shape), "at random", 0.2, seed), columns=table.columns)
            holed = table.mask(missing)
            filled = filled_by_peers(holed, words)
            filled["autoencoders"] = AutoencoderImputer(random_state=seed).fit_transform(holed)
            for imputer, frame in filled.items():
                errors = ((frame[numbers] - table[numbers]) / table[numbers].std(ddof=0)).to_numpy()
                right = (frame[words].astype(str) == table[words].astype(str)).to_numpy()
                measured.append(
                    {
                        "table": name,
                        "imputer": imputer,
                        "error of numbers": np.sqrt(np.mean(np.square(errors[missing[numbers].to_numpy()]))),
                        "categories right": right[missing[words].to_numpy()].mean(),
                    }
                )
        print(name, table.shape, flush=True)
    means = pd.DataFrame(measured).groupby(["table", "imputer"], sort=False).mean()
    return means.unstack("imputer").reindex(columns=WORDS, level="imputer").round(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--rows", type=int, default=1500, help="most rows of a table")
    parser.add_argument("--cases", help=".csv file of what is measured, from which an interrupted run goes on")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", help="Markdown file to write")
    options = parser.parse_args()
    measured = measure_tables(options.data_dir, options.rows, options.seeds, options.cases)
    by_case = measured.pivot_table(index=["table", "removed", "seed"], columns="imputer", sort=False)
    errors, seconds = by_case["error"][NUMBERS].dropna(), by_case["seconds"][NUMBERS]
    table = (
        errors.assign(coverage=by_case["coverage"][NUMBERS[-1]])
        .groupby(["table", "removed"], sort=False)
        .mean()
        .round(3)
    )
    seconds = seconds.groupby("table", sort=False).median().round(2)
    words = measure_words(options.data_dir, options.rows, options.seeds)
    parts = [
        "# Missing values, side by side",
        f"Root mean squared error of removed standardised entries, and the share of them that 90 % intervals of "
        f"`sample` cover; at most {options.rows} rows, mean of {options.seeds} seeds.",
        verdicts(errors, by_case["seconds"]),
        f"```\n{table.to_string()}\n```",
        f"Median seconds of a fit and a transform:\n\n```\n{seconds.to_string()}\n```",
        "## Numbers and categories",
        f"A fifth of the entries removed at random.\n\n```\n{words.to_string()}\n```",
    ]
    page = "\n\n".join(parts) + "\n"
    print(page)
    if options.results:
        Path(options.results).write_text(page)


if __name__ == "__main__":
    main()
