"""Each cell of a decoded grid is the row decoded from its values."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from skautoencoder.plotting import DecodedGridDisplay


def test_images_are_tiles_of_one_picture(digits, pca, assert_nothing_is_clipped):
    display = DecodedGridDisplay.from_estimator(pca, digits, dims=(2, 0), n_cells=5, image_shape=(8, 8))
    codes = pca.transform(digits)
    np.testing.assert_allclose(display.values[0][[0, -1]], np.quantile(codes[:, 2], [0.05, 0.95]))
    point = np.median(codes, axis=0)
    point[2], point[0] = display.values[0][3], display.values[1][1]
    expected = pca.inverse_transform(point[np.newaxis])[0].reshape(8, 8)
    np.testing.assert_allclose(display.decoded[1, 3].reshape(8, 8), expected)
    picture = display.ax_.images[0].get_array()
    assert picture.shape == (40, 40)
    # The second code grows upwards: its second value is in the second row from below.
    np.testing.assert_allclose(picture[24:32, 24:32], expected)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("code 2", "code 0")
    assert display.ax_.get_xticks()[0] == 3.5
    assert display.ax_.get_xticklabels()[0].get_text() == f"{display.values[0][0]:.3g}"
    assert display.ax_.get_yticks()[0] == 35.5
    assert display.ax_.images[0].get_clim() == (0, 16)
    assert_nothing_is_clipped(display.figure_)


def test_sequences_have_one_axes_per_cell(sinusoids, pyplot, assert_nothing_is_clipped):
    pca = PCA(2).fit(sinusoids)
    display = DecodedGridDisplay.from_estimator(pca, sinusoids, n_cells=3, sequence_shape=20)
    assert display.axes_.shape == (3, 3)
    expected = pca.inverse_transform([[display.values[0][2], display.values[1][0]]])[0]
    np.testing.assert_allclose(display.axes_[2, 2].lines[0].get_ydata(), expected)
    assert_nothing_is_clipped(display.figure_)
    assert DecodedGridDisplay.from_estimator(pca, sinusoids).axes_.shape == (6, 6)
    with pytest.raises(ValueError, match="ax holds 4 axes, but 9 are needed"):
        display.plot(pyplot.subplots(2, 2)[1])


def test_plain_rows_have_units_of_the_training_rows_and_names(wine, wine_pca, pyplot, assert_nothing_is_clipped):
    display = DecodedGridDisplay.from_estimator(wine_pca, wine[:20], n_cells=3)
    first, second = display.values[0][1], display.values[1][2]
    expected = wine_pca[-1].inverse_transform([[first, second]])[0]
    np.testing.assert_allclose(display.axes_[0, 1].lines[0].get_ydata(), expected)
    assert display.axes_[2, 1].get_xticklabels()[0].get_text() == "alcohol"
    assert display.axes_[2, 1].get_xlabel() == f"{first:.3g}\ncode 0"
    assert display.axes_[1, 0].get_ylabel() == f"code 1\n{display.values[1][1]:.3g}"
    assert_nothing_is_clipped(display.figure_)
    without_layout = display.plot(pyplot.subplots()[1])
    assert without_layout.axes_[2, 1].get_xticklabels()[0].get_text() != "alcohol"
    assert_nothing_is_clipped(without_layout.figure_)


def test_given_rows_are_drawn():
    decoded = np.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    display = DecodedGridDisplay.from_decoded(decoded, ([0, 1, 2], [0, 1]), image_shape=(2, 2))
    assert display.ax_.images[0].get_array().shape == (4, 6)
    with pytest.raises(ValueError, match=r"the shape \(3, 2\) \+ \(n_features,\), .* but has the shape \(2, 3, 4\)"):
        DecodedGridDisplay.from_decoded(decoded, ([0, 1], [0, 1, 2]))


def test_bad_input(digits, pca):
    with pytest.raises(ValueError, match="A picture of codes needs at least two, but there is one"):
        DecodedGridDisplay.from_estimator(PCA(1).fit(digits), digits)
    for dims in ((0, 0), (0, 4), (1,)):
        with pytest.raises(ValueError, match=r"dims=.* should be two different codes from 0 to 3"):
            DecodedGridDisplay.from_estimator(pca, digits, dims=dims)
    with pytest.raises(ValueError, match="n_cells=1 should be an int of at least 2"):
        DecodedGridDisplay.from_estimator(pca, digits, n_cells=1)
    with pytest.raises(TypeError, match="has no inverse_transform"):
        DecodedGridDisplay.from_estimator(KMeans(2).fit(digits), digits)
