"""Reconstruction errors agree with NumPy and scikit-learn."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.decomposition import (
    NMF,
    PCA,
    FastICA,
    IncrementalPCA,
    KernelPCA,
    MiniBatchDictionaryLearning,
    TruncatedSVD,
)
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import neg_reconstruction_error, reconstruction_error, reconstruction_r2


class HalfOff:
    """Reconstruct X with errors of 0, 0.5, 1, 1.5, ..."""

    def transform(self, X):
        return X

    def inverse_transform(self, X):
        return X + np.arange(X.size).reshape(X.shape) / 2


def test_error_agrees_with_hand_computation():
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = {
        ("mse", "total"): (0 + 0.25 + 1 + 2.25) / 4,
        ("rmse", "total"): np.sqrt(3.5 / 4),
        ("mae", "total"): 0.75,
        ("max", "total"): 1.5,
        ("mse", "sample"): [0.125, 1.625],
        ("mae", "feature"): [0.5, 1.0],
        ("max", "feature"): [1.0, 1.5],
        ("rmse", "feature"): np.sqrt([0.5, 1.25]),
    }
    for (metric, per), error in expected.items():
        measured = reconstruction_error(HalfOff(), X, metric=metric, per=per)
        np.testing.assert_allclose(measured, error)
        assert isinstance(measured, float) == (per == "total")


@pytest.mark.parametrize(
    "estimator",
    [
        PCA(3),
        IncrementalPCA(3),
        TruncatedSVD(3),
        FastICA(3, random_state=0),
        NMF(3, init="nndsvda", max_iter=2000),
        KernelPCA(3, fit_inverse_transform=True),
        pytest.param(
            MiniBatchDictionaryLearning(3, random_state=0),
            marks=pytest.mark.skipif(
                not hasattr(MiniBatchDictionaryLearning, "inverse_transform"), reason="has none before scikit-learn 1.7"
            ),
        ),
        make_pipeline(StandardScaler(), PCA(3)),
        make_pipeline(StandardScaler(), PCA(3)).set_output(transform="pandas"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_error_of_every_estimator_with_an_inverse(estimator):
    X = np.abs(np.random.RandomState(0).normal(size=(60, 5)))
    estimator.fit(X)
    X_reconstructed = np.asarray(estimator.inverse_transform(estimator.transform(X)))
    assert reconstruction_error(estimator, X) == pytest.approx(np.mean((X - X_reconstructed) ** 2), rel=1e-12)


def test_error_and_r2_of_pca_agree_with_scikit_learn(digits):
    pca = PCA(10).fit(digits)
    assert reconstruction_r2(pca, digits) == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-12)
    discarded = PCA().fit(digits).explained_variance_[10:].sum() * (len(digits) - 1) / digits.size
    assert reconstruction_error(pca, digits) == pytest.approx(discarded, rel=1e-12)


def test_data_frames_have_the_error_of_arrays(digits):
    frame = pd.DataFrame(digits[:, 20:24], columns=list("abcd"))
    pca = PCA(2).fit(frame)
    expected = reconstruction_error(PCA(2).fit(frame.values), frame.values)
    assert reconstruction_error(pca, frame) == pytest.approx(expected)


def test_sparse_rows_have_the_error_of_dense_ones(digits):
    nmf, svd = NMF(3, init="nndsvda", max_iter=500).fit(digits), TruncatedSVD(3).fit(digits)
    for estimator in (nmf, svd):
        for per in ("total", "feature"):
            of_sparse = reconstruction_error(estimator, csr_array(digits), per=per)
            np.testing.assert_allclose(of_sparse, reconstruction_error(estimator, digits, per=per))


def test_scorers_serve_one_grid_of_pca_and_autoencoders(digits):
    pipeline = Pipeline([("scale", StandardScaler()), ("reduce", PCA())])
    autoencoder = AutoencoderTransformer(epochs=2, random_state=0)
    grid = [
        {"reduce": [PCA()], "reduce__n_components": [2, 4]},
        {"reduce": [autoencoder], "reduce__encoding_dim": [2, 4]},
    ]
    scoring = {
        "r2": reconstruction_r2,
        "mse": neg_reconstruction_error,
        "mae": partial(neg_reconstruction_error, metric="mae"),
    }
    search = GridSearchCV(pipeline, grid, cv=2, scoring=scoring, refit="mse").fit(digits, np.arange(len(digits)))
    results = search.cv_results_
    assert (results["mean_test_r2"] > 0.1).all()
    assert (results["mean_test_mse"] < 0).all()
    assert (results["mean_test_mae"] < 0).all()
    train, test = (digits[rows] for rows in next(KFold(2).split(digits)))
    pca = make_pipeline(StandardScaler(), PCA(4)).fit(train)
    assert results["split0_test_mse"][1] == pytest.approx(-reconstruction_error(pca, test), rel=1e-12)
    assert isinstance(search.best_estimator_["reduce"], AutoencoderTransformer)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mse", mean_squared_error),
        ("mae", lambda X, X_reconstructed: np.abs(X - X_reconstructed).mean()),
        ("max", lambda X, X_reconstructed: np.abs(X - X_reconstructed).max()),
    ],
)
@pytest.mark.parametrize("per", ["total", "sample", "feature"])
def test_metrics_may_be_functions(digits, name, function, per):
    frame = pd.DataFrame(digits[:40])
    pca = PCA(3).fit(frame)
    found = reconstruction_error(pca, frame, metric=function, per=per)
    np.testing.assert_allclose(found, reconstruction_error(pca, frame, metric=name, per=per), rtol=1e-12)
    assert isinstance(found, float) == (per == "total")
    if per == "total":
        assert neg_reconstruction_error(pca, frame, metric=function) == -found


def test_function_receives_X_first(digits):
    pca = PCA(3).fit(digits)
    by_function = reconstruction_error(pca, digits, metric=partial(r2_score, multioutput="variance_weighted"))
    assert by_function == pytest.approx(reconstruction_r2(pca, digits), rel=1e-12)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("mean_squared_error", "mse"),
        ("MSE", "mse"),
        ("MeanAbsoluteError", "mae"),
        ("root_mean_squared_error", "rmse"),
        ("max_error", "max"),
    ],
)
def test_names_of_keras_and_scikit_learn_are_understood(digits, spelling, name):
    pca = PCA(3).fit(digits)
    assert reconstruction_error(pca, digits, metric=spelling) == reconstruction_error(pca, digits, metric=name)


def test_bad_estimators_and_names_raise(digits):
    with pytest.raises(TypeError, match=r"KernelPCA\(\) has no inverse_transform\. Set fit_inverse_transform=True"):
        reconstruction_error(KernelPCA().fit(digits[:50]), digits)
    with pytest.raises(
        TypeError, match=r"Normalizer\(\) has no inverse_transform, .* or apply this one to X beforehand"
    ):
        reconstruction_error(make_pipeline(Normalizer(), PCA(2)).fit(digits), digits)
    pca = PCA(2).fit(digits)
    with pytest.raises(TypeError, match=r"PCA is a class. Pass an object of it: PCA\(...\)."):
        reconstruction_error(PCA, digits)
    with pytest.raises(ValueError, match=r"metric='mes' is unknown. Did you mean 'mse'"):
        reconstruction_error(pca, digits, metric="mes")
    with pytest.raises(ValueError, match=r"per='samples' is unknown. Did you mean 'sample'"):
        reconstruction_error(pca, digits, per="samples")
    with pytest.raises(TypeError, match=r"KMeans.* has no inverse_transform"):
        reconstruction_error(KMeans(2).fit(digits), digits)


def test_two_tables_are_no_estimator():
    X = np.zeros((3, 2))
    for function in (reconstruction_error, reconstruction_r2, neg_reconstruction_error):
        with pytest.raises(TypeError, match=r"The estimator comes first, but this is a table of shape \(3, 2\)"):
            function(X, X)
    with pytest.raises(TypeError, match=r"is an object of type list.*sklearn.metrics.mean_squared_error"):
        reconstruction_error([[1.0]], [[1.0]])
    with pytest.raises(TypeError, match=r"takes estimator and X by position. Pass the others by name: metric, per"):
        reconstruction_error(PCA(1), X, X)
