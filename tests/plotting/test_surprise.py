"""The most surprising entries of a row."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder import AutoencoderOutlierDetector
from skautoencoder.plotting import SurpriseDisplay


@pytest.fixture(scope="module")
def detector(wine):
    return AutoencoderOutlierDetector(hidden_layer_sizes=(8,), epochs=2, random_state=0).fit(wine)


def test_most_surprising_entries_stand_on_top(wine, detector, assert_nothing_is_clipped):
    changed = wine.iloc[:5].copy()
    changed.iloc[3, 2] = 500.0
    display = SurpriseDisplay.from_estimator(detector, changed, max_features=4)
    assert display.name == "row 3"
    surprises = detector.explain(changed).iloc[3]
    assert display.shown_ == list(np.argsort(-surprises.abs().to_numpy())[:4])
    assert display.shown_[0] == 2
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == list(surprises.index[display.shown_])
    np.testing.assert_allclose(display.points_.get_offsets()[:, 0], surprises.iloc[display.shown_])
    assert display.ax_.get_xscale() == "symlog"
    expected = detector.expected(changed).iloc[3, 2]
    assert display.ax_.child_axes[0].get_yticklabels()[0].get_text() == f"500 ({expected:.4g})"
    assert_nothing_is_clipped(display.figure_)


def test_row_of_an_array_and_missing_entries(wine, detector):
    X = wine.to_numpy().copy()
    X[7, 4] = np.nan
    plain = AutoencoderOutlierDetector(hidden_layer_sizes=(8,), epochs=2, random_state=0).fit(X)
    display = SurpriseDisplay.from_estimator(plain, X, row=7, max_features=20)
    assert sorted(display.shown_) == [column for column in range(13) if column != 4]
    assert display.feature_names[0] == "x0"
    assert display.values[0] == X[7, 0]
    of_sparse = SurpriseDisplay.from_estimator(plain, csr_array(np.nan_to_num(X)), row=8)
    assert of_sparse.values == X[8].tolist()


def test_other_estimators_and_rows(wine, wine_pca, detector):
    with pytest.raises(TypeError, match="Pipeline does not say what it expects"):
        SurpriseDisplay.from_estimator(wine_pca, wine)
    with pytest.raises(IndexError, match="row=178 is not in X, which has 178 rows"):
        SurpriseDisplay.from_estimator(detector, wine, row=178)
    with pytest.raises(TypeError, match=r"row=1.5 is not a whole number"):
        SurpriseDisplay.from_estimator(detector, wine, row=1.5)


def test_row_without_entries(wine, detector):
    X = wine.iloc[:3].astype(float)
    X.iloc[1] = np.nan
    with pytest.raises(ValueError, match="All entries of row 1 are missing"):
        SurpriseDisplay.from_estimator(detector, X, row=1)
    assert SurpriseDisplay.from_estimator(detector, X, row=np.int64(2)).name == "row 2"
