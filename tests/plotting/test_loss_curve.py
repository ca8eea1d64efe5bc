"""Loss curves show the recorded losses."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderImputer, AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import LossCurveDisplay


def labels(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_start_at_pca_gives_the_loss_of_pca(fitted, assert_nothing_is_clipped):
    display = LossCurveDisplay.from_estimator(fitted)
    assert labels(display) == ["training", "validation", f"kept: epoch {fitted.best_epoch_}", "PCA"]
    np.testing.assert_array_equal(display.lines_["val_loss"].get_ydata(), fitted.history_["val_loss"])
    marker, level = display.ax_.lines[-2:]
    assert marker.get_xydata().tolist() == [[fitted.best_epoch_, fitted.history_["val_loss"][fitted.best_epoch_]]]
    assert level.get_ydata()[0] == fitted.history_["val_loss"][0]
    assert_nothing_is_clipped(display.figure_)


def test_random_start_needs_X_for_the_loss_of_pca(digits):
    X = digits[:300]
    autoencoder = AutoencoderTransformer(4, init="random", epochs=3, early_stopping=False, random_state=0)
    pipeline = make_pipeline(StandardScaler(with_std=False), autoencoder).fit(X)
    assert LossCurveDisplay.from_estimator(pipeline).pca_loss is None
    display = LossCurveDisplay.from_estimator(pipeline, X)
    assert display.pca_loss == pytest.approx(reconstruction_error(PCA(4).fit(X), X))
    assert labels(display) == ["training", "kept: epoch 3", "PCA"]


def test_imputer_has_no_loss_of_pca(wine):
    X = wine.mask(np.random.default_rng(0).uniform(size=wine.shape) < 0.2)
    imputer = AutoencoderImputer(2, loss="mse", epochs=2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), imputer).fit(X)
    display = LossCurveDisplay.from_estimator(pipeline, X)
    assert display.pca_loss is None
    assert labels(display) == ["training", "validation", f"kept: epoch {imputer.best_epoch_}"]
    np.testing.assert_array_equal(display.lines_["loss"].get_ydata(), imputer.history_["loss"])


@pytest.mark.parametrize(("series", "scale"), [([50.0, 2.0], "log"), ([5.0, 2.0], "linear"), ([5.0, -2.0], "linear")])
def test_losses_over_a_decade_have_a_logarithmic_scale(series, scale, pyplot):
    ax = pyplot.subplots()[1]
    display = LossCurveDisplay.from_history({"loss": series}, ax=ax)
    assert display.ax_ is ax
    assert ax.get_yscale() == scale


def test_bad_input(digits):
    with pytest.raises(TypeError, match=r"PCA\(n_components=2\) has no history_\. Pass a fitted autoencoder"):
        LossCurveDisplay.from_estimator(PCA(n_components=2).fit(digits))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        LossCurveDisplay.from_estimator(AutoencoderTransformer())
    with pytest.raises(ValueError, match=r"history should have the key 'loss', but has the keys \['val_loss'\]"):
        LossCurveDisplay.from_history({"val_loss": [1.0]})
    with pytest.raises(
        ValueError, match=r"should have the same length, but have the lengths \{'loss': 2, 'val_loss': 1\}"
    ):
        LossCurveDisplay.from_history({"loss": [1.0, 2.0], "val_loss": [1.0]})
    with pytest.raises(ValueError, match="best_epoch=2 should be one of the epochs 0 to 1"):
        LossCurveDisplay.from_history({"loss": [1.0, 2.0]}, best_epoch=2)
