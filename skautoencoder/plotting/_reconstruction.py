"""Rows of X beside their reconstructions."""

from numbers import Integral
from textwrap import fill

import numpy as np
from sklearn.utils import check_random_state, indexable

from .._sklearn_compat import merged_style_kwargs, safe_indexing
from ..metrics import check_estimators, dense, error_between, on_numbers, reconstruct
from ._names import method_name, shortened
from ._row_shape import RowShape
from ._style import grid_of_axes, line_styles

# Maximum number of columns whose values are drawn with markers.
_MAX_MARKERS = 40
# Maximum number of characters in a line of a title.
_MAX_TITLE_WIDTH = 75


class ReconstructionDisplay:
    """Rows of X beside their reconstructions by one or several methods.

    Images are drawn side by side, the originals above each method. Other rows are drawn as lines, and unless they are
    sequences in standard deviations of each column from its mean: those of the training rows for an autoencoder that
    started at PCA or a `Pipeline` that begins with `StandardScaler`, and those of X otherwise. Each reconstruction has
    its mean squared error, in squared units of X.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Original rows.
    reconstructions : dict of str to ndarray of shape (n_rows, n_features)
        Reconstructed rows by method.
    row_shape : RowShape
        Kind and shape of a row; names and units of its columns.

    Attributes
    ----------
    ax_ : Axes or None
        Axes that the grid replaces. None if `plot` was given an array of Axes.
    axes_ : ndarray of Axes of shape (n_grid_rows, n_grid_columns)
        One Axes per image, the originals first; for other rows, one Axes per row in one or two columns.
    figure_ : Figure
        Figure of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import ReconstructionDisplay
    >>> X = load_digits().data
    >>> display = ReconstructionDisplay.from_estimator(PCA(8).fit(X), X, image_shape=(8, 8))
    >>> display.axes_.shape
    (2, 10)
    """

    def __init__(self, X, reconstructions, *, row_shape):
        self.X = X
        self.reconstructions = reconstructions
        self.row_shape = row_shape

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        image_shape=None,
        sequence_shape=None,
        n_rows=10,
        random_state=None,
        name=None,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Reconstruct rows of X and draw them; return the display.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`; a `Pipeline` too.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to choose from.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If this and `sequence_shape`
            are None, the shape of the estimator's architecture is used.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        n_rows : int, default=10
            Maximum number of rows to draw.
        random_state : int, RandomState instance or None, default=None
            Seed of a random choice of rows. If None, the first rows are drawn.
        name : str, default=None
            Name of the method. If None, the class name of the estimator.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : dict, default=None
            Keywords passed to `Axes.imshow` for images and to `Axes.plot` for reconstructions as lines.
        """
        estimators = {name or method_name(estimator): estimator}
        display = _computed(cls, estimators, X, image_shape, sequence_shape, n_rows, random_state)
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    @classmethod
    def from_estimators(
        cls,
        estimators,
        X,
        *,
        image_shape=None,
        sequence_shape=None,
        n_rows=10,
        random_state=None,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Reconstruct rows of X by several methods and draw them; return the display.

        Parameters
        ----------
        estimators : dict of str to object
            Fitted estimators by name, each with `transform` and `inverse_transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to choose from.
        image_shape, sequence_shape : optional
            As in :meth:`from_estimator`. If both are None, the first architecture with a shape is used.
        n_rows : int, default=10
            Maximum number of rows to draw.
        random_state, ax : optional
            As in :meth:`from_estimator`.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        display = _computed(cls, estimators, X, image_shape, sequence_shape, n_rows, random_state)
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    @classmethod
    def from_reconstructions(
        cls,
        X,
        reconstructions,
        *,
        image_shape=None,
        sequence_shape=None,
        n_rows=10,
        random_state=None,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Draw given reconstructions, for example of noisy rows; return the display.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Original rows to choose from.
        reconstructions : dict of str to array-like of shape (n_samples, n_features)
            Reconstructions of all rows by method.
        image_shape, sequence_shape : optional
            As in :meth:`from_estimator`.
        n_rows : int, default=10
            Maximum number of rows to draw.
        random_state, ax : optional
            As in :meth:`from_estimator`.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        X = X if hasattr(X, "shape") else np.asarray(X)
        if not isinstance(reconstructions, dict):
            raise TypeError(
                f"reconstructions should be a dict of tables by name, such as {{'autoencoder': reconstructed}}, but is "
                f"a {type(reconstructions).__name__}."
            )
        reconstructions = {name: dense(rows) for name, rows in reconstructions.items()}
        for name, rows in reconstructions.items():
            if rows.shape != X.shape:
                raise ValueError(
                    f"The reconstruction {name!r} should have the shape {X.shape} of X, but has {rows.shape}."
                )
        row_shape = RowShape.of(X, image_shape, sequence_shape)
        chosen = _chosen(X.shape[0], n_rows, random_state)
        reconstructions = {name: rows[chosen] for name, rows in reconstructions.items()}
        display = cls(dense(X)[chosen], reconstructions, row_shape=row_shape)
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    def plot(self, ax=None, *, cmap="gray_r", im_kwargs=None, line_kwargs=None):
        """Draw the rows and their reconstructions; return the display.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into: an array of as many as the grid has, or a single one, which the grid replaces.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        n_rows = len(self.X)
        if self.row_shape.kind == "image":
            shape = (1 + len(self.reconstructions), n_rows)
            self.ax_, self.axes_ = grid_of_axes(ax, shape, (1.2 + 0.8 * n_rows, 0.2 + shape[0]))
            self._draw_images(merged_style_kwargs({"cmap": cmap}, im_kwargs or {}))
        else:
            n_columns = 1 if self.row_shape.kind == "plain" else min(n_rows, 2)
            shape = (-(-n_rows // n_columns), n_columns)
            width = np.clip(0.3 * self.X.shape[1], 5, 9) if self.row_shape.kind == "plain" else 5 * n_columns
            figsize = (1 + width, 2 + 1.5 * shape[0])
            self.ax_, self.axes_ = grid_of_axes(ax, shape, figsize, sharex=True, sharey=True)
            self._draw_lines(line_kwargs or {})
        self.figure_ = self.axes_.flat[0].figure
        return self

    def _draw_images(self, style):
        limits = self.X.min(), self.X.max()
        for axes, (name, rows) in zip(self.axes_, {"original": self.X, **self.reconstructions}.items(), strict=True):
            for ax, row in zip(axes, rows, strict=True):
                self.row_shape.draw_image(ax, row, limits, style)
            axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for axes, errors in zip(self.axes_[1:], self._errors().values(), strict=True):
            for ax, error in zip(axes, errors, strict=True):
                ax.set_xlabel(f"{error:.3g}", fontsize="small", labelpad=2)

    def _draw_lines(self, line_kwargs):
        names = shortened(self.reconstructions, 20)
        styles = line_styles(self.reconstructions)
        # Originals are rings, or wide and pale, so that no equal reconstruction hides them.
        if self.row_shape.kind == "plain" and self.X.shape[1] <= _MAX_MARKERS:
            original = {"color": "0.75", "linewidth": 1, "marker": "o", "markersize": 8, "mfc": "none", "mec": "black"}
            markers = {"markersize": 4}
        else:
            original = {"color": "0.75", "linewidth": 4}
            markers = {"marker": ""}
        for ax, row in zip(self.axes_.flat, self.X, strict=False):
            self.row_shape.draw_line(ax, row, label="original", **original)
        for (method, rows), name in zip(self.reconstructions.items(), names, strict=True):
            style = merged_style_kwargs(styles[method] | markers | {"label": name}, line_kwargs)
            for ax, row in zip(self.axes_.flat, rows, strict=False):
                self.row_shape.draw_line(ax, row, **style)
        self._label_lines(names)

    def _label_lines(self, names):
        prefixes = [f"{name} " for name in names] if len(names) > 1 else [""]
        errors = list(zip(*self._errors().values(), strict=True))
        for number, ax in enumerate(self.axes_.flat):
            if number >= len(self.X):
                ax.set_axis_off()
                continue
            captions = [f"{prefix}{error:.3g}" for prefix, error in zip(prefixes, errors[number], strict=True)]
            ax.set_title(fill("mean squared error: " + ", ".join(captions), _MAX_TITLE_WIDTH), fontsize="small")
            if self.row_shape.kind == "plain":
                ax.set_ylabel("std. dev.", fontsize="small")
                ax.margins(y=0.15)
            if number + self.axes_.shape[1] >= len(self.X):
                ax.tick_params(labelbottom=True)
                self.row_shape.label_columns(ax)
        # Above the first title, the legend hides no line.
        first = self.axes_.flat[0]
        pad = 0.3 + 1.2 * len(first.get_title().splitlines())
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": pad, "frameon": False}
        first.legend(fontsize="small", ncols=4, **above)

    def _errors(self):
        """Return the error of each row by method."""
        return {name: error_between(self.X, rows, per="sample") for name, rows in self.reconstructions.items()}


def _computed(cls, estimators, X, image_shape, sequence_shape, n_rows, random_state):
    check_estimators(estimators)
    (X,) = indexable(X if hasattr(X, "shape") else np.asarray(X))
    views = [on_numbers(estimator, X, is_standardized=True) for estimator in estimators.values()]
    X = views[0][1]
    row_shape = RowShape.of(X, image_shape, sequence_shape, [estimator for estimator, _ in views])
    chosen = _chosen(X.shape[0], n_rows, random_state)
    reconstructions = {
        name: reconstruct(estimator, safe_indexing(seen, chosen))
        for name, (estimator, seen) in zip(estimators, views, strict=True)
    }
    rows = safe_indexing(X, chosen)
    # X may hold its numbers as objects or strings.
    return cls(dense(rows).astype(np.float64), reconstructions, row_shape=row_shape)


def _chosen(n_samples, n_rows, random_state):
    if not isinstance(n_rows, Integral) or n_rows < 1:
        raise ValueError(f"n_rows={n_rows!r} should be a positive int, the number of rows to show.")
    n_rows = min(n_rows, n_samples)
    if random_state is None:
        return np.arange(n_rows)
    return np.sort(check_random_state(random_state).choice(n_samples, n_rows, replace=False))
