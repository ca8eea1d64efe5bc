"""AutoencoderTransformer works wherever PCA does."""

import copy
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_r2


def quick(encoding_dim=3, **parameters):
    return AutoencoderTransformer(encoding_dim, epochs=2, random_state=0, hidden_layer_sizes=(16,), **parameters)


@pytest.fixture(scope="module")
def frame(digits):
    return pd.DataFrame(digits[:200], columns=[f"pixel{number}" for number in range(64)])


@pytest.fixture(scope="module")
def target():
    return np.arange(200) % 2


def test_fit_transform_is_fit_then_transform(digits):
    np.testing.assert_array_equal(quick().fit_transform(digits), quick().fit(digits).transform(digits))


def test_score_is_explained_variance_as_a_float(digits):
    pca = PCA(5).fit(digits)
    start = AutoencoderTransformer(5, epochs=0).fit(digits)
    assert type(start.score(digits)) is float
    assert start.score(digits, np.ones(3)) == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-12)
    assert reconstruction_r2(pca, digits) == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-12)


def test_score_samples_is_negative_mean_squared_error_of_rows(fitted, digits):
    reconstructed = fitted.inverse_transform(fitted.transform(digits))
    np.testing.assert_array_equal(fitted.reconstruct(digits), reconstructed)
    np.testing.assert_allclose(fitted.score_samples(digits), -((digits - reconstructed) ** 2).mean(axis=1), rtol=1e-12)


def test_noise_rows_have_lower_scores(fitted, digits):
    noise = np.random.default_rng(0).permuted(digits, axis=1)
    assert np.median(fitted.score_samples(noise)) < np.quantile(fitted.score_samples(digits), 0.01)


@pytest.mark.parametrize("with_y", [True, False])
def test_pipeline_ends_with_the_autoencoder(digits, with_y):
    pipeline = make_pipeline(StandardScaler(), quick())
    y = np.zeros(len(digits)) if with_y else None
    codes = pipeline.fit_transform(digits, y)
    np.testing.assert_allclose(codes, pipeline.transform(digits), rtol=1e-12)
    assert pipeline.inverse_transform(codes).shape == digits.shape
    assert pipeline.score(digits) > 0


def test_pipeline_with_a_classifier_cross_validates(frame, target):
    pipeline = make_pipeline(StandardScaler(), quick(), LogisticRegression())
    assert cross_val_score(pipeline, frame, target, cv=2).shape == (2,)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_grid_search_over_sizes(frame, target, n_jobs):
    grid = {"reduce__encoding_dim": [2, 4], "reduce__hidden_layer_sizes": [(), (8,)]}
    pipeline = Pipeline([("scale", StandardScaler()), ("reduce", quick()), ("classify", LogisticRegression())])
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, error_score="raise").fit(frame, target)
    assert len(search.cv_results_["mean_test_score"]) == 4
    assert search.best_estimator_.named_steps["reduce"].encoding_dim_ == search.best_params_["reduce__encoding_dim"]


@pytest.mark.slow
def test_grid_search_by_score_chooses_the_largest_code(frame):
    search = GridSearchCV(quick(), {"encoding_dim": [1, 5]}, cv=2, error_score="raise").fit(frame)
    assert search.best_params_ == {"encoding_dim": 5}


def test_column_transformer_and_feature_union_hold_autoencoders(frame):
    parts = ColumnTransformer([("left", quick(), list(frame.columns[:32])), ("rest", "drop", list(frame.columns[32:]))])
    assert parts.fit_transform(frame).shape == (200, 3)
    assert list(parts.get_feature_names_out()) == [f"left__autoencodertransformer{number}" for number in range(3)]
    union = FeatureUnion([("pca", PCA(2)), ("autoencoder", quick())])
    assert union.fit_transform(frame).shape == (200, 5)


def test_pandas_frame_gives_pandas_codes(frame):
    autoencoder = quick().set_output(transform="pandas").fit(frame)
    assert list(autoencoder.feature_names_in_) == list(frame.columns)
    codes = autoencoder.transform(frame)
    assert isinstance(codes, pd.DataFrame)
    assert list(codes.columns) == list(autoencoder.get_feature_names_out())
    assert list(codes.index) == list(frame.index)
    np.testing.assert_array_equal(autoencoder.inverse_transform(codes), autoencoder.reconstruct(frame))
    assert isinstance(autoencoder.score(frame), float)


def test_polars_frame_gives_polars_codes(frame):
    autoencoder = quick().set_output(transform="polars").fit(pl.from_pandas(frame))
    codes = autoencoder.transform(pl.from_pandas(frame))
    assert isinstance(codes, pl.DataFrame)
    np.testing.assert_allclose(codes.to_numpy(), quick().fit_transform(frame.to_numpy()))
    np.testing.assert_array_equal(autoencoder.inverse_transform(codes), autoencoder.inverse_transform(codes.to_numpy()))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))])
def test_copies_give_the_same_codes(fitted, digits, copied):
    assert fitted.encoder_.name.startswith("encoder")
    twin = copied(fitted)
    np.testing.assert_array_equal(twin.transform(digits), fitted.transform(digits))
    np.testing.assert_array_equal(twin.encoder_(digits[:5]), fitted.encoder_(digits[:5]))


@pytest.mark.parametrize("dump", [pickle.dump, pytest.param(joblib.dump, marks=pytest.mark.slow)])
def test_unpickled_pipeline_predicts_without_tensorflow(frame, target, tmp_path, dump):
    pipeline = make_pipeline(StandardScaler(), quick(), LogisticRegression()).fit(frame, target)
    with open(tmp_path / "pipeline", "wb") as file:
        dump(pipeline, file)
    joblib.dump(frame, tmp_path / "frame")
    code = (
        "import joblib, sys;"
        f"pipeline, frame = (joblib.load(rf'{tmp_path}/' + name) for name in ('pipeline', 'frame'));"
        "print(pipeline.predict(frame).tolist(), end=' ');"
        "print(pipeline[:-1].inverse_transform(pipeline[:-1].transform(frame)).sum());"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    predicted, total = printed.strip().rsplit(maxsplit=1)
    assert predicted == str(pipeline.predict(frame).tolist())
    # Matrix products round differently in a process with other threads.
    expected = pipeline[:-1].inverse_transform(pipeline[:-1].transform(frame)).sum()
    assert float(total) == pytest.approx(expected, rel=1e-12)


def test_clone_keeps_the_parameters_only(fitted):
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match="This AutoencoderTransformer instance is not fitted yet"):
        twin.transform([[1.0]])


@pytest.mark.parametrize("attribute", ["encoder_", "decoder_", "autoencoder_"])
def test_unfitted_estimator_has_no_keras_models(attribute):
    assert not hasattr(AutoencoderTransformer(), attribute)


def test_frozen_estimator_transforms_as_before(fitted, digits):
    frozen = FrozenEstimator(fitted).fit(digits[:10], None)
    np.testing.assert_array_equal(frozen.transform(digits), fitted.transform(digits))


def test_metadata_routing_passes_validation_rows_through_a_pipeline(digits):
    train, held_out = digits[:1000], digits[1000:]
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = Pipeline(
            [("scale", StandardScaler()), ("reduce", quick().set_fit_request(X_val=True))], transform_input=["X_val"]
        ).fit(train, X_val=held_out)
    by_hand = quick().fit(pipeline["scale"].transform(train), X_val=pipeline["scale"].transform(held_out))
    assert pipeline["reduce"].history_ == by_hand.history_


def test_metadata_routing_leaves_a_search_as_it_is(frame, target):
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(StandardScaler(), quick(), LogisticRegression())
        search = GridSearchCV(pipeline, {"autoencodertransformer__encoding_dim": [2]}, cv=2, error_score="raise")
        assert search.fit(frame, target).best_score_ > 0


@pytest.mark.parametrize("container", [np.asarray, list, pd.DataFrame, lambda X: np.asfortranarray(X)])
def test_container_of_X_changes_no_code(digits, container):
    X = digits[:100]
    np.testing.assert_allclose(quick().fit(container(X)).transform(container(X)), quick().fit_transform(X), rtol=1e-10)


def test_repr_names_the_class(fitted):
    assert repr(quick().set_params(encoding_dim=9, learning_rate=0.01)).startswith("AutoencoderTransformer(")
    assert "AutoencoderTransformer" in fitted._repr_html_()


def test_feature_names_out_are_numbered_class_names(fitted):
    assert list(fitted.get_feature_names_out()) == [f"autoencodertransformer{number}" for number in range(8)]


def test_fit_calls_no_public_fit_of_scikit_learn(digits, monkeypatch):
    """mlflow's autologging would record PCA instead of the autoencoder."""

    def fit(self, X, y=None):
        raise AssertionError("PCA.fit was called.")

    monkeypatch.setattr(PCA, "fit", fit)
    for X in (digits, csr_array(digits)):
        quick(verbose=1).fit(X)
        quick(0.5).fit(X)
