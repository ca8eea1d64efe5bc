"""Units that make columns comparable: means and standard deviations."""

from collections.abc import Iterable

import numpy as np
from sklearn.pipeline import Pipeline

from ..metrics import in_float64


def units_of_columns(X, estimators: Iterable) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column, 1.0 for constant columns.

    They are those of the training rows if an estimator has them (a `StandardScaler` as first step, or an autoencoder
    that started at PCA), because few rows do not determine them; otherwise those of X.
    """
    known = [units for units in map(_units_of_training, estimators) if units is not None]
    mean, deviation = known[0] if known else (in_float64(X).mean(axis=0), in_float64(X).std(axis=0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def _units_of_training(estimator):
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    if getattr(first, "mean_", None) is not None and getattr(first, "var_", None) is not None:
        return first.mean_, np.sqrt(first.var_)
    standardization = getattr(getattr(first, "_autoencoder", None), "standardization", None)
    return None if standardization is None else (standardization.mean, standardization.deviations)
