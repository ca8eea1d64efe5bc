"""Colours, markers, line styles and axes that all pictures share. Only this module imports matplotlib."""

import numpy as np

# The palette of Okabe & Ito, which colour-blind readers can tell apart, dark colours first.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">"]
_LINES = ["-", (0, (6, 1)), "-.", ":", (0, (3, 1, 1, 1, 1, 1))]
PCA_COLOR = "#555555"


def pyplot():
    """Import and return `matplotlib.pyplot`, or raise an ImportError that says how to install it."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("Pictures need matplotlib. Install it with: pip install skautoencoder[plot]") from error
    return pyplot


def axes_for(ax, **figure_options):
    """Return the given axes, or those of a new figure if `ax` is None."""
    if ax is not None:
        return ax
    return pyplot().subplots(layout="constrained", **figure_options)[1]


def line_styles(methods):
    """Return the line style of each method by name. PCA has the same style in all pictures."""
    others = [method for method in methods if method != "PCA"]
    styles = {
        method: {
            "color": COLORS[number % len(COLORS)],
            "linestyle": _LINES[number % len(_LINES)],
            "marker": MARKERS[number % len(MARKERS)],
        }
        for number, method in enumerate(others)
    }
    return {"PCA": {"color": PCA_COLOR, "linestyle": "--", "marker": "."}} | styles


def choose_scale(ax, values):
    """Make the y axis logarithmic if all values are positive and span more than a decade."""
    if 0 < 10 * min(values) < max(values):
        ax.set_yscale("log")
        ax.yaxis.get_major_locator().set_params(subs=(1, 2, 5))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")


def grid_of_axes(ax, shape, figsize, **sharing):
    """Return a grid of axes to draw into.

    Parameters
    ----------
    ax : Axes, array of Axes or None
        Axes to replace by a grid, or array of Axes to use as the grid. If None, a new figure is made.
    shape : tuple of int
        Numbers of rows and columns of the grid.
    figsize : tuple of float
        Width and height of a new figure in inches.
    **sharing
        Options `sharex` and `sharey` of axes that are made here.

    Returns
    -------
    ndarray of Axes
        Grid of the given shape.
    """
    if ax is None:
        return pyplot().subplots(*shape, figsize=figsize, layout="constrained", squeeze=False, **sharing)[1]
    if not hasattr(ax, "get_subplotspec"):
        axes = np.asarray(ax, dtype=object)
        if axes.size != shape[0] * shape[1]:
            raise ValueError(
                f"ax holds {axes.size} axes, but {shape[0] * shape[1]} are needed: {shape[0]} rows of {shape[1]}. Pass "
                f"plt.subplots({shape[0]}, {shape[1]})[1], or a single Axes, which is replaced by a grid."
            )
        return axes.reshape(shape)
    if ax.get_subplotspec() is None:
        raise ValueError(
            "ax is not part of a grid and cannot be replaced by one. Pass an Axes made by plt.subplots or add_subplot."
        )
    ax.set_axis_off()
    return ax.get_subplotspec().subgridspec(*shape).subplots(squeeze=False, **sharing)
