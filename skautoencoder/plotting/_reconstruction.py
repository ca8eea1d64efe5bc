"""Rows of X beside their reconstructions."""

from numbers import Integral
from textwrap import fill

import numpy as np
from sklearn.utils import check_random_state, indexable

from .._sklearn_compat import merged_style_kwargs, safe_indexing
from ..metrics import check_estimators, dense, error_between, reconstruct
from ._names import method_name, shortened
from ._row_shape import RowShape
from ._style import grid_of_axes, line_styles

# Number of columns whose values are marked.
_MOST_MARKERS = 40
# Characters in a line of a title.
_TITLE_WIDTH = 75


class ReconstructionDisplay:
    """Rows of X beside their reconstructions by one or several methods.

    Images are shown side by side, the originals in the first row and each method in a row below. Sequences and other
    rows are shown as lines; the latter in standard deviations of each column from its mean, those of the training rows
    if an estimator knows them (an autoencoder that started at PCA, or a `Pipeline` that begins with `StandardScaler`),
    and of X otherwise. Each reconstruction comes with its mean squared error, in squared units of X.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Original rows.
    reconstructions : dict of str to ndarray of shape (n_rows, n_features)
        Reconstructed rows by the names of the methods.
    row_shape : RowShape
        Kind and shape of a row, names and units of its columns.

    Attributes
    ----------
    ax_ : Axes or None
        Axes whose place the grid takes. None if `plot` was given an array of Axes.
    axes_ : ndarray of Axes of shape (n_grid_rows, n_grid_columns)
        Axes that hold the rows: for images, the originals in the first line and each method in a line of its own; for
        other rows, one Axes per row in one or two columns.
    figure_ : Figure
        Figure that holds the axes.

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
        """Reconstruct rows of X and draw them.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`; a `Pipeline` too.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to choose from.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If neither this nor
            `sequence_shape` is given, the architecture of the estimator decides.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        n_rows : int, default=10
            Number of rows to show at most.
        random_state : int, RandomState instance or None, default=None
            Seed that draws the rows at random. If None, the first rows are shown.
        name : str, default=None
            Name of the method. If None, the class name of the estimator.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs : dict, default=None
            Keywords passed to `Axes.imshow`.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the lines of reconstructions.

        Returns
        -------
        ReconstructionDisplay
            Display of the rows and their reconstructions.

        Raises
        ------
        TypeError
            If the estimator lacks `transform` or `inverse_transform`.
        ValueError
            If a shape does not fit a row, or `n_rows` is not a positive int.
        """
        return cls.from_estimators(
            {name or method_name(estimator): estimator},
            X,
            image_shape=image_shape,
            sequence_shape=sequence_shape,
            n_rows=n_rows,
            random_state=random_state,
            ax=ax,
            cmap=cmap,
            im_kwargs=im_kwargs,
            line_kwargs=line_kwargs,
        )

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
        """Reconstruct rows of X by several methods and draw them.

        Parameters
        ----------
        estimators : dict of str to object
            Fitted estimators by name, each with `transform` and `inverse_transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to choose from.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If neither this nor
            `sequence_shape` is given, the first estimator whose architecture has a shape decides.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        n_rows : int, default=10
            Number of rows to show at most.
        random_state : int, RandomState instance or None, default=None
            Seed that draws the rows at random. If None, the first rows are shown.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs : dict, default=None
            Keywords passed to `Axes.imshow`.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the lines of reconstructions.

        Returns
        -------
        ReconstructionDisplay
            Display of the rows and their reconstructions.

        Raises
        ------
        TypeError
            If an estimator lacks `transform` or `inverse_transform`.
        ValueError
            If a shape does not fit a row, or `n_rows` is not a positive int.
        """
        check_estimators(estimators)
        (X,) = indexable(X if hasattr(X, "shape") else np.asarray(X))
        row_shape = RowShape.of(X, image_shape, sequence_shape, estimators.values())
        rows = safe_indexing(X, _chosen(X.shape[0], n_rows, random_state))
        reconstructions = {name: reconstruct(estimator, rows) for name, estimator in estimators.items()}
        # Numbers may be objects or words, which are no image.
        display = cls(dense(rows).astype(np.float64), reconstructions, row_shape=row_shape)
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
        """Draw given reconstructions, for example of noisy rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Original rows to choose from.
        reconstructions : dict of str to array-like of shape (n_samples, n_features)
            Reconstructions of all rows by the names of the methods.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        n_rows : int, default=10
            Number of rows to show at most.
        random_state : int, RandomState instance or None, default=None
            Seed that draws the rows at random. If None, the first rows are shown.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs : dict, default=None
            Keywords passed to `Axes.imshow`.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the lines of reconstructions.

        Returns
        -------
        ReconstructionDisplay
            Display of the rows and their reconstructions.

        Raises
        ------
        ValueError
            If X and a reconstruction have different shapes, a shape does not fit a row, or `n_rows` is not a positive
            int.
        """
        X = X if hasattr(X, "shape") else np.asarray(X)
        reconstructions = {name: dense(rows) for name, rows in reconstructions.items()}
        for name, rows in reconstructions.items():
            if rows.shape != X.shape:
                raise ValueError(
                    f"The reconstruction {name!r} should have the shape {X.shape} of X, but has {rows.shape}."
                )
        row_shape = RowShape.of(X, image_shape, sequence_shape)
        chosen = _chosen(X.shape[0], n_rows, random_state)
        display = cls(
            dense(X)[chosen], {name: rows[chosen] for name, rows in reconstructions.items()}, row_shape=row_shape
        )
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    def plot(self, ax=None, *, cmap="gray_r", im_kwargs=None, line_kwargs=None):
        """Draw the rows and their reconstructions.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into. A grid of Axes takes the place of a single one; an array needs as many Axes as the grid.
            If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs : dict, default=None
            Keywords passed to `Axes.imshow`.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the lines of reconstructions.

        Returns
        -------
        ReconstructionDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is missing.
        ValueError
            If an array has another number of Axes than needed, or a grid cannot take the place of an Axes.
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
        for axes, rows in zip(self.axes_[1:], self.reconstructions.values(), strict=True):
            for ax, error in zip(axes, error_between(self.X, rows, per="sample"), strict=True):
                ax.set_xlabel(f"{error:.3g}", fontsize="small", labelpad=2)

    def _draw_lines(self, line_kwargs):
        styles, labels = line_styles(self.reconstructions), shortened(self.reconstructions, 20)
        errors = {name: error_between(self.X, rows, per="sample") for name, rows in self.reconstructions.items()}
        # Originals are rings, or wide and pale, so that no equal reconstruction hides them.
        original, of_methods = {"color": "0.75", "linewidth": 4}, {"marker": ""}
        if self.row_shape.kind == "plain" and self.X.shape[1] <= _MOST_MARKERS:
            original |= {"linewidth": 1, "marker": "o", "markersize": 8, "mfc": "none", "mec": "black"}
            of_methods = {"markersize": 4}
        for number, ax in enumerate(self.axes_.flat):
            if number >= len(self.X):
                ax.set_axis_off()
                continue
            self.row_shape.draw_line(ax, self.X[number], label="original", **original)
            for (name, rows), label in zip(self.reconstructions.items(), labels, strict=True):
                style = merged_style_kwargs(styles[name] | of_methods | {"label": label}, line_kwargs)
                self.row_shape.draw_line(ax, rows[number], **style)
            names = [f"{label} " for label in labels] if len(labels) > 1 else [""]
            captions = [f"{name}{of_rows[number]:.3g}" for name, of_rows in zip(names, errors.values(), strict=True)]
            ax.set_title(fill("mean squared error: " + ", ".join(captions), _TITLE_WIDTH), fontsize="small")
            if self.row_shape.kind == "plain":
                ax.set_ylabel("std. dev.", fontsize="small")
                ax.margins(y=0.15)
            if number + self.axes_.shape[1] >= len(self.X):
                ax.tick_params(labelbottom=True)
                self.row_shape.label_columns(ax)
        # The legend is above the first title, where it hides no line.
        pad = 0.3 + 1.2 * len(self.axes_.flat[0].get_title().splitlines())
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": pad, "frameon": False}
        self.axes_.flat[0].legend(fontsize="small", ncols=4, **above)


def _chosen(n_samples, n_rows, random_state):
    if not isinstance(n_rows, Integral) or n_rows < 1:
        raise ValueError(f"n_rows={n_rows!r} should be a positive int, the number of rows to show.")
    n_rows = min(n_rows, n_samples)
    if random_state is None:
        return np.arange(n_rows)
    return np.sort(check_random_state(random_state).choice(n_samples, n_rows, replace=False))
