"""What the codes of a plane stand for."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..metrics import check_has_inverse, dense
from ._rows import RowShape
from ._style import COLORS, axes_for, grid_of_axes

# The share of the codes that the grid leaves out at either end.
_TAIL = 0.05


class DecodedGridDisplay:
    """A grid over two codes, each point decoded.

    Parameters
    ----------
    decoded : ndarray of shape (n_cells, n_cells, n_features)
        Decoded rows, the first axis following the second code.
    values : tuple of two ndarrays of shape (n_cells,)
        Of the two codes.
    names : tuple of two str
        Of the two codes.
    row_shape : RowShape
        How to look at a row.
    limits : tuple of two float, default=None
        The values of white and black pixels. None: the smallest and the largest decoded.

    Attributes
    ----------
    ax_ : Axes or ndarray of Axes
        One for images, else one per point.
    figure_ : Figure

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import DecodedGridDisplay
    >>> X = load_digits().data
    >>> display = DecodedGridDisplay.from_estimator(PCA(2).fit(X), X, image_shape=(8, 8), n_cells=5).plot()
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
    def from_estimator(cls, estimator, X, *, dims=(0, 1), n_cells=None, image_shape=None, sequence_shape=None):
        """Decode a grid that spans the codes of X.

        Parameters
        ----------
        estimator : object
            Fitted, with `transform` and `inverse_transform`, and two codes or more.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            The grid goes from the 5th to the 95th percentile of its codes; codes beyond the two stay at their median.
        dims : tuple of two int, default=(0, 1)
            Numbers of the codes that vary.
        n_cells : int, default=None
            Points along each code. None: 15 for images, 6 for others.
        image_shape : tuple of int, default=None
            Height and width, and channels if there are several, of rows that are images. Without it and
            `sequence_shape`, what the estimator's architecture says.
        sequence_shape : int or tuple of int, default=None
            Steps, and channels if there are several, of rows that are sequences.

        Returns
        -------
        display : DecodedGridDisplay

        Raises
        ------
        TypeError
            If the estimator lacks one of the two methods.
        ValueError
            If a shape does not hold a row, `dims` are not two of the codes, or `n_cells` is less than 2.
        """
        check_has_inverse(estimator)
        check_is_fitted(estimator)
        row_shape = RowShape.of(np.shape(X)[1], image_shape, sequence_shape, [estimator])
        if n_cells is None:
            n_cells = 15 if row_shape.kind == "image" else 6
        if not isinstance(n_cells, Integral) or n_cells < 2:
            raise ValueError(f"n_cells should be 2 points or more along each code, but n_cells={n_cells!r}.")
        codes = estimator.transform(X)
        names, codes = getattr(codes, "columns", None), np.asarray(codes)
        n_codes = codes.shape[1]
        if n_codes < 2:
            raise ValueError("There is one code, and a grid needs two. Fit with encoding_dim=2 or more.")
        dims = tuple(dims)
        if len(dims) != 2 or len(set(dims)) < 2 or not set(dims) <= set(range(n_codes)):
            raise ValueError(f"dims should be two of the codes 0 to {n_codes - 1}, but dims={dims!r}.")
        values = tuple(np.linspace(*np.quantile(codes[:, dim], [_TAIL, 1 - _TAIL]), n_cells) for dim in dims)
        points = np.tile(np.median(codes, axis=0), (n_cells**2, 1))
        for dim, grid in zip(dims, np.meshgrid(*values), strict=True):
            points[:, dim] = grid.ravel()
        decoded = np.asarray(estimator.inverse_transform(points)).reshape(n_cells, n_cells, -1)
        names = [f"code {dim}" if names is None else str(names[dim]) for dim in dims]
        return cls(decoded, values, names=names, row_shape=row_shape, limits=(dense(X).min(), dense(X).max()))

    @classmethod
    def from_decoded(cls, decoded, values, *, names=("code 0", "code 1"), image_shape=None, sequence_shape=None):
        """Show rows that are decoded already.

        Parameters
        ----------
        decoded : array-like of shape (n_cells, n_cells, n_features)
            The first axis follows the second code.
        values : tuple of two array-likes of shape (n_cells,)
            Of the two codes.
        names : tuple of two str, default=("code 0", "code 1")
        image_shape, sequence_shape : tuple of int, default=None
            As in :meth:`from_estimator`.

        Returns
        -------
        display : DecodedGridDisplay

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        decoded, values = np.asarray(decoded), tuple(np.asarray(of_code) for of_code in values)
        if decoded.ndim != 3 or decoded.shape[:2] != tuple(len(of_code) for of_code in values[::-1]):
            raise ValueError(
                "decoded should have a row for each pair of values, in an array of shape (values of the second code, "
                f"values of the first, n_features), but decoded has the shape {decoded.shape} and there are "
                f"{' and '.join(str(len(of_code)) for of_code in values)} values."
            )
        row_shape = RowShape.of(decoded.shape[2], image_shape, sequence_shape)
        return cls(decoded, values, names=names, row_shape=row_shape)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes or, for rows that are no images, array of Axes, default=None
            One is divided for rows that are no images. None: a new figure.

        Returns
        -------
        display : DecodedGridDisplay

        Raises
        ------
        ValueError
            If an array has another number of axes than there are points.
        """
        (self._draw_images if self.row_shape.kind == "image" else self._draw_lines)(ax)
        return self

    def _draw_images(self, ax):
        ax = axes_for(ax, figsize=(6.4, 6.4))
        (n_rows, n_columns), (height, width, channels) = self.decoded.shape[:2], self.row_shape.shape
        # The second code grows upwards, rows of pixels downwards.
        tiles = self.decoded[::-1].reshape(n_rows, n_columns, height, width, channels).swapaxes(1, 2)
        whole = RowShape("image", (n_rows * height, n_columns * width, channels))
        limits = (self.decoded.min(), self.decoded.max()) if self.limits is None else self.limits
        whole.draw_image(ax, tiles.ravel(), limits)
        columns, rows = (
            np.linspace(0, len(of_code) - 1, min(len(of_code), 5)).round().astype(int) for of_code in self.values
        )
        ax.set_xticks((columns + 0.5) * width - 0.5, [f"{value:.3g}" for value in self.values[0][columns]])
        ax.set_yticks((n_rows - rows - 0.5) * height - 0.5, [f"{value:.3g}" for value in self.values[1][rows]])
        ax.set(xlabel=self.names[0], ylabel=self.names[1])
        self.ax_, self.figure_ = ax, ax.figure

    def _draw_lines(self, ax):
        n_rows, n_columns = self.decoded.shape[:2]
        figsize = (1 + 1.4 * n_columns, 1 + 1.1 * n_rows)
        self.ax_ = grid_of_axes(ax, (n_rows, n_columns), figsize, sharex=True, sharey=True)
        for axes, rows, second in zip(self.ax_, self.decoded[::-1], self.values[1][::-1], strict=True):
            for cell, row in zip(axes, rows, strict=True):
                self.row_shape.draw_line(cell, row, color=COLORS[0])
            axes[0].set_ylabel(f"{second:.3g}")
        for cell, first in zip(self.ax_[-1], self.values[0], strict=True):
            cell.set_xlabel(f"{first:.3g}")
        self.figure_ = self.ax_.flat[0].figure
        if ax is None:
            self.figure_.supxlabel(self.names[0])
            self.figure_.supylabel(self.names[1])
