"""Reconstruction error by column."""

import numpy as np
from sklearn.utils import check_consistent_length

from .._checks import check_choice, check_shape
from .._input import feature_names_of
from .._sklearn_compat import merged_style_kwargs
from ..metrics import check_estimators, errors_of_means, reconstruction_error
from ._names import method_name, shortened
from ._row_shape import RowShape
from ._style import axes_for, grid_of_axes, legend_beside, line_styles

_LABELS = {"unexplained": "share of the column's variance that is lost", "mse": "mean squared error"}


class FeatureErrorDisplay:
    """Reconstruction error of each column, the largest on top.

    Parameters
    ----------
    errors : dict of str to ndarray of shape (n_features,)
        Errors of the columns by method. Columns with NaN are left out.
    feature_names : list of str
        Names of the columns.
    label : str
        Label of the error axis.
    image_shape : tuple of three int, default=None
        Height, width and channels of rows that are images. If None, errors are drawn as dots.

    Attributes
    ----------
    ax_ : Axes or None
        Axes of the dots, or the Axes that a grid of images replaces. None if `plot` was given an array of Axes.
    axes_ : ndarray of Axes of shape (1, n_axes)
        Axes of the dots, or one Axes per method for images.
    figure_ : Figure
        Figure of the axes.
    points_ : dict of str to PathCollection
        Dots by method; empty for images.
    colorbar_ : Colorbar or None
        Colour scale of images.
    shown_ : list of int
        Indices of the columns that are drawn as dots, largest error first; for images, of all columns.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import FeatureErrorDisplay
    >>> X = load_wine(as_frame=True).data
    >>> display = FeatureErrorDisplay.from_estimator(PCA(2).fit(X), X)
    >>> display.feature_names[display.shown_[0]]
    'malic_acid'
    """

    def __init__(self, errors, *, feature_names, label, image_shape=None):
        self.errors = errors
        self.feature_names = feature_names
        self.label = label
        self.image_shape = image_shape

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        metric="unexplained",
        name=None,
        image_shape=None,
        max_features=20,
        ax=None,
        cmap="gray_r",
        scatter_kwargs=None,
        im_kwargs=None,
    ):
        """Compute and draw the errors of one method; return the display.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`; a `Pipeline` too.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to reconstruct.
        metric : {"unexplained", "mse"}, default="unexplained"
            Error of a column. "unexplained" is the share of its variance that is lost, which is comparable between
            columns; constant columns are left out. "mse" is the mean squared error, in squared units of X.
        name : str, default=None
            Name of the method. If None, the class name of the estimator.
        image_shape : tuple of int, default=None
            Height and width, to draw errors as one image per method. If None, errors are drawn as dots.
        max_features : int, default=20
            Maximum number of columns drawn as dots, those with the largest errors of the last method.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of the images.
        scatter_kwargs, im_kwargs : dict, default=None
            Keywords passed to `Axes.scatter` for the dots and to `Axes.imshow` for images.
        """
        display = _computed(cls, {name or method_name(estimator): estimator}, X, metric, image_shape)
        return display.plot(
            ax, max_features=max_features, cmap=cmap, scatter_kwargs=scatter_kwargs, im_kwargs=im_kwargs
        )

    @classmethod
    def from_estimators(
        cls,
        estimators,
        X,
        *,
        metric="unexplained",
        image_shape=None,
        max_features=20,
        ax=None,
        cmap="gray_r",
        scatter_kwargs=None,
        im_kwargs=None,
    ):
        """Compute and draw the errors of several methods; return the display.

        Parameters
        ----------
        estimators : dict of str to object
            Fitted estimators by name, each with `transform` and `inverse_transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to reconstruct.
        metric : {"unexplained", "mse"}, default="unexplained"
            Error of a column, as in :meth:`from_estimator`.
        image_shape : tuple of int, default=None
            Height and width of images.
        max_features : int, default=20
            Maximum number of columns drawn as dots.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`.
        cmap : str or Colormap, default="gray_r"
            Colormap of the images.
        scatter_kwargs, im_kwargs : optional
            As in :meth:`from_estimator`.
        """
        display = _computed(cls, estimators, X, metric, image_shape)
        return display.plot(
            ax, max_features=max_features, cmap=cmap, scatter_kwargs=scatter_kwargs, im_kwargs=im_kwargs
        )

    @classmethod
    def from_errors(
        cls,
        errors,
        *,
        feature_names=None,
        label="error",
        image_shape=None,
        max_features=20,
        ax=None,
        cmap="gray_r",
        scatter_kwargs=None,
        im_kwargs=None,
    ):
        """Draw given errors; return the display.

        Parameters
        ----------
        errors : dict of str to array-like of shape (n_features,)
            Errors of the columns by method. Columns with NaN are left out.
        feature_names : sequence of str, default=None
            Names of the columns. If None, "x0", "x1", ...
        label : str, default="error"
            Label of the error axis.
        image_shape : tuple of int, default=None
            Height and width of images.
        max_features : int, default=20
            Maximum number of columns drawn as dots.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`.
        cmap : str or Colormap, default="gray_r"
            Colormap of the images.
        scatter_kwargs, im_kwargs : optional
            As in :meth:`from_estimator`.
        """
        display = _checked(cls, errors, feature_names, label, image_shape)
        return display.plot(
            ax, max_features=max_features, cmap=cmap, scatter_kwargs=scatter_kwargs, im_kwargs=im_kwargs
        )

    def plot(self, ax=None, *, max_features=20, cmap="gray_r", scatter_kwargs=None, im_kwargs=None):
        """Draw the errors as dots, or as one image per method; return the display.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into; for images, an array of one per method, or a single one to replace by a grid.
        max_features : int, default=20
            Maximum number of columns drawn as dots.
        cmap : str or Colormap, default="gray_r"
            Colormap of the images.
        scatter_kwargs, im_kwargs : optional
            As in :meth:`from_estimator`.
        """
        if self.image_shape is None:
            self._draw_dots(ax, max_features, scatter_kwargs or {})
        else:
            self._draw_images(ax, merged_style_kwargs({"cmap": cmap}, im_kwargs or {}))
        self.figure_ = self.axes_.flat[0].figure
        return self

    def _draw_dots(self, ax, max_features, scatter_kwargs):
        hardest = list(self.errors.values())[-1]
        order = [int(column) for column in np.argsort(-hardest) if not np.isnan(hardest[column])]
        self.shown_ = order[:max_features]
        places = range(len(self.shown_))
        ax = axes_for(ax, figsize=(7.6, 1.2 + 0.25 * len(places)))
        styles = line_styles(self.errors)
        self.points_ = {}
        self.colorbar_ = None
        for (name, errors), label in zip(self.errors.items(), shortened(self.errors, 30), strict=True):
            style = {option: styles[name][option] for option in ("color", "marker", "zorder")} | {"label": label}
            style = merged_style_kwargs(style, scatter_kwargs)
            self.points_[name] = ax.scatter(errors[self.shown_], places, **style)
        ax.set_yticks(places, np.array(shortened(self.feature_names, 30))[self.shown_])
        ax.invert_yaxis()
        ax.grid(axis="y", linewidth=0.5, alpha=0.5)
        ax.set_xlim(left=0)
        ax.set_xlabel(self.label)
        if len(self.shown_) < len(order):
            ax.set_ylabel(f"the {len(self.shown_)} hardest of {len(order)} columns")
        legend_beside(ax)
        self.ax_ = ax
        self.axes_ = np.array([[ax]])

    def _draw_images(self, ax, style):
        self.shown_ = list(range(len(self.feature_names)))
        self.points_ = {}
        highest = np.nanmax(list(self.errors.values()))
        n_methods = len(self.errors)
        self.ax_, self.axes_ = grid_of_axes(ax, (1, n_methods), (3.2 * n_methods + 1, 3.2))
        for cell, (name, errors) in zip(self.axes_.flat, self.errors.items(), strict=True):
            image = RowShape("image", self.image_shape).draw_image(cell, np.nan_to_num(errors), (0, highest), style)
            cell.set_title(name)
        self.colorbar_ = cell.figure.colorbar(image, ax=self.axes_.ravel().tolist(), label=self.label)


def _computed(cls, estimators, X, metric, image_shape):
    check_choice("metric", metric, _LABELS)
    check_estimators(estimators)
    errors = {name: reconstruction_error(estimator, X, per="feature") for name, estimator in estimators.items()}
    if metric == "unexplained":
        variances = errors_of_means(X, estimators.values())
        variances[variances == 0] = np.nan
        errors = {name: of_columns / variances for name, of_columns in errors.items()}
    return _checked(cls, errors, feature_names_of(X, *estimators.values()), _LABELS[metric], image_shape)


def _checked(cls, errors, feature_names, label, image_shape):
    errors = {name: np.asarray(of_columns, dtype=float) for name, of_columns in errors.items()}
    n_features = len(next(iter(errors.values())))
    if feature_names is None:
        feature_names = [f"x{number}" for number in range(n_features)]
    check_consistent_length(feature_names, *errors.values())
    if image_shape is not None:
        image_shape = check_shape("image_shape", image_shape, 3, n_features)
    return cls(errors, feature_names=list(feature_names), label=label, image_shape=image_shape)
