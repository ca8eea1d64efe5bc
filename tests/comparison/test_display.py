"""The plot of a comparison shows the values of its table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import NMF
from sklearn.linear_model import Ridge

from skautoencoder import AutoencoderTransformer, compare_reconstructions, compare_with_pca
from skautoencoder.comparison import EncodingDimDisplay

pytestmark = pytest.mark.usefixtures("pyplot")


@pytest.fixture(scope="module")
def comparison(digits):
    return compare_with_pca(AutoencoderTransformer(epochs=2, random_state=0), digits, encoding_dims=[1, 4, 32], cv=2)


def test_errors_have_bands_of_one_standard_deviation(comparison):
    display = comparison.plot()
    assert isinstance(display, EncodingDimDisplay)
    assert list(display.lines_) == ["PCA", "AutoencoderTransformer"]
    rows = comparison[comparison["method"] == "PCA"]
    np.testing.assert_array_equal(display.lines_["PCA"].get_xydata(), rows[["encoding_dim", "test_mse"]])
    assert display.lines_["PCA"].get_linestyle() == "--"
    band = display.ax_.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx((rows["test_mse"] + rows["test_mse_std"]).max())
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["1", "4", "32"]
    assert display.ax_.get_yscale() == "log"
    display.figure_.draw_without_rendering()
    drawn = display.figure_.get_tightbbox()
    assert display.figure_.bbox_inches.padded(0.01).count_contains(drawn.corners()) == 4, "The picture is clipped."


def test_ratios_have_bands_of_their_interval(comparison, pyplot):
    ax = pyplot.subplots()[1]
    display = comparison.plot(ax, metric="ratio_to_pca")
    assert display.ax_ is ax
    assert ax.get_yscale() == "linear"
    assert list(display.lines_["PCA"].get_ydata()) == [1, 1]
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(comparison["ratio_low"].min())
    assert comparison.plot(metric="test_r2").ax_.get_ylabel() == "held-out R²"
    display = EncodingDimDisplay.from_comparison(comparison, metric="test_r2")
    rows = comparison[comparison["method"] == "PCA"]
    np.testing.assert_array_equal(display.lines_["PCA"].get_ydata(), rows["test_r2"])


def test_single_sizes_are_markers_with_bars(digits):
    estimators = {"NMF": NMF(4, init="nndsvda", max_iter=500)}
    comparison = compare_reconstructions(estimators, digits[:200], cv=2)
    display = comparison.plot()
    bars = [bar.get_segments()[0][:, 1] for bar in display.ax_.collections]
    for bar, (_, row) in zip(bars, comparison.iterrows(), strict=True):
        np.testing.assert_allclose(bar, row["test_mse"] + row["test_mse_std"] * np.array([-1, 1]))
    assert len(display.lines_["NMF"].get_xydata()) == 1


def test_many_sizes_have_few_ticks():
    rows = [
        {"encoding_dim": size, "method": "PCA", "test_r2": 0.5}
        | dict.fromkeys(["test_mse", "test_mse_std", "train_mse", "train_mse_std"], 1.0)
        | dict.fromkeys(["ratio_to_pca", "ratio_low", "ratio_high"], 1.0)
        for size in range(1, 60)
    ]
    display = EncodingDimDisplay.from_comparison(pd.DataFrame(rows))
    assert len(display.ax_.get_xticks()) <= 12


def test_scores_have_a_line_for_all_columns(digits):
    comparison = compare_with_pca(
        AutoencoderTransformer(epochs=0), digits, encoding_dims=[1, 4], cv=2, y=digits[:, 20], downstream=Ridge()
    )
    display = comparison.plot(metric="downstream_score")
    assert list(display.lines_) == ["PCA", "AutoencoderTransformer", "all columns"]
    rows = comparison[comparison["method"] == "PCA"]
    np.testing.assert_array_equal(display.lines_["PCA"].get_xydata(), rows[["encoding_dim", "downstream_score"]])
    assert list(display.lines_["all columns"].get_ydata()) == [comparison["downstream_score"].max()] * 2
    for shown in (display, comparison.plot()):
        assert [label.get_text() for label in shown.ax_.get_xticklabels()] == ["1", "4"]
    assert "all columns" not in comparison.plot(metric="test_r2").lines_


def test_bad_input(comparison):
    with pytest.raises(ValueError, match=r"metric='mse' is unknown.* Choose one of"):
        comparison.plot(metric="mse")
    with pytest.raises(ValueError, match=r"metric='downstream_score' is unknown.* Choose one of"):
        comparison.plot(metric="downstream_score")
    with pytest.raises(ValueError, match=r"comparison lacks the columns \['ratio_low', 'ratio_high'\]"):
        EncodingDimDisplay.from_comparison(comparison.drop(columns=["ratio_low", "ratio_high"]))
