"""The units in which columns are comparable."""

import numpy as np
from sklearn.pipeline import Pipeline

from ..metrics import dense


def units_of_columns(X, estimators):
    """Return mean and standard deviation of each column of the rows that an estimator was fitted to, or else of X.

    Few rows do not tell the deviation of a column. A `StandardScaler` that a pipeline begins with has measured that of
    the training rows, and so has an autoencoder that started at PCA.

    Parameters
    ----------
    X : {ndarray, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows.
    estimators : iterable of object
        Fitted estimators.

    Returns
    -------
    mean : ndarray of shape (n_features,)
        Means.
    unit : ndarray of shape (n_features,)
        Standard deviations, 1.0 for constant columns.
    """
    known = [units for units in map(_measured_by, estimators) if units is not None]
    mean, deviation = known[0] if known else (dense(X).mean(axis=0), dense(X).std(axis=0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def _measured_by(estimator):
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    if getattr(first, "mean_", None) is not None and getattr(first, "var_", None) is not None:
        return first.mean_, np.sqrt(first.var_)
    standardization = getattr(getattr(first, "_autoencoder", None), "standardization", None)
    return None if standardization is None else (standardization.mean, standardization.deviations)
