"""With `set_output`, data frames keep the names of columns and rows."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tensorflow as tf
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skautoencoder import AutoencoderTransformer, VariationalAutoencoderTransformer, compare_with_pca
from skautoencoder.diagnostics import diagnose
from skautoencoder.metrics import reconstruction_error, reconstruction_r2
from skautoencoder.plotting import DecodedGridDisplay, FeatureErrorDisplay, ReconstructionDisplay


@pytest.fixture(scope="module")
def wine():
    """Wine with named columns and named rows."""
    return load_wine(as_frame=True).data.add_prefix("wine ").set_index(pd.Index(range(1000, 1178), name="bottle"))


@pytest.fixture(scope="module")
def plain(wine):
    return AutoencoderTransformer(2, epochs=0).fit(wine)


@pytest.fixture
def named(plain, wine):
    return clone(plain).set_output(transform="pandas").fit(wine)


@pytest.mark.parametrize("configured_by", ["set_output", "config_context"])
def test_reconstructions_are_data_frames_like_X(plain, named, wine, configured_by):
    as_frame = "default" if configured_by == "set_output" else "pandas"
    autoencoder = named if configured_by == "set_output" else plain
    some = wine.iloc[::7]
    with config_context(transform_output=as_frame):
        codes = autoencoder.transform(some)
        found = {
            "inverse_transform": autoencoder.inverse_transform(codes),
            "reconstruct": autoencoder.reconstruct(some),
        }
    expected = plain.reconstruct(some)
    assert type(expected) is np.ndarray
    for rows in found.values():
        pd.testing.assert_frame_equal(rows, pd.DataFrame(expected, index=some.index, columns=some.columns))


def test_polars_frames_are_reconstructed_as_polars_frames(plain, wine):
    X = pl.from_pandas(wine)
    autoencoder = clone(plain).set_output(transform="polars").fit(X)
    reconstructed = autoencoder.inverse_transform(autoencoder.transform(X))
    assert isinstance(reconstructed, pl.DataFrame)
    # scikit-learn 1.6 does not see the names in a data frame of Polars 2.
    assert reconstructed.columns == list(getattr(autoencoder, "feature_names_in_", [f"x{n}" for n in range(X.width)]))
    np.testing.assert_allclose(reconstructed.to_numpy(), plain.reconstruct(wine), rtol=1e-12)
    assert autoencoder.reconstruct(X).equals(reconstructed)
    assert autoencoder.score(X) == pytest.approx(reconstruction_r2(autoencoder, X), rel=1e-12)
    assert autoencoder.score(X) == pytest.approx(plain.score(wine), rel=1e-12)
    assert list(map(str, diagnose(autoencoder, X))) == list(map(str, diagnose(plain, wine)))


@pytest.mark.filterwarnings("ignore:The python interchange protocol:DeprecationWarning")
def test_arrow_tables_and_tensors_are_read_and_lazy_frames_raise(plain, wine):
    tables = pa.Table.from_pandas(wine, preserve_index=False), tf.constant(wine.to_numpy())
    for table in tables:
        autoencoder = clone(plain).fit(table)
        np.testing.assert_allclose(autoencoder.transform(table), plain.transform(wine), rtol=1e-9)
    with pytest.raises(ValueError, match=r"X is a LazyFrame, .* Pass X.collect\(\)"):
        clone(plain).fit(pl.from_pandas(wine).lazy())
    with pytest.raises(ValueError, match=r"X is a LazyFrame, .* Pass X.collect\(\)"):
        plain.inverse_transform(pl.DataFrame(plain.transform(wine)).lazy())


def test_columns_without_names_are_numbered(digits):
    autoencoder = AutoencoderTransformer(2, epochs=0).set_output(transform="pandas").fit(digits.astype(np.float32))
    codes = np.zeros((3, 2), np.float32)
    rows = autoencoder.inverse_transform(codes)
    assert list(rows.columns) == [f"x{number}" for number in range(64)]
    assert rows.index.equals(pd.RangeIndex(3))
    assert set(rows.dtypes) == {np.dtype(np.float32)}
    assert autoencoder.reconstruct(csr_array(digits)).shape == digits.shape


def test_samples_have_the_columns_of_X(wine):
    autoencoder = VariationalAutoencoderTransformer(2, epochs=0).fit(wine)
    drawn = autoencoder.sample(4, random_state=0)
    named = autoencoder.set_output(transform="pandas").sample(4, random_state=0)
    pd.testing.assert_frame_equal(named, pd.DataFrame(drawn, columns=wine.columns))


def test_pipelines_decode_to_the_units_and_names_of_X(wine):
    pipeline = make_pipeline(StandardScaler(), AutoencoderTransformer(13, epochs=0)).set_output(transform="pandas")
    with pytest.warns(UserWarning, match="is not smaller than the 13 features"):
        codes = pipeline.fit_transform(wine)
    np.testing.assert_allclose(pipeline.inverse_transform(codes), wine, rtol=1e-6)
    # A step that returns data frames passes the names on.
    logarithm = FunctionTransformer(np.log1p, np.expm1, feature_names_out="one-to-one")
    pipeline = make_pipeline(logarithm, AutoencoderTransformer(2, epochs=0)).set_output(transform="pandas")
    decoded = pipeline.inverse_transform(pipeline.fit_transform(wine))
    assert decoded.columns.equals(wine.columns)
    assert decoded.index.equals(wine.index)


def test_two_autoencoders_in_a_column_transformer_need_prefixes(plain, wine):
    """As two `PCA` do."""
    halves = [("acids", clone(plain), wine.columns[:6]), ("colours", clone(plain), wine.columns[6:])]
    side_by_side = ColumnTransformer(halves).set_output(transform="pandas")
    names = [f"{half}__autoencodertransformer{number}" for half in ("acids", "colours") for number in (0, 1)]
    assert list(side_by_side.fit_transform(wine).columns) == names
    with pytest.raises(ValueError, match=r"(?s)autoencodertransformer0.*verbose_feature_names_out=True"):
        side_by_side.set_params(verbose_feature_names_out=False).fit(wine)


def test_metrics_do_not_depend_on_set_output(plain, named, wine):
    assert reconstruction_error(named, wine) == reconstruction_error(plain, wine)
    assert named.score(wine) == plain.score(wine)
    np.testing.assert_array_equal(named.score_samples(wine), plain.score_samples(wine))
    assert list(map(str, diagnose(named, wine))) == list(map(str, diagnose(plain, wine)))
    drawn = {FeatureErrorDisplay: "errors", ReconstructionDisplay: "reconstructions", DecodedGridDisplay: "decoded"}
    for display, name in drawn.items():
        shown, expected = (getattr(display.from_estimator(autoencoder, wine), name) for autoencoder in (named, plain))
        np.testing.assert_equal(shown, expected)


@pytest.mark.filterwarnings("ignore:.* of the variance that:UserWarning")
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_comparisons_work_with_transform_output_set(wine, output):
    X = wine if output == "pandas" else pl.from_pandas(wine)
    untrained = make_pipeline(StandardScaler(), AutoencoderTransformer(epochs=0))
    with config_context(transform_output=output):
        comparison = compare_with_pca(untrained, X, encoding_dims=[2], cv=2)
    np.testing.assert_allclose(comparison["ratio_to_pca"], 1, rtol=1e-9)
