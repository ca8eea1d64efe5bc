"""Dtypes of columns and names of column labels return from reconstructions, also through files."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skautoencoder import AutoencoderTransformer, load
from skautoencoder.inspection import explain_row

N_ROWS = 24
GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.normal(size=N_ROWS).round(2)
WORDS = GENERATOR.choice(["low", "mid", "high"], N_ROWS)
FRAME = pd.DataFrame({"number": NUMBERS, "word": WORDS, "count": GENERATOR.integers(0, 9, N_ROWS)})
POLARS_FRAME = pl.DataFrame({"number": NUMBERS, "word": WORDS.tolist()})


def fitted(X):
    return AutoencoderTransformer(2, epochs=0).fit(X)


def reconstructed_through_a_file(X, tmp_path):
    autoencoder = fitted(X)
    autoencoder.save(tmp_path / "autoencoder")
    returned = load(tmp_path / "autoencoder").reconstruct(X)
    assert type(returned) is type(X)
    return returned


@pytest.mark.parametrize(
    "dtype",
    [
        pd.StringDtype("python"),
        pd.StringDtype("pyarrow"),
        pd.ArrowDtype(pa.string()),
        pd.ArrowDtype(pa.large_string()),
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())),
        pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string(), ordered=True)),
        pd.CategoricalDtype(pd.Index(["low", "mid", "high"], dtype=pd.ArrowDtype(pa.string())), ordered=True),
    ],
    ids=repr,
)
def test_dtypes_of_words_return(dtype, tmp_path):
    X = FRAME.astype({"word": dtype})
    returned = reconstructed_through_a_file(X, tmp_path)["word"].dtype
    # Dtypes of one name may differ in their storage.
    assert returned == X["word"].dtype
    assert repr(returned) == repr(X["word"].dtype)


@pytest.mark.parametrize(
    "dtype",
    [
        "float16",
        "Float32",
        pd.SparseDtype("float64", 0.0),
        pd.SparseDtype("float64"),
        pd.ArrowDtype(pa.float32()),
        pd.ArrowDtype(pa.decimal128(10, 2)),
    ],
    ids=repr,
)
def test_dtypes_of_numbers_return(dtype, tmp_path):
    numbers = FRAME["number"]
    if "decimal" in str(dtype):
        numbers = numbers.map(lambda number: Decimal(str(number)))
    X = FRAME.assign(number=numbers.astype(dtype))
    returned = reconstructed_through_a_file(X, tmp_path)["number"]
    assert returned.dtype == X["number"].dtype
    assert np.abs(returned.astype(float) - FRAME["number"]).mean() < 1


def test_dtypes_of_arrow_return(tmp_path):
    X = FRAME.convert_dtypes(dtype_backend="pyarrow")
    assert reconstructed_through_a_file(X, tmp_path).dtypes.to_dict() == X.dtypes.to_dict()


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_dtypes_of_declared_categories_return(dtype):
    numbers = (FRAME["count"] / 10 if dtype == "float32" else FRAME["count"]).astype(dtype)
    X = FRAME.assign(word=pd.Categorical(numbers))
    returned = fitted(X).reconstruct(X)["word"]
    assert returned.dtype.categories.dtype == X["word"].dtype.categories.dtype
    assert returned.notna().all()


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        ("number", pl.Decimal(10, 2)),
        ("number", pl.Decimal(38, 0)),
        ("number", pl.Float32),
        ("word", pl.Categorical),
        ("word", pl.Enum(["high", "low", "mid"])),
    ],
)
def test_dtypes_of_polars_return(column, dtype, tmp_path):
    X = POLARS_FRAME.with_columns(pl.col(column).cast(dtype))
    assert reconstructed_through_a_file(X, tmp_path).schema == X.schema


@pytest.mark.skipif(not hasattr(pl, "Categories"), reason="This version of polars has no named categories.")
def test_named_categories_of_polars_return(tmp_path):
    X = POLARS_FRAME.with_columns(pl.col("word").cast(pl.Categorical(pl.Categories("sizes"))))
    assert reconstructed_through_a_file(X, tmp_path).schema == X.schema


def test_categories_of_other_frames_of_polars_are_unknown():
    other = pl.Series(["elsewhere", "low"]).cast(pl.Categorical)
    X = POLARS_FRAME.with_columns(pl.col("word").cast(pl.Categorical))
    assert "elsewhere" in other
    assert set(fitted(X)._table.indicators.categories[1]) == {"low", "mid", "high"}


def test_decimals_have_no_more_digits_than_their_precision():
    X = POLARS_FRAME.with_columns(pl.col("number").cast(pl.Decimal(3, 2)))
    autoencoder = fitted(X)
    codes = 1000 * autoencoder.transform(X)
    numbers = autoencoder.inverse_transform(codes)["number"]
    assert numbers.dtype == pl.Decimal(3, 2)
    assert numbers.max() == Decimal("9.99")
    assert numbers.min() == Decimal("-9.99")


def test_names_of_the_column_labels_return(tmp_path):
    X = FRAME.rename_axis("name", axis=1)
    pd.testing.assert_index_equal(reconstructed_through_a_file(X, tmp_path).columns, X.columns)


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_names_of_levels_of_the_column_labels_return():
    X = FRAME.set_axis(pd.MultiIndex.from_product([["all"], FRAME.columns], names=["group", None]), axis=1)
    pd.testing.assert_index_equal(fitted(X).reconstruct(X).columns, X.columns)


@pytest.mark.parametrize(
    "entries",
    [pa.array([1, 2] * (N_ROWS // 2)).dictionary_encode(), pa.array([[1], [2]] * (N_ROWS // 2))],
    ids=["dictionary of numbers", "lists"],
)
def test_dtypes_that_cannot_return_are_errors_of_fit(entries):
    X = FRAME.assign(count=pd.Series(pd.arrays.ArrowExtensionArray(entries)))
    with pytest.raises(ValueError, match=r"Column 'count' has the dtype .*\[pyarrow\].*astype\('string'\)"):
        fitted(X)


@pytest.mark.parametrize("has_declared_categories", [True, False])
def test_intervals_are_saved(has_declared_categories, tmp_path):
    intervals = pd.cut(FRAME["number"], 3)
    X = FRAME.assign(word=intervals if has_declared_categories else intervals.astype(object))
    pd.testing.assert_frame_equal(reconstructed_through_a_file(X, tmp_path), fitted(X).reconstruct(X))


@pytest.mark.parametrize("category", [pd.Timestamp("2026-01-01"), b"bytes", pd.Interval(*pd.to_datetime([0, 1]))])
def test_save_names_columns_of_other_categories(category, tmp_path):
    X = FRAME.assign(word=pd.Categorical([category] * N_ROWS))
    kind = type(category).__name__
    message = rf"column 'word' of X holds categories of type {kind}, .*\.astype\(str\) or the labels="
    with pytest.raises(ValueError, match=message):
        fitted(X).save(tmp_path / "autoencoder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("X", "row", "way_out"),
    [
        (POLARS_FRAME, POLARS_FRAME["number"], r"X\[17\]\."),
        (POLARS_FRAME, POLARS_FRAME.row(0), r"X\[17\]\."),
        (FRAME, FRAME.iloc[0].tolist(), r"X\.iloc\[\[17\]\]\."),
    ],
)
def test_rows_that_are_no_frames_are_errors(X, row, way_out):
    with pytest.raises(TypeError, match=f"row is {type(row).__name__}, .*such as {way_out}"):
        explain_row(fitted(X), X, row)


def test_row_of_polars_is_explained():
    assert explain_row(fitted(POLARS_FRAME), POLARS_FRAME, POLARS_FRAME[3]).loc["number", "value"] == NUMBERS[3]
