"""Fits on the training rows of each split, and measurements on its held-out rows."""

import time
from bisect import bisect_left
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from ..metrics import dense, error_between, final_step, r2_between
from ..tables import errors_by_kind
from ..training.progress import Progress
from ._candidates import ALL_COLUMNS, Candidate, first_codes, with_encoding_dim, without_reduction
from ._data import ComparisonData, warn_of_dominating_columns, warn_of_repeated_rows
from ._result import ReconstructionComparison, comparison_of

# Fitted arrays of scikit-learn's decompositions, which have no `n_parameters_`.
_FITTED_ARRAYS = ("mean_", "components_", "mixing_", "X_fit_", "dual_coef_", "eigenvectors_")


def measure(
    candidates: list[Candidate], baseline, data: ComparisonData, n_jobs, verbose, one_fit=False
) -> ReconstructionComparison:
    """Measure candidates and a baseline that ends in PCA on all splits.

    `one_fit` adds the share of the variance that each code adds to the next smaller size.
    """
    warn_of_repeated_rows(data)
    warn_of_dominating_columns({candidate.method: candidate.estimator for candidate in candidates}, data)
    if data.downstream is not None:
        # Models do not read categories: all components hold the same.
        everything = without_reduction(baseline) if data.table is None else data.linear_model
        n_columns = data.seeded(everything).fit_transform(data.X).shape[1]
        candidates = [*candidates, Candidate(ALL_COLUMNS, everything, [n_columns])]
    n_splits = len(data.splits)
    calls = [
        delayed(_measure_fold)(replace(candidate, estimator=data.seeded(candidate.estimator)), data, fold, one_fit)
        for candidate in candidates
        for fold in range(n_splits)
    ]
    rows = [row for rows_of_fit in _run(calls, n_jobs, verbose) for row in rows_of_fit]
    rows = sorted(rows, key=lambda row: (row["method"] == ALL_COLUMNS, row["encoding_dim"]))
    folds = pd.DataFrame(rows)
    calls = [
        delayed(_pca_equivalents)(
            data.seeded(with_encoding_dim(baseline, None)), data, fold, folds[folds["fold"] == fold]["test_mse"]
        )
        for fold in range(n_splits)
    ]
    folds["pca_equivalent"] = pd.concat(Parallel(n_jobs=n_jobs)(calls))
    is_pca = folds["method"] == "PCA"
    folds.loc[is_pca, "pca_equivalent"] = folds.loc[is_pca, "encoding_dim"]
    return comparison_of(folds, [len(test) / len(train) for train, test in data.splits])


def _run(calls, n_jobs, verbose):
    results = []
    with Progress("comparison", len(calls)) if verbose else nullcontext() as progress:
        for result in Parallel(n_jobs=n_jobs, return_as="generator")(calls):
            results.append(result)
            if verbose:
                progress.update(len(results), f"{len(results)}/{len(calls)} fits")
    return results


def _measure_fold(candidate, data, fold, one_fit):
    """Fit a candidate to the training rows of a split; return the measurements at each code size."""
    (X_train, y_train), held_out = data.split(fold)
    start = time.perf_counter()
    estimator = _fit(candidate.estimator, X_train)
    fit_seconds = time.perf_counter() - start
    rows = []
    for size in candidate.encoding_dims:
        measured = estimator if size == candidate.encoding_dims[-1] else first_codes(estimator, size)
        row = {"encoding_dim": size, "method": candidate.method, "fold": fold}
        rows.append(row | _measurements(measured, (X_train, y_train), held_out, data, fit_seconds))
    if one_fit and candidate.method != ALL_COLUMNS:
        added_r2 = np.diff([row["test_r2"] for row in rows], prepend=0.0)
        n_added = np.diff(candidate.encoding_dims, prepend=0)
        for row, share in zip(rows, added_r2 / n_added, strict=True):
            row["explained_variance_ratio"] = share
    return rows


def _measurements(estimator, training, held_out, data, fit_seconds):
    X_train, y_train = training
    X_test, y_test = held_out
    start = time.perf_counter()
    test_codes = estimator.transform(X_test)
    transform_seconds = time.perf_counter() - start
    train_codes = estimator.transform(X_train)
    X_test_reconstructed = estimator.inverse_transform(test_codes)
    units = data.deviations
    measurement = {
        "test_mse": error_between(X_test, X_test_reconstructed, deviations=units),
        "train_mse": error_between(X_train, estimator.inverse_transform(train_codes), deviations=units),
        "test_r2": r2_between(X_test, X_test_reconstructed, units),
        "n_parameters": _n_parameters(final_step(estimator)),
        "code_bytes": dense(test_codes[:1]).nbytes,
        "fit_seconds": fit_seconds,
        "transform_seconds": transform_seconds,
    }
    if data.table is not None:
        measurement |= errors_by_kind(X_test, X_test_reconstructed, units)
    if data.metric is not None:
        measurement["test_metric"] = error_between(X_test, X_test_reconstructed, metric=data.metric, deviations=units)
    if data.downstream is not None:
        predictor = clone(data.downstream).fit(train_codes, y_train)
        measurement["downstream_score"] = predictor.score(test_codes, y_test)
    return measurement


def _fit(estimator, X):
    # PCA divides by the variance of the rows, 0 if all are equal.
    with np.errstate(invalid="ignore"):
        return estimator.fit(X)


def _n_parameters(step):
    if hasattr(step, "n_parameters_"):
        return step.n_parameters_
    arrays = [getattr(step, name) for name in _FITTED_ARRAYS if getattr(step, name, None) is not None]
    return sum(np.size(array) for array in arrays) or np.nan


def _pca_equivalents(baseline, data, fold, errors):
    """Return for each held-out error the smallest number of components with no larger error, or NaN."""
    (X_train, _), (X_test, _) = data.split(fold)
    codes = np.asarray(_fit(baseline, X_train).transform(X_test))
    n_components = codes.shape[1]

    @cache
    def error_of(kept):
        reconstructed = baseline.inverse_transform(np.where(np.arange(n_components) < kept, codes, 0.0))
        return error_between(X_test, reconstructed, deviations=data.deviations)

    sizes = range(n_components + 1)
    # The tolerance ignores rounding.
    places = [bisect_left(sizes, True, key=lambda kept: error_of(kept) <= error * (1 + 1e-9)) for error in errors]
    return pd.Series(places, index=errors.index, dtype=float).mask(lambda sizes: sizes > n_components)
