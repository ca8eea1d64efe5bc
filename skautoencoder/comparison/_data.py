"""The rows of a comparison and their splits, which all estimators share."""

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
    """Rows, targets, downstream model, splits and seed of a comparison.

    Parameters
    ----------
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    y : array-like of shape (n_samples,) or None
        Targets that the downstream model predicts.
    downstream : estimator or None
        Model that predicts y from the codes.
    splits : list of (train, test)
        Indices of the training and the held-out rows.
    seed : int or None
        Seed for estimators whose `random_state` is None.
    metric : str or callable or None
        Error to measure besides the mean squared one.
    """

    X: Any
    y: Any
    downstream: Any
    splits: list
    seed: int | None
    metric: Any

    @classmethod
    def checked(cls, X, y, downstream, metric, cv, random_state):
        """Check the arguments against each other and split the rows."""
        (X,) = indexable(X if hasattr(X, "shape") else np.asarray(X))
        if len(X.shape) != 2:
            raise ValueError(
                f"X should be a table with rows and columns, but has the shape {X.shape}. {flat_rows('X', X.shape)}"
            )
        check_comparable(X)
        n_samples = X.shape[0]
        if y is not None and np.shape(y)[0] != n_samples:
            raise ValueError(
                f"y should have one value for each of the {n_samples} rows of X, but has {np.shape(y)[0]}."
            )
        if downstream is not None:
            if y is None:
                raise ValueError(f"downstream={downstream!r} needs y, the target to predict from the codes. Pass y.")
            if not (hasattr(downstream, "fit") and hasattr(downstream, "score")):
                raise TypeError(f"downstream={downstream!r} should be a classifier or a regressor with fit and score.")
        metric = None if metric is None else checked_metric(metric)
        generator = check_random_state(random_state)
        if isinstance(cv, Integral):
            if not 2 <= cv <= n_samples:
                raise ValueError(f"cv={cv} should be a number of folds from 2 to {n_samples}, the number of rows of X.")
            splitter = StratifiedKFold if downstream is not None and is_classifier(downstream) else KFold
            # Many tables are sorted by class.
            cv = splitter(cv, shuffle=True, random_state=generator.randint(2**31 - 1))
        splits = list(check_cv(cv).split(X, y))
        if len(splits) < 2:
            raise ValueError(
                f"cv={cv!r} should give at least 2 splits for a confidence interval, but gives {len(splits)}. Pass a "
                "number of folds, or a ShuffleSplit with more splits."
            )
        seed = None if random_state is None else generator.randint(2**31 - 1)
        return cls(X, y, downstream, splits, seed, metric)

    @property
    def most_components(self):
        """Largest number of components that PCA has on the training rows of every split."""
        return min(self.X.shape[1], *(len(train) for train, _ in self.splits))

    def seeded(self, estimator):
        """Return a clone in which the seed replaces every `random_state` of None, in nested estimators too."""
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
