"""Rows decoded from a grid over two codes."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._input import check_table
from .._sklearn_compat import merged_style_kwargs
from ..metrics import check_has_inverse, dense, on_numbers
from ._code import at_least_two_codes, checked_dims
from ._row_shape import RowShape
from ._style import COLORS, axes_for, grid_of_axes

# Share of the codes beyond each end of the grid.
_TAIL = 0.05
# Maximum number of column names below a cell.
_MAX_NAMES = 13


class DecodedGridDisplay:
    """Rows decoded from a grid over two codes.

    Each cell is the row decoded from one pair of values. Images are tiles of one picture; other rows are lines, as in
    :class:`ReconstructionDisplay`.

    Parameters
    ----------
    decoded : ndarray of shape (n_cells, n_cells, n_features)
        Decoded rows. The first axis follows the second code, the second axis the first code.
    values : tuple of two ndarrays of shape (n_cells,)
        Values of the two codes.
    names : tuple of two str
        Names of the two codes.
    row_shape : RowShape
        Kind and shape of a row; names and units of its columns.
    limits : tuple of two float, default=None
        Values of white and black pixels. If None, the smallest and the largest decoded value.

    Attributes
    ----------
    ax_ : Axes or None
        Axes of all images, or the Axes that a grid replaces. None if `plot` was given an array of Axes.
    axes_ : ndarray of Axes
        Axes of all images, of shape (1, 1), or one Axes per cell for other rows.
    figure_ : Figure
        Figure of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import DecodedGridDisplay
    >>> X = load_digits().data
    >>> display = DecodedGridDisplay.from_estimator(PCA(2).fit(X), X, image_shape=(8, 8), n_cells=5)
    >>> display.decoded.shape
    (5, 5, 64)
    """

    def __init__(self, decoded, values, *, names, row_shape, limits=None):
        self.decoded = decoded
        self.values = values
        self.names = names
        self.row_shape = row_shape
        self.limits = limits

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        dims=(0, 1),
        n_cells=None,
        image_shape=None,
        sequence_shape=None,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Decode a grid that spans the codes of X and draw it; return the display.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`, and at least two codes.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode. The grid spans the 5th to the 95th percentile of two codes; others keep their median.
        dims : tuple of two int, default=(0, 1)
            Indices of the codes that vary.
        n_cells : int, default=None
            Number of cells along each code, at least 2. If None, 15 for images and 6 for other rows.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If this and `sequence_shape`
            are None, the shape of the estimator's architecture is used.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : dict, default=None
            Keywords passed to `Axes.imshow` for images and to `Axes.plot` for other rows.
        """
        check_has_inverse(estimator)
        check_is_fitted(estimator)
        check_table(X, "X")
        X = X if hasattr(X, "shape") else np.asarray(X)
        estimator, X = on_numbers(estimator, X, is_standardized=True)
        row_shape = RowShape.of(X, image_shape, sequence_shape, [estimator])
        if n_cells is None:
            n_cells = 15 if row_shape.kind == "image" else 6
        if not isinstance(n_cells, Integral) or n_cells < 2:
            raise ValueError(
                f"n_cells={n_cells!r} should be an int of at least 2, the number of cells along each code."
            )
        codes, names = at_least_two_codes(estimator.transform(X))
        dims = checked_dims(dims, codes.shape[1], (2,))
        values = tuple(np.linspace(*np.quantile(codes[:, dim], [_TAIL, 1 - _TAIL]), n_cells) for dim in dims)
        points = np.tile(np.median(codes, axis=0), (n_cells**2, 1))
        for dim, grid in zip(dims, np.meshgrid(*values), strict=True):
            points[:, dim] = grid.ravel()
        decoded = dense(estimator.inverse_transform(points)).reshape(n_cells, n_cells, -1)
        names = [names[dim] for dim in dims]
        display = cls(decoded, values, names=names, row_shape=row_shape, limits=(dense(X).min(), dense(X).max()))
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    @classmethod
    def from_decoded(
        cls,
        decoded,
        values,
        *,
        names=("code 0", "code 1"),
        image_shape=None,
        sequence_shape=None,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Draw a grid of decoded rows; return the display.

        Parameters
        ----------
        decoded, values : array-like of shape (n_cells, n_cells, n_features), tuple of two array-likes
            Decoded rows and values of the two codes, as in the class.
        names : tuple of two str, default=("code 0", "code 1")
            Names of the two codes.
        image_shape, sequence_shape, ax : optional
            As in :meth:`from_estimator`.
        cmap : str or Colormap, default="gray_r"
            Colormap of images.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        decoded = np.asarray(decoded)
        values = tuple(np.asarray(of_code) for of_code in values)
        shape = tuple(len(of_code) for of_code in values[::-1])
        if decoded.ndim != 3 or decoded.shape[:2] != shape:
            raise ValueError(
                f"decoded should have the shape {shape} + (n_features,), one row for each pair of values of the second "
                f"and the first code, but has the shape {decoded.shape}."
            )
        row_shape = RowShape.of(decoded.reshape(-1, decoded.shape[2]), image_shape, sequence_shape)
        display = cls(decoded, values, names=names, row_shape=row_shape)
        return display.plot(ax, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    def plot(self, ax=None, *, cmap="gray_r", im_kwargs=None, line_kwargs=None):
        """Draw the decoded rows; return the display.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into; unless rows are images, an array of one per cell, or a single one to replace by a grid.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        if self.row_shape.kind == "image":
            self._draw_images(ax, merged_style_kwargs({"cmap": cmap}, im_kwargs or {}))
        else:
            self._draw_lines(ax, merged_style_kwargs({"color": COLORS[0]}, line_kwargs or {}))
        self.figure_ = self.axes_.flat[0].figure
        return self

    def _draw_images(self, ax, style):
        ax = axes_for(ax, figsize=(6.4, 6.4))
        n_rows, n_columns = self.decoded.shape[:2]
        height, width, channels = self.row_shape.shape
        # The second code grows upwards, but pixels are numbered downwards.
        tiles = self.decoded[::-1].reshape(n_rows, n_columns, height, width, channels).swapaxes(1, 2)
        whole = RowShape("image", (n_rows * height, n_columns * width, channels))
        limits = (self.decoded.min(), self.decoded.max()) if self.limits is None else self.limits
        whole.draw_image(ax, tiles.ravel(), limits, style)
        columns = _ticks(n_columns)
        rows = _ticks(n_rows)
        ax.set_xticks((columns + 0.5) * width - 0.5, [f"{value:.3g}" for value in self.values[0][columns]])
        ax.set_yticks((n_rows - rows - 0.5) * height - 0.5, [f"{value:.3g}" for value in self.values[1][rows]])
        ax.set(xlabel=self.names[0], ylabel=self.names[1])
        self.ax_ = ax
        self.axes_ = np.array([[ax]])

    def _draw_lines(self, ax, style):
        n_rows, n_columns = self.decoded.shape[:2]
        figsize = (1 + 1.4 * n_columns, 1 + 1.1 * n_rows)
        self.ax_, self.axes_ = grid_of_axes(ax, (n_rows, n_columns), figsize, sharex=True, sharey=True)
        for axes, rows, second in zip(self.axes_, self.decoded[::-1], self.values[1][::-1], strict=True):
            for cell, row in zip(axes, rows, strict=True):
                self.row_shape.draw_line(cell, row, **style)
                cell.tick_params(labelsize="small")
            axes[0].set_ylabel(f"{second:.3g}", fontsize="small", labelpad=1)
        for cell, first in zip(self.axes_[-1], self.values[0], strict=True):
            # Without a layout engine, names would push the values of the codes out of the figure.
            if cell.figure.get_layout_engine() is not None:
                self.row_shape.label_columns(cell, max_names=_MAX_NAMES, fontsize="xx-small")
            cell.set_xlabel(f"{first:.3g}", fontsize="small", labelpad=1)
        # Each code is named once, in the middle of its values.
        below = self.axes_[-1, n_columns // 2]
        below.set_xlabel(f"{below.get_xlabel()}\n{self.names[0]}")
        left = self.axes_[n_rows // 2, 0]
        left.set_ylabel(f"{self.names[1]}\n{left.get_ylabel()}")


def _ticks(n_cells):
    """Return the numbers of at most five evenly spaced cells."""
    return np.linspace(0, n_cells - 1, min(n_cells, 5)).round().astype(int)
