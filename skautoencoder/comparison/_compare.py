"""The three functions that compare estimators with PCA."""

from .._other_names import explain_arguments
from ..metrics import check_has_inverse, final_step
from ._candidates import (
    Candidate,
    check_encoding_dims,
    check_methods,
    check_truncates,
    given_size,
    powers_of_two,
    powers_of_two_and_between,
    with_baseline,
    with_encoding_dim,
    with_final_step,
    with_fixed_size,
)
from ._data import ComparisonData
from ._measure import measure


@explain_arguments
def compare_with_pca(
    estimator,
    X,
    *,
    encoding_dims=None,
    cv=5,
    groups=None,
    y=None,
    downstream=None,
    metric=None,
    one_fit=False,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Compare an autoencoder's held-out reconstruction error with PCA's, on the same splits and code sizes.

    For data frames with categories, "PCA" is factor analysis of mixed data [1]_, which is decoded by least squares.

    Parameters
    ----------
    estimator : AutoencoderTransformer, Pipeline or other estimator
        Estimator with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that ends in one. In a `Pipeline`,
        PCA replaces the last step; the other steps need `inverse_transform`, so that errors are in the units of X.
        Clones are fitted, not the estimator itself.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    encoding_dims : int or sequence of int, default=None
        Code sizes to compare, at most as many as PCA has components on the training rows. If None, powers of two below
        the number of features and of training rows; the size of the code if the architecture holds given Keras models.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two. An int is a number of shuffled folds, stratified by `y`
        if `downstream` is a classifier.
    groups : array-like of shape (n_samples,), default=None
        Group of each row, for splitters that keep groups together, such as
        :class:`~sklearn.model_selection.GroupKFold`.
    y : array-like of shape (n_samples,), default=None
        Target that `downstream` predicts; also passed to the splitter.
    downstream : classifier or regressor, default=None
        Model that is fitted to `y` and the codes of the training rows and scored on the held-out rows, for each method,
        for PCA and for all columns without reduction. If None, there are no downstream scores.
    metric : {"rmse", "mae", "max"} or callable, default=None
        Further error of the held-out rows, the column ``test_metric``, as in
        :func:`~skautoencoder.metrics.reconstruction_error`. If None, only the mean squared error is measured.
    one_fit : bool, default=False
        Whether all code sizes come from one fit per fold, that of the largest size: the smaller sizes are its first
        codes, and PCA's its first components. This needs codes in order, see `ordered` of
        :class:`AutoencoderTransformer`. It adds the column ``explained_variance_ratio`` for a scree plot, and each
        ``fit_seconds`` is that of the one fit. By default, every size is fitted: the first codes of a larger code
        leave more error than a network that is trained for their number.
    n_jobs : int, default=None
        Number of parallel fits. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds, if `cv` is an int, and of estimators whose `random_state` is None.
    verbose : int, default=0
        Progress bar: 1 shows it, 0 does not.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per code size and method. Its methods: `summary` says where the estimator wins, `best`
        chooses a code size and a method, `plot` draws the errors. If X has categories, ``test_mse`` is the mean over
        the columns, of which ``test_mse_of_numbers`` and ``test_wrong_categories`` are the parts: squared errors over
        the variance, and shares of wrong categories.

    Raises
    ------
    TypeError, ValueError
        If an argument has no meaning here, or with `one_fit` if the codes have no order.

    Warns
    -----
    UserWarning
        If at least 1 % of the held-out rows equal a training row, or if a tenth of the columns that a method receives
        hold more than half of the variance and more than 3 times their share, or more than 95 % of it.

    See Also
    --------
    encoding_dim_curve : Compare several methods at several code sizes.
    compare_reconstructions : Compare several methods, each at its own code size.

    References
    ----------
    .. [1] Pages (2004). Analyse factorielle de donnees mixtes. Revue de Statistique Appliquee 52.

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
    data = ComparisonData.checked([estimator], X, y, downstream, metric, cv, groups, random_state)
    estimators = {"PCA": with_final_step(estimator, data.linear_model), type(final_step(estimator)).__name__: estimator}
    if encoding_dims is None:
        encoding_dims = given_size(estimator) or powers_of_two(data.max_components)
    return _compare_sizes(estimators, data, encoding_dims, one_fit, n_jobs, verbose)


@explain_arguments
def encoding_dim_curve(
    estimators,
    X,
    *,
    encoding_dims=None,
    cv=5,
    groups=None,
    y=None,
    downstream=None,
    metric=None,
    one_fit=False,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Measure held-out reconstruction error against code size for several methods.

    The curve serves methods other than PCA as a scree plot.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name, each with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that ends in one. The
        baseline is the method named "PCA", a PCA or a `Pipeline` that ends in one; if there is none, ``PCA()``.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    encoding_dims : int or sequence of int, default=None
        Code sizes to compare. If None, 1, 2, 3, 4, 6, 8, 12, 16, 24, ... below the number of features and of training
        rows.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two.
    groups, y, downstream, metric : optional
        As in :func:`compare_with_pca`.
    one_fit : bool, default=False
        Whether all code sizes come from one fit per fold and method, as in :func:`compare_with_pca`. All methods need
        codes in order.
    n_jobs : int, default=None
        Number of parallel fits.
    random_state, verbose : int, default=0
        As in :func:`compare_with_pca`.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per code size and method.

    See Also
    --------
    compare_with_pca : Compare a single method with PCA; errors and warnings are the same.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import FastICA
    >>> from sklearn.preprocessing import scale
    >>> from skautoencoder.comparison import encoding_dim_curve
    >>> curve = encoding_dim_curve({"ICA": FastICA()}, scale(load_wine().data), encoding_dims=[2])
    >>> curve[["encoding_dim", "method", "ratio_to_pca"]].round(2)
       encoding_dim method  ratio_to_pca
    0             2    PCA           1.0
    1             2    ICA           1.0
    """
    check_methods(estimators)
    data = ComparisonData.checked(estimators.values(), X, y, downstream, metric, cv, groups, random_state)
    estimators = with_baseline(estimators, data.linear_model)
    if encoding_dims is None:
        encoding_dims = powers_of_two_and_between(data.max_components)
    return _compare_sizes(estimators, data, encoding_dims, one_fit, n_jobs, verbose)


def _compare_sizes(estimators, data, encoding_dims, one_fit, n_jobs, verbose):
    encoding_dims = check_encoding_dims(encoding_dims, data.max_components)
    if one_fit:
        check_truncates(estimators)
    fits = [encoding_dims] if one_fit else [[encoding_dim] for encoding_dim in encoding_dims]
    candidates = [
        Candidate(method, with_encoding_dim(estimator, sizes[-1]), sizes)
        for sizes in fits
        for method, estimator in estimators.items()
    ]
    return measure(candidates, estimators["PCA"], data, n_jobs, verbose, one_fit)


@explain_arguments
def compare_reconstructions(
    estimators, X, *, cv=5, groups=None, y=None, downstream=None, metric=None, n_jobs=None, random_state=0, verbose=0
):
    """Compare held-out reconstruction errors of estimators, each at its code size, with PCA's at the same sizes.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name, each with `transform` and `inverse_transform`, also a `Pipeline`. The baseline is the method
        named "PCA", by default ``PCA()``, at the code sizes of the others. A code size that depends on X, such as a
        share of variance, is determined on all of X, so that the codes of all folds have the same size.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to reconstruct.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Splits into training and held-out rows, at least two.
    groups, y, downstream, metric, n_jobs : optional
        As in :func:`compare_with_pca`.
    random_state, verbose : int, default=0
        As in :func:`compare_with_pca`.

    Returns
    -------
    ReconstructionComparison
        DataFrame with one row per method, and one of PCA per code size.

    See Also
    --------
    compare_with_pca : Compare a single method with PCA at several code sizes; errors and warnings are the same.

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
    check_methods(estimators)
    data = ComparisonData.checked(estimators.values(), X, y, downstream, metric, cv, groups, random_state)
    baseline = with_baseline(estimators, data.linear_model)["PCA"]
    sizes = {method: with_fixed_size(data.seeded(estimator), data.X) for method, estimator in estimators.items()}
    candidates = []
    for encoding_dim in sorted({encoding_dim for encoding_dim, _ in sizes.values()}):
        if encoding_dim <= data.max_components:
            candidates.append(Candidate("PCA", with_encoding_dim(baseline, encoding_dim), [encoding_dim]))
        candidates += [
            Candidate(method, estimator, [encoding_dim])
            for method, (size, estimator) in sizes.items()
            if method != "PCA" and size == encoding_dim
        ]
    return measure(candidates, baseline, data, n_jobs, verbose)
