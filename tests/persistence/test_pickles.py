"""Pickles of another version of this package, and hashes of pickles."""

import copy
import pickle
import time
import zipfile

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderRecommender,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from skautoencoder.architectures import BaseArchitecture
from skautoencoder.persistence import pickles

KINDS = [AutoencoderTransformer, VariationalAutoencoderTransformer, AutoencoderImputer, AutoencoderRecommender]
ESTIMATORS = [kind(2) for kind in KINDS]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_pickle_of_another_version_warns(estimator, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "7.8.9")
        pickled = pickle.dumps(estimator)
        # Warnings are errors in these tests.
        assert pickle.loads(pickled).encoding_dim == 2
    name, version = type(estimator).__name__, skautoencoder.__version__
    message = f"pickle of {name} was written by skautoencoder 7.8.9, and this is {version}"
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        assert pickle.loads(pickled).get_params().keys() == estimator.get_params().keys()
    assert [warning.filename for warning in caught] == [__file__]


def test_pickled_pipeline_of_another_version_warns_once(digits, fitted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "0.0.1")
        pickled = pickle.dumps(make_pipeline(StandardScaler(), fitted))
    with pytest.warns(InconsistentVersionWarning, match=r"skautoencoder 0\.0\.1") as caught:
        loaded = pickle.loads(pickled)
    assert len(caught) == 1
    np.testing.assert_array_equal(loaded[-1].transform(digits), fitted.transform(digits))


class Future:
    """A class that this version does not have."""


def test_pickle_of_a_newer_format_names_the_version_to_install(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "7.8.9")
        patch.setattr(pickles, "PICKLE_FORMAT", 2)
        pickled = pickle.dumps(AutoencoderTransformer(2, noise=Future()))
    monkeypatch.delitem(globals(), "Future")
    message = f"written by skautoencoder 7.8.9, whose pickles this version, {skautoencoder.__version__}, cannot read"
    with pytest.raises(ValueError, match=rf"{message}. Install that version"):
        pickle.loads(pickled)


class Width(BaseArchitecture):
    """An architecture with a Keras object among its parameters."""

    def __init__(self, layer):
        self.layer = layer

    def untrained(self, n_features, encoding_dim, hidden_layer_sizes, *, random_state, **options):
        raise NotImplementedError


def with_keras_objects():
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    return {
        "optimizer": {"optimizer": keras.optimizers.Adam(1e-4)},
        "schedule": {"optimizer": keras.optimizers.SGD(schedule)},
        "loss": {"loss": keras.losses.Huber(2.5)},
        "callbacks": {"callbacks": [keras.callbacks.EarlyStopping(), keras.callbacks.SwapEMAWeights()]},
        "architecture": {"architecture": Width(keras.layers.Dense(3, name="layer"))},
    }


@pytest.mark.parametrize("name", ["optimizer", "schedule", "loss", "callbacks", "architecture"])
def test_equal_keras_objects_give_equal_hashes_and_survive_pickling(name, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.time, "localtime", lambda *_: time.struct_time((2001, 1, 1, 0, 0, 0, 0, 1, 0)))
        first = AutoencoderTransformer(2, **with_keras_objects()[name])
        hashed = joblib.hash(first)
    again = AutoencoderTransformer(2, **with_keras_objects()[name])
    assert joblib.hash(again) == joblib.hash(clone(again)) == hashed
    assert joblib.hash(again.set_params(encoding_dim=3)) != hashed
    for copied in (clone(first), pickle.loads(pickle.dumps(first)), copy.copy(first), copy.deepcopy(first)):
        parameter = "optimizer" if name == "schedule" else name
        value = getattr(copied, parameter)
        assert type(value) is type(getattr(first, parameter))
        if name in ("optimizer", "schedule"):
            assert value.get_config()["learning_rate"] == first.optimizer.get_config()["learning_rate"]
        if name == "loss":
            assert float(value([[0.0]], [[10.0]])) == pytest.approx(2.5 * 10 - 2.5**2 / 2)
        if name == "architecture":
            assert value.layer.units == 3


def test_hashes_tell_keras_objects_apart():
    import keras

    estimators = [AutoencoderTransformer(2, loss=keras.losses.Huber(delta)) for delta in (1.0, 2.0)]
    estimators += [AutoencoderTransformer(2, optimizer=keras.optimizers.Adam(rate)) for rate in (1e-3, 1e-4)]
    assert len({joblib.hash(estimator) for estimator in estimators}) == 4


def test_pipeline_with_memory_fits_an_estimator_with_an_optimizer_once(wine, tmp_path):
    import keras

    for alpha in (1.0, 2.0):
        autoencoder = AutoencoderTransformer(2, optimizer=keras.optimizers.Adam(), epochs=0, random_state=0)
        make_pipeline(autoencoder, Ridge(alpha), memory=str(tmp_path)).fit(wine, wine[:, 0])
    assert len(list(tmp_path.rglob("output.pkl"))) == 1
