"""What all pictures share: colours that colour-blind readers tell apart, and shapes for those who print in grey."""

import numpy as np

# Okabe & Ito's, the dark ones first.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">"]
_LINES = ["-", (0, (6, 1)), "-.", ":", (0, (3, 1, 1, 1, 1, 1))]
PCA_COLOR = "#555555"


def pyplot():
    """Return `matplotlib.pyplot`, or say how to get it."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib: pip install skautoencoder[plot], or pip install matplotlib."
        ) from error
    return pyplot


def axes_for(ax, **figure_options):
    """Return the axes to draw into: the given ones, or those of a new figure."""
    if ax is not None:
        return ax
    return pyplot().subplots(layout="constrained", **figure_options)[1]


def line_styles(methods):
    """Return the style of each method's line, by name; PCA's is the same everywhere."""
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


def shortened(name, length):
    """Shorten a name in the middle, where names differ least."""
    name = str(name)
    if len(name) <= length:
        return name
    return f"{name[: length // 2]}…{name[len(name) - (length - length // 2 - 1) :]}"


def choose_scale(ax, values):
    """Make the y axis logarithmic if positive values span more than a decade."""
    if not 0 < 10 * min(values) < max(values):
        return
    from matplotlib.ticker import LogLocator, NullFormatter

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())


def grid_of_axes(ax, shape, figsize, **sharing):
    """Return an array of axes to draw into: of a new figure, in the place of given axes, or the given ones.

    Parameters
    ----------
    ax : Axes, array of Axes or None
    shape : tuple of int
        Rows and columns.
    figsize : tuple of float
        Of a new figure, in inches.
    **sharing
        `sharex` and `sharey`, for axes that are made here.

    Returns
    -------
    ndarray of Axes, of this shape
    """
    if ax is None:
        return pyplot().subplots(*shape, figsize=figsize, layout="constrained", squeeze=False, **sharing)[1]
    if not hasattr(ax, "get_subplotspec"):
        axes = np.asarray(ax, dtype=object)
        if axes.size != shape[0] * shape[1]:
            raise ValueError(
                f"ax holds {axes.size} axes, but {shape[0] * shape[1]} are needed: {shape[0]} rows of {shape[1]}. Pass "
                f"plt.subplots({shape[0]}, {shape[1]})[1], or one axes to be divided."
            )
        return axes.reshape(shape)
    if ax.get_subplotspec() is None:
        raise ValueError("ax is not part of a grid and cannot be divided. Pass an axes of plt.subplots or add_subplot.")
    ax.set_axis_off()
    return ax.get_subplotspec().subgridspec(*shape).subplots(squeeze=False, **sharing)
