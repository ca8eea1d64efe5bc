"""The plot of a comparison: error against code size."""

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
    "explained_variance_ratio": "share of the held-out variance that each code adds",
    "test_metric": "error of held-out rows by the metric",
    "downstream_score": "score of the model on held-out rows",
}
# Columns that not every comparison has.
_OPTIONAL = {"explained_variance_ratio", "test_metric", "downstream_score"}
# Columns with the standard deviation of others.
_DEVIATIONS = {name: f"{name}_std" for name in ("test_mse", "train_mse", "explained_variance_ratio", "test_metric")}
_DEVIATIONS["downstream_score"] = "downstream_std"
# Maximum number of labels below the axis.
_MAX_TICKS = 12


class EncodingDimDisplay:
    """Error against code size for several methods, with PCA as the baseline.

    Errors and scores have a band of one standard deviation over folds, ratios a band of their confidence interval. A
    downstream score has a line for the model on all columns.

    Parameters
    ----------
    curves : dict of str to dict
        Curves by method. Each is a dict with the code sizes as "encoding_dim", an ndarray of shape (n_encoding_dims,),
        and for each metric a list of three such arrays: values, lower and upper end of the band.

    Attributes
    ----------
    ax_ : Axes
        Axes of the curves.
    figure_ : Figure
        Figure of the axes.
    lines_ : dict of str to Line2D
        Lines by method.

    See Also
    --------
    compare_with_pca : Compute a comparison, whose method `plot` makes this display.

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
        """Draw the result of a comparison; return the display.

        Parameters
        ----------
        comparison : DataFrame
            :class:`ReconstructionComparison`, or a selection of its rows.
        metric : str, default="test_mse"
            Quantity to draw: "test_mse", "train_mse", "test_r2", "ratio_to_pca" or, if the comparison has them,
            "explained_variance_ratio" (the scree plot of `one_fit`), "test_metric" or "downstream_score".
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        line_kwargs, fill_between_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the curves and to `Axes.fill_between` for the bands.
        """
        quantities = [name for name in _LABELS if name not in _OPTIONAL or name in comparison]
        deviations = [_DEVIATIONS[name] for name in quantities if name in _DEVIATIONS]
        needed = ["encoding_dim", "method", *quantities, *deviations, "ratio_low", "ratio_high"]
        if missing := [column for column in needed if column not in comparison]:
            raise ValueError(
                f"comparison lacks the columns {missing}. Pass the result of compare_with_pca with all columns."
            )
        curves = {}
        for method, rows in comparison.groupby("method", sort=False):
            rows = rows.sort_values("encoding_dim")
            curves[method] = {"encoding_dim": rows["encoding_dim"].to_numpy(dtype=float)}
            for name in ["downstream_score"] if method == ALL_COLUMNS else quantities:
                curves[method][name] = _with_band(rows, name)
        return cls(curves).plot(ax, metric=metric, line_kwargs=line_kwargs, fill_between_kwargs=fill_between_kwargs)

    def plot(self, ax=None, *, metric="test_mse", line_kwargs=None, fill_between_kwargs=None):
        """Draw one curve per method; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw into.
        metric : str, default="test_mse"
            Quantity to draw, as in :meth:`from_comparison`.
        line_kwargs, fill_between_kwargs : optional
            As in :meth:`from_comparison`.
        """
        known = {name for curve in self.curves.values() for name in curve} - {"encoding_dim"}
        check_choice("metric", metric, known)
        curves = {method: curve for method, curve in self.curves.items() if metric in curve}
        ax = axes_for(ax, figsize=(7.6, 4.8))
        styles = {name: merged_style_kwargs(style, line_kwargs or {}) for name, style in line_styles(curves).items()}
        self.lines_ = {}
        for method, curve in curves.items():
            self.lines_[method] = self._draw_curve(ax, method, curve, metric, styles[method], fill_between_kwargs or {})
        if metric in ("test_mse", "train_mse"):
            choose_scale(ax, np.concatenate([curve[metric][0] for curve in curves.values()]))
        elif metric == "explained_variance_ratio":
            ax.set_ylim(bottom=min(ax.get_ylim()[0], 0))
        sizes = [curve["encoding_dim"] for method, curve in self.curves.items() if method != ALL_COLUMNS]
        sizes = np.unique(np.concatenate(sizes)).astype(int)
        ax.set_xscale("log", base=2)
        ax.set_xticks(sizes[:: -(-len(sizes) // _MAX_TICKS)], minor=False)
        ax.set_xticks([], minor=True)
        ax.xaxis.set_major_formatter("{x:.0f}")
        ax.set(xlabel="code size (encoding_dim)", ylabel=_LABELS[metric])
        legend_beside(ax)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _draw_curve(self, ax, method, curve, metric, style, fill_between_kwargs):
        sizes = curve["encoding_dim"]
        middle, low, high = curve[metric]
        if method == ALL_COLUMNS or (method == "PCA" and metric == "ratio_to_pca"):
            return ax.axhline(middle[0] if method == ALL_COLUMNS else 1, label=method, **style | {"marker": ""})
        (line,) = ax.plot(sizes, middle, label=method, **style)
        if len(sizes) > 1:
            band = {"color": style["color"], "alpha": 0.2, "linewidth": 0}
            ax.fill_between(sizes, low, high, **merged_style_kwargs(band, fill_between_kwargs))
        else:
            ax.vlines(sizes, low, high, color=style["color"])
        return line


def _with_band(rows, name):
    """Return the values of a column, and the lower and the upper end of its band."""
    band = [rows[name]] * 3
    if name in _DEVIATIONS:
        deviation = rows[_DEVIATIONS[name]]
        band = [rows[name], rows[name] - deviation, rows[name] + deviation]
    elif name == "ratio_to_pca":
        band = [rows[name], rows["ratio_low"], rows["ratio_high"]]
    return [values.to_numpy(dtype=float) for values in band]
