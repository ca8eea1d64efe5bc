"""Each code moves alone, and the picture shows what moves with it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from skautoencoder.plotting import CodeTraversalDisplay


def test_one_code_moves_and_the_others_stay_at_their_means(digits, pca):
    display = CodeTraversalDisplay.from_estimator(pca, digits, n_steps=5, dims=(3, 1))
    codes = pca.transform(digits)
    np.testing.assert_array_equal(display.steps, [-2, -1, 0, 1, 2])
    moved = codes.mean(axis=0)
    moved[3] += 2 * codes[:, 3].std()
    np.testing.assert_allclose(display.decoded[0, -1], pca.inverse_transform([moved])[0])
    for of_code in display.decoded:
        np.testing.assert_allclose(of_code[2], pca.inverse_transform([codes.mean(axis=0)])[0])
    assert [name.partition(":")[0] for name in display.names] == ["code 3", "code 1"]


def test_images_are_tiles_with_margins(digits, pca, assert_nothing_is_clipped):
    display = CodeTraversalDisplay.from_estimator(pca, digits, n_deviations=3, image_shape=(8, 8))
    picture = display.ax_.images[0].get_array()
    assert picture.shape == (4 * 9, 7 * 9)
    np.testing.assert_allclose(picture[18:26, 9:17], display.decoded[2, 1].reshape(8, 8))
    assert picture.mask[8::9].all()
    assert picture.mask[:, 8::9].all()
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["-3", "-2", "-1", "0", "+1", "+2", "+3"]
    share = pca.explained_variance_ratio_[0]
    assert display.ax_.get_yticklabels()[0].get_text() == f"code 0: {share:.1%}"
    assert display.ax_.images[0].get_clim() == (0, 16)
    assert_nothing_is_clipped(display.figure_)


def test_coloured_images_are_drawn(digits, pca):
    decoded = np.random.default_rng(0).uniform(size=(2, 3, 12))
    display = CodeTraversalDisplay.from_decoded(decoded, [-1, 0, 1], image_shape=(2, 2, 3))
    pixels = display.ax_.images[0].get_array()
    assert pixels.shape == (6, 9, 3)
    assert np.all(pixels[2::3] == 1)


def test_sequences_have_one_line_per_step(sinusoids, assert_nothing_is_clipped):
    display = CodeTraversalDisplay.from_estimator(PCA(3).fit(sinusoids), sinusoids, sequence_shape=20, n_steps=3)
    assert display.axes_.shape == (2, 2)
    np.testing.assert_allclose(display.axes_[1, 0].lines[2].get_ydata(), display.decoded[2, 2])
    legend = display.axes_[0, 1].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["-2", "0", "+2"]
    assert not display.axes_[1, 1].axison
    assert_nothing_is_clipped(display.figure_)


def test_columns_that_move_most_are_drawn_with_names_and_units(wine, wine_pca, assert_nothing_is_clipped):
    display = CodeTraversalDisplay.from_estimator(wine_pca, wine, max_features=3)
    loadings = np.abs(wine_pca[-1].components_)
    assert display.shown_ == np.argsort(-loadings, axis=1)[:, :3].tolist()
    columns = wine.columns[display.shown_[1]]
    cell = display.axes_[0, 1]
    assert [label.get_text() for label in cell.get_yticklabels()] == list(columns)
    # Three lines for each column, after the line at the mean: its path, its ring and its dot.
    path, ring, dot = cell.lines[1:4]
    mean, deviation = wine[columns[0]].mean(), wine[columns[0]].std(ddof=0)
    np.testing.assert_allclose(path.get_xdata() * deviation + mean, display.decoded[1][:, display.shown_[1][0]])
    assert (ring.get_xdata()[0], dot.get_xdata()[0]) == tuple(path.get_xdata()[[0, -1]])
    first, last = (float(number) for number in cell.texts[0].get_text().split("→"))
    np.testing.assert_allclose([first, last], display.decoded[1][[0, -1], display.shown_[1][0]], rtol=0.01)
    assert "3 of 13 columns, those that move most" in display.axes_[0, 0].get_xlabel()
    assert cell.get_title() == f"code 1: {wine_pca[-1].explained_variance_ratio_[1]:.1%}"
    assert_nothing_is_clipped(display.figure_)


@pytest.mark.parametrize("n_features", [5, 100])
def test_few_and_many_columns_are_readable(n_features, assert_nothing_is_clipped):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, n_features))).add_prefix("a rather long name ")
    display = CodeTraversalDisplay.from_estimator(PCA(1).fit(X), X)
    (cell,) = display.axes_.flat
    assert len(cell.get_yticklabels()) == min(n_features, 8)
    assert_nothing_is_clipped(display.figure_)


def test_numbers_of_codes_and_columns_have_limits(digits):
    estimator = PCA(12).fit(digits)
    assert len(CodeTraversalDisplay.from_estimator(estimator, digits, image_shape=(8, 8)).names) == 10
    assert len(CodeTraversalDisplay.from_estimator(estimator, digits).names) == 6
    assert len(CodeTraversalDisplay.from_estimator(estimator, digits, dims=range(8)).names) == 8


def test_codes_of_trained_autoencoders_are_drawn(wine, wine_autoencoder):
    display = CodeTraversalDisplay.from_estimator(wine_autoencoder, wine)
    assert display.decoded.shape == (2, 7, 13)
    (shares,) = [wine_autoencoder[-1].explained_variance_ratio_]
    assert display.names == [f"code {number}: {share:.1%}" for number, share in enumerate(shares)]


def test_bad_input(digits, pca):
    for dims in ((0, 0), (0, 4), ()):
        with pytest.raises(ValueError, match=r"dims=.* should be one or more different codes from 0 to 3"):
            CodeTraversalDisplay.from_estimator(pca, digits, dims=dims)
    with pytest.raises(ValueError, match="n_steps=1 should be an int of at least 2"):
        CodeTraversalDisplay.from_estimator(pca, digits, n_steps=1)
    with pytest.raises(ValueError, match="n_deviations=0 should be above 0"):
        CodeTraversalDisplay.from_estimator(pca, digits, n_deviations=0)
    with pytest.raises(ValueError, match="max_features=0 should be an int of at least 1"):
        CodeTraversalDisplay.from_estimator(pca, digits, max_features=0)
    with pytest.raises(TypeError, match="has no inverse_transform"):
        CodeTraversalDisplay.from_estimator(KMeans(2).fit(digits), digits)
    with pytest.raises(ValueError, match=r"the shape \(n_codes, 3, n_features\), .* has the shape \(2, 2, 4\)"):
        CodeTraversalDisplay.from_decoded(np.zeros((2, 2, 4)), [-1, 0, 1])
