"""Data frames of numbers and categories, read into arrays and written back."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skautoencoder.tables import FrameTable, is_frame_of_categories, with_columns


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "float": [1.5, np.nan, 3.0, 4.0],
            "integer": pd.array([1, None, 3, 4], dtype="Int64"),
            "arrow": pd.array([1, None, 3, 4], dtype="int64[pyarrow]"),
            "category": pd.Categorical(["x", None, "y", "y"], categories=["never", "y", "x"]),
            "boolean": pd.array([True, None, False, False], dtype="boolean"),
            "bool": [True, False, True, True],
            "arrow bool": pd.array([True, None, False, False], dtype="bool[pyarrow]"),
            "object": np.array(["u", None, "v", "w"], dtype=object),
            "string": pd.array(["p", None, "q", "q"], dtype="string"),
            "number object": np.array([1, None, 2.5, 3], dtype=object),
            "decimal": np.array([Decimal("1.5"), None, Decimal(2), Decimal(3)], dtype=object),
            "sparse": pd.array([1.5, np.nan, 3.0, 4.0], dtype="Sparse[float]"),
        },
        index=[7, 7, 8, 9],
    )


def there_and_back(frame, value=0.6, **options):
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    filled = np.where(np.isnan(encoded), value, encoded)
    kind = "pandas" if isinstance(frame, pd.DataFrame) else "polars"
    return table.write(frame, missing, filled, np.ones(frame.shape[1], dtype=bool), kind, **options)


def test_frame_becomes_numbers_and_indicators(frame):
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    np.testing.assert_array_equal(missing, frame.isna())
    # Three words have a column each; of two categories, the less frequent one has the only column.
    features, groups, is_category = table.columns(slice(None))
    np.testing.assert_array_equal(groups, features)
    np.testing.assert_array_equal(features, [0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 9, 10, 11])
    np.testing.assert_array_equal(is_category, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0])
    expected = [
        [1.5, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1.5, 1.5],
        [np.nan] * 5 + [1] + [np.nan] * 8,
        [3, 3, 3, 0, 0, 0, 0, 0, 1, 0, 0, 2.5, 2, 3],
        [4, 4, 4, 0, 0, 0, 0, 0, 0, 1, 0, 3, 3, 4],
    ]
    np.testing.assert_array_equal(encoded, expected)


def test_filled_frame_keeps_dtypes_rows_and_observed_entries(frame):
    before = frame.copy()
    filled = there_and_back(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_series_equal(filled.dtypes, frame.dtypes)
    assert (filled.index == frame.index).all()
    pd.testing.assert_frame_equal(filled[[True, False, True, True]], frame[[True, False, True, True]])
    # The estimator rounds the fillings of whole numbers; here 0.6 becomes 0.
    expected = [0.6, 0, 0, "x", True, False, True, "u", "p", 0.6, Decimal("0.6"), 0.6]
    assert filled.iloc[1].tolist() == expected


def test_polars_frames_stay_polars():
    frame = pl.DataFrame(
        {
            "number": [1.0, None, 3.0, 4.0],
            "integer": [1, None, 3, 4],
            "word": ["p", None, "q", "q"],
            "boolean": [True, None, False, False],
            "category": pl.Series(["x", None, "y", "y"], dtype=pl.Categorical),
            "enum": pl.Series(["x", None, "y", "y"], dtype=pl.Enum(["y", "x"])),
            "decimal": pl.Series(["1.5", None, "2", "3"]).cast(pl.Decimal(5, 1)),
        }
    )
    assert is_frame_of_categories(frame)
    filled = there_and_back(frame)
    assert filled.schema == frame.schema
    assert filled.row(1) == (0.6, 0, "p", True, "x", "x", Decimal("0.6"))
    assert filled[[0, 2, 3]].equals(frame[[0, 2, 3]])
    marked = with_columns(filled, ["mark"], np.array([[True], [False], [True], [True]]))
    assert marked.columns == [*frame.columns, "mark"]
    assert marked["mark"].to_list() == [True, False, True, True]


def test_only_frames_with_categories_are_encoded(frame):
    assert is_frame_of_categories(frame)
    numbers = frame[["float", "integer", "arrow", "number object"]]
    for others in (numbers, numbers.to_numpy(dtype=object), pl.from_pandas(numbers[["float"]]), [["a"]]):
        assert not is_frame_of_categories(others)
    assert not is_frame_of_categories(pd.DataFrame({"nothing": [None, None]}))


def test_drawn_categories_have_their_probabilities():
    frame = pd.DataFrame({"word": ["a", "b", "c", "a", *[None] * 6000]})
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    filled = np.where(np.isnan(encoded), [0.5, 0.3, 0.2], encoded)
    options = {"is_kept": np.array([True]), "container": "pandas"}
    drawn = table.write(frame, missing, filled, random_state=np.random.RandomState(0), **options)["word"][4:]
    for word, probability in {"a": 0.5, "b": 0.3, "c": 0.2}.items():
        assert np.mean(drawn == word) == pytest.approx(probability, abs=0.02)
    assert (table.write(frame, missing, filled, **options)["word"][4:] == "a").all()


def test_rare_categories_are_not_filled_in():
    words = [f"word {number}" for number in range(150)]
    frame = pd.DataFrame({"word": words + words[20:]})
    table = FrameTable.of(frame, np.nan)
    assert table.columns(slice(None))[0].shape == (100,)
    encoded, _ = table.read(frame)
    np.testing.assert_array_equal(encoded[:150].sum(axis=1), np.isin(words, table.categories[0][:100]))
    assert "word 0" not in table.categories[0][:100]


def test_frame_entries_equal_to_marker_are_missing():
    frame = pd.DataFrame({"number": [1, -99, 3], "word": ["a", "b", "a"]})
    table = FrameTable.of(frame, -99)
    encoded, missing = table.read(frame)
    np.testing.assert_array_equal(missing[:, 0], [False, True, False])
    filled = table.write(frame, missing, np.nan_to_num(encoded, nan=2.2), np.array([True, False]), "pandas")
    assert filled["number"].tolist() == [1, 2, 3]
    assert list(filled.columns) == ["number"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["a", "b", "z"], r"Column 'word' holds 'z', which it did not hold in fit: it held 'a', 'b'\. Fit to rows"),
        ([1, 2, 3], "Column 'word' holds 1.0 of type float, but held 'a', 'b' in fit"),
    ],
)
def test_unknown_categories_are_an_error_on_request(column, message):
    table = FrameTable.of(pd.DataFrame({"word": ["a", "b", "a"]}), np.nan, ignores_unknown=False)
    with pytest.raises(ValueError, match=message):
        table.read(pd.DataFrame({"word": column}))


def test_words_in_column_of_numbers_are_an_error():
    table = FrameTable.of(pd.DataFrame({"age": [1.0, 2.0], "word": ["a", "b"]}), np.nan)
    with pytest.raises(ValueError, match="Column 'age' held numbers in fit, but holds 'old'"):
        table.read(pd.DataFrame({"age": ["old", None], "word": ["a", "b"]}))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            pd.to_datetime(["2020-01-01", "2020-01-02"]),
            "Column 'it' holds datetime64.*, neither numbers nor categories",
        ),
        ([date(2020, 1, 1), None], "Column 'it' holds object, neither numbers nor categories. Turn it"),
        ([[1], [2]], "Column 'it' holds neither numbers nor categories: .*unhashable"),
    ],
)
def test_column_of_neither_numbers_nor_categories_is_an_error(values, message):
    with pytest.raises(ValueError, match=message):
        FrameTable.of(pd.DataFrame({"it": values}), np.nan)


def test_unknown_categories_count_as_missing_and_stay():
    table = FrameTable.of(pd.DataFrame({"word": ["a", "b", "a", "c"]}), np.nan)
    later = pd.DataFrame({"word": pd.Categorical(["z", None, "b", "c"], categories=["b", "c", "z"])})
    encoded, missing = table.read(later)
    np.testing.assert_array_equal(missing[:, 0], [False, True, False, False])
    assert np.isnan(encoded[:2]).all()
    np.testing.assert_array_equal(encoded[2:], [[0, 1, 0], [0, 0, 1]])
    # The dtype lacks the category that is filled in: it is added.
    filled = table.write(later, missing, np.nan_to_num(encoded), np.array([True]), "pandas")["word"]
    assert filled.tolist() == ["z", "a", "b", "c"]
    assert filled.cat.categories.tolist() == ["b", "c", "z", "a"]


def test_other_containers_keep_numbers_and_words(frame):
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    options = missing, np.nan_to_num(encoded), np.ones(frame.shape[1], dtype=bool)
    chosen = ["float", "integer", "string", "bool"]
    in_polars = table.write(frame, *options, "polars")[chosen]
    assert in_polars.dtypes == [pl.Float64, pl.Int64, pl.String, pl.Boolean]
    assert in_polars.row(1) == (0.0, 0, "q", False)
    array = table.write(frame, *options, None)
    assert array.dtype == object
    assert array[1, [0, 1, 7, 8]].tolist() == [0.0, 0.0, "u", "q"]
    later = pl.DataFrame({"number": [1, None], "word": ["a", "a"]})
    table = FrameTable.of(later, np.nan)
    encoded, missing = table.read(later)
    in_pandas = table.write(later, missing, np.nan_to_num(encoded), np.array([True, True]), "pandas")
    assert in_pandas.to_dict("list") == {"number": [1, 0], "word": ["a", "a"]}
    assert in_pandas["number"].dtype == np.int64


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
def test_words_that_are_numbers_are_doubted(container):
    table = {"age": ["31", "?", "40", "52"] * 5, "city": ["Bern", "Oslo", "Rome", "7"] * 5}
    with pytest.warns(UserWarning, match=r"Column 'age' holds numbers as words, such as '31'.* errors='coerce'"):
        FrameTable.of(container(table), np.nan)
    declared = pd.DataFrame(table).astype({"age": "category"})
    for frame in (declared, pl.from_pandas(declared)):
        assert FrameTable.of(frame, np.nan).categories[0][0] in table["age"]


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
def test_columns_without_entries_are_filled_with_words(container):
    """Of a column without any entry, the dtype tells nothing: NaN may mean words."""
    table = FrameTable.of(container({"word": ["a", "b", "a"]}), np.nan)
    for nothing in ([np.nan, np.nan], [None, None]):
        later = container({"word": nothing})
        encoded, missing = table.read(later)
        kind = "pandas" if container is pd.DataFrame else "polars"
        filled = table.write(later, missing, np.nan_to_num(encoded), np.array([True]), kind)
        assert filled["word"].to_list() == ["a", "a"]
