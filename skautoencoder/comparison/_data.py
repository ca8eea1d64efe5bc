"""The rows of a comparison and their splits."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import check_random_state, indexable

from .._checks import check_comparable, flat_rows
from .._sklearn_compat import safe_indexing
from ..metrics import checked_metric


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

    @classmethod
    def checked(cls, X, y, downstream, metric, cv, random_state):
        """Check the arguments and split the rows."""
        (X,) = indexable(X if hasattr(X, "shape") else np.asarray(X))
        if len(X.shape) != 2:
            raise ValueError(
                f"X should be a table with rows and columns, but has the shape {X.shape}. {flat_rows('X', X.shape)}"
            )
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
        splits = list(check_cv(cv).split(X, y))
        if len(splits) < 2:
            raise ValueError(
                f"cv={cv!r} should give at least 2 splits for a confidence interval, but gives {len(splits)}. Pass a "
                "number of folds, or a ShuffleSplit with more splits."
            )
        seed = None if random_state is None else generator.randint(2**31 - 1)
        return cls(X, y, downstream, splits, seed, metric)

    @property
    def max_components(self):
        """Maximum number of components of PCA on the training rows of every split."""
        return min(self.X.shape[1], *(len(train) for train, _ in self.splits))

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


def _check_downstream(downstream, y):
    if downstream is None:
        return
    if y is None:
        raise ValueError(f"downstream={downstream!r} needs y, the target to predict from the codes. Pass y.")
    if not (hasattr(downstream, "fit") and hasattr(downstream, "score")):
        raise TypeError(f"downstream={downstream!r} should be a classifier or a regressor with fit and score.")


def _shuffled_folds(cv, n_samples, downstream, generator):
    # Shuffled, because many tables are sorted by class.
    if not 2 <= cv <= n_samples:
        raise ValueError(f"cv={cv} should be a number of folds from 2 to {n_samples}, the number of rows of X.")
    splitter = StratifiedKFold if downstream is not None and is_classifier(downstream) else KFold
    return splitter(cv, shuffle=True, random_state=generator.randint(2**31 - 1))
