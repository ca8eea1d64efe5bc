"""The rows of a comparison and how they are split, the same for all estimators."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import _safe_indexing, check_random_state


@dataclass(frozen=True)
class Data:
    """Rows, targets for codes to predict, and splits.

    Parameters
    ----------
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or None
    downstream : estimator or None
        Predicts y from the codes.
    splits : list of (train, test)
    seed : int or None
        For the estimators that have none of their own.
    """

    X: Any
    y: Any
    downstream: Any
    splits: list
    seed: int | None

    @classmethod
    def checked(cls, X, y, downstream, cv, random_state):
        """Check the data against each other, and split them."""
        X = X if hasattr(X, "shape") else np.asarray(X)
        if len(X.shape) != 2:
            raise ValueError(f"X should have rows and columns, but its shape is {X.shape}.")
        n_samples = X.shape[0]
        if y is not None and np.shape(y)[0] != n_samples:
            raise ValueError(f"y should have a value for each of the {n_samples} rows of X, but has {np.shape(y)[0]}.")
        if downstream is not None:
            if y is None:
                raise ValueError(f"downstream={downstream!r} needs y: what it is to predict from the codes.")
            if not (hasattr(downstream, "fit") and hasattr(downstream, "score")):
                raise TypeError(f"downstream should be a classifier or a regressor, but is {downstream!r}.")
        generator = check_random_state(random_state)
        if isinstance(cv, Integral):
            if not 2 <= cv <= n_samples:
                raise ValueError(
                    f"cv={cv}: a comparison needs at least 2 folds, and at most the {n_samples} rows of X."
                )
            Folds = StratifiedKFold if downstream is not None and is_classifier(downstream) else KFold
            cv = Folds(cv, shuffle=True, random_state=generator.randint(2**31 - 1))
        splits = list(check_cv(cv).split(X, y))
        if len(splits) < 2:
            raise ValueError(
                f"cv={cv!r} gives one split: a confidence interval needs at least 2. Pass a number of folds, or "
                "ShuffleSplit."
            )
        return cls(X, y, downstream, splits, None if random_state is None else generator.randint(2**31 - 1))

    @property
    def most_components(self):
        """The most components that PCA can find on the training rows of every split."""
        return min(self.X.shape[1], *(len(train) for train, _ in self.splits))

    def seeded(self, estimator):
        """Return a clone whose random_states of None, its steps' too, are the seed."""
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
        """Return the training and the held-out rows of a split, each with its part of y."""
        return [
            (_safe_indexing(self.X, rows), None if self.y is None else _safe_indexing(self.y, rows))
            for rows in self.splits[number]
        ]
