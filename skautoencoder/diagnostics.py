"""What is wrong with a fitted autoencoder, and what to change."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from ._parameter_checks import output_range
from .metrics import check_has_inverse, dense, error_between, reconstruction_error

# Enough rows to see what is wrong.
_MOST_ROWS = 2000


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Parameters
    ----------
    name : str
    observation : str
        What was measured.
    advice : str
        What to change.
    """

    name: str
    observation: str
    advice: str

    def __str__(self):
        return f"{self.name}: {self.observation} {self.advice}"


def diagnose(estimator, X, *, X_test=None):
    """Look for what commonly goes wrong with autoencoders.

    =========================  =========================================================================================
    finding                    reported when
    =========================  =========================================================================================
    ``dead codes``             the reconstruction loses next to nothing without a code: less than a hundredth of what it
                               loses for each dimension that it leaves out anyway
    ``correlated codes``       two codes correlate by more than 0.95 or less than -0.95
    ``unreachable values``     X has values that the output activation cannot put out
    ``under-training``         training used up its epochs, and the last tenth of them lowered the loss by more than 1 %
    ``over-fitting``           held-out rows have more than twice the error of training rows, and 1.5 times as much more
                               as PCA's
    ``dominating columns``     a tenth of the columns, or one, make more than half of the error, and three times their
                               share
    ``no better than PCA``     PCA with as many components leaves as little error
    ``worse than PCA``         it leaves less
    =========================  =========================================================================================

    Parameters
    ----------
    estimator : AutoencoderTransformer, or Pipeline that ends in one
        Fitted. Of a `Pipeline`, the last step is looked at, with the rows that it gets to see. Others with `transform`
        and `inverse_transform` are looked at as far as they go.
    X : {array-like, DataFrame} of shape (n_samples, n_features)
        The rows that it was fitted to. Of more than 2000, evenly spaced ones are looked at.
    X_test : {array-like, DataFrame} of shape (n_test_samples, n_features), default=None
        Rows that were held out. None: the rows that early stopping held out tell of over-fitting.

    Returns
    -------
    findings : list of Finding
        Empty if nothing was found. As a string, each tells what was measured and what to change.

    Raises
    ------
    TypeError
        If the estimator lacks `transform` or `inverse_transform`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> from skautoencoder.diagnostics import diagnose
    >>> X = load_digits().data
    >>> diagnose(AutoencoderTransformer(8, random_state=0).fit(X), X)
    []
    >>> tutorial = AutoencoderTransformer(8, init="random", hidden_layer_sizes=(), epochs=20, random_state=0).fit(X)
    >>> [finding.name for finding in diagnose(tutorial, X)]
    ['under-training', 'worse than PCA']
    """
    check_has_inverse(estimator)
    check_is_fitted(estimator)
    if hasattr(estimator, "steps"):
        # What the autoencoder gets to see is what it can be judged by.
        X, X_test = (None if rows is None else estimator[:-1].transform(rows) for rows in (X, X_test))
        estimator = estimator.steps[-1][1]
    fit = _Fit(estimator, X, X_test)
    findings = [look(fit) for look in _LOOKS]
    return [finding for finding in findings if finding is not None]


class _Fit:
    """What there is to look at: rows, their codes and reconstruction, and PCA of the same rows."""

    def __init__(self, estimator, X, X_test):
        rows = _some(X)
        self.estimator, self.X, self.X_test = estimator, dense(rows), X_test
        self.columns = list(getattr(X, "columns", range(self.X.shape[1])))
        self.codes = np.asarray(estimator.transform(rows))
        self.error = error_between(self.X, self.reconstruct(self.codes))
        self.pca = PCA(min(self.codes.shape[1], *np.shape(X))).fit(X)
        self.pca_error = reconstruction_error(self.pca, rows)

    def reconstruct(self, codes):
        return np.asarray(self.estimator.inverse_transform(codes))


def _some(X):
    n_rows = np.shape(X)[0]
    return _safe_indexing(X, np.arange(0, n_rows, -(-n_rows // _MOST_ROWS)))


def _dead_codes(fit):
    left_out = max(fit.X.shape[1] - fit.codes.shape[1], 1)
    # What a dimension that is left out costs; where next to nothing is left out, a trace of the variance.
    cost = max(fit.error * fit.X.shape[1] / left_out, 1e-9 * fit.X.var(axis=0).sum())
    dead = []
    for code in range(fit.codes.shape[1]):
        without = fit.codes.copy()
        without[:, code] = without[:, code].mean()
        loss = (error_between(fit.X, fit.reconstruct(without)) - fit.error) * fit.X.shape[1]
        if abs(loss) < 0.01 * cost:
            dead.append(code)
    if dead:
        return Finding(
            "dead codes",
            f"The reconstruction does without {_listed('code', dead)} of {fit.codes.shape[1]}.",
            f"Set encoding_dim to {max(fit.codes.shape[1] - len(dead), 1)}; if it needs them, lower alpha or beta, or "
            "use code_activation='linear' in place of 'relu'.",
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
            f"Codes {varying[first]} and {varying[second]} correlate by {correlations[first, second]:.2f}: one tells "
            "little that the other does not.",
            "Lower encoding_dim, or train longer or from init='pca', whose codes are uncorrelated.",
        )


def _unreachable_values(fit):
    low, high = output_range(getattr(fit.estimator, "output_activation", "linear"))
    outside = np.mean((fit.X < low - 1e-6) | (fit.X > high + 1e-6))
    if outside:
        return Finding(
            "unreachable values",
            f"output_activation={fit.estimator.output_activation!r} puts out values from {low:g} to {high:g}, but "
            f"{outside:.1%} of the entries lie outside: X spans [{fit.X.min():.3g}, {fit.X.max():.3g}].",
            "Scale X as in training, for example with MinMaxScaler(clip=True), or use output_activation='linear'.",
        )


def _under_training(fit):
    history = getattr(fit.estimator, "history_", {"loss": []})
    series = history.get("val_loss", history["loss"])
    n_epochs = len(series) - 1
    if n_epochs < 1 or n_epochs < fit.estimator.epochs:
        return None
    last = max(n_epochs // 10, 1)
    before, after = min(series[:-last]), min(series[-last:])
    if after < 0.99 * before:
        return Finding(
            "under-training",
            f"After {n_epochs} epochs the loss is still falling: by {1 - after / before:.1%} in the last {last}.",
            f"Raise epochs={fit.estimator.epochs}, or learning_rate.",
        )


def _over_fitting(fit):
    history = getattr(fit.estimator, "history_", {})
    if fit.X_test is not None:
        ours = reconstruction_error(fit.estimator, fit.X_test) / fit.error
        gap = ours / (reconstruction_error(fit.pca, fit.X_test) / fit.pca_error)
    elif "val_loss" in history:
        epoch = fit.estimator.best_epoch_
        ours, at_start = (history["val_loss"][number] / history["loss"][number] for number in (epoch, 0))
        gap = ours / at_start
    else:
        return None
    if ours > 2 and gap > 1.5:
        return Finding(
            "over-fitting",
            f"Held-out rows have {ours:.1f} times the error of training rows, {gap:.1f} times as much more as PCA's.",
            "Fit more rows, or use smaller hidden_layer_sizes, weight_decay or noise.",
        )


def _dominating_columns(fit):
    squares = np.sum(np.square(fit.X - fit.reconstruct(fit.codes)), axis=0)
    n_columns = len(squares)
    most = max(n_columns // 10, 1)
    top = np.argsort(-squares)[:most]
    share = squares[top].sum() / squares.sum() if squares.any() else 0.0
    if share > max(0.5, 3 * most / n_columns):
        return Finding(
            "dominating columns",
            f"The {_listed('column', [fit.columns[column] for column in top])} of {n_columns} make {share:.0%} of the "
            "error, so that training looks at little else.",
            "If their units are larger than the others', scale X, for example with StandardScaler; if they are noise, "
            "leave them out.",
        )


def _against_pca(fit):
    if fit.error < 0.999 * fit.pca_error:
        return None
    ratio = f"{fit.codes.shape[1]} components leave {fit.pca_error:.4g}, the autoencoder {fit.error:.4g}."
    if fit.error <= 1.001 * fit.pca_error:
        return Finding("no better than PCA", ratio, "Use PCA, or add hidden layers, or epochs.")
    return Finding("worse than PCA", ratio, "Use init='pca', a linear code and loss='mse', or less alpha; or use PCA.")


def _listed(noun, items):
    shown = ", ".join(map(str, items[:5])) + (", ..." if len(items) > 5 else "")
    return f"{noun} {shown}" if len(items) == 1 else f"{len(items)} {noun}s ({shown})"


_LOOKS = (
    _dead_codes,
    _correlated_codes,
    _unreachable_values,
    _under_training,
    _over_fitting,
    _dominating_columns,
    _against_pca,
)
