"""All displays draw into new or given axes, and again into others."""

import inspect
import sys

import numpy as np
import pytest

from skautoencoder import plotting
from skautoencoder.comparison import EncodingDimDisplay
from skautoencoder.plotting import (
    CodeDisplay,
    CodeTraversalDisplay,
    DecodedGridDisplay,
    FeatureErrorDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)
from skautoencoder.plotting._style import legend_beside

X = np.eye(4)
CURVES = {"PCA": {"encoding_dim": X[0] + 1, "test_mse": X[:3]}}
IMAGES = {"image_shape": (2, 2)}

DRAWINGS = {
    "codes": lambda **options: CodeDisplay.from_codes(X, **options),
    "traversals": lambda **options: CodeTraversalDisplay.from_decoded(X.reshape(2, 2, 4), [-1, 1], **options),
    "traversals of images": lambda **options: DRAWINGS["traversals"](**IMAGES, **options),
    "traversals of sequences": lambda **options: DRAWINGS["traversals"](sequence_shape=4, **options),
    "grid": lambda **options: DecodedGridDisplay.from_decoded(X.reshape(2, 2, 4), ([0, 1], [0, 1]), **options),
    "grid of images": lambda **options: DRAWINGS["grid"](**IMAGES, **options),
    "errors": lambda **options: FeatureErrorDisplay.from_errors({"PCA": X[0]}, **options),
    "errors as images": lambda **options: DRAWINGS["errors"](**IMAGES, **options),
    "losses": lambda **options: LossCurveDisplay.from_history({"loss": [2.0, 1.0]}, **options),
    "rows": lambda **options: ReconstructionDisplay.from_reconstructions(X, {"PCA": X}, **options),
    "rows that are images": lambda **options: DRAWINGS["rows"](**IMAGES, **options),
    "comparison": lambda **options: EncodingDimDisplay(CURVES).plot(**options),
}


def from_methods():
    pictures = [getattr(plotting, name) for name in plotting.__all__ if name != "CodeExplorer"]
    for display in [EncodingDimDisplay, *pictures]:
        for name, method in inspect.getmembers(display, inspect.ismethod):
            yield pytest.param(display, method, id=f"{display.__name__}.{name}")


@pytest.mark.parametrize(("display", "method"), from_methods())
def test_from_methods_take_all_options_of_plot(display, method):
    assert method.__name__.startswith("from_")
    options = inspect.signature(method).parameters
    for name, parameter in list(inspect.signature(display.plot).parameters.items())[1:]:
        assert options[name].default == parameter.default
        assert options[name].kind == inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_from_methods_draw_one_figure(draw, pyplot):
    display = draw()
    assert pyplot.get_fignums() == [display.figure_.number]
    assert display.ax_.figure is display.figure_


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_plot_draws_again_into_other_axes(draw, pyplot, assert_nothing_is_clipped):
    figure, (left, right) = pyplot.subplots(1, 2, layout="constrained")
    display = draw(ax=left)
    assert display.ax_ is left
    drawn = len(figure.axes)
    display.plot(right)
    assert display.ax_ is right
    assert display.figure_ is figure
    # Each of the two axes has as many axes for cells and colour scales.
    assert len(figure.axes) == 2 * drawn - 2
    assert pyplot.get_fignums() == [figure.number]
    assert_nothing_is_clipped(figure)


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_missing_matplotlib_is_named(draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r"Pictures need matplotlib\. Install it with: pip install skautoencoder\[plot\]"
    ):
        draw()


def test_lines_and_dots_take_aliases_of_styles():
    style = {"lw": 7, "c": "red"}
    lines = [
        DRAWINGS["losses"](line_kwargs=style).lines_["loss"],
        DRAWINGS["comparison"](line_kwargs=style).lines_["PCA"],
        DRAWINGS["rows"](line_kwargs=style).axes_[0, 0].lines[1],
        DRAWINGS["grid"](line_kwargs=style).axes_[0, 0].lines[0],
        DRAWINGS["traversals"](line_kwargs=style).axes_[0, 0].lines[1],
        DRAWINGS["traversals of sequences"](line_kwargs=style).axes_[0, 0].lines[0],
    ]
    assert {(line.get_linewidth(), line.get_color()) for line in lines} == {(7.0, "red")}
    band = DRAWINGS["comparison"](fill_between_kwargs={"alpha": 0.5}).ax_.collections[0]
    assert band.get_alpha() == 0.5
    style = {"s": 17, "marker": "^", "lw": 7, "c": "red"}
    dots = [
        DRAWINGS["codes"](scatter_kwargs=style).points_[0],
        DRAWINGS["codes"](y=["a", "b", "a", "b"], scatter_kwargs=style).points_[1],
        DRAWINGS["errors"](scatter_kwargs=style).points_["PCA"],
    ]
    for drawn in dots:
        assert (drawn.get_sizes()[0], drawn.get_linewidth()[0]) == (17, 7)
        assert drawn.get_facecolor()[0].tolist() == [1, 0, 0, 1]


def test_images_and_points_take_colormaps():
    images = [
        DRAWINGS["rows that are images"](cmap="magma", im_kwargs={"vmax": 3}).axes_[0, 0].images[0],
        DRAWINGS["grid of images"](cmap="magma", im_kwargs={"vmax": 3}).ax_.images[0],
        DRAWINGS["traversals of images"](cmap="magma", im_kwargs={"vmax": 3}).ax_.images[0],
        DRAWINGS["errors as images"](cmap="magma", im_kwargs={"vmax": 3}).axes_[0, 0].images[0],
    ]
    assert {(image.get_cmap().name, image.get_clim()) for image in images} == {("magma", (0.0, 3.0))}
    numbers = DRAWINGS["codes"](y=[0.1, 0.2, 0.3, 0.4], cmap="magma").points_[0]
    assert numbers.get_cmap().name == "magma"
    classes = DRAWINGS["codes"](y=list("abab"), cmap="gray").points_
    assert [points.get_facecolor()[0].tolist() for points in classes] == [[0, 0, 0, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_legends_beside_axes_stay_in_the_figure_and_cover_nothing(layout, pyplot, assert_nothing_is_clipped):
    figure, ax = pyplot.subplots(layout=layout)
    ax.plot(X[0], label="quite a long name of a line")
    legend = legend_beside(ax)
    assert_nothing_is_clipped(figure)
    assert legend.get_window_extent().x0 > ax.get_window_extent().x1
