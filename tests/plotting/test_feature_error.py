"""Errors by column, largest first."""

import numpy as np
import pytest

from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import FeatureErrorDisplay


def test_columns_with_largest_errors_stand_on_top(wine, wine_pca, wine_autoencoder, assert_nothing_is_clipped):
    methods = {"PCA": wine_pca, "autoencoder": wine_autoencoder}
    display = FeatureErrorDisplay.from_estimators(methods, wine)
    lost = reconstruction_error(wine_autoencoder, wine, per="feature") / wine.var(ddof=0).to_numpy()
    assert display.shown_ == list(np.argsort(-lost))
    assert display.ax_.get_yticklabels()[0].get_text() == wine.columns[lost.argmax()]
    assert display.ax_.yaxis_inverted()
    assert list(display.points_) == ["PCA", "autoencoder"]
    dots = np.column_stack([np.sort(lost)[::-1], np.arange(13)])
    np.testing.assert_allclose(display.points_["autoencoder"].get_offsets(), dots)
    assert display.ax_.get_xlabel() == "share of the column's variance that is lost"
    assert_nothing_is_clipped(display.figure_)


def test_constant_columns_and_columns_beyond_max_features_are_left_out(digits, pca):
    display = FeatureErrorDisplay.from_estimator(pca, digits, max_features=5)
    n_varying = int((digits.var(axis=0) > 0).sum())
    assert display.ax_.get_ylabel() == f"the 5 hardest of {n_varying} columns"
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [f"x{column}" for column in display.shown_]
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["PCA"]


def test_images_show_the_error_of_each_pixel(digits, pca, fitted, pyplot, assert_nothing_is_clipped):
    methods = {"PCA": pca, "autoencoder": fitted}
    display = FeatureErrorDisplay.from_estimators(methods, digits, metric="mse", image_shape=(8, 8))
    drawn = display.axes_[0, 1].images[0].get_array()
    np.testing.assert_allclose(drawn.ravel(), reconstruction_error(fitted, digits, per="feature"))
    assert [ax.get_title() for ax in display.axes_.flat] == ["PCA", "autoencoder"]
    assert display.colorbar_.ax.get_ylabel() == "mean squared error"
    assert_nothing_is_clipped(display.figure_)
    with pytest.raises(ValueError, match=r"image_shape=\(3, 3\) holds 9 values"):
        FeatureErrorDisplay.from_errors(display.errors, image_shape=(3, 3))
    with pytest.raises(ValueError, match="ax holds 1 axes, but 2 are needed"):
        display.plot(pyplot.subplots(1, 1, squeeze=False)[1])


def test_long_names_of_columns_are_shortened(assert_nothing_is_clipped):
    names = [f"a column with quite a long name, number {number}" for number in range(30)]
    display = FeatureErrorDisplay.from_errors({"ours": np.arange(30)}, feature_names=names)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert len(labels) == 20
    assert labels == [f"…{number}" for number in range(29, 9, -1)]
    assert_nothing_is_clipped(display.figure_)


def test_bad_metric_and_lengths(digits, pca):
    with pytest.raises(ValueError, match="metric='rmse' is unknown"):
        FeatureErrorDisplay.from_estimator(pca, digits, metric="rmse")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        FeatureErrorDisplay.from_errors({"a": [1, 2], "b": [1, 2, 3]})


def test_estimators_need_names(digits, pca):
    with pytest.raises(TypeError, match=r"estimators should be a dict of estimators by name, .* but is \[PCA"):
        FeatureErrorDisplay.from_estimators([pca], digits)
