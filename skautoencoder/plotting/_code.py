"""Codes as points in two or three dimensions."""

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from .._sklearn_compat import merged_style_kwargs
from ..inspection import named_codes
from ._names import shortened
from ._style import COLORS, MARKERS, axes_for, legend_beside, pyplot

# Maximum number of distinct integers that count as classes.
_MAX_CLASSES = 20
# Maximum number of classes in one column of the legend.
_MAX_LEGEND_ROWS = 15
_NUMBERS = {2: "two", 3: "three"}


class CodeDisplay:
    """Codes as points, coloured by y.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, 2) or (n_samples, 3)
        Coordinates of the points.
    y : ndarray of shape (n_samples,), default=None
        Classes, shown by colour and marker, or numbers, shown on a colour scale.
    names : list of str
        Names of the codes, the labels of the axes.
    y_name : str, default="y"
        Name of y, the title of the legend or the label of the colour scale.

    Attributes
    ----------
    ax_ : Axes
        Axes of the points, 3-D for three codes.
    figure_ : Figure
        Figure of the axes.
    points_ : list of PathCollection
        Points of each class; one collection of all points if y is None or numbers.
    colorbar_ : Colorbar or None
        Colour scale of numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import CodeDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = CodeDisplay.from_estimator(PCA(2).fit(X), X, y)
    >>> len(display.points_)
    3
    """

    def __init__(self, codes, y=None, *, names, y_name="y"):
        self.codes = codes
        self.y = y
        self.names = names
        self.y_name = y_name

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, dims=None, ax=None, cmap=None, scatter_kwargs=None):
        """Encode rows of X and draw their codes; return the display.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode.
        y : array-like of shape (n_samples,), default=None
            Classes or numbers that colour the points. Strings, booleans and integers of at most 20 distinct values are
            classes; other numbers are shown on a colour scale. The name of a Series labels them.
        dims : sequence of 2 or 3 int, default=None
            Indices of the codes to show. If None, all of two or three codes, and the first two of more.
        ax : Axes, default=None
            Axes to draw into, made with ``projection="3d"`` for three codes. If None, a new figure is made.
        cmap : str or Colormap, default=None
            Colormap. If None, "viridis" for numbers, and for classes colours that colour-blind readers can tell apart.
        scatter_kwargs : dict, default=None
            Keywords passed to `Axes.scatter`.
        """
        check_is_fitted(estimator)
        codes = estimator.transform(X)
        return cls.from_codes(codes, y, dims=dims, ax=ax, cmap=cmap, scatter_kwargs=scatter_kwargs)

    @classmethod
    def from_codes(cls, codes, y=None, *, dims=None, ax=None, cmap=None, scatter_kwargs=None):
        """Draw given codes; return the display.

        Parameters
        ----------
        codes : {array-like, DataFrame} of shape (n_samples, n_codes)
            Codes. The columns of a DataFrame name the axes.
        y, dims, ax, cmap, scatter_kwargs : optional
            As in :meth:`from_estimator`.
        """
        codes, names = at_least_two_codes(codes)
        y_name = getattr(y, "name", None)
        y = _check_y(y, len(codes))
        if dims is None:
            dims = range(3 if codes.shape[1] == 3 else 2)
        dims = checked_dims(dims, codes.shape[1], (2, 3))
        y_name = "y" if y_name is None else str(y_name)
        display = cls(codes[:, dims], y, names=[names[dim] for dim in dims], y_name=y_name)
        return display.plot(ax, cmap=cmap, scatter_kwargs=scatter_kwargs)

    def plot(self, ax=None, *, cmap=None, scatter_kwargs=None):
        """Draw the points; return the display.

        Parameters
        ----------
        ax, cmap, scatter_kwargs : optional
            As in :meth:`from_estimator`.
        """
        is_3d = self.codes.shape[1] == 3
        if ax is not None and is_3d and ax.name != "3d":
            raise ValueError(
                "Three codes need 3-D axes, but ax is 2-D. Pass plt.subplots(subplot_kw={'projection': '3d'})[1], or "
                "choose two codes with dims."
            )
        ax = axes_for(ax, subplot_kw={"projection": "3d"} if is_3d else None, figsize=(6.4, 5.2))
        n_points = len(self.codes)
        # From ten to tens of thousands of points, they get smaller and more transparent.
        style = {
            "s": float(np.clip(20000 / n_points, 6, 36)),
            "alpha": float(np.clip(2500 / n_points, 0.4, 1.0)),
            "linewidth": 0,
            "rasterized": n_points > 2500,
        }
        if is_3d:
            style["depthshade"] = False
            # Leave room for the label of the third axis.
            ax.set_box_aspect(None, zoom=0.85)
        style = merged_style_kwargs(style, scatter_kwargs or {})
        self.colorbar_ = None
        if self.y is None:
            self.points_ = [ax.scatter(*self.codes.T, **{"color": COLORS[0]} | style)]
        elif _is_discrete(self.y):
            self.points_ = self._scatter_classes(ax, cmap, style)
        else:
            self.points_ = [ax.scatter(*self.codes.T, c=self.y, cmap=cmap or "viridis", **style)]
            self.colorbar_ = ax.figure.colorbar(self.points_[0], ax=ax, label=self.y_name)
            self.colorbar_.solids.set_alpha(1)
        for axis, name in zip("xyz", self.names, strict=False):
            getattr(ax, f"set_{axis}label")(name)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _scatter_classes(self, ax, cmap, style):
        classes = np.unique(self.y)
        if cmap is None and len(classes) <= len(COLORS):
            colors = COLORS
        else:
            colors = pyplot().get_cmap(cmap or "turbo")(np.linspace(0, 1, len(classes)))
        points = []
        for number, (value, label) in enumerate(zip(classes, shortened(classes, 30), strict=True)):
            of_class = {"color": colors[number], "marker": MARKERS[number % len(MARKERS)], "label": label}
            points.append(ax.scatter(*self.codes[self.y == value].T, **of_class | style))
        legend = legend_beside(ax, title=self.y_name, ncols=-(-len(classes) // _MAX_LEGEND_ROWS))
        for handle in legend.legend_handles:
            handle.set(alpha=1, sizes=[30])
        return points


def at_least_two_codes(codes) -> tuple[np.ndarray, list[str]]:
    """Return codes as an array, and their names, or raise a ValueError if there is only one code."""
    codes, names = named_codes(codes)
    if len(names) < 2:
        raise ValueError("A picture of codes needs at least two, but there is one. Fit with encoding_dim=2 or more.")
    return codes, names


def checked_dims(dims, n_codes: int, sizes: tuple[int, ...] = ()) -> list[int]:
    """Return the indices of the codes to draw, or raise a ValueError unless their number is one of the sizes.

    Without sizes, every number of codes is right.
    """
    dims = list(dims)
    is_size = len(dims) in sizes if sizes else dims
    if not is_size or len(set(dims)) < len(dims) or not set(dims) <= set(range(n_codes)):
        number = " or ".join(_NUMBERS[size] for size in sizes) or "one or more"
        raise ValueError(f"dims={dims!r} should be {number} different codes from 0 to {n_codes - 1}.")
    return dims


def _check_y(y, n_samples):
    if y is None:
        return None
    y = column_or_1d(y)
    if len(y) != n_samples:
        raise ValueError(f"y should have one value for each of the {n_samples} rows, but has {len(y)}.")
    if (y != y).any() or any(value is None for value in y):
        raise ValueError("y has missing values. Leave these rows out, or give them a separate class.")
    return y


def _is_discrete(y):
    if y.dtype.kind not in "iuf":
        return True
    return type_of_target(y) in ("binary", "multiclass") and len(np.unique(y)) <= _MAX_CLASSES
