"""Colours, line styles, axes and legends of all displays. Only this module imports matplotlib."""

from itertools import cycle

import numpy as np

# Palette of Okabe & Ito for colour-blind readers, dark colours first.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">"]
_LINES = ["-", (0, (6, 1)), "-.", ":", (0, (3, 1, 1, 1, 1, 1))]
PCA_COLOR = "#222222"


def pyplot():
    """Import and return `matplotlib.pyplot`, or raise an ImportError that says how to install it."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("Pictures need matplotlib. Install it with: pip install skautoencoder[plot]") from error
    return pyplot


def axes_for(ax, **figure_options):
    """Return the given axes, or those of a new figure if `ax` is None."""
    return pyplot().subplots(layout="constrained", **figure_options)[1] if ax is None else ax


def grid_of_axes(ax, shape: tuple[int, int], figsize: tuple[float, float], **sharing):
    """Return the Axes that a grid replaces (None for an array of Axes), and the grid as an array of the given shape.

    A grid replaces a single Axes, also that of a new figure if `ax` is None. `sharex` and `sharey` apply to new axes.
    """
    ax = axes_for(ax, figsize=figsize)
    if not hasattr(ax, "get_subplotspec"):
        axes = np.asarray(ax, dtype=object)
        if axes.size != shape[0] * shape[1]:
            raise ValueError(
                f"ax holds {axes.size} axes, but {shape[0] * shape[1]} are needed: {shape[0]} rows of {shape[1]}. Pass "
                f"plt.subplots({shape[0]}, {shape[1]})[1], or a single Axes, which a grid replaces."
            )
        return None, axes.reshape(shape)
    if ax.get_subplotspec() is None:
        raise ValueError(
            "ax is not part of a grid, so no grid can replace it. Pass an Axes made by plt.subplots or add_subplot."
        )
    if not ax.axison:
        raise ValueError(
            "ax is hidden, probably because a grid has replaced it. Pass other axes, or the axes_ of the display "
            "that was drawn there."
        )
    ax.set_axis_off()
    return ax, ax.get_subplotspec().subgridspec(*shape).subplots(squeeze=False, **sharing)


def legend_beside(ax, **options):
    """Make a legend to the right of the axes, so that it covers no data."""
    legend = ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), **options)
    if ax.figure.get_layout_engine() is None:
        # Without a layout engine, shrink the axes as `colorbar` does.
        place = ax.get_position()
        place.x1 -= legend.get_window_extent().width / ax.figure.bbox.width
        ax.set_position(place)
    return legend


def line_styles(methods):
    """Return the line style of each method by name; PCA always has thin dashes in front, which hide no equal line."""
    styles = {"PCA": {"color": PCA_COLOR, "linestyle": (0, (5, 4)), "marker": ".", "linewidth": 1.2, "zorder": 3}}
    others = (method for method in methods if method != "PCA")
    for method, color, line, marker in zip(others, cycle(COLORS), cycle(_LINES), cycle(MARKERS), strict=False):
        styles[method] = {"color": color, "linestyle": line, "marker": marker, "linewidth": 1.8, "zorder": 2}
    return styles


def choose_scale(ax, values):
    """Make the y axis logarithmic if all values are positive and span more than a decade."""
    if 0 < 10 * min(values) < max(values):
        ax.set_yscale("log")
        ax.yaxis.get_major_locator().set_params(subs=(1, 2, 5))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
