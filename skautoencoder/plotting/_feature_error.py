"""Reconstruction error by column."""

import numpy as np
from sklearn.utils import check_consistent_length

from .._checks import check_choice
from ..metrics import check_estimators, dense, reconstruction_error
from ._names import feature_names_of, method_name, shortened
from ._row_shape import RowShape
from ._style import axes_for, grid_of_axes, line_styles

_LABELS = {"unexplained": "share of the column's variance that is lost", "mse": "mean squared error"}


class FeatureErrorDisplay:
    """Reconstruction error of each column, the largest on top.

    Parameters
    ----------
    errors : dict of str to ndarray of shape (n_features,)
        Errors of the columns by the names of the methods. A column with NaN is left out.
    feature_names : list of str
        Names of the columns.
    label : str
        Label of the error axis.

    Attributes
    ----------
    ax_ : Axes or ndarray of Axes
        Axes that hold the dots, or one Axes per method for images.
    figure_ : Figure
        Figure that holds the axes.
    shown_ : list of int
        Indices of the columns that are shown, largest error first, or of all columns for images.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skautoencoder.plotting import FeatureErrorDisplay
    >>> X = load_wine(as_frame=True).data
    >>> display = FeatureErrorDisplay.from_estimator(make_pipeline(StandardScaler(), PCA(2)).fit(X), X).plot()
    >>> display.feature_names[display.shown_[0]]
    'ash'
    """

    def __init__(self, errors, *, feature_names, label):
        self.errors = errors
        self.feature_names = feature_names
        self.label = label

    @classmethod
    def from_estimator(cls, estimator, X, *, metric="unexplained", name=None):
        """Measure the errors of one method.

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

        Returns
        -------
        FeatureErrorDisplay
            Display of the errors.

        Raises
        ------
        TypeError
            If the estimator lacks `transform` or `inverse_transform`.
        ValueError
            If the metric is unknown.
        """
        return cls.from_estimators({name or method_name(estimator): estimator}, X, metric=metric)

    @classmethod
    def from_estimators(cls, estimators, X, *, metric="unexplained"):
        """Measure the errors of several methods.

        Parameters
        ----------
        estimators : dict of str to object
            Fitted estimators by name, each with `transform` and `inverse_transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to reconstruct.
        metric : {"unexplained", "mse"}, default="unexplained"
            Error of a column, as in :meth:`from_estimator`.

        Returns
        -------
        FeatureErrorDisplay
            Display of the errors.

        Raises
        ------
        TypeError
            If an estimator lacks `transform` or `inverse_transform`.
        ValueError
            If the metric is unknown.
        """
        check_choice("metric", metric, _LABELS)
        check_estimators(estimators)
        errors = {name: reconstruction_error(estimator, X, per="feature") for name, estimator in estimators.items()}
        if metric == "unexplained":
            variances = dense(X).var(axis=0)
            variances[variances == 0] = np.nan
            errors = {name: of_columns / variances for name, of_columns in errors.items()}
        feature_names = feature_names_of(X, *estimators.values())
        return cls.from_errors(errors, feature_names=feature_names, label=_LABELS[metric])

    @classmethod
    def from_errors(cls, errors, *, feature_names=None, label="error"):
        """Show given errors.

        Parameters
        ----------
        errors : dict of str to array-like of shape (n_features,)
            Errors of the columns by the names of the methods. A column with NaN is left out.
        feature_names : sequence of str, default=None
            Names of the columns. If None, "x0", "x1", ...
        label : str, default="error"
            Label of the error axis.

        Returns
        -------
        FeatureErrorDisplay
            Display of the errors.

        Raises
        ------
        ValueError
            If the errors of the methods and the names differ in length.
        """
        errors = {name: np.asarray(of_columns, dtype=float) for name, of_columns in errors.items()}
        n_features = len(next(iter(errors.values())))
        if feature_names is None:
            feature_names = [f"x{number}" for number in range(n_features)]
        check_consistent_length(feature_names, *errors.values())
        return cls(errors, feature_names=list(feature_names), label=label)

    def plot(self, ax=None, *, max_features=20, image_shape=None):
        """Draw the errors as dots, or as one image per method.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into. For images, a single Axes is replaced by a grid of Axes, and an array needs one Axes per
            method. If None, a new figure is made.
        max_features : int, default=20
            Number of columns that are shown at most: those with the largest errors of the last method.
        image_shape : tuple of int, default=None
            Height and width of the images, which show all columns. If None, errors are drawn as dots.

        Returns
        -------
        FeatureErrorDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the shape does not fit the columns, or an array has another number of Axes than there are methods.
        """
        if image_shape is not None:
            self._draw_images(ax, RowShape.of(len(self.feature_names), image_shape, None))
        else:
            self._draw_dots(ax, max_features)
        return self

    def _draw_dots(self, ax, max_features):
        hardest = list(self.errors.values())[-1]
        order = [int(column) for column in np.argsort(-hardest) if not np.isnan(hardest[column])]
        self.shown_ = order[:max_features]
        ax = axes_for(ax, figsize=(6.4, 1.2 + 0.25 * len(self.shown_)))
        places = np.arange(len(self.shown_))
        for name, style in line_styles(self.errors).items():
            if name in self.errors:
                style = {"color": style["color"], "marker": style["marker"], "linestyle": "none"}
                ax.plot(self.errors[name][self.shown_], places, label=name, **style)
        ax.set_yticks(places, [shortened(self.feature_names[column], 30) for column in self.shown_])
        ax.invert_yaxis()
        ax.grid(axis="y", linewidth=0.5, alpha=0.5)
        ax.set_xlim(left=0)
        ax.set_xlabel(self.label)
        if len(self.shown_) < len(order):
            ax.set_ylabel(f"the {len(self.shown_)} hardest of {len(order)} columns")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure

    def _draw_images(self, ax, row_shape):
        self.shown_ = list(range(len(self.feature_names)))
        highest = np.nanmax(list(self.errors.values()))
        self.ax_ = grid_of_axes(ax, (1, len(self.errors)), (3.2 * len(self.errors) + 1, 3.2)).ravel()
        for cell, (name, errors) in zip(self.ax_, self.errors.items(), strict=True):
            row_shape.draw_image(cell, np.nan_to_num(errors), (0, highest))
            cell.set_title(name)
        self.figure_ = self.ax_[0].figure
        self.figure_.colorbar(self.ax_[-1].images[0], ax=self.ax_.tolist(), label=self.label)
