"""Data frames of numbers and categories, read into arrays and written back."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skautoencoder.imputation import FrameTable, is_frame_of_categories


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
        },
        index=[7, 7, 8, 9],
    )


def there_and_back(frame, value=0.6, **options):
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    filled = np.where(np.isnan(encoded), value, encoded)
    return table.write(frame, missing, filled, np.ones(frame.shape[1], dtype=bool), **options)


def test_frame_becomes_numbers_and_indicators(frame):
    table = FrameTable.of(frame, np.nan)
    encoded, missing = table.read(frame)
    np.testing.assert_array_equal(missing, frame.isna())
    # Three words have a column each; of two categories, the less frequent one has the only column.
    features, groups, is_category = table.columns(slice(None))
    np.testing.assert_array_equal(groups, features)
    np.testing.assert_array_equal(features, [0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 9])
    np.testing.assert_array_equal(is_category, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    expected = [
        [1.5, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1],
        [np.nan] * 5 + [1] + [np.nan] * 6,
        [3, 3, 3, 0, 0, 0, 0, 0, 1, 0, 0, 2.5],
        [4, 4, 4, 0, 0, 0, 0, 0, 0, 1, 0, 3],
    ]
    np.testing.assert_array_equal(encoded, expected)


def test_filled_frame_keeps_dtypes_rows_and_observed_entries(frame):
    before = frame.copy()
    filled = there_and_back(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_series_equal(filled.dtypes, frame.dtypes)
    assert (filled.index == frame.index).all()
    pd.testing.assert_frame_equal(filled[[True, False, True, True]], frame[[True, False, True, True]])
    expected = [0.6, 1, 1, "x", True, False, True, "u", "p", 0.6]
    assert filled.iloc[1].tolist() == expected


def test_polars_frames_stay_polars():
    frame = pl.DataFrame(
        {
            "number": [1.0, None, 3.0, 4.0],
            "integer": [1, None, 3, 4],
            "word": ["p", None, "q", "q"],
            "boolean": [True, None, False, False],
            "category": pl.Series(["x", None, "y", "y"], dtype=pl.Categorical),
        }
    )
    assert is_frame_of_categories(frame)
    filled = there_and_back(frame)
    assert filled.schema == frame.schema
    assert filled.row(1) == (0.6, 1, "p", True, "x")
    assert filled[[0, 2, 3]].equals(frame[[0, 2, 3]])
    marked = FrameTable.of(frame, np.nan).append(filled, ["mark"], np.array([[True], [False], [True], [True]]))
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
    options = {"is_kept": np.array([True])}
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
    filled = table.write(frame, missing, np.nan_to_num(encoded, nan=2.2), np.array([True, False]))
    assert filled["number"].tolist() == [1, 2, 3]
    assert list(filled.columns) == ["number"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["a", "b", "z"], r"Column 'word' holds 'z', which it did not hold in fit: it held 'a', 'b'\. Fit to rows"),
        ([1, 2, 3], "Column 'word' holds 1.0, which it did not hold in fit"),
    ],
)
def test_unknown_categories_are_an_error(column, message):
    table = FrameTable.of(pd.DataFrame({"word": ["a", "b", "a"]}), np.nan)
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
        ([[1], [2]], "Column 'it' holds neither numbers nor categories: .*unhashable"),
    ],
)
def test_column_of_neither_numbers_nor_categories_is_an_error(values, message):
    with pytest.raises(ValueError, match=message):
        FrameTable.of(pd.DataFrame({"it": values}), np.nan)
