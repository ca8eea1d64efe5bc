"""Tools of scikit-learn, joblib and Keras other than `Pipeline` and `GridSearchCV`."""

import joblib
import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.decomposition import PCA
from sklearn.ensemble import StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingGridSearchCV
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderTransformer


@pytest.fixture
def autoencoder():
    return AutoencoderTransformer(4, epochs=3, random_state=0)


def test_a_pipeline_with_a_memory_fits_once(wine, autoencoder, tmp_path, monkeypatch):
    def fit(self, X, y=None):
        raise AssertionError("The autoencoder was fitted again.")

    y = np.arange(len(wine)) % 2
    pipeline = make_pipeline(autoencoder, LogisticRegression(), memory=joblib.Memory(tmp_path, verbose=0)).fit(wine, y)
    expected = pipeline.predict_proba(wine)
    monkeypatch.setattr(AutoencoderTransformer, "fit", fit)
    np.testing.assert_array_equal(pipeline.fit(wine, y).predict_proba(wine), expected)
    with pytest.raises(AssertionError, match="was fitted again"):
        pipeline.fit(wine[1:], y[1:])


def test_halving_over_epochs(wine, autoencoder):
    search = HalvingGridSearchCV(
        autoencoder, {"encoding_dim": [1, 8]}, resource="epochs", min_resources=1, max_resources=4, factor=2, cv=2
    ).fit(wine)
    assert search.n_resources_ == [1, 2]
    assert search.best_params_ == {"encoding_dim": 8, "epochs": 2}


def test_stacking_with_pca(wine, autoencoder):
    y = wine[:, 0] > 0
    stack = StackingClassifier(
        [
            ("autoencoder", make_pipeline(autoencoder, LogisticRegression())),
            ("PCA", make_pipeline(PCA(4), LogisticRegression())),
        ],
        cv=2,
    ).fit(wine, y)
    assert stack.transform(wine).shape == (len(wine), 2)
    assert stack.score(wine, y) > 0.8


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_models_are_files_of_keras_and_tensorflow(wine, autoencoder, tmp_path):
    X = wine.astype(np.float32)
    encoder = autoencoder.fit(X).encoder_
    encoder.save(tmp_path / "encoder.keras")
    encoder.export(tmp_path / "saved_model")
    in_keras = keras.models.load_model(tmp_path / "encoder.keras")
    in_tensorflow = tf.saved_model.load(tmp_path / "saved_model")
    for model in (in_keras, in_tensorflow.serve):
        np.testing.assert_allclose(model(X), autoencoder.transform(X), rtol=1e-4, atol=1e-5)
