"""Outlier detectors side by side on labelled tables: ranking, flagged shares, seconds.

    python benchmarks/outliers.py --cases FILE --data-dir DIR [--seeds 3] [--rows 3000] [--limit 60]
        [--detectors "pyod LOF" "scikit-learn"] [--settings novelty contaminated]
    python benchmarks/outliers.py --cases FILE --results benchmarks/OUTLIERS.md

The first command measures. --data-dir is a folder of .npz tables in the form of ADBench: X, and y, which is 1 for an
outlier. Each measurement is added to FILE; a later run measures those that are not in it. --detectors takes starts of
names. The second command writes the page from FILE.

The setting "novelty" fits half of the inliers and scores all other rows; "contaminated" fits and scores all rows. Each
seed draws that half anew, and the rows of tables with more than --rows. pyod's detectors are measured if pyod and torch
are installed. A detector has --limit seconds a table; the limit needs Unix. The seconds of the page are those of one
thread: OMP_NUM_THREADS=1, TF_NUM_INTRAOP_THREADS=1.
"""

import argparse
import signal
import time
import warnings
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd
from outliers_page import OURS, SETTINGS, SHARES, page
from sklearn.base import BaseEstimator
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from skautoencoder import AutoencoderOutlierDetector, AutoencoderTransformer

COLUMNS = [
    "table",
    "rows",
    "columns",
    "setting",
    "seed",
    "detector",
    "ROC-AUC",
    "average precision",
    "seconds",
    "fitted rows",
    "new usual rows",
    *(f"flagged at {share}" for share in SHARES),
    "failure",
]
KEY = ["table", "setting", "seed", "detector"]
TIME_OUT = "time limit"
PYOD = {
    "ECOD": "ecod",
    "COPOD": "copod",
    "HBOS": "hbos",
    "PCA": "pca",
    "KNN": "knn",
    "KNN, mean": "knn",
    "LOF": "lof",
    "IForest": "iforest",
    "OCSVM": "ocsvm",
    "CBLOF": "cblof",
    "MCD": "mcd",
    "AutoEncoder": "auto_encoder",
    "VAE": "vae",
}


class NeighbourDistance(BaseEstimator):
    """Distance to the k-th nearest training row; a training row is not its own neighbour."""

    def __init__(self, n_neighbors):
        self.n_neighbors = n_neighbors

    def fit(self, X):
        self.index_ = NearestNeighbors(n_neighbors=self.n_neighbors).fit(X)
        self.training_scores_ = -self.index_.kneighbors()[0][:, -1]
        return self

    def score_samples(self, X):
        return -self.index_.kneighbors(X)[0][:, -1]


def created(detector, seed, **parameters):
    """Return a detector of a class with a seed, quiet, where it has such parameters."""
    known = signature(detector).parameters
    parameters |= {name: value for name, value in (("random_state", seed), ("verbose", 0)) if name in known}
    return detector(**parameters)


def from_pyod(name, seed):
    detector = getattr(import_module(f"pyod.models.{PYOD[name]}"), name.removesuffix(", mean"))
    parameters = {"method": "mean"} if name == "KNN, mean" else {}
    return created(detector, seed, **parameters)


def detectors(novelty, seed):
    """Return functions that create the detectors, by their names."""
    found = {f"nearest neighbour {k}": lambda k=k: NeighbourDistance(k) for k in (1, 5)}
    for detector in (IsolationForest, EllipticEnvelope, OneClassSVM):
        found[f"scikit-learn {detector.__name__}"] = lambda detector=detector: created(detector, seed)
    found["scikit-learn LocalOutlierFactor"] = lambda: LocalOutlierFactor(novelty=novelty)
    if find_spec("pyod") is not None:
        found |= {f"pyod {name}": lambda name=name: from_pyod(name, seed) for name in PYOD}
    found["AutoencoderTransformer, score_samples"] = lambda: AutoencoderTransformer(random_state=seed)
    ours = partial(AutoencoderOutlierDetector, novelty=novelty, random_state=seed)
    found[OURS] = ours
    found[f"{OURS}, surprise"] = lambda: ours(criterion="surprise")
    found[f"{OURS}, linear"] = lambda: ours(hidden_layer_sizes=())
    return found


def training_scores(detector, X):
    """Return the detector's scores of its training rows, high for outliers."""
    if hasattr(detector, "decision_scores_"):
        return detector.decision_scores_
    if hasattr(detector, "training_scores_"):
        return -detector.training_scores_
    if hasattr(detector, "negative_outlier_factor_"):
        return -detector.negative_outlier_factor_
    return -detector.score_samples(X)


def new_scores(detector, X):
    """Return the detector's scores of new rows, high for outliers."""
    return detector.decision_function(X) if hasattr(detector, "decision_scores_") else -detector.score_samples(X)


def flagged_shares(detector, X_train, scores):
    """Return the shares of new usual rows that are flagged at each contamination.

    The threshold of pyod and scikit-learn is this quantile of the scores of the training rows.
    """
    if "contamination" not in detector.get_params():
        return [np.nan] * len(SHARES)
    thresholds = np.quantile(training_scores(detector, X_train), [1 - share for share in SHARES])
    return [np.mean(scores > threshold) for threshold in thresholds]


def tables(data_dir, n_rows, seed):
    """Yield the name, the rows, and whether each is an outlier, of each table."""
    for path in sorted(Path(data_dir).glob("*.npz")):
        with np.load(path) as table:
            X, y = table["X"].astype(float), table["y"] == 1
        if len(X) > n_rows:
            X, _, y, _ = train_test_split(X, y, train_size=n_rows, stratify=y, random_state=seed)
        yield path.stem.split("_", 1)[-1], X, y


def split(X, is_outlier, setting, seed):
    """Return standardised training and scored rows, and which of the scored rows are outliers."""
    train = scored = np.arange(len(X))
    if setting == "novelty":
        train, new = train_test_split(np.flatnonzero(~is_outlier), test_size=0.5, random_state=seed)
        scored = np.concatenate([new, np.flatnonzero(is_outlier)])
    scaler = StandardScaler().fit(X[train])
    return scaler.transform(X[train]), scaler.transform(X[scored]), is_outlier[scored]


def stop(signal_number, frame):
    raise TimeoutError


def measured(create, X_train, X, is_outlier, novelty):
    """Return the measurements of one detector on one table."""
    detector = create()
    start = time.perf_counter()
    detector.fit(X_train)
    scores = new_scores(detector, X) if novelty else training_scores(detector, X)
    seconds = time.perf_counter() - start
    found = {
        "ROC-AUC": roc_auc_score(is_outlier, scores),
        "average precision": average_precision_score(is_outlier, scores),
        "seconds": seconds,
        "fitted rows": len(X_train),
    }
    if novelty:
        shares = flagged_shares(detector, X_train, scores[~is_outlier])
        found["new usual rows"] = np.sum(~is_outlier)
        found |= {f"flagged at {share}": flagged for share, flagged in zip(SHARES, shares, strict=True)}
    return found


def measured_in_time(limit, *arguments):
    """Return the measurements of one detector, or its failure."""
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return measured(*arguments)
    except TimeoutError:
        return {"failure": TIME_OUT}
    except Exception as error:
        return {"failure": f"{type(error).__name__}: {error}".splitlines()[0][:100]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Cases:
    """The file of all measurements."""

    def __init__(self, path):
        self.path = Path(path)
        self.table = pd.read_csv(path) if self.path.exists() else pd.DataFrame(columns=COLUMNS)
        self.known = set(map(tuple, self.table[KEY].to_numpy()))
        late = self.table[self.table["failure"] == TIME_OUT]
        self.late = set(map(tuple, late[["table", "setting", "detector"]].to_numpy()))

    def add(self, case):
        line = pd.DataFrame([case], columns=COLUMNS)
        line.to_csv(self.path, mode="a", header=not self.path.exists(), index=False)
        if case.get("failure") == TIME_OUT:
            self.late.add((case["table"], case["setting"], case["detector"]))


def measure_table(case, X, is_outlier, options, cases):
    """Measure all detectors on one table with one seed in one setting, except those in the file."""
    novelty = case["setting"] == "novelty"
    X_train, X_scored, is_outlier_scored = split(X, is_outlier, case["setting"], case["seed"])
    for detector, create in detectors(novelty, case["seed"]).items():
        case = case | {"detector": detector}
        is_known = tuple(case[name] for name in KEY) in cases.known
        if is_known or not detector.startswith(tuple(options.detectors)):
            continue
        # Another seed would exceed the limit, too.
        if (case["table"], case["setting"], detector) in cases.late:
            found = {"failure": TIME_OUT}
        else:
            found = measured_in_time(options.limit, create, X_train, X_scored, is_outlier_scored, novelty)
        cases.add(case | found)


def measure(options):
    """Add the measurements that are not in the file."""
    warnings.simplefilter("ignore")
    AutoencoderTransformer(epochs=1).fit(np.eye(20))  # so that importing TensorFlow does not count
    cases = Cases(options.cases)
    for seed in range(options.seeds):
        for table, X, is_outlier in tables(options.data_dir, options.rows, seed):
            for setting in options.settings:
                case = {"table": table, "rows": len(X), "columns": X.shape[1], "setting": setting, "seed": seed}
                measure_table(case, X, is_outlier, options, cases)
            print(seed, table, X.shape, time.strftime("%H:%M:%S"), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", required=True, help=".csv file of all measurements")
    parser.add_argument("--data-dir", help="folder of .npz tables")
    parser.add_argument("--rows", type=int, default=3000, help="maximum number of rows of a table")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60, help="seconds that one detector has for one table")
    parser.add_argument("--detectors", nargs="+", default=[""], help="starts of the names of detectors to measure")
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--results", help="Markdown file to write")
    options = parser.parse_args()
    if options.data_dir:
        measure(options)
    if options.results:
        Path(options.results).write_text(page(Cases(options.cases).table))


if __name__ == "__main__":
    main()
