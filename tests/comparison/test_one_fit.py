"""All code sizes of a comparison can come from one fit per fold."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import NMF, PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import (
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
    compare_with_pca,
    encoding_dim_curve,
)
from skautoencoder.metrics import reconstruction_r2

SIZES = [1, 2, 5]
MEASURED = ["test_mse", "train_mse", "test_r2", "ratio_to_pca", "pca_equivalent", "code_bytes", "downstream_score"]


def compared(estimator, X, **options):
    options = {"encoding_dims": SIZES, "cv": 2, "y": X[:, 3], "downstream": Ridge()} | options
    return compare_with_pca(estimator, X, **options)


@pytest.fixture(scope="module")
def rows(wine):
    return wine * np.arange(1, 14)


@pytest.fixture(scope="module")
def trained(rows):
    """A comparison of a trained network, whose sizes differ from fits of every size."""
    return compared(AutoencoderTransformer(epochs=2, random_state=0), rows, one_fit=True)


@pytest.mark.parametrize(
    "estimator",
    [AutoencoderTransformer(epochs=0), make_pipeline(StandardScaler(), AutoencoderTransformer(epochs=0))],
    ids=["estimator", "pipeline"],
)
def test_untrained_networks_have_the_measurements_of_fits_of_every_size(rows, estimator):
    from_one_fit = compared(estimator, rows, one_fit=True)
    fitted_each = compared(estimator, rows)
    assert list(from_one_fit["method"]) == list(fitted_each["method"])
    assert list(from_one_fit["encoding_dim"]) == list(fitted_each["encoding_dim"])
    np.testing.assert_allclose(
        from_one_fit[MEASURED].astype(float), fitted_each[MEASURED].astype(float), rtol=1e-6, equal_nan=True
    )
    last = from_one_fit["method"] == "all columns"
    assert from_one_fit["explained_variance_ratio"].isna().tolist() == last.tolist()


def test_estimator_is_fitted_once_per_fold(rows, monkeypatch):
    fitted = []

    def counted(estimator, X, fit=AutoencoderTransformer.fit):
        fitted.append(estimator.encoding_dim)
        return fit(estimator, X)

    monkeypatch.setattr(AutoencoderTransformer, "fit", counted)
    comparison = compared(AutoencoderTransformer(epochs=0), rows, one_fit=True)
    assert fitted == [5, 5]
    times = comparison.folds.groupby(["method", "fold"])["fit_seconds"].nunique()
    assert set(times) == {1}


def test_smaller_sizes_are_the_first_codes_of_the_largest(rows):
    autoencoder = AutoencoderTransformer(epochs=2, random_state=0)
    splits = [(np.arange(90), np.arange(90, 178)), (np.arange(90, 178), np.arange(90))]
    comparison = compared(autoencoder, rows, cv=splits, one_fit=True)
    fitted = clone(autoencoder).set_params(encoding_dim=5).fit(rows[:90])
    of_fold = comparison.folds[(comparison.folds["fold"] == 0) & (comparison.folds["method"] != "PCA")]
    r2 = [reconstruction_r2(fitted.truncated(size), rows[90:]) for size in SIZES]
    np.testing.assert_allclose(of_fold["test_r2"][:3], r2, rtol=1e-6)


def test_each_code_adds_a_share_of_the_held_out_variance(trained):
    for method in ("PCA", "AutoencoderTransformer"):
        of_method = trained[trained["method"] == method]
        shares = np.diff(of_method["test_r2"], prepend=0) / [1, 1, 3]
        np.testing.assert_allclose(of_method["explained_variance_ratio"], shares)
    assert trained["explained_variance_ratio_std"].notna().sum() == 6
    assert "It fits all sizes in " in trained.summary()


def test_scree_plot_shows_the_share_of_each_code(trained, pyplot):
    display = trained.plot(metric="explained_variance_ratio")
    rows = trained[trained["method"] == "PCA"]
    drawn = display.lines_["PCA"].get_xydata()
    np.testing.assert_array_equal(drawn, rows[["encoding_dim", "explained_variance_ratio"]])
    assert "all columns" not in display.lines_
    assert display.ax_.get_ylabel() == "share of the held-out variance that each code adds"


def test_whitened_components_are_cut_too(rows):
    whitened = {"PCA": PCA(whiten=True)}
    from_one_fit = encoding_dim_curve(whitened, rows, encoding_dims=SIZES, cv=2, one_fit=True)
    fitted_each = encoding_dim_curve(whitened, rows, encoding_dims=SIZES, cv=2)
    np.testing.assert_allclose(from_one_fit["test_mse"], fitted_each["test_mse"], rtol=1e-9)


@pytest.mark.parametrize(
    ("estimator", "error"),
    [
        (NMF(), TypeError),
        (make_pipeline(StandardScaler(), VariationalAutoencoderTransformer()), TypeError),
        (AutoencoderTransformer(init="random"), ValueError),
    ],
    ids=["NMF", "variational", "random start"],
)
def test_codes_without_order_raise_before_the_first_fit(rows, monkeypatch, estimator, error):
    monkeypatch.setattr(PCA, "fit", None)
    with pytest.raises(error, match=r"one_fit=True needs codes in order, .*[sS]et one_fit=False"):
        encoding_dim_curve({"method": estimator}, rows, encoding_dims=SIZES, cv=2, one_fit=True)


def test_parameters_that_rule_out_the_order_raise(rows):
    estimator = AutoencoderTransformer(epochs=0, code_activation="relu")
    with pytest.raises(ValueError, match=r"one_fit=True needs codes in order, .* \(see init\), set ordered"):
        compared(estimator, rows, one_fit=True)
