"""Reconstruction error of anything with `transform` and `inverse_transform`, PCA included, in the units of X."""

import numpy as np
from sklearn.metrics import r2_score

from ._parameter_checks import check_choice

_ENTRY_ERRORS = {"mse": np.square, "rmse": np.square, "mae": np.abs, "max": np.abs}
_AXES = {"total": None, "sample": 1, "feature": 0}


def reconstruction_error(estimator, X, *, metric="mse", per="total"):
    """Measure how far rows are from their reconstruction.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `inverse_transform`: an autoencoder, `PCA`, `NMF`, a whole `Pipeline`, whose error
        is then in the units of what goes into it.
    X : {array-like, DataFrame} of shape (n_samples, n_features)
    metric : {"mse", "rmse", "mae", "max"}, default="mse"
        Mean squared, root mean squared, mean absolute or largest absolute error over the entries.
    per : {"total", "sample", "feature"}, default="total"
        Over which entries: all of them, those of each row or those of each column.

    Returns
    -------
    error : float, or ndarray of shape (n_samples,) or (n_features,)
        In the units of X; squared for "mse".

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.
    ValueError
        If `metric` or `per` is unknown.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.metrics import reconstruction_error
    >>> X = load_iris().data
    >>> round(reconstruction_error(PCA(2).fit(X), X), 4)
    0.0253
    """
    check_choice("metric", metric, _ENTRY_ERRORS)
    check_choice("per", per, _AXES)
    X, X_reconstructed = _reconstruct(estimator, X)
    errors = _ENTRY_ERRORS[metric](X - X_reconstructed)
    error = np.max(errors, axis=_AXES[per]) if metric == "max" else np.mean(errors, axis=_AXES[per])
    error = np.sqrt(error) if metric == "rmse" else error
    return float(error) if per == "total" else error


def reconstruction_r2(estimator, X):
    """Share of the variance of X that the reconstruction explains (variance-weighted R2).

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `inverse_transform`.
    X : {array-like, DataFrame} of shape (n_samples, n_features)

    Returns
    -------
    r2 : float
        For `PCA` on its training rows, ``explained_variance_ratio_.sum()``.

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.
    """
    return float(r2_score(*_reconstruct(estimator, X), multioutput="variance_weighted"))


def _reconstruct(estimator, X):
    for method in ("transform", "inverse_transform"):
        if not hasattr(estimator, method):
            raise TypeError(f"{estimator!r} has no {method}, so there is no reconstruction to compare X with.")
    return np.asarray(X), np.asarray(estimator.inverse_transform(estimator.transform(X)))
