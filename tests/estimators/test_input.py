"""What users pass as rows by mistake: errors name the table, the column and a way out, and repeat no entries."""

import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn.decomposition import PCA

from skautoencoder import AutoencoderImputer, AutoencoderRecommender, AutoencoderTransformer
from skautoencoder.comparison import compare_with_pca
from skautoencoder.metrics import reconstruction_error, reconstruction_r2

X = np.random.default_rng(0).normal(size=(30, 3))
NAMED = pd.DataFrame(X, columns=["a", "b", "c"])
ESTIMATORS = (AutoencoderTransformer(1), AutoencoderImputer(), AutoencoderRecommender())


def with_entry(value):
    rows = X.astype(object)
    rows[4, 1] = value
    return rows


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "^X is None. Pass a table"),
        ("rows.csv", r"^X is 'rows.csv', not a table. Read files first, .* pandas.read_csv"),
        (pathlib.Path("rows.csv"), "^X is PosixPath.*, not a table. Read files first"),
        ({"a": [1, 2], "b": [3, 4]}, r"^X is a dict. Pass a table: pandas.DataFrame\(X\)"),
        ({1, 2}, "^X is a set, whose rows have no order"),
        (iter(X), "^X is a .*iterator, which gives its rows only once. Collect them in a table first"),
        (map(list, X), "^X is a map, which gives its rows only once"),
        (pl.DataFrame({"a": [1.0]}).lazy(), r"Pass X.collect\(\)"),
        ([], r"Found array with 0 sample\(s\): X is empty"),
        (3.0, "got scalar array instead: X is 3.0"),
        (X[:, 0], r"got 1D array instead: X has the shape \(30,\). Reshape your data: a single column"),
        ([[1, 2], [3]], "X should be a table with rows and columns, but its rows are of different lengths"),
        (X + 1j, "Complex data not supported: X has dtype complex128. Pass real numbers"),
        (X.astype("datetime64[D]"), r"X holds times of dtype datetime64\[D\]. Turn them into numbers"),
        (with_entry([1, 2]), r"Column 1 of X holds \[1, 2\] in row 4, which is no number"),
        (with_entry(pathlib), r"Column 1 of X holds <module 'pathlib'.* in row 4"),
        (with_entry("b"), "Column 1 of X holds 'b' in row 4, which is no number"),
        (with_entry(np.inf), "contains infinity .* Column 1 holds inf in row 4"),
    ],
)
def test_rows_that_are_no_table_of_numbers_are_explained(estimator, rows, message):
    with pytest.raises((TypeError, ValueError), match=message) as raised:
        estimator.fit(rows)
    # Messages never repeat the whole table.
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("estimator", ESTIMATORS[:2], ids=lambda estimator: type(estimator).__name__)
@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(), r"X is a data frame without columns, of shape \(0, 0\)"),
        (pd.DataFrame(index=range(3)), r"X is a data frame without columns, of shape \(3, 0\)"),
        (pl.DataFrame(), r"X is a data frame without columns, of shape \(0, 0\)"),
        (NAMED[:0], r"Found array with 0 sample\(s\)"),
        (NAMED.set_axis(["a", "b", "a"], axis=1), "X has several columns named 'a'"),
        (NAMED.assign(b=1j), "Complex data not supported: .*. Pass real numbers"),
        (NAMED.assign(b=np.where(X[:, 1] == X[4, 1], np.inf, X[:, 1])), "Column 'b' holds inf in row 4"),
        (pl.DataFrame({"a": [1.0, -np.inf], "b": [0.0, 1.0]}), "Column 'a' holds -inf in row 1"),
    ],
)
def test_columns_of_frames_are_named_in_errors(estimator, frame, message):
    with pytest.raises(ValueError, match=message) as raised:
        estimator.fit(frame)
    assert len(str(raised.value)) < 500


def test_masked_entries_of_complete_rows_are_refused():
    masked = np.ma.array(X, mask=X > 1)
    autoencoder = AutoencoderTransformer(1, epochs=0, random_state=0).fit(np.ma.array(X))
    for call in (autoencoder.fit, autoencoder.transform, autoencoder.inverse_transform):
        with pytest.raises(ValueError, match=r"X is a masked array with \d+ masked entries.* AutoencoderImputer"):
            call(masked)
    for call in (reconstruction_error, reconstruction_r2, compare_with_pca):
        with pytest.raises(ValueError, match=r"X is a masked array with \d+ masked entries.* AutoencoderImputer"):
            call(PCA(1).fit(X) if call is not compare_with_pca else AutoencoderTransformer(1), masked)
