"""Is an autoencoder worth it on these data? The answer as a table."""

import time
from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed

from .metrics import reconstruction_error, reconstruction_r2


def compare_with_pca(estimator, X, *, encoding_dims=None, cv=5, n_jobs=None, random_state=0):
    """Compare an autoencoder's held-out reconstruction error with PCA's, on the same splits and code sizes.

    Parameters
    ----------
    estimator : AutoencoderTransformer or Pipeline
        The autoencoder, or a `Pipeline` that ends in one and whose other steps have `inverse_transform`: PCA then
        takes the autoencoder's place after the same steps, and errors are in the units of X. Not fitted in place.
    X : {array-like, DataFrame} of shape (n_samples, n_features)
    encoding_dims : sequence of int, default=None
        Code sizes. None: powers of two below the number of features and of training rows.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        An int is a number of shuffled folds, since many tables are sorted by class.
    n_jobs : int, default=None
        Fits to run at the same time. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Shuffles the folds, if `cv` is an int.

    Returns
    -------
    comparison : pandas.DataFrame
        One row per code size and method, with the columns

        * ``encoding_dim``, ``method``;
        * ``test_mse``, ``test_mse_std``, ``train_mse``, ``train_mse_std``: mean and standard deviation over folds of
          the mean squared error, in squared units of X;
        * ``test_r2``: share of the variance of the held-out rows that is reconstructed;
        * ``ratio_to_pca``: ``test_mse`` over PCA's; below 1 the autoencoder wins;
        * ``fit_seconds``, ``transform_seconds``: means over folds; the first fit of a process bears the import of
          TensorFlow.

    Raises
    ------
    TypeError
        If the estimator, or a step before it, has no `inverse_transform`, or it has no `encoding_dim`.
    ValueError
        If a code size is more than PCA can do.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, compare_with_pca
    >>> X = load_digits().data
    >>> comparison = compare_with_pca(AutoencoderTransformer(random_state=0), X, encoding_dims=[8], cv=3)
    >>> bool(comparison["ratio_to_pca"].min() < 0.7)
    True
    """
    import pandas as pd

    _check_comparable(estimator)
    if isinstance(cv, Integral):
        cv = KFold(cv, shuffle=True, random_state=random_state)
    splits = list(check_cv(cv).split(X))
    encoding_dims = _check_encoding_dims(encoding_dims, X, splits)
    candidates = [
        (encoding_dim, method, candidate)
        for encoding_dim in encoding_dims
        for method, candidate in _candidates(estimator, encoding_dim).items()
    ]
    measurements = Parallel(n_jobs=n_jobs)(
        delayed(_measure)(candidate, X, train, test) for _, _, candidate in candidates for train, test in splits
    )
    folds = pd.DataFrame(measurements).groupby(np.repeat(np.arange(len(candidates)), len(splits)))
    comparison = pd.DataFrame([candidate[:2] for candidate in candidates], columns=["encoding_dim", "method"])
    means = folds.mean()
    for error in ("test_mse", "train_mse"):
        comparison[error] = means[error]
        comparison[f"{error}_std"] = folds[error].std(ddof=0)
    comparison["test_r2"] = means["test_r2"]
    pca_mse = comparison[comparison["method"] == "PCA"].set_index("encoding_dim")["test_mse"]
    comparison["ratio_to_pca"] = comparison["test_mse"] / comparison["encoding_dim"].map(pca_mse)
    return comparison.join(means[["fit_seconds", "transform_seconds"]])


def _final_step(estimator):
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _check_comparable(estimator):
    if not hasattr(_final_step(estimator), "encoding_dim"):
        raise TypeError(
            f"{estimator!r} has no parameter encoding_dim to vary. Pass an AutoencoderTransformer, or a Pipeline that "
            "ends in one."
        )
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    for step in steps:
        if step != "passthrough" and not hasattr(step, "inverse_transform"):
            raise TypeError(
                f"{step!r} has no inverse_transform, so reconstructions cannot be compared in the units of X. "
                "Apply it to X beforehand."
            )


def _check_encoding_dims(encoding_dims, X, splits):
    n_features = np.shape(X)[1]
    most = min(n_features, *(len(train) for train, _ in splits))
    if encoding_dims is None:
        return [2**power for power in range(most.bit_length()) if 2**power < most] or [1]
    too_large = [encoding_dim for encoding_dim in encoding_dims if encoding_dim > most]
    if too_large:
        raise ValueError(
            f"encoding_dims={list(encoding_dims)!r}: PCA has at most {most} components on training folds of this X. "
            f"Leave out {too_large}."
        )
    return list(encoding_dims)


def _candidates(estimator, encoding_dim):
    final_step = clone(_final_step(estimator)).set_params(encoding_dim=encoding_dim)
    candidates = {"PCA": PCA(encoding_dim), type(final_step).__name__: final_step}
    if not isinstance(estimator, Pipeline):
        return candidates
    return {
        method: clone(estimator).set_params(**{estimator.steps[-1][0]: candidate})
        for method, candidate in candidates.items()
    }


def _measure(estimator, X, train, test):
    X_train, X_test = _safe_indexing(X, train), _safe_indexing(X, test)
    estimator = clone(estimator)
    start = time.perf_counter()
    estimator.fit(X_train)
    fitted = time.perf_counter()
    estimator.transform(X_test)
    transformed = time.perf_counter()
    return {
        "test_mse": reconstruction_error(estimator, X_test),
        "train_mse": reconstruction_error(estimator, X_train),
        "test_r2": reconstruction_r2(estimator, X_test),
        "fit_seconds": fitted - start,
        "transform_seconds": transformed - fitted,
    }
