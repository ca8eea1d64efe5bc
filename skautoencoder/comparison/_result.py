"""The result of a comparison: a table with a summary and a plot."""

import numpy as np
import pandas as pd
from scipy import stats

from ._candidates import ALL_COLUMNS
from ._display import EncodingDimDisplay

_CONFIDENCE = 0.95
# Minimum difference to PCA of a win or a loss: share of the error, or points of a score.
_MIN_EFFECT = 0.01
# Above this R2 the error of PCA is due to rounding, and a ratio to it has no meaning.
_EXACT_R2 = 1 - 1e-12


class ReconstructionComparison(pd.DataFrame):
    """Held-out reconstruction errors of several methods, as a DataFrame with one row per code size and method.

    :func:`~skautoencoder.compare_with_pca` returns it. A selection of its rows or columns is a plain DataFrame.

    ======================  ============================================================================================
    column                  meaning
    ======================  ============================================================================================
    ``encoding_dim``        size of the code
    ``method``              name of the method
    ``test_mse``            mean squared error of the held-out rows in squared units of X, mean over folds
    ``train_mse``           mean squared error of the training rows, mean over folds
    ``test_r2``             share of the variance of the held-out rows that the reconstruction explains
    ``ratio_to_pca``        ``test_mse`` over that of PCA with as many components; below 1 the method wins
    ``wins``                number of folds with a smaller held-out error than PCA's
    ``verdict``             "win" if the error is at least 1 % less than PCA's and the confidence interval lies below 1;
                            "loss" if it is at least 1 % more and the interval lies above 1; "tie" otherwise
    ``pca_equivalent``      smallest number of principal components with no larger held-out error, median over folds;
                            <NA> if there is none
    ``n_parameters``        number of fitted parameters; <NA> if unknown
    ``code_bytes``          size of the code of one row in bytes
    ``fit_seconds``         seconds to fit, median over folds, so that importing TensorFlow does not count; with
                            `one_fit`, those of the one fit that all sizes share
    ``transform_seconds``   seconds to encode the held-out rows, median over folds
    ======================  ============================================================================================

    ``test_mse_std`` and ``train_mse_std`` are standard deviations over folds; ``ratio_low`` and ``ratio_high`` are the
    ends of the 95 % confidence interval of ``ratio_to_pca``, paired over folds.

    With `one_fit`, the column ``explained_variance_ratio`` is the share of the variance of the held-out rows that each
    code adds to the codes of the next smaller size, mean over folds, with ``explained_variance_ratio_std``. Where
    sizes are 1, 2, 3, ..., it is the scree plot: ``plot(metric="explained_variance_ratio")``.

    If X has categories, PCA is factor analysis of mixed data, and the unit of errors is that of
    :func:`~skautoencoder.metrics.reconstruction_error`. There are two more columns: ``test_mse_of_numbers``, the mean
    squared error of numbers in variances of their column, and ``test_wrong_categories``, the share of categories that
    the reconstruction gets wrong; both as means over folds, with ``test_mse_of_numbers_std`` and
    ``test_wrong_categories_std``.

    A `metric` adds ``test_metric``, this error of the held-out rows as a mean over folds, and ``test_metric_std``.
    Verdicts remain those of the mean squared error.

    A downstream model adds the following columns with ``downstream_std``, ``downstream_low`` and ``downstream_high``,
    and a last row, "all columns", with the score of the model without reduction. `best` never chooses this row.

    =========================  =========================================================================================
    column                     meaning
    =========================  =========================================================================================
    ``downstream_score``       score of the downstream model on the held-out rows, mean over folds
    ``downstream_difference``  ``downstream_score`` minus that on PCA with as many components; above 0 the method wins
    ``downstream_wins``        number of folds in which the score is above PCA's
    ``downstream_verdict``     like ``verdict``, for a difference of at least 0.01 and an interval on one side of 0
    =========================  =========================================================================================

    Attributes
    ----------
    folds : DataFrame
        Measurements of each fold.

    See Also
    --------
    compare_with_pca : Compare a single method with PCA at several code sizes.

    Notes
    -----
    Confidence intervals use Student's t-distribution of the differences of relative errors, or of scores, in each fold.
    Folds share training rows, so their errors are correlated; the variance is corrected for this [1]_. Each interval
    holds for one code size, without a correction for several: the minimum effect of 1 % keeps verdicts
    true nevertheless, which `benchmarks/null_verdicts.py` measures.

    References
    ----------
    .. [1] Nadeau & Bengio (2003). Inference for the generalization error. Machine Learning 52.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skautoencoder import AutoencoderTransformer, compare_with_pca
    >>> untrained = AutoencoderTransformer(epochs=0)
    >>> comparison = compare_with_pca(untrained, load_diabetes().data, encoding_dims=[1, 2], cv=2)
    >>> comparison.best()["method"]
    'PCA'
    """

    _metadata = ["folds"]

    def best(self, *, min_r2=None):
        """Choose the smallest sufficient code size, and a method of this size.

        PCA is chosen if it is sufficient at this size; otherwise the method with the best score or error is.

        Parameters
        ----------
        min_r2 : float, default=None
            Sufficient ``test_r2``; a ValueError is raised if no row reaches it. If None, a downstream score, or without
            downstream scores a held-out error, within one standard error of the best is sufficient. Since more codes
            nearly always leave less error, the latter is mostly the largest size: pass `min_r2` then.

        Returns
        -------
        Series
            Row of the table.
        """
        codes = self[self["method"] != ALL_COLUMNS]
        score = codes.get("downstream_score", -codes["test_mse"])
        if min_r2 is None:
            spread = codes.get("downstream_std", codes["test_mse_std"])
            top = score.idxmax()
            good = score >= score[top] - spread[top] / np.sqrt(self.folds["fold"].nunique() - 1)
        else:
            good = codes["test_r2"] >= min_r2
        if not good.any():
            raise ValueError(
                f"min_r2={min_r2} exceeds {codes['test_r2'].max():.3f}, the largest share of the variance that a code "
                "of this comparison explains. Compare larger codes, or lower min_r2."
            )
        smallest = codes[good & (codes["encoding_dim"] == codes.loc[good, "encoding_dim"].min())]
        is_pca = smallest["method"] == "PCA"
        return self.loc[is_pca.idxmax() if is_pca.any() else score[smallest.index].idxmax()]

    def summary(self):
        """Describe at which code sizes each method wins against PCA, by how much, and how long it takes to fit.

        Wins, ties and losses are those of the columns ``verdict`` and ``downstream_verdict``. Downstream scores come
        first. The summary names no sufficient code size: :meth:`best` does.

        Returns
        -------
        str
            Summary, one line per method other than PCA.
        """
        methods = self["method"].unique()
        return "\n".join(self._summary_of(method) for method in methods if method not in ("PCA", ALL_COLUMNS))

    def plot(self, ax=None, *, metric="test_mse", line_kwargs=None, fill_between_kwargs=None):
        """Draw error against code size.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        metric : str, default="test_mse"
            Column to draw, as in :meth:`EncodingDimDisplay.from_comparison`.
        line_kwargs, fill_between_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the curves and to `Axes.fill_between` for the bands.

        Returns
        -------
        EncodingDimDisplay
            Display of the comparison.
        """
        return EncodingDimDisplay.from_comparison(
            self, metric=metric, ax=ax, line_kwargs=line_kwargs, fill_between_kwargs=fill_between_kwargs
        )

    def _summary_of(self, method):
        rows = self[self["method"] == method].set_index("encoding_dim")
        compared = rows[rows["ratio_to_pca"].notna()]
        if compared.empty:
            return (
                f"{method}: no ratio to PCA at {_listed(rows.index)}, since PCA with as many components is exact or "
                "does not exist."
            )
        if "downstream_score" not in self:
            sentences = self._reconstruction_sentences(method, method, compared)
            advice = [] if (compared["verdict"] == "win").any() else ["Use PCA."]
        else:
            sentences = self._downstream_sentences(method, compared)
            sentences += self._reconstruction_sentences(method, f"In reconstruction, {method}", compared)
            advice = [] if (compared["downstream_verdict"] == "win").any() else ["For the model, use PCA."]
        return " ".join(sentences + advice)

    def _reconstruction_sentences(self, method, subject, compared):
        sentences = []
        sizes = {verdict: compared.index[compared["verdict"] == verdict] for verdict in ("win", "tie", "loss")}
        at = compared.index[-1]
        if len(sizes["win"]):
            at = compared.loc[sizes["win"], "ratio_to_pca"].idxmin()
            sentences.append(f"{subject} beats PCA at {_listed(sizes['win'])}. {self._margin(compared.loc[at])}")
        if len(sizes["tie"]):
            tied = "They" if sentences else f"{subject} and PCA"
            sentences.append(f"{tied} tie at {_listed(sizes['tie'])}.")
        if len(sizes["loss"]):
            worst = compared.loc[sizes["loss"], "ratio_to_pca"].idxmax()
            share = _percent(compared.loc[worst, "ratio_to_pca"])
            sentences.append(
                f"PCA wins at {_listed(sizes['loss'])}: {method} leaves {share} of its error at {_codes(worst)}."
            )
        pca = self[self["method"] == "PCA"].set_index("encoding_dim").loc[at]
        seconds = f"{compared.loc[at, 'fit_seconds']:.2g} s, PCA {pca['fit_seconds']:.2g} s"
        fitted = "all sizes" if "explained_variance_ratio" in self else _codes(at)
        return [*sentences, f"It fits {fitted} in {seconds}."]

    def _downstream_sentences(self, method, compared):
        sentences = []
        for verdict, words in (("loss", "lower than"), ("tie", "about as high as"), ("win", "higher than")):
            rows = compared[compared["downstream_verdict"] == verdict]
            if rows.empty:
                continue
            subject = "It" if sentences else f"On the codes of {method} the model"
            row = rows.loc[rows["downstream_difference"].abs().idxmax()]
            interval = f"{row['downstream_low']:+.3f} to {row['downstream_high']:+.3f}"
            at = f" at {_codes(row.name)}" if len(rows) > 1 else ""
            sentence = (
                f"{subject} scores {words} on PCA's at {_listed(rows.index)}: {row['downstream_score']:.3f} against "
                f"{row['downstream_score'] - row['downstream_difference']:.3f}{at} (difference with "
                f"95 % confidence: {interval}; higher in {row['downstream_wins']:.0f} of "
                f"{self.folds['fold'].nunique()} folds)"
            )
            better = rows.index[rows["verdict"] == "win"]
            if len(better) and verdict != "win":
                sentence += f", although the reconstruction is better at {_listed(better)}"
            sentences.append(f"{sentence}.")
        for _, row in self[self["method"] == ALL_COLUMNS].iterrows():
            sentences.append(f"On all {row['encoding_dim']} columns it scores {row['downstream_score']:.3f}.")
        return sentences

    def _margin(self, row):
        interval = f"95 % confidence: {_percent(row['ratio_low'])} to {_percent(row['ratio_high'])}"
        worth = f"as much as {row['pca_equivalent']} components do"
        if pd.isna(row["pca_equivalent"]):
            worth = "PCA with all components leaves more"
        return (
            f"At {_codes(row.name)} it leaves {_percent(row['ratio_to_pca'])} of PCA's error ({interval}; better in "
            f"{row['wins']:.0f} of {self.folds['fold'].nunique()} folds), {worth}."
        )


def comparison_of(folds: pd.DataFrame, test_shares: list[float]) -> ReconstructionComparison:
    """Aggregate measurements over folds; `test_shares` are the held-out rows per training row of each fold."""
    groups = folds.groupby(["encoding_dim", "method"], sort=False)
    table = pd.DataFrame(index=groups.size().index)
    for error in ("test_mse", "train_mse"):
        table[error] = groups[error].mean()
        table[f"{error}_std"] = groups[error].std(ddof=0)
    table["test_r2"] = groups["test_r2"].mean()
    baselines = {dim: of_dim for (dim, method), of_dim in groups if method == "PCA"}
    pairs = [(groups.get_group(key), baselines.get(key[0]), np.mean(test_shares)) for key in table.index]
    table[["ratio_to_pca", "ratio_low", "ratio_high", "wins"]] = [_ratio(*pair) for pair in pairs]
    gains = 1 - table[["ratio_to_pca", "ratio_high", "ratio_low"]]
    table["verdict"] = [_verdict(*gain) for gain in gains.to_numpy()]
    for name in ("pca_equivalent", "n_parameters", "code_bytes"):
        table[name] = np.ceil(groups[name].median()).astype("Int64")
    for name in ("fit_seconds", "transform_seconds"):
        table[name] = groups[name].median()
    for name in ("explained_variance_ratio", "test_metric", "test_mse_of_numbers", "test_wrong_categories"):
        if name in folds:
            table[name] = groups[name].mean()
            table[f"{name}_std"] = groups[name].std(ddof=0)
    if "downstream_score" in folds:
        table["downstream_score"] = groups["downstream_score"].mean()
        table["downstream_std"] = groups["downstream_score"].std(ddof=0)
        names = ["downstream_difference", "downstream_low", "downstream_high"]
        table[[*names, "downstream_wins"]] = [_score_difference(*pair) for pair in pairs]
        table["downstream_verdict"] = [_verdict(*gain) for gain in table[names].to_numpy()]
    comparison = ReconstructionComparison(table.reset_index())
    comparison.folds = folds
    return comparison


def _ratio(folds, pca, test_share):
    """Return the ratio of a method's error to PCA's, both ends of its confidence interval, and the number of wins."""
    if pca is None or pca["test_r2"].mean() > _EXACT_R2:
        return [np.nan] * 4
    errors = folds["test_mse"].to_numpy()
    pca_errors = pca["test_mse"].to_numpy()
    ratio = errors.mean() / pca_errors.mean()
    # Delta method: the variance of these differences is that of log(ratio).
    width = _half_width(errors / errors.mean() - pca_errors / pca_errors.mean(), test_share)
    # The tolerance excludes wins by rounding.
    wins = np.sum(errors < pca_errors * (1 - 1e-9))
    return ratio, ratio * np.exp(-width), ratio * np.exp(width), wins


def _score_difference(folds, pca, test_share):
    """Return a method's score minus PCA's, both ends of the confidence interval, and the number of wins."""
    if pca is None:
        return [np.nan] * 4
    differences = folds["downstream_score"].to_numpy() - pca["downstream_score"].to_numpy()
    width = _half_width(differences, test_share)
    return differences.mean(), differences.mean() - width, differences.mean() + width, np.sum(differences > 1e-9)


def _half_width(differences, test_share):
    """Return half the width of the confidence interval of a mean over folds. Source: Nadeau & Bengio (2003)."""
    n_folds = len(differences)
    deviation = np.std(differences, ddof=1) * np.sqrt(1 / n_folds + test_share)
    return deviation * stats.t.ppf((1 + _CONFIDENCE) / 2, n_folds - 1)


def _verdict(gain, low, high):
    if np.isnan(gain):
        return None
    if gain >= _MIN_EFFECT and low > 0:
        return "win"
    return "loss" if gain <= -_MIN_EFFECT and high < 0 else "tie"


def _percent(share):
    """Return a share in per cent; a share below 1 is at most 99 %."""
    return f"{min(round(100 * share), 99) if share < 1 else round(100 * share)} %"


def _codes(encoding_dim):
    return f"{encoding_dim} code{'s' if encoding_dim > 1 else ''}"


def _listed(encoding_dims):
    *others, last = encoding_dims
    return f"{', '.join(map(str, others))} and {_codes(last)}" if others else _codes(last)
