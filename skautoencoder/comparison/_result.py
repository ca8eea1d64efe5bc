"""What a comparison found: a table that knows what it says."""

import numpy as np
import pandas as pd
from scipy import stats

_CONFIDENCE = 0.95
# PCA with all components is exact but for rounding, and no ratio to it means anything.
_EXACT_R2 = 1 - 1e-12


class ReconstructionComparison(pd.DataFrame):
    """Reconstruction errors of several methods over code sizes: a DataFrame with one row per code size and method.

    What pandas makes of it, a selection of rows say, is a plain DataFrame.

    ======================  ============================================================================================
    column                  meaning
    ======================  ============================================================================================
    ``encoding_dim``        size of the code
    ``method``              name of the method
    ``test_mse``            mean over folds of the held-out rows' mean squared error, in squared units of X
    ``test_mse_std``        its standard deviation over folds
    ``train_mse``           the same of the training rows
    ``train_mse_std``       its standard deviation over folds
    ``test_r2``             share of the variance of the held-out rows that is reconstructed
    ``ratio_to_pca``        ``test_mse`` over PCA's with as many components: below 1 the method wins
    ``ratio_low``           lower end of its 95 % confidence interval, paired over folds
    ``ratio_high``          upper end
    ``wins``                number of folds with less held-out error than PCA's
    ``pca_equivalent``      number of principal components that leave no more held-out error, median over folds;
                            <NA> if none do
    ``n_parameters``        numbers that the method has learned, <NA> if it is not known how to count them
    ``code_bytes``          bytes of a row's code
    ``fit_seconds``         median over folds, so that the first fit's import of TensorFlow is nobody's
    ``transform_seconds``   of the held-out rows, median over folds
    ``downstream_score``    mean score of a model fitted to codes, if there is one
    ``downstream_std``      its standard deviation over folds
    ======================  ============================================================================================

    Attributes
    ----------
    folds : DataFrame
        The measurements of each fold that the table sums up.

    Notes
    -----
    Folds share training rows, so that their variance is too small by what they share: the interval of a ratio corrects
    it as Nadeau & Bengio (2003), Inference for the generalization error, Machine Learning 52, with the relative errors'
    differences in each fold, and Student's distribution.
    """

    _metadata = ["folds"]

    @classmethod
    def of(cls, folds, test_shares):
        """Sum up measurements.

        Parameters
        ----------
        folds : DataFrame
            One row per code size, method and fold.
        test_shares : list of float
            Per fold, held-out rows per training row.

        Returns
        -------
        ReconstructionComparison
        """
        groups = folds.groupby(["encoding_dim", "method"], sort=False)
        table = pd.DataFrame(index=groups.size().index)
        for error in ("test_mse", "train_mse"):
            table[error] = groups[error].mean()
            table[f"{error}_std"] = groups[error].std(ddof=0)
        table["test_r2"] = groups["test_r2"].mean()
        ratios = {key: _ratio(groups.get_group(key), folds, np.mean(test_shares)) for key in table.index}
        names = ["ratio_to_pca", "ratio_low", "ratio_high", "wins"]
        table = table.join(pd.DataFrame(ratios.values(), index=table.index, columns=names))
        for name in ("pca_equivalent", "n_parameters", "code_bytes"):
            table[name] = np.ceil(groups[name].median()).astype("Int64")
        for name in ("fit_seconds", "transform_seconds"):
            table[name] = groups[name].median()
        if "downstream_score" in folds:
            table["downstream_score"] = groups["downstream_score"].mean()
            table["downstream_std"] = groups["downstream_score"].std(ddof=0)
        comparison = cls(table.reset_index())
        comparison.folds = folds
        return comparison

    def best(self, *, min_r2=None):
        """Choose a code size and a method.

        Parameters
        ----------
        min_r2 : float, default=None
            Choose among all rows of the table that keep this share of the held-out variance. None: among those whose
            downstream score, or held-out error if there is none, is within one standard error of the best one's.

        Returns
        -------
        best : Series
            The row of the smallest code among them; at that size PCA's, if it is among them, else the best.

        Raises
        ------
        ValueError
            If no row keeps `min_r2`.
        """
        score = self.get("downstream_score", -self["test_mse"])
        if min_r2 is None:
            spread = self.get("downstream_std", self["test_mse_std"])
            top = score.idxmax()
            good = score >= score[top] - spread[top] / np.sqrt(self.folds["fold"].nunique() - 1)
        else:
            good = self["test_r2"] >= min_r2
        if not good.any():
            raise ValueError(
                f"min_r2={min_r2}: no code here keeps more than {self['test_r2'].max():.3f} of the variance. Compare "
                "larger codes, or ask for less."
            )
        smallest = self[good & (self["encoding_dim"] == self.loc[good, "encoding_dim"].min())]
        is_pca = smallest["method"] == "PCA"
        return self.loc[smallest.index[is_pca.argmax()] if is_pca.any() else score[smallest.index].idxmax()]

    def summary(self):
        """Say in words who wins where, by how much, and what that costs.

        Returns
        -------
        summary : str
        """
        return "\n".join(self._summary_of(method) for method in self["method"].unique() if method != "PCA")

    def plot(self, ax=None, *, metric="test_mse"):
        """Draw error against code size.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None: a new figure.
        metric : {"test_mse", "train_mse", "test_r2", "ratio_to_pca"}, default="test_mse"

        Returns
        -------
        display : :class:`~skautoencoder.plotting.EncodingDimDisplay`
        """
        from ..plotting import EncodingDimDisplay

        return EncodingDimDisplay.from_comparison(self).plot(ax=ax, metric=metric)

    def _summary_of(self, method):
        rows = self[self["method"] == method].set_index("encoding_dim")
        compared = rows[rows["ratio_to_pca"].notna()]
        if compared.empty:
            return f"{method}: there is no PCA to compare with at {_listed(rows.index)}, or it is exact."
        wins = compared.index[compared["ratio_high"] < 1]
        losses = compared.index[compared["ratio_low"] > 1]
        ties = compared.index.difference(wins).difference(losses)
        sentences = []
        if len(wins):
            at = compared.loc[wins, "ratio_to_pca"].idxmin()
            sentences.append(f"{method} beats PCA at {_listed(wins)}. {self._margin(compared.loc[at])}")
        if len(ties):
            sentences.append(f"{'They' if len(wins) else f'{method} and PCA'} tie at {_listed(ties)}.")
        if len(losses):
            worst = compared.loc[losses, "ratio_to_pca"].idxmax()
            share = _percent(compared.loc[worst, "ratio_to_pca"])
            sentences.append(f"PCA wins at {_listed(losses)}: {method} leaves {share} of its error at {_codes(worst)}.")
        at = at if len(wins) else compared.index[-1]
        pca = self[self["method"] == "PCA"].set_index("encoding_dim").loc[at]
        if "downstream_score" in self:
            scores = f"{compared.loc[at, 'downstream_score']:.3f}, PCA's {pca['downstream_score']:.3f}"
            sentences.append(f"Its {_codes(at)} score {scores} downstream.")
        seconds = f"{compared.loc[at, 'fit_seconds']:.2g} s, PCA {pca['fit_seconds']:.2g} s"
        sentences.append(f"It fits {_codes(at)} in {seconds}.")
        if not len(wins):
            sentences.append("Use PCA.")
        return " ".join(sentences)

    def _margin(self, row):
        interval = f"95 % confidence: {_percent(row['ratio_low'])} to {_percent(row['ratio_high'])}"
        equivalent = row["pca_equivalent"]
        worth = (
            "PCA with all components leaves more" if pd.isna(equivalent) else f"as much as {equivalent} components do"
        )
        return (
            f"At {_codes(row.name)} it leaves {_percent(row['ratio_to_pca'])} of PCA's error ({interval}; better in "
            f"{row['wins']:.0f} of {self.folds['fold'].nunique()} folds), {worth}."
        )


def _ratio(of_method, folds, test_share):
    """Return the ratio of a method's error to PCA's, the ends of its confidence interval, and the folds won."""
    pca = folds[(folds["method"] == "PCA") & (folds["encoding_dim"] == of_method["encoding_dim"].iloc[0])]
    if pca.empty or pca["test_r2"].mean() > _EXACT_R2:
        return np.nan, np.nan, np.nan, np.nan
    errors, pca_errors = of_method["test_mse"].to_numpy(), pca["test_mse"].to_numpy()
    ratio = errors.mean() / pca_errors.mean()
    # By the delta method this is the variance of the ratio's logarithm.
    differences = errors / errors.mean() - pca_errors / pca_errors.mean()
    n_folds = len(errors)
    deviation = np.std(differences, ddof=1) * np.sqrt(1 / n_folds + test_share)
    width = deviation * stats.t.ppf((1 + _CONFIDENCE) / 2, n_folds - 1)
    # Less by more than rounding.
    wins = np.sum(errors < pca_errors * (1 - 1e-9))
    return ratio, ratio * np.exp(-width), ratio * np.exp(width), wins


def _percent(share):
    return f"{share:.0%}".replace("%", " %")


def _codes(encoding_dim):
    return f"{encoding_dim} code{'s' if encoding_dim > 1 else ''}"


def _listed(encoding_dims):
    *others, last = encoding_dims
    return f"{', '.join(map(str, others))} and {_codes(last)}" if others else _codes(last)
