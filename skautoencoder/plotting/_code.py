"""Codes as points in a plane or in space."""

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from ._style import COLORS, MARKERS, axes_for, pyplot

# Integers with more distinct values are numbers on a colour scale rather than classes.
_MOST_CLASSES = 20
# A legend with more entries is placed beside the axes.
_MOST_LEGEND_ENTRIES_INSIDE = 6


class CodeDisplay:
    """Codes as points, coloured by y.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, 2) or (n_samples, 3)
        Coordinates of the points.
    y : ndarray of shape (n_samples,), default=None
        Classes, shown by colour and marker, or numbers, shown on a colour scale.
    names : list of str
        Names of the codes, which label the axes.

    Attributes
    ----------
    ax_ : Axes
        Axes that hold the points, 3-D for three codes.
    figure_ : Figure
        Figure that holds the axes.
    points_ : list of PathCollection
        Points of each class, or all points in a single collection if y is None or numbers.
    colorbar_ : Colorbar or None
        Colour scale of numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import CodeDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = CodeDisplay.from_estimator(PCA(2).fit(X), X, y).plot()
    >>> len(display.points_)
    3
    """

    def __init__(self, codes, y=None, *, names):
        self.codes = codes
        self.y = y
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, dims=None):
        """Encode rows of X.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode.
        y : array-like of shape (n_samples,), default=None
            Classes or numbers that colour the points. Strings, booleans and integers of at most 20 distinct values are
            classes; other numbers are shown on a colour scale.
        dims : sequence of 2 or 3 int, default=None
            Indices of the codes to show. If None, all of two or three codes, and the first two of more.

        Returns
        -------
        CodeDisplay
            Display of the codes.

        Raises
        ------
        ValueError
            If `y` has missing values or another length than X, there are fewer than two codes, or `dims` are not two or
            three of them.
        """
        check_is_fitted(estimator)
        _check_y(y, X.shape[0] if hasattr(X, "shape") else len(X))
        return cls.from_codes(estimator.transform(X), y, dims=dims)

    @classmethod
    def from_codes(cls, codes, y=None, *, dims=None):
        """Show given codes.

        Parameters
        ----------
        codes : {array-like, DataFrame} of shape (n_samples, n_codes)
            Codes. The columns of a DataFrame name the axes.
        y : array-like of shape (n_samples,), default=None
            Classes or numbers that colour the points, as in :meth:`from_estimator`.
        dims : sequence of 2 or 3 int, default=None
            Indices of the codes to show. If None, all of two or three codes, and the first two of more.

        Returns
        -------
        CodeDisplay
            Display of the codes.

        Raises
        ------
        ValueError
            If `y` has missing values or another length than `codes`, there are fewer than two codes, or `dims` are not
            two or three of them.
        """
        names = getattr(codes, "columns", None)
        codes = np.asarray(codes)
        n_codes = codes.shape[1]
        names = [f"code {number}" for number in range(n_codes)] if names is None else [str(name) for name in names]
        y = _check_y(y, len(codes))
        if n_codes < 2:
            raise ValueError(
                "A picture of codes needs at least two, but there is one. Fit with encoding_dim=2 or more."
            )
        if dims is None:
            dims = range(3 if n_codes == 3 else 2)
        dims = list(dims)
        if len(dims) not in (2, 3) or len(set(dims)) < len(dims) or not set(dims) <= set(range(n_codes)):
            raise ValueError(f"dims={dims!r} should be two or three different codes from 0 to {n_codes - 1}.")
        return cls(codes[:, dims], y, names=[names[dim] for dim in dims])

    def plot(self, ax=None):
        """Draw the points.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw into, made with ``projection="3d"`` for three codes. If None, a new figure is made.

        Returns
        -------
        CodeDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are three codes and `ax` is not 3-D.
        """
        is_3d = self.codes.shape[1] == 3
        if ax is not None and is_3d and ax.name != "3d":
            raise ValueError(
                "Three codes need 3-D axes, but ax is 2-D. Pass plt.subplots(subplot_kw={'projection': '3d'})[1], or "
                "choose two codes with dims."
            )
        ax = axes_for(ax, subplot_kw={"projection": "3d"} if is_3d else None, figsize=(6.4, 5.2))
        if is_3d:
            # The label of the third axis needs room.
            ax.set_box_aspect(None, zoom=0.85)
        n_points = len(self.codes)
        # Points get smaller and more transparent from ten to tens of thousands.
        style = {"s": float(np.clip(20000 / n_points, 6, 36)), "alpha": float(np.clip(2500 / n_points, 0.4, 1.0))}
        style |= {"linewidths": 0, "rasterized": n_points > 2500} | ({"depthshade": False} if is_3d else {})
        self.points_, self.colorbar_ = [], None
        if self.y is None:
            self.points_.append(ax.scatter(*self.codes.T, color=COLORS[0], **style))
        elif _is_discrete(self.y):
            self._scatter_classes(ax, style)
        else:
            self.points_.append(ax.scatter(*self.codes.T, c=self.y, cmap="viridis", **style))
            self.colorbar_ = ax.figure.colorbar(self.points_[0], ax=ax, label="y")
            self.colorbar_.solids.set_alpha(1)
        for axis, name in zip("xyz", self.names, strict=False):
            getattr(ax, f"set_{axis}label")(name)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _scatter_classes(self, ax, style):
        classes = np.unique(self.y)
        # The palette is too short for more classes.
        colors = COLORS if len(classes) <= len(COLORS) else pyplot().get_cmap("turbo")(np.linspace(0, 1, len(classes)))
        for number, label in enumerate(classes):
            codes = self.codes[self.y == label]
            marker = MARKERS[number % len(MARKERS)]
            self.points_.append(ax.scatter(*codes.T, color=colors[number], marker=marker, label=str(label), **style))
        place = (
            {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)} if len(classes) > _MOST_LEGEND_ENTRIES_INSIDE else {}
        )
        legend = ax.legend(title="y", **place)
        for handle in legend.legend_handles:
            handle.set(alpha=1, sizes=[30])


def _check_y(y, n_samples):
    if y is None:
        return None
    y = column_or_1d(y)
    if len(y) != n_samples:
        raise ValueError(f"y should have one value for each of the {n_samples} rows, but has {len(y)}.")
    if (y != y).any() or any(value is None for value in y):
        raise ValueError("y has missing values. Leave these rows out, or give them a class of their own.")
    return y


def _is_discrete(y):
    if y.dtype.kind not in "iuf":
        return True
    return type_of_target(y) in ("binary", "multiclass") and len(np.unique(y)) <= _MOST_CLASSES
