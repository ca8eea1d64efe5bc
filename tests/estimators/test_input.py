"""What users pass as rows by mistake: errors name the table, the column and a way out, and repeat no entries."""

import pathlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import UndefinedMetricWarning

from skautoencoder import AutoencoderImputer, AutoencoderRecommender, AutoencoderTransformer
from skautoencoder.comparison import compare_with_pca
from skautoencoder.diagnostics import diagnose
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
        (load_iris(), r"^X is a Bunch, not a table. Pass the table in it: X.data"),
        (SimpleNamespace(X=X, obs=X, var=X, shape=X.shape), "not a table. Pass the table in it: X.X"),
        ({1, 2}, "^X is a set, whose rows have no order"),
        (iter(X), "^X is a .*iterator, which gives its rows only once. Collect them in a table first"),
        (map(list, X), "^X is a map, which gives its rows only once"),
        (pl.DataFrame({"a": [1.0]}).lazy(), r"Pass X.collect\(\)"),
        (
            np.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)]),
            r"fields \('a', 'b'\)\. Pass a table: pandas.DataF",
        ),
        (object(), "^X is a object, which is no table. Pass an array"),
        (NAMED.set_index(["a", "b"])["c"], r"Its index becomes columns by X.reset_index\(\)"),
        (
            pd.Series(["a", "b"]),
            r"got 1D array instead: X is a series of shape \(2,\)",
        ),
        ([{"a": 1.0}, {"a": 2.0}], r"^X is a list of dicts. Pass a table: pandas.DataFrame\(X\)"),
        ([], r"Found array with 0 sample\(s\): X is empty"),
        (3.0, "got scalar array instead: X is 3.0"),
        (PCA, "^X is PCA, a class or a function"),
        ((X, X), r"^X is a tuple of 2 tables. Pass the rows alone, X\[0\]"),
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
        (NAMED.assign(b=1j), "Complex data not supported: .*. Pass real"),
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


SERIES = np.zeros((4, 30, 2))
IMAGES = np.zeros((4, 16, 16, 3))


@pytest.mark.parametrize("name", ["X", "X_val"])
@pytest.mark.parametrize(
    ("rows", "line", "shape", "architecture"),
    [
        (SERIES, ".reshape(len({}), -1)", (30, 2), "Conv1DArchitecture"),
        (SERIES.transpose(0, 2, 1), ".transpose(0, 2, 1)", (30, 2), ""),
        (np.lib.stride_tricks.sliding_window_view(np.zeros((40, 2)), 30, axis=0), ".transpose(0, 2, 1)", (30, 2), ""),
        (IMAGES, ".reshape(len({}), -1)", (16, 16, 3), "ConvolutionalArchitecture"),
        (IMAGES.transpose(0, 3, 1, 2), ".transpose(0, 2, 3, 1).reshape(len({}), -1)", (16, 16, 3), "Convolutional"),
    ],
)
def test_arrays_of_series_and_images_name_the_line_that_flattens_them(name, rows, line, shape, architecture):
    given = {"X": rows} if name == "X" else {"X": X, "X_val": rows}
    with pytest.raises(ValueError, match=rf"Found array with dim {rows.ndim}.*\b{name}\.") as raised:
        AutoencoderTransformer(1, epochs=0).fit(**given)
    message = str(raised.value)
    assert name + line.format(name) in message
    assert str(shape) in message
    assert architecture in message


def test_batches_are_answered_by_partial_fit():
    import keras
    import tensorflow as tf

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return X, X

    for rows in (tf.data.Dataset.from_tensor_slices(X), Batches(), iter([X])):
        with pytest.raises(TypeError, match=r"for chunk in X: autoencoder.partial_fit\(chunk\)"):
            AutoencoderTransformer(1, epochs=0).fit(rows)
        with pytest.raises(TypeError, match=r"^X_val is a .* in a(n array| table) first"):
            AutoencoderTransformer(1, epochs=0).fit(X, X_val=rows)
    with pytest.raises(TypeError, match=r"X is a RaggedTensor of TensorFlow. Pass a dense array"):
        AutoencoderTransformer(1, epochs=0).fit(tf.ragged.constant([[1.0, 2.0], [3.0]]))


@pytest.mark.parametrize(
    "frame",
    [
        NAMED.assign(b=pd.date_range("2020", periods=30)),
        NAMED.assign(b=pd.to_timedelta(np.arange(30), "h")),
        pl.DataFrame({"a": X[:, 0], "b": pd.date_range("2020", periods=30).to_numpy()}),
    ],
)
def test_columns_of_times_are_no_numbers(frame):
    for call in (AutoencoderTransformer(1).fit, lambda rows: compare_with_pca(AutoencoderTransformer(1), rows)):
        with pytest.raises(ValueError, match=r"Column 'b' of X holds times of dtype .*days since the first one"):
            call(frame)


def test_columns_of_arrays_are_stacked():
    column = np.empty(4, dtype=object)
    column[:] = list(np.zeros((4, 3)))
    for rows in (column, pd.Series(list(column))):
        with pytest.raises(ValueError, match=r"X is a column of 4 arrays. Make a table of them: numpy.stack\(X\)"):
            AutoencoderTransformer(1).fit(rows)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"noise": 0.3}, r"noise=0.3 is no noise. Pass .* noise='gaussian', noise_level=0.3, or a noise object"),
        ({"noise": True}, r"noise=True is no noise. Pass a name, for example noise='gaussian', or"),
        ({"noise": 0.3, "noise_level": 0.1}, r"noise=0.3 is no noise"),
        ({"penalty": 1e-5}, r"penalty=1e-05 is no penalty. Pass .* penalty='l1', alpha=1e-05, or a penalty object"),
    ],
)
def test_levels_are_no_noises_and_no_penalties(parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(1, **parameters).fit(X)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (X[:7], r"y is ignored, but looks like 7 further rows.* fit\(X_train, X_val=X_test\)"),
        (NAMED[:7], r"y is ignored, but looks like 7 further rows"),
        (X + 1, r"y is ignored, but has the shape of X .*X_noisy=noisy\)\. .*X_val=X_test"),
    ],
)
def test_held_out_rows_in_the_place_of_y_warn(y, message):
    for fit in (AutoencoderTransformer(1, epochs=0).fit, AutoencoderTransformer(1).partial_fit):
        with pytest.warns(UserWarning, match=message):
            fit(X, y)


def test_one_column_cannot_be_reduced():
    with pytest.warns(UserWarning, match=r"X has a single column.* Pass more columns, or give it something to learn"):
        AutoencoderTransformer(1, epochs=0).fit(X[:, :1])


def test_score_of_equal_rows_warns():
    constant = np.ones((20, 3))
    with pytest.warns(UserWarning, match="All rows of X are the same"):
        autoencoder = AutoencoderTransformer(1, epochs=0).fit(constant)
    for score in (autoencoder.score, lambda rows: reconstruction_r2(autoencoder, rows)):
        for rows, expected in ((constant, 1.0), (constant + 1, 0.0)):
            with pytest.warns(UndefinedMetricWarning, match="All rows of X are equal, so there is no variance"):
                assert score(rows) == expected
    (finding,) = diagnose(autoencoder, constant)
    assert str(finding).startswith("no variance: All 20 rows of X are equal")


def test_equal_sparse_matrices_give_equal_codes():
    """Unsorted indices, entries in several parts, and stored zeros change the order of sums at most."""
    rows = np.where(X > 0, X, 0.0)
    ordered = csr_array(rows)
    stored_zeros = csr_array((rows.ravel(), np.tile(range(3), 30), range(0, 91, 3)), shape=rows.shape)
    unsorted = csr_array((rows[:, ::-1].ravel(), np.tile([2, 1, 0], 30), range(0, 91, 3)), shape=rows.shape)
    parts = np.hstack([rows / 4, rows * 3 / 4]).ravel()
    in_parts = csr_array((parts, np.tile(range(3), 60), range(0, 181, 6)), shape=rows.shape)
    autoencoder = AutoencoderTransformer(1, epochs=0, random_state=0)
    expected = autoencoder.fit(ordered).transform(ordered)
    for other in (stored_zeros, unsorted, in_parts, in_parts.tocoo(), ordered.tocsc(), ordered.todok()):
        before = other.copy()
        np.testing.assert_allclose(autoencoder.transform(other), expected, atol=1e-12)
        assert reconstruction_error(autoencoder, other) == pytest.approx(reconstruction_error(autoencoder, ordered))
        np.testing.assert_allclose(autoencoder.fit(other).transform(ordered), expected, atol=1e-12)
        assert other.nnz == before.nnz


@pytest.mark.parametrize("estimator", [AutoencoderImputer(n_estimators=1, epochs=0), AutoencoderRecommender(epochs=0)])
def test_rows_in_place_of_y_are_doubted(estimator):
    with pytest.warns(UserWarning, match="y is ignored, but has 3 columns, as many as X. Pass further"):
        estimator.fit(X[:20], X[20:])
    # A pipeline passes targets on, of any shape.
    estimator.fit(X[:20], X[:20, :2])


def test_codes_are_a_table():
    autoencoder = AutoencoderTransformer(1, epochs=0).fit(X)
    with pytest.raises(ValueError, match=r"Codes are a table with 1 columns .* has the shape \(4, 30, 2\)"):
        autoencoder.inverse_transform(SERIES)
