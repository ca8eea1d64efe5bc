"""Codes are drawn as points, coloured by classes or numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skautoencoder.plotting import CodeDisplay

CODES = np.random.default_rng(0).normal(size=(60, 4))


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_classes_differ_in_colour_and_marker(wine, wine_autoencoder, assert_nothing_is_clipped):
    y = np.repeat(["red", "white", "rosé"], [60, 60, 58])
    display = CodeDisplay.from_estimator(wine_autoencoder, wine, y)
    assert legend(display) == ["red", "rosé", "white"]
    codes = wine_autoencoder.transform(wine)
    np.testing.assert_array_equal(display.points_[0].get_offsets(), codes[y == "red"])
    assert len({points.get_facecolor().tobytes() for points in display.points_}) == 3
    assert len({points.get_paths()[0].vertices.tobytes() for points in display.points_}) == 3
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("code 0", "code 1")
    assert_nothing_is_clipped(display.figure_)


def test_columns_name_the_axes(wine, wine_autoencoder):
    named = clone(wine_autoencoder).set_output(transform="pandas").fit(wine)
    display = CodeDisplay.from_estimator(named, wine)
    assert display.ax_.get_xlabel() == "autoencodertransformer0"


@pytest.mark.parametrize(
    ("y", "n_classes"),
    [
        (np.arange(60) % 2 == 0, 2),
        (np.arange(60) % 10, 10),
        ((np.arange(60) % 10).astype(float), 10),
        (np.arange(60) % 30, 0),
        (np.linspace(0, 1, 60), 0),
    ],
)
def test_integers_of_few_values_are_classes_and_others_numbers(y, n_classes, assert_nothing_is_clipped):
    display = CodeDisplay.from_codes(CODES, y)
    assert len(display.points_) == (n_classes or 1)
    assert (display.colorbar_ is None) == (n_classes > 0)
    assert_nothing_is_clipped(display.figure_)


def test_name_of_y_labels_legend_and_colour_scale(wine, wine_autoencoder):
    y = wine["alcohol"]
    numbers = CodeDisplay.from_estimator(wine_autoencoder, wine, y)
    assert numbers.colorbar_.ax.get_ylabel() == "alcohol"
    classes = CodeDisplay.from_codes(CODES, pd.Series(np.arange(60) % 2, name="side"))
    assert classes.ax_.get_legend().get_title().get_text() == "side"
    unnamed = CodeDisplay.from_codes(CODES, pd.Series(np.arange(60) % 2))
    assert unnamed.ax_.get_legend().get_title().get_text() == "y"


def test_legend_stands_beside_the_points(assert_nothing_is_clipped):
    y = [f"a class with quite a long name, number {number}" for number in np.arange(60) % 24]
    display = CodeDisplay.from_codes(CODES, y)
    assert_nothing_is_clipped(display.figure_)
    assert display.ax_.get_legend().get_window_extent().x0 > display.ax_.get_window_extent().x1
    assert legend(display)[:3] == ["…0", "…1", "…10"]


def test_many_points_are_smaller_and_more_transparent():
    few = CodeDisplay.from_codes(CODES[:10]).points_[0]
    many = CodeDisplay.from_codes(np.tile(CODES, (200, 1))).points_[0]
    assert few.get_sizes()[0] > 3 * many.get_sizes()[0]
    assert few.get_alpha() == 1 > many.get_alpha()
    assert many.get_rasterized()


@pytest.mark.parametrize(("dims", "name"), [((3, 1), "rectilinear"), ((0, 1, 2), "3d"), (None, "rectilinear")])
def test_dims_choose_the_codes_to_draw(dims, name, assert_nothing_is_clipped):
    display = CodeDisplay.from_codes(CODES, np.arange(60) % 8, dims=dims)
    np.testing.assert_array_equal(display.codes, CODES[:, dims or (0, 1)])
    assert display.ax_.name == name
    assert display.names[0] == f"code {dims[0] if dims else 0}"
    assert_nothing_is_clipped(display.figure_)


def test_three_codes_need_3d_axes(pyplot):
    display = CodeDisplay.from_codes(CODES[:, :3])
    ax = pyplot.subplots(subplot_kw={"projection": "3d"})[1]
    assert display.plot(ax).ax_ is ax
    with pytest.raises(ValueError, match="Three codes need 3-D axes"):
        display.plot(pyplot.subplots()[1])


def test_bad_input(wine, wine_autoencoder):
    with pytest.raises(ValueError, match="y should have one value for each of the 178 rows, but has 5"):
        CodeDisplay.from_estimator(wine_autoencoder, wine, np.zeros(5))
    with pytest.raises(ValueError, match="y has missing values"):
        CodeDisplay.from_codes(CODES, [np.nan] * 60)
    with pytest.raises(ValueError, match="A picture of codes needs at least two, but there is one"):
        CodeDisplay.from_codes(CODES[:, :1])
    for dims in ((0, 0), (0, 4), (1,), (0, 1, 2, 3)):
        with pytest.raises(ValueError, match=r"dims=.* should be two or three different codes from 0 to 3"):
            CodeDisplay.from_codes(CODES, dims=dims)
