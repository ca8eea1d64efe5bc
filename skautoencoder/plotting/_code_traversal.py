"""Rows decoded while one code at a time moves away from its mean."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from .._sklearn_compat import merged_style_kwargs
from ..inspection import named_codes
from ..metrics import check_has_inverse, dense, final_step, on_numbers
from ._code import checked_dims
from ._names import shortened
from ._row_shape import RowShape
from ._style import COLORS, axes_for, grid_of_axes, legend_beside, pyplot

# Maximum number of codes that are drawn unless `dims` asks for more.
_MAX_IMAGES = 10
_MAX_LINES = 6
# From blue, low values of a code, to red, high values.
_CMAP_OF_STEPS = "coolwarm"


class CodeTraversalDisplay:
    """Rows decoded while one code at a time moves away from its mean, and the other codes stay at their means.

    Images are tiles of one picture, one row of tiles per code. Sequences are lines, one Axes per code. Other rows have
    one Axes per code with the columns that move most: a line from a ring, the lowest value of the code, to a dot, the
    highest, with a mark at each step. Lines are in standard deviations of each column from its mean, as in
    :class:`ReconstructionDisplay`; beside them are both ends in the units of X.

    Parameters
    ----------
    decoded : ndarray of shape (n_codes, n_steps, n_features)
        Decoded rows, by code and by its value.
    steps : ndarray of shape (n_steps,)
        Distances of a code from its mean in standard deviations, in ascending order.
    names : list of str
        Names of the codes.
    row_shape : RowShape
        Kind and shape of a row; names and units of its columns.
    limits : tuple of two float, default=None
        Values of white and black pixels. If None, the smallest and the largest decoded value.

    Attributes
    ----------
    ax_ : Axes or None
        Axes of all images, or the Axes that a grid replaces. None if `plot` was given an array of Axes.
    axes_ : ndarray of Axes
        Axes of all images, of shape (1, 1), or a grid with one Axes per code for other rows.
    figure_ : Figure
        Figure of the axes.
    shown_ : list of list of int
        Indices of the columns that are drawn for each code, the one that moves most first; of all columns for images
        and sequences.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import CodeTraversalDisplay
    >>> X = load_wine(as_frame=True).data
    >>> display = CodeTraversalDisplay.from_estimator(PCA(2).fit(X), X)
    >>> [X.columns[columns[0]] for columns in display.shown_]
    ['proline', 'magnesium']
    """

    def __init__(self, decoded, steps, *, names, row_shape, limits=None):
        self.decoded = decoded
        self.steps = steps
        self.names = names
        self.row_shape = row_shape
        self.limits = limits

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        dims=None,
        n_deviations=2.0,
        n_steps=7,
        image_shape=None,
        sequence_shape=None,
        max_features=8,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Decode rows while the codes of X move one by one, and draw them; return the display.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`; a `Pipeline` too. If its last step has
            `explained_variance_ratio_`, the share of each code stands beside its name.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode. They give the mean and the standard deviation of each code.
        dims : sequence of int, default=None
            Indices of the codes to show. If None, the first ten of images and the first six of other rows.
        n_deviations : float, default=2.0
            How far a code moves to each side, in standard deviations. 95 % of normally distributed codes lie within
            the default.
        n_steps : int, default=7
            Number of values of each code, at least 2. An odd number includes the mean.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If this and `sequence_shape`
            are None, the shape of the estimator's architecture is used.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        max_features : int, default=8
            Maximum number of columns that are drawn for each code, those that move most in standard deviations.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`. If None, a new figure is made.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : dict, default=None
            Keywords passed to `Axes.imshow` for images and to `Axes.plot` for other rows.
        """
        check_has_inverse(estimator)
        check_is_fitted(estimator)
        if not isinstance(n_steps, Integral) or n_steps < 2:
            raise ValueError(f"n_steps={n_steps!r} should be an int of at least 2, the number of values of each code.")
        if not n_deviations > 0:
            raise ValueError(f"n_deviations={n_deviations!r} should be above 0, in standard deviations of a code.")
        X = X if hasattr(X, "shape") else np.asarray(X)
        estimator, X = on_numbers(estimator, X)
        row_shape = RowShape.of(X, image_shape, sequence_shape, [estimator])
        codes, names = named_codes(estimator.transform(X))
        n_codes = codes.shape[1]
        if dims is None:
            dims = range(min(n_codes, _MAX_IMAGES if row_shape.kind == "image" else _MAX_LINES))
        dims = checked_dims(dims, n_codes)
        mean, deviation = codes.mean(axis=0), codes.std(axis=0)
        steps = np.linspace(-n_deviations, n_deviations, n_steps)
        points = np.tile(mean, (len(dims), n_steps, 1))
        for moved, dim in zip(points, dims, strict=True):
            moved[:, dim] += deviation[dim] * steps
        decoded = dense(estimator.inverse_transform(points.reshape(-1, n_codes))).reshape(len(dims), n_steps, -1)
        names = _with_shares(names, estimator)
        rows = X if issparse(X) else np.asarray(X)
        limits = (rows.min(), rows.max())
        display = cls(decoded, steps, names=[names[dim] for dim in dims], row_shape=row_shape, limits=limits)
        return display.plot(ax, max_features=max_features, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    @classmethod
    def from_decoded(
        cls,
        decoded,
        steps,
        *,
        names=None,
        image_shape=None,
        sequence_shape=None,
        max_features=8,
        ax=None,
        cmap="gray_r",
        im_kwargs=None,
        line_kwargs=None,
    ):
        """Draw given rows; return the display.

        Parameters
        ----------
        decoded, steps : array-like of shape (n_codes, n_steps, n_features) and (n_steps,)
            Decoded rows and distances from the mean, as in the class.
        names : sequence of str, default=None
            Names of the codes. If None, "code 0", "code 1", ...
        image_shape, sequence_shape : optional
            As in :meth:`from_estimator`.
        max_features : int, default=8
            Maximum number of columns that are drawn for each code.
        ax : Axes or array of Axes, default=None
            Axes to draw into, as for :meth:`plot`.
        cmap : str or Colormap, default="gray_r"
            Colormap of images.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        decoded, steps = np.asarray(decoded), np.asarray(steps)
        if decoded.ndim != 3 or decoded.shape[1:2] != steps.shape:
            raise ValueError(
                f"decoded should have the shape (n_codes, {len(steps)}, n_features), one row for each code and step, "
                f"but has the shape {decoded.shape}."
            )
        row_shape = RowShape.of(decoded.reshape(-1, decoded.shape[2]), image_shape, sequence_shape)
        if names is None:
            names = [f"code {number}" for number in range(len(decoded))]
        display = cls(decoded, steps, names=list(names), row_shape=row_shape)
        return display.plot(ax, max_features=max_features, cmap=cmap, im_kwargs=im_kwargs, line_kwargs=line_kwargs)

    def plot(self, ax=None, *, max_features=8, cmap="gray_r", im_kwargs=None, line_kwargs=None):
        """Draw the decoded rows; return the display.

        Parameters
        ----------
        ax : Axes or array of Axes, default=None
            Axes to draw into; unless rows are images, an array of one per code, or a single one to replace by a grid.
        max_features : int, default=8
            Maximum number of columns that are drawn for each code, as in :meth:`from_estimator`.
        cmap : str or Colormap, default="gray_r"
            Colormap of images with a single channel.
        im_kwargs, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        if not isinstance(max_features, Integral) or max_features < 1:
            raise ValueError(f"max_features={max_features!r} should be an int of at least 1, the number of columns.")
        n_features = self.decoded.shape[2]
        self.shown_ = [list(range(n_features)) for _ in self.decoded]
        if self.row_shape.kind == "image":
            self._draw_images(ax, merged_style_kwargs({"cmap": cmap}, im_kwargs or {}))
        elif self.row_shape.kind == "sequence":
            self._draw_sequences(ax, line_kwargs or {})
        else:
            self._draw_columns(ax, max_features, merged_style_kwargs({"color": COLORS[0]}, line_kwargs or {}))
        self.figure_ = self.axes_.flat[0].figure
        return self

    def _draw_images(self, ax, style):
        n_codes, n_steps = self.decoded.shape[:2]
        height, width, channels = self.row_shape.shape
        limits = (self.decoded.min(), self.decoded.max()) if self.limits is None else self.limits
        ax = axes_for(ax, figsize=(1.6 + 0.7 * n_steps, 0.6 + 0.7 * n_codes * height / width))
        # A margin below and beside each tile; pixels that are NaN are not drawn, but colours have no NaN.
        margin = max(1, height // 8)
        fill = limits[1] if channels == 3 else np.nan
        tiles = np.full((n_codes, n_steps, height + margin, width + margin, channels), fill)
        tiles[:, :, :height, :width] = self.decoded.reshape(n_codes, n_steps, *self.row_shape.shape)
        _, _, height, width, _ = tiles.shape
        whole = RowShape("image", (n_codes * height, n_steps * width, channels))
        whole.draw_image(ax, tiles.swapaxes(1, 2).ravel(), limits, style)
        ax.set_xticks((np.arange(n_steps) + 0.5) * width - 0.5 * (margin + 1), self._step_names())
        ax.set_yticks((np.arange(n_codes) + 0.5) * height - 0.5 * (margin + 1), self.names)
        ax.set_xlabel("std. dev. of the code")
        self.ax_ = ax
        self.axes_ = np.array([[ax]])

    def _draw_sequences(self, ax, line_kwargs):
        self._make_grid(ax, 2.4)
        colors = pyplot().get_cmap(_CMAP_OF_STEPS)(np.linspace(0, 1, len(self.steps)))
        for cell, rows in zip(self.axes_.flat, self.decoded, strict=False):
            for row, color, step in zip(rows, colors, self._step_names(), strict=True):
                style = merged_style_kwargs({"color": color, "label": step}, line_kwargs)
                self.row_shape.draw_line(cell, row, **style)
        for cell in self.axes_[-1]:
            self.row_shape.label_columns(cell)
        legend_beside(self.axes_[0, -1], title="std. dev.\nof the code")

    def _draw_columns(self, ax, max_features, style):
        scaled = (self.decoded - self.row_shape.mean) / self.row_shape.scale
        order = np.argsort(-np.ptp(scaled, axis=1), axis=1, kind="stable")[:, :max_features]
        self.shown_ = order.tolist()
        n_features, n_shown = scaled.shape[2], order.shape[1]
        self._make_grid(ax, 0.6 + 0.25 * n_shown)
        names = self.row_shape.feature_names or [f"x{number}" for number in range(n_features)]
        names = np.array(shortened(names, 30))
        drawn = np.take_along_axis(scaled, order[:, np.newaxis], axis=2)
        width = max(np.ptp(drawn), 1e-9)
        for cell, rows, lines, columns in zip(self.axes_.flat, self.decoded, scaled, order, strict=False):
            cell.axvline(0, color="0.8", linewidth=0.8, zorder=0)
            for place, column in enumerate(columns):
                self._draw_column(cell, place, lines[:, column], rows[:, column], style)
            cell.set_yticks(range(n_shown), names[columns])
            cell.set_ylim(n_shown - 0.5, -0.5)
            # The values in the units of X stand to the right of the lines.
            cell.set_xlim(drawn.min() - 0.05 * width, drawn.max() + 0.5 * width)
        step_names = self._step_names()
        lines = [f"{n_shown} of {n_features} columns, those that move most"] if n_shown < n_features else []
        lines += ["std. dev. of the column", f"code from {step_names[0]} (ring) to {step_names[-1]} (dot)"]
        self.axes_[-1, 0].set_xlabel("\n".join(lines), fontsize="small")

    def _draw_column(self, cell, place, line, values, style):
        (drawn,) = cell.plot(line, [place] * len(line), **{"marker": "|", "markersize": 5} | style)
        ends = {"color": drawn.get_color(), "linestyle": "", "marker": "o"}
        cell.plot(line[0], place, **ends, markerfacecolor="white")
        cell.plot(line[-1], place, **ends)
        text = f"{_short(values[0])} → {_short(values[-1])}"
        style = {"ha": "right", "va": "center", "fontsize": "small"}
        cell.text(0.99, place, text, transform=cell.get_yaxis_transform(), **style)

    def _make_grid(self, ax, height):
        """Make one Axes per code in one or two columns; hide the one that is left over."""
        n_codes = len(self.decoded)
        n_columns = min(n_codes, 2)
        shape = (-(-n_codes // n_columns), n_columns)
        figsize = (5.5 * n_columns, 0.4 + height * shape[0])
        self.ax_, self.axes_ = grid_of_axes(ax, shape, figsize, sharex=True)
        for number, cell in enumerate(self.axes_.flat):
            if number >= n_codes:
                cell.set_axis_off()
                continue
            cell.set_title(self.names[number], fontsize="medium")
            # No Axes below this one has the labels.
            if number + n_columns >= n_codes:
                cell.tick_params(labelbottom=True)

    def _step_names(self):
        return [f"{step:+.2g}" if step else "0" for step in self.steps]


def _short(value):
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _with_shares(names, estimator):
    """Return the names of codes with the share of the variance that each adds, if the estimator knows it."""
    shares = getattr(final_step(estimator), "explained_variance_ratio_", None)
    if shares is None:
        return names
    return [f"{name}: {share:.1%}" for name, share in zip(names, shares, strict=True)]
