"""Reconstruction error of anything with `transform` and `inverse_transform`, PCA included, in the units of X."""

import numpy as np
from scipy.sparse import issparse
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
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        The errors of a sparse matrix are computed dense.
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
    return error_between(X, reconstruct(estimator, X), metric=metric, per=per)


def reconstruction_r2(estimator, X, y=None):
    """Share of the variance of X that the reconstruction explains (variance-weighted R2); also a scorer.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    y : None
        Ignored; there for ``scoring=reconstruction_r2``.

    Returns
    -------
    r2 : float
        For `PCA` on its training rows, ``explained_variance_ratio_.sum()``.

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.

    Examples
    --------
    One grid for PCA and an autoencoder:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import Pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skautoencoder import AutoencoderTransformer
    >>> from skautoencoder.metrics import reconstruction_r2
    >>> pipeline = Pipeline([("scale", StandardScaler()), ("reduce", PCA())])
    >>> grid = [
    ...     {"reduce": [PCA()], "reduce__n_components": [1, 2]},
    ...     {"reduce": [AutoencoderTransformer(random_state=0)], "reduce__encoding_dim": [1, 2]},
    ... ]
    >>> search = GridSearchCV(pipeline, grid, scoring=reconstruction_r2).fit(load_iris().data)
    >>> len(search.cv_results_["mean_test_score"])
    4
    """
    return r2_between(X, reconstruct(estimator, X))


def neg_reconstruction_error(estimator, X, y=None, *, metric="mse"):
    """Minus the reconstruction error: a scorer, so that greater is better.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    y : None
        Ignored; there for ``scoring=neg_reconstruction_error``.
    metric : {"mse", "rmse", "mae", "max"}, default="mse"
        As in :func:`reconstruction_error`; ``functools.partial(neg_reconstruction_error, metric="mae")`` is a scorer
        by another one.

    Returns
    -------
    score : float

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.
    ValueError
        If `metric` is unknown.
    """
    return -reconstruction_error(estimator, X, metric=metric)


def check_has_inverse(estimator):
    """Raise TypeError if an estimator, or a step of a pipeline, fitted or not, has no way back to X."""
    for step in [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]:
        if step is None or step == "passthrough":
            continue
        for method in ("transform", "inverse_transform"):
            if not hasattr(step, method):
                raise TypeError(
                    f"{step!r} has no {method}, so there is no reconstruction to compare X with. Choose an estimator "
                    "with transform and inverse_transform; a step without may be applied to X beforehand."
                )
        if getattr(step, "fit_inverse_transform", True) is False:
            raise TypeError(f"{step!r} has no inverse_transform before it is given fit_inverse_transform=True.")


def reconstruct(estimator, X):
    """Return the reconstruction of X, as a dense array."""
    check_has_inverse(estimator)
    return dense(estimator.inverse_transform(estimator.transform(X)))


def error_between(X, X_reconstructed, *, metric="mse", per="total"):
    """Measure how far rows are from given reconstructions; see :func:`reconstruction_error`."""
    errors = _ENTRY_ERRORS[metric](dense(X) - dense(X_reconstructed))
    error = np.max(errors, axis=_AXES[per]) if metric == "max" else np.mean(errors, axis=_AXES[per])
    error = np.sqrt(error) if metric == "rmse" else error
    return float(error) if per == "total" else error


def r2_between(X, X_reconstructed):
    """Compute the share of the variance of X that given reconstructions explain."""
    return float(r2_score(dense(X), dense(X_reconstructed), multioutput="variance_weighted"))


def dense(X):
    """Return rows as an array."""
    return X.toarray() if issparse(X) else np.asarray(X)
