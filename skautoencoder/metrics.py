"""Reconstruction errors and scorers for every estimator with `transform` and `inverse_transform`, such as PCA."""

from collections.abc import Callable, Iterator
from copy import copy

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline

from ._checks import check_choice, check_finite, check_squares, warn
from ._input import check_mask
from ._other_names import explain_arguments, named
from .rows import feature_means, row_blocks
from .tables import IndicatorTable, MixedTable, entry_errors, has_categories, mean_errors

_ENTRY_ERRORS = {"mse": np.square, "rmse": np.square, "mae": np.abs, "max": np.abs}
_BLOCK_MEBIBYTES = 2
_AXES = {"total": None, "sample": 1, "feature": 0}


@explain_arguments
def reconstruction_error(estimator, X, *, metric="mse", per="total"):
    """Compute the error between rows and their reconstruction.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`: an autoencoder, `PCA`, `NMF` or a whole `Pipeline`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct. Sparse rows are made dense. If a data frame has categories, errors of numbers are in
        standard deviations of their column in the fit, and a wrong category is an error of 1.
    metric : {"mse", "rmse", "mae", "max"} or callable, default="mse"
        Mean squared, root mean squared, mean absolute or largest absolute error; or a function of X and its
        reconstruction that returns a number, such as :func:`~sklearn.metrics.mean_absolute_percentage_error`.
    per : {"total", "sample", "feature"}, default="total"
        One error for all of X, for each row or for each column. A function is called once for each of them.

    Returns
    -------
    float, or ndarray of shape (n_samples,) or (n_features,)
        Error in the units of X, squared for ``metric="mse"``, even if a `Pipeline` scales X first.

    See Also
    --------
    reconstruction_r2 : Explained share of the variance, without units.
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
    return error_between(X, reconstruct(estimator, X), metric=metric, per=per, deviations=deviations_in_fit(estimator))


@explain_arguments
def reconstruction_r2(estimator, X, y=None):
    """Compute the share of the variance of X that the reconstruction explains.

    This is the variance-weighted R2; for `PCA` on its training rows it equals ``explained_variance_ratio_.sum()``. It
    can be used as a scorer: ``scoring=reconstruction_r2``. If a data frame has categories, errors are those of
    :func:`reconstruction_error`, beside the errors of the means and of the most frequent categories.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    y : None
        Ignored; scorers receive it.

    Returns
    -------
    float
        Explained share of the variance: 1.0 for a perfect reconstruction, 0.0 for the mean of X.

    Warns
    -----
    UndefinedMetricWarning
        If all rows are equal: there is no variance then, and the result is 1.0 for a perfect reconstruction and 0.0 for
        any other one.

    See Also
    --------
    reconstruction_error : Error in the units of X, also by row or by column.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skautoencoder.metrics import reconstruction_r2
    >>> search = GridSearchCV(PCA(), {"n_components": [1, 2]}, scoring=reconstruction_r2)
    >>> search.fit(load_iris().data).best_params_
    {'n_components': 2}
    """
    reconstructed = reconstruct(estimator, X)
    if has_categories(reconstructed):
        return r2_between(X, reconstructed, deviations_in_fit(estimator))
    rows = in_float64(X)
    if np.ptp(rows, axis=0).any():
        return r2_between(rows, reconstructed)
    _warn_without_variance()
    return float(np.array_equal(rows, reconstructed))


@explain_arguments
def neg_reconstruction_error(estimator, X, y=None, *, metric="mse"):
    """Compute minus the reconstruction error, a scorer for searches.

    Pass it as ``scoring=neg_reconstruction_error``, or, for another metric, as
    ``scoring=functools.partial(neg_reconstruction_error, metric="mae")``.

    Parameters
    ----------
    estimator : object
        Fitted estimator with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    y : None
        Ignored; scorers receive it.
    metric : {"mse", "rmse", "mae", "max"} or callable, default="mse"
        Error, as in :func:`reconstruction_error`.

    Returns
    -------
    float
        Minus the error over all entries of X.

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
    """Return the last step of a pipeline, or the estimator itself if it is no pipeline."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def before_final_step(estimator, X):
    """Return X as the last step of a fitted pipeline receives it, or X itself if the estimator is no pipeline."""
    return estimator[:-1].transform(X) if isinstance(estimator, Pipeline) and len(estimator) > 1 else X


def check_estimators(estimators):
    """Raise a TypeError unless the estimators are a dict and each, fitted or not, has an inverse transform."""
    if not isinstance(estimators, dict) or not estimators:
        raise TypeError(
            f"estimators should be a dict of estimators by name, such as {{'NMF': NMF(), 'autoencoder': "
            f"AutoencoderTransformer()}}, but is {estimators!r}."
        )
    for estimator in estimators.values():
        check_has_inverse(estimator)


def check_has_inverse(estimator):
    """Raise a TypeError if an estimator, or a step of a pipeline, has no inverse transform; it may be unfitted."""
    if not isinstance(estimator, type) and hasattr(estimator, "__len__") and not isinstance(estimator, Pipeline):
        raise TypeError(
            f"The estimator comes first, but this is {_of_kind(estimator)}. Pass the estimator, then X. Two tables, X "
            "and its reconstruction, are compared by sklearn.metrics.mean_squared_error."
        )
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    for step in steps:
        if step is None or isinstance(step, str):
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


def _of_kind(table):
    shape = getattr(table, "shape", None)
    return f"an object of type {type(table).__name__}" if shape is None else f"a table of shape {shape}"


def reconstruct(estimator, X):
    """Return the reconstruction of X as a dense array, or that of a data frame with categories as it is."""
    check_has_inverse(estimator)
    reconstructed = estimator.inverse_transform(estimator.transform(X))
    return reconstructed if has_categories(reconstructed) else dense(reconstructed)


def table_of(estimator):
    """Return the reader of the data frames with categories that an estimator was fitted to, or None."""
    table = getattr(final_step(estimator), "_table", None)
    return table if isinstance(table, MixedTable) else None


def deviations_in_fit(estimator):
    """Return the deviations of the columns in the fit of an estimator of data frames with categories, or None."""
    table = table_of(estimator)
    return None if table is None else table.deviations


def on_numbers(estimator, *tables, is_standardized=False):
    """Return an autoencoder of data frames with categories, and such frames, as those of numbers and indicators.

    Numbers are in the units of X, or standardised as training sees them. Other estimators and tables are returned as
    they are.
    """
    table = table_of(estimator)
    if table is None:
        return estimator, *tables
    view = copy(final_step(estimator))
    view._table = IndicatorTable(table.feature_names, start_weights=table.start_weights)
    if not is_standardized:
        probabilities = np.flatnonzero(~table.is_number)
        view._table = IndicatorTable(table.feature_names, table.mean, table.scale, probabilities=probabilities)
    view.feature_names_in_ = np.array(table.feature_names, dtype=object)
    view.n_features_in_ = len(table.feature_names)
    received = [before_final_step(estimator, rows) for rows in tables]
    return view, *(view._table.write(table.read(rows), getattr(rows, "index", None)) for rows in received)


def checked_metric(metric):
    """Return a function as it is and a name in our spelling, or raise a ValueError."""
    if callable(metric):
        return metric
    metric = named(metric, _ENTRY_ERRORS)
    check_choice("metric", metric, _ENTRY_ERRORS, ", or pass a function of X and its reconstruction")
    return metric


def error_between(X, X_reconstructed, *, metric="mse", per="total", deviations=None):
    """Compute the error of given reconstructions; see :func:`reconstruction_error`.

    Errors of data frames with categories are in `deviations` of the columns, by default those of X.
    """
    is_of_categories = has_categories(X_reconstructed)
    if callable(metric):
        if is_of_categories:
            raise TypeError(
                f"metric={metric!r} is a function of numbers, but X has categories. Choose 'mse', 'rmse', 'mae' or "
                "'max', whose errors of categories are 0 or 1."
            )
        return _by_function(metric, dense(X), dense(X_reconstructed), per)
    if is_of_categories:
        differences = entry_errors(X, X_reconstructed, deviations)
    else:
        X = in_float64(X)
        if _ENTRY_ERRORS[metric] is np.square:
            check_squares(X)
        differences = X - in_float64(X_reconstructed)
    errors = _ENTRY_ERRORS[metric](differences)
    error = (np.max if metric == "max" else np.mean)(errors, axis=_AXES[per])
    if metric == "rmse":
        error = np.sqrt(error)
    return float(error) if per == "total" else error


def _by_function(metric, X, X_reconstructed, per):
    """Call a metric once for all of X, for each row or for each column."""
    if per == "total":
        return float(metric(X, X_reconstructed))
    if per == "sample":
        return np.array([metric(X[[row]], X_reconstructed[[row]]) for row in range(X.shape[0])])
    return np.array([metric(X[:, [column]], X_reconstructed[:, [column]]) for column in range(X.shape[1])])


def r2_between(X, X_reconstructed, deviations=None):
    """Compute the share of the variance of X that given reconstructions explain; see `error_between`."""
    if has_categories(X_reconstructed):
        unexplained = np.square(entry_errors(X, X_reconstructed, deviations)).mean(axis=0)
        return float(1 - unexplained.sum() / (mean_errors(X, deviations).sum() or 1.0))
    X = in_float64(X)
    check_squares(X)
    return float(r2_score(X, in_float64(X_reconstructed), multioutput="variance_weighted"))


def errors_of_means(X, estimators):
    """Compute the mean squared error of each column that its mean leaves, or its most frequent category."""
    deviations = [deviations_in_fit(estimator) for estimator in estimators if table_of(estimator) is not None]
    return mean_errors(X, deviations[0]) if deviations else in_float64(X).var(axis=0)


def dense(X):
    """Return the rows of X as a dense array."""
    check_mask(X, "X")
    return X.toarray() if issparse(X) else np.asarray(X)


def in_float64(X):
    """Return the rows of X as a dense array of float64: float32 holds no squares below 1e-45 or above 3e38."""
    return dense(X).astype(np.float64, copy=False)


def reconstructed_blocks(
    reconstruct: Callable, X, sample_weight: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield blocks of dense rows with their reconstruction and their weights; None weights all rows equally."""
    weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
    for rows in row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES):
        block = X[rows]
        yield dense(block), reconstruct(block), weights[rows]


def _warn_without_variance():
    warn(
        "All rows of X are equal, so there is no variance to explain: the score is 1 for a perfect reconstruction and "
        "0 for any other. score_samples and reconstruction_error measure the error itself.",
        UndefinedMetricWarning,
    )


def explained_variance(reconstruct: Callable, X, sample_weight: np.ndarray | None = None) -> float:
    """Compute `reconstruction_r2` of an ndarray or a CSR matrix block by block."""
    check_squares(X)
    mean = feature_means(X, sample_weight)
    residual = np.zeros(X.shape[1])
    variance = np.zeros(X.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for block, reconstructed, weights in reconstructed_blocks(reconstruct, X, sample_weight):
            residual += weights @ np.square(np.subtract(block, reconstructed, dtype=np.float64))
            variance += weights @ np.square(block - mean)
    check_finite(residual, "The reconstruction", X)
    if not variance.any():
        _warn_without_variance()
        return float(not residual.any())
    return float(1 - residual[variance > 0].sum() / variance.sum())
