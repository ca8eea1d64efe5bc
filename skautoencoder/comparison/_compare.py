"""The three comparisons, which differ in their estimators and code sizes."""

from sklearn.decomposition import PCA

from ..metrics import check_has_inverse, final_step
from ._candidates import (
    check_encoding_dims,
    powers_of_two,
    powers_of_two_and_between,
    with_baseline,
    with_encoding_dim,
    with_final_step,
    with_fixed_size,
)
from ._data import ComparisonData
from ._measure import measure


def compare_with_pca(
    estimator,
    X,
    *,
    encoding_dims=None,
    cv=5,
    y=None,
    downstream=None,
    metric=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Compare an autoencoder's held-out reconstruction error with PCA's, on the same splits and code sizes.

    Parameters
    ----------
    estimator : AutoencoderTransformer, Pipeline or other estimator
        Estimator with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that ends in one. In a `Pipeline`,
        PCA takes the place of the last step; the other steps need `inverse_transform`, so that errors are in the units
        of X. Clones are fitted, not the estimator itself.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    encoding_dims : int or sequence of int, default=None
        Code sizes to compare. If None, powers of two below the number of features and of training rows.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two. An int is a number of shuffled folds, stratified by `y`
        if `downstream` is a classifier.
    y : array-like of shape (n_samples,), default=None
        Target that `downstream` predicts; also passed to the splitter.
    downstream : classifier or regressor, default=None
        Model that is fitted to the codes of the training rows and `y`, and scored on those of the held-out rows; also
        on PCA's codes and on all columns. The summary then begins with it. If None, there are no downstream scores.
    metric : {"rmse", "mae", "max"} or callable, default=None
        Error of the held-out rows to measure besides the mean squared one, as in
        :func:`~skautoencoder.metrics.reconstruction_error`: the column ``test_metric``. If None, there is none.
    n_jobs : int, default=None
        Number of fits that run at the same time. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds, if `cv` is an int, and of the estimators whose own `random_state` is None.
    verbose : int, default=0
        Progress bar: 1 shows it, 0 does not.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per code size and method. Its method `summary` puts the result into words, `plot` draws
        it.

    Raises
    ------
    TypeError
        If the estimator, or a step of a `Pipeline`, has no `inverse_transform`, or if there is no code size to vary.
    ValueError
        If a code size exceeds the number of components that PCA has, `y` has another length than X, or `cv` gives fewer
        than two splits.

    Warns
    -----
    UserWarning
        If at least 1 % of the held-out rows equal a training row, or if a tenth of the columns that a method receives
        hold more than half of their variance and more than three times their share.

    See Also
    --------
    encoding_dim_curve : Compare several methods at several code sizes.
    compare_reconstructions : Compare several methods, each at its own code size.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, compare_with_pca
    >>> X = load_digits().data
    >>> comparison = compare_with_pca(AutoencoderTransformer(epochs=20), X, encoding_dims=[8], random_state=0)
    >>> bool(comparison["ratio_to_pca"].min() < 0.7)
    True
    """
    check_has_inverse(estimator)
    estimators = {"PCA": with_final_step(estimator, PCA()), type(final_step(estimator)).__name__: estimator}
    data = ComparisonData.checked(X, y, downstream, metric, cv, random_state)
    if encoding_dims is None:
        encoding_dims = powers_of_two(data.most_components)
    return _compare_sizes(estimators, data, encoding_dims, n_jobs, verbose)


def encoding_dim_curve(
    estimators,
    X,
    *,
    encoding_dims=None,
    cv=5,
    y=None,
    downstream=None,
    metric=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Measure held-out reconstruction error against code size for several methods.

    For methods beyond PCA, this curve takes the place of the scree plot.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name, each with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that ends in one. The
        others are compared with the one named "PCA", which may be a `Pipeline` too. If there is none, ``PCA()`` is
        added.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    encoding_dims : int or sequence of int, default=None
        Code sizes to compare. If None, 1, 2, 3, 4, 6, 8, 12, 16, 24, ... below the number of features and of training
        rows.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two. An int is a number of shuffled folds, stratified by `y`
        if `downstream` is a classifier.
    y : array-like of shape (n_samples,), default=None
        Target that `downstream` predicts; also passed to the splitter.
    downstream : classifier or regressor, default=None
        Model that is fitted to the codes of the training rows and `y`, and scored on those of the held-out rows; also
        on PCA's codes and on all columns. The summary then begins with it. If None, there are no downstream scores.
    metric : {"rmse", "mae", "max"} or callable, default=None
        Error of the held-out rows to measure besides the mean squared one, as in
        :func:`~skautoencoder.metrics.reconstruction_error`: the column ``test_metric``. If None, there is none.
    n_jobs : int, default=None
        Number of fits that run at the same time. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds, if `cv` is an int, and of the estimators whose own `random_state` is None.
    verbose : int, default=0
        Progress bar: 1 shows it, 0 does not.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per code size and method. Its column ``pca_equivalent`` tells how many principal
        components a code is worth.

    Raises
    ------
    TypeError
        If a method, or a step of a `Pipeline`, has no `inverse_transform`, or if a method has no code size to vary.
    ValueError
        If a code size exceeds the number of components that PCA has, `y` has another length than X, or `cv` gives fewer
        than two splits.

    Warns
    -----
    UserWarning
        If at least 1 % of the held-out rows equal a training row, or if a tenth of the columns that a method receives
        hold more than half of their variance and more than three times their share.

    See Also
    --------
    compare_with_pca : Compare a single method with PCA.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import FastICA
    >>> from sklearn.preprocessing import scale
    >>> from skautoencoder.comparison import encoding_dim_curve
    >>> curve = encoding_dim_curve({"ICA": FastICA()}, scale(load_wine().data), encoding_dims=[2, 4])
    >>> curve[["encoding_dim", "method", "ratio_to_pca"]].round(2)
       encoding_dim method  ratio_to_pca
    0             2    PCA           1.0
    1             2    ICA           1.0
    2             4    PCA           1.0
    3             4    ICA           1.0
    """
    estimators = with_baseline(estimators)
    data = ComparisonData.checked(X, y, downstream, metric, cv, random_state)
    if encoding_dims is None:
        encoding_dims = powers_of_two_and_between(data.most_components)
    return _compare_sizes(estimators, data, encoding_dims, n_jobs, verbose)


def _compare_sizes(estimators, data, encoding_dims, n_jobs, verbose):
    encoding_dims = check_encoding_dims(encoding_dims, data.most_components)
    candidates = [
        (encoding_dim, method, with_encoding_dim(estimator, encoding_dim))
        for encoding_dim in encoding_dims
        for method, estimator in estimators.items()
    ]
    return measure(candidates, estimators["PCA"], data, n_jobs, verbose)


def compare_reconstructions(
    estimators, X, *, cv=5, y=None, downstream=None, metric=None, n_jobs=None, random_state=0, verbose=0
):
    """Compare held-out reconstruction errors of estimators as they are with PCA's at the same code sizes.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name, each with `transform` and `inverse_transform`; a `Pipeline` too. The others are compared with
        the one named "PCA", at their code sizes. If there is none, ``PCA()`` is added. A code size that depends on X,
        such as a share of variance, is determined on all of X, so that the codes of all folds have the same size.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two. An int is a number of shuffled folds, stratified by `y`
        if `downstream` is a classifier.
    y : array-like of shape (n_samples,), default=None
        Target that `downstream` predicts; also passed to the splitter.
    downstream : classifier or regressor, default=None
        Model that is fitted to the codes of the training rows and `y`, and scored on those of the held-out rows; also
        on PCA's codes and on all columns. The summary then begins with it. If None, there are no downstream scores.
    metric : {"rmse", "mae", "max"} or callable, default=None
        Error of the held-out rows to measure besides the mean squared one, as in
        :func:`~skautoencoder.metrics.reconstruction_error`: the column ``test_metric``. If None, there is none.
    n_jobs : int, default=None
        Number of fits that run at the same time. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds, if `cv` is an int, and of the estimators whose own `random_state` is None.
    verbose : int, default=0
        Progress bar: 1 shows it, 0 does not.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per method, and one of PCA per code size.

    Raises
    ------
    TypeError
        If a method, or a step of a `Pipeline`, has no `inverse_transform`.
    ValueError
        If `y` has another length than X, or `cv` gives fewer than two splits.

    Warns
    -----
    UserWarning
        If at least 1 % of the held-out rows equal a training row, or if a tenth of the columns that a method receives
        hold more than half of their variance and more than three times their share.

    See Also
    --------
    compare_with_pca : Compare a single method with PCA at several code sizes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import NMF
    >>> from skautoencoder.comparison import compare_reconstructions
    >>> X = load_digits().data
    >>> comparison = compare_reconstructions({"NMF": NMF(8, init="nndsvda", max_iter=2000)}, X)
    >>> comparison[["encoding_dim", "method", "ratio_to_pca"]].round(1)
       encoding_dim method  ratio_to_pca
    0             8    PCA           1.0
    1             8    NMF           1.1
    """
    baseline = with_baseline(estimators)["PCA"]
    data = ComparisonData.checked(X, y, downstream, metric, cv, random_state)
    sizes = {method: with_fixed_size(data.seeded(estimator), data.X) for method, estimator in estimators.items()}
    candidates = []
    for encoding_dim in sorted({encoding_dim for encoding_dim, _ in sizes.values()}):
        if encoding_dim <= data.most_components:
            candidates.append((encoding_dim, "PCA", with_encoding_dim(baseline, encoding_dim)))
        candidates += [
            (encoding_dim, method, estimator)
            for method, (size, estimator) in sizes.items()
            if method != "PCA" and size == encoding_dim
        ]
    return measure(candidates, baseline, data, n_jobs, verbose)
