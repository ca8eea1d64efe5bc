"""Codes in a plane or in space."""

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from ._style import COLORS, MARKERS, axes_for, pyplot

# Numbers with more different values than this are shown on a scale, as are those with fractions.
_MOST_CLASSES = 20
# A longer legend stands beside the axes.
_MOST_INSIDE = 6


class CodeDisplay:
    """Codes as points, coloured by y.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, 2) or (n_samples, 3)
    y : ndarray of shape (n_samples,) or None
        Classes, by colour and marker, or numbers, on a scale.
    names : list of str
        Of the axes.

    Attributes
    ----------
    ax_ : Axes
        3-D for three codes.
    figure_ : Figure
    points_ : list of PathCollection
        One per class; a single one for numbers or without y.
    colorbar_ : Colorbar or None

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
            Fitted, with `transform`.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), default=None
            Strings, booleans and at most 20 different integers are classes; other numbers are shown on a scale.
        dims : sequence of 2 or 3 int, default=None
            Numbers of the codes to show. None: all of two or three, the first two of more.

        Returns
        -------
        display : CodeDisplay

        Raises
        ------
        ValueError
            If `y` has another length than X or missing values, there are less than two codes, or `dims` are not two or
            three of them.
        """
        check_is_fitted(estimator)
        _check_y(y, X.shape[0] if hasattr(X, "shape") else len(X))
        return cls.from_codes(estimator.transform(X), y, dims=dims)

    @classmethod
    def from_codes(cls, codes, y=None, *, dims=None):
        """Show codes that are there already.

        Parameters
        ----------
        codes : {array-like, DataFrame} of shape (n_samples, n_codes)
            A DataFrame's columns name the axes.
        y, dims
            As in :meth:`from_estimator`.

        Returns
        -------
        display : CodeDisplay
        """
        names = getattr(codes, "columns", None)
        codes = np.asarray(codes)
        n_codes = codes.shape[1]
        names = [f"code {number}" for number in range(n_codes)] if names is None else [str(name) for name in names]
        y = _check_y(y, len(codes))
        if n_codes < 2:
            raise ValueError("There is one code, and a picture needs two. Fit with encoding_dim=2 or more.")
        if dims is None:
            dims = range(3 if n_codes == 3 else 2)
        dims = list(dims)
        if len(dims) not in (2, 3) or len(set(dims)) < len(dims) or not set(dims) <= set(range(n_codes)):
            raise ValueError(f"dims should be two or three of the codes 0 to {n_codes - 1}, but dims={dims!r}.")
        return cls(codes[:, dims], y, names=[names[dim] for dim in dims])

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None: a new figure. For three codes it must be made with ``projection="3d"``.

        Returns
        -------
        display : CodeDisplay

        Raises
        ------
        ValueError
            If there are three codes and `ax` is flat.
        """
        is_solid = self.codes.shape[1] == 3
        if ax is not None and is_solid and ax.name != "3d":
            raise ValueError(
                "Three codes need 3-D axes: pass plt.subplots(subplot_kw={'projection': '3d'})[1], or two dims."
            )
        ax = axes_for(ax, subplot_kw={"projection": "3d"} if is_solid else None, figsize=(6.4, 5.2))
        if is_solid:
            # Room for what stands beside the third axis.
            ax.set_box_aspect(None, zoom=0.85)
        n_points = len(self.codes)
        # From ten points to tens of thousands.
        style = {"s": float(np.clip(20000 / n_points, 6, 36)), "alpha": float(np.clip(2500 / n_points, 0.4, 1.0))}
        style |= {"linewidths": 0, "rasterized": n_points > 2500} | ({"depthshade": False} if is_solid else {})
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
        # More classes than colours that everybody tells apart take theirs from a scale.
        colors = COLORS if len(classes) <= len(COLORS) else pyplot().get_cmap("turbo")(np.linspace(0, 1, len(classes)))
        for number, label in enumerate(classes):
            codes = self.codes[self.y == label]
            marker = MARKERS[number % len(MARKERS)]
            self.points_.append(ax.scatter(*codes.T, color=colors[number], marker=marker, label=str(label), **style))
        place = {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)} if len(classes) > _MOST_INSIDE else {}
        legend = ax.legend(title="y", **place)
        for handle in legend.legend_handles:
            handle.set(alpha=1, sizes=[30])


def _check_y(y, n_samples):
    if y is None:
        return None
    y = column_or_1d(y)
    if len(y) != n_samples:
        raise ValueError(f"y should have a value for each of the {n_samples} rows, but has {len(y)}.")
    if (y != y).any() or any(value is None for value in y):
        raise ValueError("y has missing values. Leave those rows out, or give them a class of their own.")
    return y


def _is_discrete(y):
    if y.dtype.kind not in "iuf":
        return True
    return type_of_target(y) in ("binary", "multiclass") and len(np.unique(y)) <= _MOST_CLASSES
