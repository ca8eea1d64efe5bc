"""The picture of a comparison: error against code size."""

import numpy as np

from .._checks import check_choice
from .._sklearn_compat import merged_style_kwargs
from ..plotting._style import axes_for, choose_scale, legend_beside, line_styles
from ._candidates import ALL_COLUMNS

_LABELS = {
    "test_mse": "held-out mean squared error",
    "train_mse": "mean squared error of training rows",
    "test_r2": "held-out R²",
    "ratio_to_pca": "held-out error over PCA's",
    "test_metric": "error of held-out rows by the metric",
    "downstream_score": "score of the model on held-out rows",
}
# Columns that hold the standard deviations of others.
_DEVIATIONS = {
    "test_mse": "test_mse_std",
    "train_mse": "train_mse_std",
    "test_metric": "test_metric_std",
    "downstream_score": "downstream_std",
}
# Columns that only some comparisons have.
_OPTIONAL = {"test_metric", "downstream_score"}
# Number of code sizes whose labels fit below the axis.
_MOST_TICKS = 12


class EncodingDimDisplay:
    """Error against code size for several methods, with PCA as the baseline.

    Parameters
    ----------
    curves : dict of str to dict
        Curves of each method by name. Each is a dict that holds the code sizes as "encoding_dim", an ndarray of shape
        (n_encoding_dims,), and for each metric a list of three such arrays: values, lower and upper end of the band.

    Attributes
    ----------
    ax_ : Axes
        Axes that hold the curves.
    figure_ : Figure
        Figure that holds the axes.
    lines_ : dict of str to Line2D
        Lines by the names of the methods.

    See Also
    --------
    compare_with_pca : Compute the comparison that is shown; the method `plot` of its result makes this display.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skautoencoder import AutoencoderTransformer, compare_with_pca
    >>> autoencoder = AutoencoderTransformer(epochs=5, random_state=0)
    >>> comparison = compare_with_pca(autoencoder, load_diabetes().data, encoding_dims=[1, 2], cv=2)
    >>> display = comparison.plot()
    >>> list(display.lines_)
    ['PCA', 'AutoencoderTransformer']
    """

    def __init__(self, curves):
        self.curves = curves

    @classmethod
    def from_comparison(cls, comparison, *, metric="test_mse", ax=None, line_kwargs=None, fill_between_kwargs=None):
        """Draw the result of a comparison.

        Parameters
        ----------
        comparison : DataFrame
            Result of :func:`~skautoencoder.compare_with_pca`, :func:`~skautoencoder.encoding_dim_curve` or
            :func:`~skautoencoder.compare_reconstructions`, or a selection of its rows.
        metric : str, default="test_mse"
            Quantity to draw: "test_mse", "train_mse", "test_r2", "ratio_to_pca" or, if the comparison has them,
            "test_metric" or "downstream_score". An error or a score has a band of one standard deviation over folds,
            the ratio a band of its confidence interval. A score has a line for the model on all columns.
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the curves.
        fill_between_kwargs : dict, default=None
            Keywords passed to `Axes.fill_between` for the bands.

        Returns
        -------
        EncodingDimDisplay
            Display of the comparison.

        Raises
        ------
        ValueError
            If a column of the result is missing, the metric is unknown, or the comparison has no downstream model and
            so no scores.
        """
        quantities = [name for name in _LABELS if name not in _OPTIONAL or name in comparison]
        deviations = [_DEVIATIONS[name] for name in quantities if name in _DEVIATIONS]
        needed = ["encoding_dim", "method", *quantities, *deviations, "ratio_low", "ratio_high"]
        missing = [column for column in needed if column not in comparison]
        if missing:
            raise ValueError(
                f"comparison lacks the columns {missing}. Pass the result of compare_with_pca with all columns."
            )
        curves = {}
        for method in comparison["method"].unique():
            rows = comparison[comparison["method"] == method].sort_values("encoding_dim")
            values = {column: rows[column].to_numpy(dtype=float) for column in needed if column != "method"}
            curves[method] = {"encoding_dim": values["encoding_dim"]}
            for name in ["downstream_score"] if method == ALL_COLUMNS else quantities:
                middle = low = high = values[name]
                if name in _DEVIATIONS:
                    deviation = values[_DEVIATIONS[name]]
                    low, high = middle - deviation, middle + deviation
                elif name == "ratio_to_pca":
                    low, high = values["ratio_low"], values["ratio_high"]
                curves[method][name] = [middle, low, high]
        return cls(curves).plot(ax, metric=metric, line_kwargs=line_kwargs, fill_between_kwargs=fill_between_kwargs)

    def plot(self, ax=None, *, metric="test_mse", line_kwargs=None, fill_between_kwargs=None):
        """Draw one curve per method.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        metric : str, default="test_mse"
            Quantity to draw: "test_mse", "train_mse", "test_r2", "ratio_to_pca" or, if the comparison has them,
            "test_metric" or "downstream_score". An error or a score has a band of one standard deviation over folds,
            the ratio a band of its confidence interval. A score has a line for the model on all columns.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the curves.
        fill_between_kwargs : dict, default=None
            Keywords passed to `Axes.fill_between` for the bands.

        Returns
        -------
        EncodingDimDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the metric is unknown, or the comparison has no `metric` or no downstream model to show.
        """
        curves = {method: curve for method, curve in self.curves.items() if metric in curve}
        check_choice(
            "metric", metric, {metric for curve in self.curves.values() for metric in curve} - {"encoding_dim"}
        )
        ax = axes_for(ax, figsize=(7.6, 4.8))
        styles = {name: merged_style_kwargs(style, line_kwargs or {}) for name, style in line_styles(curves).items()}
        self.lines_ = {}
        for method, curve in curves.items():
            sizes, (middle, low, high) = curve["encoding_dim"], curve[metric]
            if method == ALL_COLUMNS or (method == "PCA" and metric == "ratio_to_pca"):
                level = middle[0] if method == ALL_COLUMNS else 1
                self.lines_[method] = ax.axhline(level, label=method, **styles[method] | {"marker": ""})
                continue
            (self.lines_[method],) = ax.plot(sizes, middle, label=method, **styles[method])
            if len(sizes) > 1:
                band = {"color": styles[method]["color"], "alpha": 0.2, "linewidth": 0}
                ax.fill_between(sizes, low, high, **merged_style_kwargs(band, fill_between_kwargs or {}))
            else:
                ax.vlines(sizes, low, high, color=styles[method]["color"])
        if metric in ("test_mse", "train_mse"):
            choose_scale(ax, np.concatenate([curve[metric][0] for curve in curves.values()]))
        self._label_sizes(ax)
        ax.set(xlabel="code size (encoding_dim)", ylabel=_LABELS[metric])
        legend_beside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _label_sizes(self, ax):
        curves = [curve["encoding_dim"] for method, curve in self.curves.items() if method != ALL_COLUMNS]
        sizes = np.unique(np.concatenate(curves)).astype(int)
        ax.set_xscale("log", base=2)
        ax.set_xticks(sizes[:: -(-len(sizes) // _MOST_TICKS)], minor=False)
        ax.set_xticks([], minor=True)
        ax.xaxis.set_major_formatter("{x:.0f}")
