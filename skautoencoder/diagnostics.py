"""Diagnosis of a fitted autoencoder: common problems, each with advice."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import indexable
from sklearn.utils.validation import check_is_fitted

from ._checks import dominating_columns, listed, output_range
from ._input import check_table
from ._other_names import explain_arguments
from ._sklearn_compat import safe_indexing
from .inspection import mean_changes
from .metrics import (
    before_final_step,
    check_has_inverse,
    dense,
    error_between,
    final_step,
    in_float64,
    on_numbers,
    reconstruction_error,
)

# Maximum number of rows to diagnose; more would not change the findings.
_MAX_ROWS = 2000
# Number of columns that the description of a code names.
_N_COLUMNS = 3
# Minimum mean change over mean absolute change of a column that rises in most rows, or falls in most.
_MIN_DIRECTION = 0.5


@dataclass(frozen=True)
class Finding:
    """A problem of an autoencoder, found by :func:`diagnose`.

    Parameters
    ----------
    name, observation, advice : str
        Name of the problem, a sentence with the measured numbers, and a sentence with the change to make; the advice is
        empty in the description of a code.

    See Also
    --------
    diagnose : Look for common problems of a fitted autoencoder.

    Examples
    --------
    >>> from skautoencoder.diagnostics import Finding
    >>> print(Finding("dead codes", "The reconstruction hardly depends on code 3 of 8.", "Set encoding_dim to 7."))
    dead codes: The reconstruction hardly depends on code 3 of 8. Set encoding_dim to 7.
    """

    name: str
    observation: str
    advice: str

    def __str__(self):
        return f"{self.name}: {self.observation} {self.advice}".rstrip()


@explain_arguments
def diagnose(estimator, X, *, X_test=None, describe_codes=False):
    """Look for common problems of a fitted autoencoder.

    =========================  =========================================================================================
    finding                    reported when
    =========================  =========================================================================================
    ``no variance``            all rows of X are equal; nothing else is then looked for
    ``random start``           a parameter made training start at random weights, although ``init="auto"``
    ``dead codes``             replacing a code by its mean changes the error by less than 1 % of the error per omitted
                               dimension
    ``posterior collapse``     the posterior means hold less than 10 % of the variance of a drawn code ([1]_ calls codes
                               below 1 % inactive); such variational codes are not reported as dead
    ``correlated codes``       two codes have a correlation above 0.95 or below -0.95
    ``unreachable values``     X has values outside the range of the output activation
    ``under-training``         training ran for all epochs, and the last tenth of them lowered the loss, without penalty
                               or divergence, by more than 1 %
    ``over-fitting``           all three hold; the reference is PCA, or without `X_test` the start of training:

                               * held-out rows have more than 2 times the error of training rows;
                               * this ratio is more than 1.5 times the ratio of the reference;
                               * the error fell, relative to the reference, on held-out rows by less than half as much
                                 as on training rows
    ``dominating columns``     a tenth of the columns, at least one, hold more than half of the variance of X and more
                               than 3 times their share (or more than 95 %), and another column loses more than half
                               of its variance
    ``hard columns``           a tenth of the columns, at least one, cause more than half of the error and more than 3
                               times their share (or more than 95 %), although no columns dominate the variance
    ``no better than PCA``     the error equals that of PCA with as many components
    ``worse than PCA``         the error is larger than that of PCA with as many components
    =========================  =========================================================================================

    Parameters
    ----------
    estimator : AutoencoderTransformer, Pipeline or other estimator
        Fitted autoencoder, or a `Pipeline` whose last step is diagnosed on the rows that it receives. Other estimators
        need `transform` and `inverse_transform`; checks that do not apply to them are skipped.
    X : {array-like, DataFrame} of shape (n_samples, n_features)
        Training rows. Of more than 2000, evenly spaced ones are used.
    X_test : {array-like, DataFrame} of shape (n_test_samples, n_features), default=None
        Held-out rows, to find over-fitting. If None, the validation losses of training are used.
    describe_codes : bool, default=False
        Whether to describe each code after the problems: the share of the variance that it adds to the codes before
        it, and the three columns that it moves most for their standard deviation. In brackets is the change in the
        units of X as the code rises by one standard deviation, as in
        :func:`~skautoencoder.inspection.code_effects`; "±" if it rises in some rows and falls in others.

    Returns
    -------
    list of Finding
        Problems that were found; their strings hold the measured numbers and the advice. With `describe_codes`, also
        one description per code, named "code 0" and so on.

    See Also
    --------
    skautoencoder.inspection.code_effects : How much each code moves each column.
    skautoencoder.compare_with_pca : Compare the autoencoder with PCA on held-out rows.
    skautoencoder.plotting.LossCurveDisplay : Training and validation loss by epoch.

    References
    ----------
    .. [1] Burda, Grosse & Salakhutdinov (2016). Importance weighted autoencoders. ICLR.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> from skautoencoder.diagnostics import diagnose
    >>> X = load_digits().data
    >>> tutorial = AutoencoderTransformer(8, init="random", hidden_layer_sizes=(), epochs=20, random_state=0).fit(X)
    >>> [finding.name for finding in diagnose(tutorial, X)]
    ['under-training', 'worse than PCA']
    """
    check_has_inverse(estimator)
    check_is_fitted(estimator)
    check_table(X, "X")
    view, rows = on_numbers(estimator, X, is_standardized=True)
    rows = before_final_step(view, rows)
    if X_test is not None:
        _, X_test = on_numbers(estimator, X_test, is_standardized=True)
        X_test = before_final_step(view, X_test)
    if _are_equal(rows):
        return [_no_variance(rows)]
    fit = _Fit(final_step(view), rows, X_test)
    findings = [check(fit) for check in _CHECKS]
    found = [finding for finding in findings if finding is not None]
    return [*found, *_described_codes(estimator, X)] if describe_codes else found


class _Fit:
    """Rows, codes and errors of a fitted autoencoder, and PCA of the same rows."""

    def __init__(self, estimator, X, X_test):
        (X,) = indexable(X)
        n_rows = np.shape(X)[0]
        rows = safe_indexing(X, np.arange(0, n_rows, -(-n_rows // _MAX_ROWS)))
        self.estimator = estimator
        self.X = in_float64(rows)
        self.X_test = X_test
        # Not get_params(): set_params may have changed the parameters since the fit.
        self.parameters = getattr(estimator, "_parameters_of_fit", {})
        self.columns = list(getattr(X, "columns", range(self.X.shape[1])))
        self.codes = np.asarray(estimator.transform(rows))
        self.n_codes = self.codes.shape[1]
        self.column_errors = error_between(self.X, self.reconstruct(self.codes), per="feature")
        self.error = self.column_errors.mean()
        # PCA's solver for sparse rows fails on rows that are all equal.
        is_sparse = issparse(X) and np.ptp(self.X, axis=0).any()
        # Some solvers draw their start, hence the seed.
        self.pca = PCA(min(self.n_codes, *np.shape(X)), random_state=0)
        start_weights = getattr(getattr(estimator, "_table", None), "start_weights", None)
        if start_weights is not None:
            self.pca = make_pipeline(_weighting(start_weights), self.pca)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.pca.fit(X if is_sparse else in_float64(X))
        self.pca_error = reconstruction_error(self.pca, self.X)
        self.collapsed = self._collapsed_codes(rows)

    def _collapsed_codes(self, rows):
        if not hasattr(self.estimator, "posterior"):
            return []
        # Variance of a drawn code = variance of the posterior means + mean posterior variance.
        between = self.codes.var(axis=0)
        within = self.estimator.posterior(rows)[1].mean(axis=0)
        return np.flatnonzero(between < 0.1 * (between + within)).tolist()

    def errors_by_epoch(self, prefix):
        """Return the loss of each epoch without penalty or divergence, or an empty list."""
        history = getattr(self.estimator, "history_", {})
        return history.get(f"{prefix}reconstruction_loss", history.get(f"{prefix}loss", []))

    def reconstruct(self, codes):
        return np.asarray(self.estimator.inverse_transform(codes))

    def listed_columns(self, numbers):
        return f"{listed('column', [self.columns[number] for number in numbers])} of {len(self.columns)}"


def _weighting(weights):
    """Return a transformer that multiplies columns by weights: PCA is then factor analysis of mixed data."""
    return FunctionTransformer(partial(np.multiply, weights), partial(np.multiply, 1 / weights))


def _are_equal(X):
    """Whether all rows are equal."""
    X = X if issparse(X) else np.asarray(X)
    return np.array_equal(dense(X.max(axis=0)), dense(X.min(axis=0)))


def _no_variance(X):
    return Finding(
        "no variance",
        f"All {np.shape(X)[0]} rows of X are equal after the steps before the autoencoder: there is nothing to learn.",
        "Look at the columns that you selected and at the steps before the autoencoder.",
    )


def _random_start(fit):
    if reasons := getattr(fit.estimator, "_random_start_reasons", {}):
        suitable = {"code_activation": "linear", "output_activation": "linear", "loss": "mse"}
        wanted = [f"{name}={suitable[name]!r}" for name in reasons if name in suitable] + ["init='pca'"]
        return Finding(
            "random start",
            f"Training started at random weights and not at PCA, because of {_and(reasons.values())}.",
            f"Set {_and(wanted)} to start at PCA, or init='random' to keep the random start.",
        )


def _dead_codes(fit):
    n_features = fit.X.shape[1]
    n_omitted = max(n_features - fit.n_codes, 1)
    # The variance bounds the error per dimension from below, above rounding errors.
    error_per_dimension = max(fit.error * n_features / n_omitted, 1e-9 * fit.X.var(axis=0).sum())
    dead = []
    for code in np.delete(np.arange(fit.n_codes), fit.collapsed):
        without = fit.codes.copy()
        without[:, code] = without[:, code].mean()
        increase = (error_between(fit.X, fit.reconstruct(without)) - fit.error) * n_features
        if abs(increase) < 0.01 * error_per_dimension:
            dead.append(code)
    if dead:
        return Finding(
            "dead codes",
            f"The reconstruction hardly depends on {listed('code', dead)} of {fit.n_codes}.",
            f"Set encoding_dim to {max(fit.n_codes - len(dead), 1)}. To use all codes, lower alpha or beta, or set "
            "code_activation='linear' instead of 'relu'.",
        )


def _posterior_collapse(fit):
    if fit.collapsed:
        n_active = fit.n_codes - len(fit.collapsed)
        divergences = ", ".join(f"{divergence:.2f}" for divergence in fit.estimator.kl_divergence_)
        return Finding(
            "posterior collapse",
            f"Less than 10 % of the variance of {listed('code', fit.collapsed)} of {fit.n_codes} differs between rows, "
            f"so it says almost nothing about a row. The divergences of all codes are {divergences} nats.",
            f"Lower beta={fit.parameters['beta']}" + (f", or set encoding_dim to {n_active}." if n_active else "."),
        )


def _correlated_codes(fit):
    varying = np.flatnonzero(np.ptp(fit.codes, axis=0) > 0)
    if len(varying) < 2:
        return None
    correlations = np.triu(np.corrcoef(fit.codes[:, varying], rowvar=False), 1)
    first, second = np.unravel_index(np.abs(correlations).argmax(), correlations.shape)
    if abs(correlations[first, second]) > 0.95:
        return Finding(
            "correlated codes",
            f"Codes {varying[first]} and {varying[second]} have a correlation of {correlations[first, second]:.2f}, so "
            "one adds little to the other.",
            "Lower encoding_dim, train longer, or start with init='pca', whose codes are uncorrelated.",
        )


def _unreachable_values(fit):
    output_activation = fit.parameters.get("output_activation", "linear")
    low, high = output_range(output_activation)
    outside = np.mean((fit.X < low - 1e-6) | (fit.X > high + 1e-6))
    if outside:
        return Finding(
            "unreachable values",
            f"output_activation={output_activation!r} returns values from {low:g} to {high:g}, but "
            f"{outside:.1%} of the entries of X lie outside: X spans [{fit.X.min():.3g}, {fit.X.max():.3g}].",
            "Scale X as in training, for example with MinMaxScaler(clip=True), or use output_activation='linear'.",
        )


def _under_training(fit):
    series = fit.errors_by_epoch("val_") or fit.errors_by_epoch("")
    n_epochs = len(series) - 1
    if n_epochs < 1 or n_epochs < fit.parameters["epochs"]:
        return None
    last = max(n_epochs // 10, 1)
    before = min(series[:-last])
    after = min(series[-last:])
    if after < 0.99 * before:
        return Finding(
            "under-training",
            f"In the last {last} of {n_epochs} epochs the reconstruction loss still fell by {1 - after / before:.1%}.",
            f"Raise epochs={fit.parameters['epochs']}, or raise learning_rate.",
        )


def _over_fitting(fit):
    training = fit.errors_by_epoch("")
    held_out = fit.errors_by_epoch("val_")
    # Columns: held-out and training error. Rows: the autoencoder and its reference.
    if fit.X_test is not None:
        reference = "for PCA"
        of_autoencoder = [reconstruction_error(fit.estimator, fit.X_test), fit.error]
        of_pca = [reconstruction_error(fit.pca, in_float64(fit.X_test)), fit.pca_error]
        errors = np.array([of_autoencoder, of_pca])
    elif held_out:
        reference = "at the start of training"
        errors = np.array([[held_out[epoch], training[epoch]] for epoch in (fit.estimator.best_epoch_, 0)])
    else:
        return None
    if not errors.all():
        return None
    ratio, reference_ratio = errors[:, 0] / errors[:, 1]
    gain, training_gain = 1 - errors[0] / errors[1]
    if ratio > 2 and ratio > 1.5 * reference_ratio and gain < training_gain / 2:
        return Finding(
            "over-fitting",
            f"Held-out rows have {ratio:.1f} times the error of training rows; {reference} this ratio is "
            f"{reference_ratio:.1f}.",
            "Fit more rows, or use smaller hidden_layer_sizes, weight_decay or noise.",
        )


def _dominating_columns(fit):
    variances = fit.X.var(axis=0)
    top, share = dominating_columns(variances)
    others = np.setdiff1d(np.flatnonzero(variances), top)
    n_lost = np.sum(fit.column_errors[others] > 0.5 * variances[others])
    if len(top) and n_lost:
        return Finding(
            "dominating columns",
            f"{share:.1%} of the variance of X lies in {fit.listed_columns(top)}. In {n_lost} of the {len(others)} "
            "others the error is more than half of the column's variance.",
            "If the columns have different units, scale X, for example with StandardScaler. If not, raise "
            "encoding_dim.",
        )


def _hard_columns(fit):
    top, share = dominating_columns(fit.column_errors)
    if len(top) and not len(dominating_columns(fit.X.var(axis=0))[0]):
        return Finding(
            "hard columns",
            f"{share:.0%} of the error comes from {fit.listed_columns(top)}: training hardly improves the others.",
            "If these columns are noise, leave them out. If not, raise encoding_dim.",
        )


def _against_pca(fit):
    if fit.error < 0.999 * fit.pca_error:
        return None
    errors = (
        f"The mean squared error of PCA with {fit.n_codes} components is {fit.pca_error:.4g}, that of the autoencoder "
        f"is {fit.error:.4g}."
    )
    if fit.error <= 1.001 * fit.pca_error:
        return Finding("no better than PCA", errors, "Use PCA, or add hidden layers or epochs.")
    if getattr(fit.estimator, "init_", None) == "given":
        return Finding("worse than PCA", errors, "Train the models further, with more epochs, or use PCA.")
    advice = "Use init='pca', a linear code and loss='mse', or lower alpha or beta. Otherwise use PCA."
    return Finding("worse than PCA", errors, advice)


def _described_codes(estimator, X):
    """Return a finding for each code: its share of the variance, and the columns that it moves most."""
    estimator, X = on_numbers(estimator, X)
    sizes, means = mean_changes(estimator, X)
    deviations = in_float64(X).std(axis=0)
    # Rounding errors move constant columns.
    relative = sizes.to_numpy() / np.where(deviations > 0, deviations, np.inf)[:, np.newaxis]
    shares = getattr(final_step(estimator), "explained_variance_ratio_", None)
    findings = []
    for number, name in enumerate(sizes):
        moved = np.argsort(-relative[:, number], kind="stable")[:_N_COLUMNS]
        columns = [_moved(sizes.index[row], sizes.iloc[row, number], means.iloc[row, number]) for row in moved]
        adds = "" if shares is None else f"adds {shares[number]:.1%} of the variance and "
        findings.append(Finding(name, f"It {adds}moves {_and(columns)} most.", ""))
    return findings


def _moved(column, size, mean):
    """Return a column with its change; it has both signs if the direction differs between rows."""
    sign = "±" if abs(mean) < _MIN_DIRECTION * size else "+" if mean > 0 else "-"
    return f"{column} ({sign}{size:.3g})"


def _and(items):
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


_CHECKS = (
    _random_start,
    _dead_codes,
    _posterior_collapse,
    _correlated_codes,
    _unreachable_values,
    _under_training,
    _over_fitting,
    _dominating_columns,
    _hard_columns,
    _against_pca,
)
