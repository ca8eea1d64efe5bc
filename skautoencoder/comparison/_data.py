"""The rows of a comparison, their splits, and warnings of rows that make the result misleading."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import check_random_state, indexable

from .._checks import check_comparable, dominating_columns, listed, warn
from .._input import check_mask, check_numbers, check_table, check_times, flat_rows
from .._sklearn_compat import safe_indexing
from ..metrics import checked_metric, dense, final_step
from ..tables import MixedTable, has_categories, with_declared_categories
from ._candidates import without_reduction
from ._mixed_pca import FactorAnalysisOfMixedData

# Warn from this share of duplicated held-out rows on; that is enough to fake a win.
_MIN_REPEATED = 0.01


@dataclass(frozen=True)
class ComparisonData:
    """Rows, targets, downstream model, splits and seed of a comparison, which all estimators share."""

    X: Any
    y: Any
    # Predicts y from the codes; None for no downstream scores.
    downstream: Any
    # Indices of the training and of the held-out rows of each split.
    splits: list
    # Replaces every `random_state` of None.
    seed: int | None
    # Error to measure in addition to the mean squared error.
    metric: Any
    # The columns of X if it is a data frame whose categories an estimator reads, else None.
    table: MixedTable | None = None

    @classmethod
    def checked(cls, estimators, X, y, downstream, metric, cv, groups, random_state):
        """Check the arguments and split the rows."""
        check_table(X, "X")
        check_times(X, "X")
        check_mask(X, "X")
        (X,) = indexable(X if hasattr(X, "shape") else np.asarray(X))
        if len(X.shape) != 2:
            raise ValueError(
                f"X should be a table with rows and columns, but has the shape {X.shape}. {flat_rows('X', X.shape)}"
            )
        table = None
        if any(_reads_categories(estimator, X) for estimator in estimators):
            # Names columns that hold neither numbers nor categories, and missing entries.
            table = MixedTable.of(X)
            X = with_declared_categories(X, table.words)
        else:
            check_numbers(X)
            check_comparable(X)
        if y is not None and np.shape(y)[0] != X.shape[0]:
            raise ValueError(
                f"y should have one value for each of the {X.shape[0]} rows of X, but has {np.shape(y)[0]}."
            )
        _check_downstream(downstream, y)
        metric = None if metric is None else checked_metric(metric)
        generator = check_random_state(random_state)
        if isinstance(cv, Integral):
            cv = _shuffled_folds(cv, X.shape[0], downstream, generator)
        splits = _splits(cv, X, y, groups)
        if len(splits) < 2:
            raise ValueError(
                f"cv={cv!r} should give at least 2 splits for a confidence interval, but gives {len(splits)}. Pass a "
                "number of folds, or a ShuffleSplit with more splits."
            )
        seed = None if random_state is None else generator.randint(2**31 - 1)
        return cls(X, y, downstream, splits, seed, metric, table)

    @property
    def linear_model(self):
        """The linear baseline: PCA, or factor analysis of mixed data."""
        return PCA() if self.table is None else FactorAnalysisOfMixedData()

    @property
    def deviations(self):
        """Units of the errors of columns of numbers beside categories, or None."""
        return None if self.table is None else self.table.deviations

    @property
    def max_components(self):
        """Maximum number of components of PCA on the training rows of every split."""
        n_entries = self.X.shape[1] if self.table is None else len(self.table.column_numbers)
        return min(n_entries, *(len(train) for train, _ in self.splits))

    def seeded(self, estimator):
        """Return a clone in which the seed replaces every `random_state` of None, also in nested estimators."""
        estimator = clone(estimator)
        if self.seed is not None and hasattr(estimator, "get_params"):
            seeds = {
                name: self.seed
                for name, value in estimator.get_params().items()
                if name.rpartition("__")[2] == "random_state" and value is None
            }
            estimator.set_params(**seeds)
        return estimator

    def split(self, number):
        """Return (X, y) of the training rows and (X, y) of the held-out rows of a split."""
        return [
            (safe_indexing(self.X, rows), None if self.y is None else safe_indexing(self.y, rows))
            for rows in self.splits[number]
        ]


def _reads_categories(estimator, X):
    """Whether X has categories, and the last step of an estimator receives and reads them."""
    if not has_categories(X) or not hasattr(final_step(estimator), "handle_unknown"):
        return False
    if final_step(estimator) is estimator:
        return True
    try:
        return has_categories(clone(without_reduction(estimator)).fit_transform(X))
    except (TypeError, ValueError):
        # An earlier step takes numbers alone; the check of numbers names the column.
        return False


def _check_downstream(downstream, y):
    if downstream is None:
        return
    if y is None:
        raise ValueError(f"downstream={downstream!r} needs y, the target to predict from the codes. Pass y.")
    if not (hasattr(downstream, "fit") and hasattr(downstream, "score")):
        raise TypeError(f"downstream={downstream!r} should be a classifier or a regressor with fit and score.")


def _splits(cv, X, y, groups):
    """Return the splits of a splitter or an iterable as a list."""
    if isinstance(cv, (str, Real)) and not isinstance(cv, Integral):
        raise ValueError(
            f"cv={cv!r} should be a number of folds, a splitter such as ShuffleSplit(10, test_size=0.2), or an "
            "iterable of (train, test)."
        )
    if groups is not None and np.shape(groups) != (X.shape[0],):
        raise ValueError(
            f"groups should have one value for each of the {X.shape[0]} rows of X, but has shape {np.shape(groups)}."
        )
    try:
        return list(check_cv(cv).split(X, y, groups))
    except ValueError as error:
        if groups is not None or "'groups'" not in str(error):
            raise
        raise ValueError(
            f"cv={cv!r} keeps groups of rows together and needs them. Pass groups, one value for each row of X."
        ) from error


def _shuffled_folds(cv, n_samples, downstream, generator):
    # Shuffled, because many tables are sorted by class.
    if not 2 <= cv <= n_samples:
        raise ValueError(f"cv={cv} should be a number of folds from 2 to {n_samples}, the number of rows of X.")
    splitter = StratifiedKFold if downstream is not None and is_classifier(downstream) else KFold
    return splitter(cv, shuffle=True, random_state=generator.randint(2**31 - 1))


def warn_of_repeated_rows(data):
    """Warn if held-out rows equal training rows, which makes their errors look better than those of new rows."""
    hashes = pd.util.hash_pandas_object(pd.DataFrame(dense(data.X)), index=False).to_numpy()
    n_held_out = sum(len(test) for _, test in data.splits)
    n_repeated = sum(np.isin(hashes[test], hashes[train]).sum() for train, test in data.splits)
    if n_repeated >= _MIN_REPEATED * n_held_out:
        warn(
            f"{n_repeated} of the {n_held_out} held-out rows equal a training row, so that errors and scores look "
            "better than they are for new rows. Drop the copies, for example with X.drop_duplicates(), or keep them "
            "together: cv=GroupKFold(5), groups=numpy.unique(X, axis=0, return_inverse=True)[1].",
            UserWarning,
        )


def warn_of_dominating_columns(estimators, data):
    """Warn if few columns hold most of the variance of the rows that the last step of a method receives."""
    if data.table is not None:
        # The columns are standardised.
        return
    for method, estimator in estimators.items():
        received = data.seeded(without_reduction(estimator)).fit_transform(data.X)
        names = list(getattr(received, "columns", range(received.shape[1])))
        columns, share = dominating_columns(np.asarray(dense(received), dtype=np.float64).var(axis=0))
        if len(columns):
            warn(
                f"{share:.1%} of the variance that {method} receives lies in "
                f"{listed('column', [names[column] for column in columns])} of {len(names)}, so that its error says "
                "little about the others. If the columns have different units, scale X first, for example with "
                "StandardScaler.",
                UserWarning,
            )
            return
