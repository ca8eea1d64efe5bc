"""The three comparisons: which estimators, at which code sizes."""

from sklearn.decomposition import PCA

from ..metrics import check_has_inverse
from ._candidates import (
    check_encoding_dims,
    final_step,
    powers_of_two,
    powers_of_two_and_between,
    sized,
    with_baseline,
    with_encoding_dim,
    with_final_step,
)
from ._data import Data
from ._measure import measured


def compare_with_pca(
    estimator,
    X,
    *,
    encoding_dims=None,
    cv=5,
    y=None,
    downstream=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Compare an autoencoder's held-out reconstruction error with PCA's, on the same splits and code sizes.

    Parameters
    ----------
    estimator : AutoencoderTransformer or Pipeline
        The autoencoder, or another estimator with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that
        ends in one and whose other steps have `inverse_transform`: PCA then takes its place after the same steps, and
        errors are in the units of X. Not fitted in place.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    encoding_dims : sequence of int, default=None
        Code sizes. None: powers of two below the number of features and of training rows.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        An int is a number of shuffled folds, since many tables are sorted by class; stratified by `y` if `downstream`
        is a classifier. At least two.
    y : array-like of shape (n_samples,), default=None
        For `downstream`.
    downstream : classifier or regressor, default=None
        Fitted to the codes of the training rows and `y`, and scored on those of the held-out rows.
    n_jobs : int, default=None
        Fits to run at the same time. The default, one, gives the fairest times.
    random_state : int, RandomState instance or None, default=0
        Shuffles the folds, if `cv` is an int, and seeds the estimators whose `random_state` is None.
    verbose : int, default=0
        1 shows a progress bar.

    Returns
    -------
    comparison : ReconstructionComparison
        A DataFrame with one row per code size and method; ``comparison.summary()`` says what it shows,
        ``comparison.plot()`` draws it.

    Raises
    ------
    TypeError
        If the estimator, or a step before it, has no `inverse_transform`, or it has no size to vary.
    ValueError
        If a code size is more than PCA can do, `y` has another length than X, or there are less than two folds.

    See Also
    --------
    encoding_dim_curve : Several methods over code sizes.
    compare_reconstructions : Estimators as they are.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, compare_with_pca
    >>> X = load_digits().data
    >>> comparison = compare_with_pca(AutoencoderTransformer(random_state=0), X, encoding_dims=[8], cv=3)
    >>> bool(comparison["ratio_to_pca"].min() < 0.7)
    True
    """
    check_has_inverse(estimator)
    estimators = {"PCA": with_final_step(estimator, PCA()), type(final_step(estimator)).__name__: estimator}
    data = Data.checked(X, y, downstream, cv, random_state)
    if encoding_dims is None:
        encoding_dims = powers_of_two(data.most_components)
    return _curve(estimators, data, encoding_dims, n_jobs, verbose)


def encoding_dim_curve(
    estimators,
    X,
    *,
    encoding_dims=None,
    cv=5,
    y=None,
    downstream=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Measure held-out reconstruction error against code size for several methods: what follows the scree plot.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name, each with a parameter `encoding_dim` or `n_components`, or a `Pipeline` that ends in one. The
        one named "PCA", which may be a `Pipeline` too, is what the others are compared with; without it, PCA of X.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    encoding_dims : sequence of int, default=None
        Code sizes. None: 1, 2, 3, 4, 6, 8, 12, 16, 24, ... below the number of features and of training rows.
    cv, y, downstream, n_jobs, random_state, verbose
        As in :func:`compare_with_pca`.

    Returns
    -------
    comparison : ReconstructionComparison
        Its column ``pca_equivalent`` tells how many principal components a code is worth.

    Raises
    ------
    TypeError, ValueError
        As in :func:`compare_with_pca`.

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
    data = Data.checked(X, y, downstream, cv, random_state)
    if encoding_dims is None:
        encoding_dims = powers_of_two_and_between(data.most_components)
    return _curve(estimators, data, encoding_dims, n_jobs, verbose)


def _curve(estimators, data, encoding_dims, n_jobs, verbose):
    encoding_dims = check_encoding_dims(encoding_dims, data.most_components)
    candidates = [
        (encoding_dim, method, with_encoding_dim(estimator, encoding_dim))
        for encoding_dim in encoding_dims
        for method, estimator in estimators.items()
    ]
    return measured(candidates, estimators["PCA"], data, n_jobs, verbose)


def compare_reconstructions(estimators, X, *, cv=5, y=None, downstream=None, n_jobs=None, random_state=0, verbose=0):
    """Compare the held-out reconstruction errors of estimators as they are, beside PCA at each of their code sizes.

    Parameters
    ----------
    estimators : dict of str to estimator
        Methods by name: anything with `transform` and `inverse_transform`, a `Pipeline` too. The one named "PCA" is
        what the others are compared with, at their code sizes; without it, PCA of X. A share of variance as code size
        is counted on all of X first, so that all folds have codes of one size.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
    cv, y, downstream, n_jobs, random_state, verbose
        As in :func:`compare_with_pca`.

    Returns
    -------
    comparison : ReconstructionComparison
        One row per method, and one of PCA per code size.

    Raises
    ------
    TypeError, ValueError
        As in :func:`compare_with_pca`.

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
    data = Data.checked(X, y, downstream, cv, random_state)
    sizes = {method: sized(data.seeded(estimator), data.X) for method, estimator in estimators.items()}
    candidates = []
    for encoding_dim in sorted({encoding_dim for encoding_dim, _ in sizes.values()}):
        if encoding_dim <= data.most_components:
            candidates.append((encoding_dim, "PCA", with_encoding_dim(baseline, encoding_dim)))
        candidates += [
            (encoding_dim, method, estimator)
            for method, (size, estimator) in sizes.items()
            if method != "PCA" and size == encoding_dim
        ]
    return measured(candidates, baseline, data, n_jobs, verbose)
