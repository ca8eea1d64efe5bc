"""Codes are explained by columns: loadings and contributions of PCA, sums of networks, names, units."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.inspection import code_effects, explain_row


@pytest.fixture(scope="module")
def frame():
    return load_wine(as_frame=True).data


@pytest.fixture(scope="module")
def trained(frame):
    """A pipeline whose network has moved away from PCA."""
    autoencoder = AutoencoderTransformer(3, epochs=5, learning_rate=1e-2, early_stopping=False, random_state=0)
    return make_pipeline(StandardScaler(), autoencoder).fit(frame)


@pytest.mark.parametrize("make", [PCA, lambda n: AutoencoderTransformer(n, epochs=0)], ids=["PCA", "untrained"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array, pd.DataFrame, lambda X: X.astype("float32")])
def test_effects_of_linear_decoders_are_loadings(wine, make, kind):
    X = kind(wine)
    pca = PCA(3).fit(wine)
    effects = code_effects(make(3).fit(X), X)
    loadings = pca.components_.T * pca.transform(wine).std(axis=0)
    np.testing.assert_allclose(effects, loadings, atol=1e-4)
    assert list(effects.columns) == ["code 0", "code 1", "code 2"]


def test_effects_keep_names_and_units(frame):
    pipeline = make_pipeline(StandardScaler(), PCA(2)).fit(frame)
    effects = code_effects(pipeline, frame)
    assert list(effects.index) == list(frame.columns)
    loadings = pipeline[-1].components_.T * np.sqrt(pipeline[-1].explained_variance_ * 177 / 178)
    np.testing.assert_allclose(effects, loadings * frame.std(ddof=0).to_numpy()[:, np.newaxis], rtol=1e-6)
    pipeline.set_output(transform="pandas").fit(frame)
    assert list(code_effects(pipeline, frame).columns) == ["pca0", "pca1"]
    assert list(code_effects(PCA(1).fit(frame.to_numpy()), frame.to_numpy()).index[:2]) == ["x0", "x1"]


def test_labels_of_columns_stay_numbers(wine):
    X = pd.DataFrame(wine)
    assert code_effects(PCA(1).fit(X), X).index.equals(X.columns)


def test_effects_are_mean_absolute_changes_with_the_sign_of_the_mean():
    X = np.random.default_rng(0).normal(size=(1500, 2)) * [1.0, 2.0]

    class Curved(PCA):
        """Codes are the columns; the decoder squares the first one and negates the second one."""

        def transform(self, X):
            return np.asarray(X)

        def inverse_transform(self, X):
            return np.column_stack([X[:, 0] ** 2, -X[:, 1]])

    effects = code_effects(Curved(2).fit(X), X).to_numpy()
    codes = X[::2]
    assert abs(effects[0, 0]) == pytest.approx(2 * np.abs(codes[:, 0]).mean() * X[:, 0].std())
    assert np.sign(effects[0, 0]) == np.sign(codes[:, 0].mean())
    assert effects[1, 1] == pytest.approx(-X[:, 1].std())
    assert effects[0, 1] == effects[1, 0] == 0


def test_effects_of_first_codes_are_those_of_all_codes(frame, trained):
    X = trained[0].transform(frame)
    of_all = code_effects(trained[-1], X)
    of_first = code_effects(trained[-1].truncated(2), X)
    assert of_first.shape == (13, 2)
    assert np.abs(of_first - of_all.iloc[:, :2]).to_numpy().mean() < 0.1


def test_contributions_of_linear_encoders_are_weighted_distances_from_the_mean(frame):
    pca = PCA(2).fit(frame)
    row = frame.iloc[17]
    table = explain_row(pca, frame, row)
    expected = (row - frame.mean()).to_numpy() * pca.components_
    np.testing.assert_allclose(table[["code 0", "code 1"]].T, expected, atol=1e-6)
    np.testing.assert_array_equal(table["value"], row)
    reconstruction = pca.inverse_transform(pca.transform(frame))
    np.testing.assert_allclose(table["reconstruction"], reconstruction[17], rtol=1e-9)
    np.testing.assert_allclose(table["error"], np.square(row - reconstruction[17]), rtol=1e-6)
    usual = np.square(frame - reconstruction).mean()
    np.testing.assert_allclose(table["error_ratio"], table["error"] / usual, rtol=1e-6)
    assert list(table.index) == list(frame.columns)


def test_contributions_of_trained_encoders_add_up_to_the_code(frame, trained):
    row = frame.iloc[[17]]
    table = explain_row(trained, frame, row)
    codes = trained.transform(row) - trained.transform(frame.mean().to_frame().T)
    contributions = table[["code 0", "code 1", "code 2"]]
    np.testing.assert_allclose(contributions.sum(), codes[0], rtol=1e-3, atol=1e-3)
    linear = PCA(3).fit(StandardScaler().fit_transform(frame))
    assert np.abs(linear.transform(trained[0].transform(row)) - codes).max() > 0.05
    scaled = trained[0].transform(row) - trained[0].transform(pd.DataFrame([table["reconstruction"]]))
    error = -trained[-1].score_samples(trained[0].transform(row))
    np.testing.assert_allclose(np.square(scaled).mean(), error, rtol=1e-6)


def test_column_with_an_unusual_value_makes_the_error(frame, trained):
    row = frame.iloc[17].copy()
    row["ash"] += 20 * frame["ash"].std()
    table = explain_row(trained, frame, row)
    assert table["error_ratio"].idxmax() == "ash"


def test_constant_columns_contribute_nothing(frame):
    X = frame.assign(constant=1.0)
    table = explain_row(PCA(2).fit(X), X, X.iloc[0])
    np.testing.assert_allclose(table.loc["constant", ["error", "code 0", "code 1"]], 0, atol=1e-20)
    assert np.isnan(table.loc["constant", "error_ratio"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (lambda frame: frame.iloc[0, :5], r"row should be one row of X with 13 numbers, but has the shape \(5,\)"),
        (lambda frame: frame.iloc[:2], r"row should be one row of X with 13 numbers, but has the shape \(2, 13\)"),
        (
            lambda frame: frame.iloc[0].replace(14.23, np.nan),
            "row should hold finite numbers, but column 'alcohol' is nan",
        ),
        (lambda frame: ["much"] * 13, "row should hold numbers: could not convert"),
        (lambda frame: frame.iloc[0, ::-1], r"The columns of row should be those of X, \['alcohol', "),
        (lambda frame: frame.iloc[[0], ::-1], r"The columns of row should be those of X, \['alcohol', "),
    ],
)
def test_bad_rows_raise(frame, row, message):
    with pytest.raises(ValueError, match=message):
        explain_row(PCA(2).fit(frame), frame, row(frame))


@pytest.mark.parametrize("function", [code_effects, lambda estimator, X: explain_row(estimator, X, X.iloc[0])])
def test_bad_estimators_raise(frame, function):
    with pytest.raises(TypeError, match="has no inverse_transform"):
        function(KMeans(2).fit(frame), frame)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        function(AutoencoderTransformer(), frame)
