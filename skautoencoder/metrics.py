"""Reconstruction errors and scorers for any estimator with `transform` and `inverse_transform`, PCA included."""

import numpy as np
from scipy.sparse import issparse
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline

from ._checks import check_choice, check_finite, check_squares
from ._other_names import named
from .rows import feature_means, row_blocks

_ENTRY_ERRORS = {"mse": np.square, "rmse": np.square, "mae": np.abs, "max": np.abs}
_BLOCK_MEBIBYTES = 2
_AXES = {"total": None, "sample": 1, "feature": 0}


def reconstruction_error(estimator, X, *, metric="mse", per="total"):
    """Measure how far rows are from their reconstruction.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`: an autoencoder, `PCA`, `NMF` or a whole `Pipeline`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct. A sparse matrix is made dense to compute the errors.
    metric : {"mse", "rmse", "mae", "max"} or callable, default="mse"
        Mean squared, root mean squared, mean absolute or largest absolute error; or a function of X and its
        reconstruction that returns a number, such as :func:`~sklearn.metrics.mean_absolute_percentage_error`.
    per : {"total", "sample", "feature"}, default="total"
        Entries that one error sums up: all of X, each row or each column. A function is called for each of them.

    Returns
    -------
    float, or ndarray of shape (n_samples,) or (n_features,)
        Reconstruction error in the units of X, squared for ``metric="mse"``. The units are those of the X that is
        passed, also if a `Pipeline` scales it first.

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.
    ValueError
        If `metric` or `per` is unknown.

    See Also
    --------
    reconstruction_r2 : The share of the variance instead, which has no units.
    neg_reconstruction_error : Minus the error, a scorer for searches.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.metrics import reconstruction_error
    >>> X = load_iris().data
    >>> round(reconstruction_error(PCA(2).fit(X), X), 4)
    0.0253
    """
    metric = checked_metric(metric)
    check_choice("per", per, _AXES)
    return error_between(X, reconstruct(estimator, X), metric=metric, per=per)


def reconstruction_r2(estimator, X, y=None):
    """Compute the share of the variance of X that the reconstruction explains.

    This is the variance-weighted R2. For `PCA` on its training rows it equals ``explained_variance_ratio_.sum()``. The
    function is also a scorer: ``scoring=reconstruction_r2``.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    y : None
        Ignored. Scorers are called with it.

    Returns
    -------
    float
        Share of the variance: 1.0 is a perfect reconstruction, 0.0 is as good as the mean of X.

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.

    See Also
    --------
    reconstruction_error : Errors in the units of X, by row or by column too.

    Examples
    --------
    One grid search over PCA and an autoencoder:

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
    ...     {"reduce": [AutoencoderTransformer(epochs=20, random_state=0)], "reduce__encoding_dim": [1, 2]},
    ... ]
    >>> search = GridSearchCV(pipeline, grid, scoring=reconstruction_r2, cv=2).fit(load_iris().data)
    >>> len(search.cv_results_["mean_test_score"])
    4
    """
    return r2_between(X, reconstruct(estimator, X))


def neg_reconstruction_error(estimator, X, y=None, *, metric="mse"):
    """Return minus the reconstruction error, a scorer for which greater is better.

    Pass it as ``scoring=neg_reconstruction_error``, or, for another metric, as
    ``scoring=functools.partial(neg_reconstruction_error, metric="mae")``.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    y : None
        Ignored. Scorers are called with it.
    metric : {"mse", "rmse", "mae", "max"} or callable, default="mse"
        Mean squared, root mean squared, mean absolute or largest absolute error; or a function of X and its
        reconstruction that returns an error.

    Returns
    -------
    float
        Minus the error over all entries of X.

    Raises
    ------
    TypeError
        If the estimator lacks one of the two methods.
    ValueError
        If `metric` is unknown.

    See Also
    --------
    reconstruction_error : The error itself.
    reconstruction_r2 : A scorer without units.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.metrics import neg_reconstruction_error
    >>> X = load_iris().data
    >>> round(neg_reconstruction_error(PCA(2).fit(X), X), 4)
    -0.0253
    """
    return -reconstruction_error(estimator, X, metric=metric)


def final_step(estimator):
    """Return the last step of a pipeline, which makes the codes. Return any other estimator itself."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def before_final_step(estimator, X):
    """Return X as the final step of a fitted pipeline receives it. Return X itself for any other estimator."""
    return estimator[:-1].transform(X) if isinstance(estimator, Pipeline) and len(estimator) > 1 else X


def check_estimators(estimators):
    """Raise a TypeError unless estimators come by name, and each can map codes back to rows; they may be unfitted."""
    if not isinstance(estimators, dict) or not estimators:
        raise TypeError(
            f"estimators should be a dict of estimators by name, such as {{'NMF': NMF(), 'autoencoder': "
            f"AutoencoderTransformer()}}, but is {estimators!r}."
        )
    for estimator in estimators.values():
        check_has_inverse(estimator)


def check_has_inverse(estimator):
    """Raise a TypeError if an estimator, or a step of a pipeline, cannot map codes back to rows; it may be unfitted."""
    for step in [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]:
        if step is None or step == "passthrough":
            continue
        if isinstance(step, type):
            raise TypeError(f"{step.__name__} is a class. Pass an object of it: {step.__name__}(...).")
        for method in ("transform", "inverse_transform"):
            if not hasattr(step, method):
                raise TypeError(
                    f"{step!r} has no {method}, so there is no reconstruction to compare X with. Choose an estimator "
                    "that has transform and inverse_transform, or apply this one to X beforehand."
                )
        if getattr(step, "fit_inverse_transform", True) is False:
            raise TypeError(f"{step!r} has no inverse_transform. Set fit_inverse_transform=True.")


def reconstruct(estimator, X):
    """Return the reconstruction of X as a dense array."""
    check_has_inverse(estimator)
    return dense(estimator.inverse_transform(estimator.transform(X)))


def checked_metric(metric):
    """Return a metric as `error_between` takes it, or raise a ValueError."""
    if callable(metric):
        return metric
    metric = named(metric, _ENTRY_ERRORS)
    check_choice("metric", metric, _ENTRY_ERRORS, ", or pass a function of X and its reconstruction")
    return metric


def error_between(X, X_reconstructed, *, metric="mse", per="total"):
    """Compute the error of given reconstructions; see :func:`reconstruction_error`."""
    if callable(metric):
        return _by_function(metric, dense(X), dense(X_reconstructed), per)
    X, X_reconstructed = in_float64(X), in_float64(X_reconstructed)
    if _ENTRY_ERRORS[metric] is np.square:
        check_squares(X)
    errors = _ENTRY_ERRORS[metric](X - X_reconstructed)
    error = np.max(errors, axis=_AXES[per]) if metric == "max" else np.mean(errors, axis=_AXES[per])
    error = np.sqrt(error) if metric == "rmse" else error
    return float(error) if per == "total" else error


def _by_function(metric, X, X_reconstructed, per):
    """Compute an error that is a function, of all entries, of each row or of each column."""
    if per == "total":
        return float(metric(X, X_reconstructed))
    if per == "sample":
        return np.array([metric(X[[row]], X_reconstructed[[row]]) for row in range(X.shape[0])])
    return np.array([metric(X[:, [column]], X_reconstructed[:, [column]]) for column in range(X.shape[1])])


def r2_between(X, X_reconstructed):
    """Compute the share of the variance of X that given reconstructions explain."""
    X = in_float64(X)
    check_squares(X)
    return float(r2_score(X, in_float64(X_reconstructed), multioutput="variance_weighted"))


def dense(X):
    """Return the rows of X as a dense array."""
    return X.toarray() if issparse(X) else np.asarray(X)


def in_float64(X):
    """Return the rows of X as a dense array of float64: float32 has no squares below 1e-45 or above 3e38."""
    return dense(X).astype(np.float64, copy=False)


def reconstructed_blocks(reconstruct, X, sample_weight=None):
    """Yield the rows of X, a bounded number at a time and dense, beside their reconstruction and their weights.

    Parameters
    ----------
    reconstruct : callable
        Takes rows to their reconstruction.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,), default=None
        If None, all rows weigh 1.
    """
    weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
    for rows in row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES):
        block = X[rows]
        yield dense(block), reconstruct(block), weights[rows]


def explained_variance(reconstruct, X, sample_weight=None):
    """Compute `reconstruction_r2` block by block.

    Parameters
    ----------
    reconstruct : callable
        Takes rows to their reconstruction.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,), default=None
        If None, all rows weigh 1.

    Returns
    -------
    float
    """
    check_squares(X)
    mean = feature_means(X, sample_weight)
    residual, variance = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for block, reconstructed, weights in reconstructed_blocks(reconstruct, X, sample_weight):
            residual += weights @ np.square(np.subtract(block, reconstructed, dtype=np.float64))
            variance += weights @ np.square(block - mean)
    check_finite(residual, "The reconstruction", X)
    if not variance.any():
        return float(not residual.any())
    return float(1 - residual[variance > 0].sum() / variance.sum())
