"""Keras models that exist already, trained or not, inside the estimators."""

import copy
import pickle
import random

import joblib
import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    KerasArchitecture,
    VariationalAutoencoderTransformer,
    compare_with_pca,
    load,
)
from skautoencoder.diagnostics import diagnose


@keras.saving.register_keras_serializable("tests")
class OwnModel(keras.Model):
    def __init__(self, width, **options):
        super().__init__(**options)
        self.width = width
        self.hidden, self.out = layers.Dense(8, "relu"), layers.Dense(width)

    def get_config(self):
        return super().get_config() | {"width": self.width}

    def call(self, inputs):
        return self.out(self.hidden(inputs))


def sequential():
    encoder = Sequential([Input((64,)), layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(3)])
    return encoder, Sequential([Input((3,)), layers.Dense(8, "relu"), layers.Dense(64)])


def functional():
    """Images, a nested model, normalisation and a frozen layer."""
    rows = Input((8, 8, 1))
    hidden = layers.BatchNormalization()(layers.Conv2D(2, 3, activation="relu", trainable=False)(rows))
    inner = Sequential([Input((72,)), layers.Dense(6, "tanh")])
    encoder = keras.Model(rows, layers.Dense(3)(inner(layers.Flatten()(hidden)) * 2))
    return encoder, Sequential([Input((3,)), layers.Dense(64), layers.Reshape((8, 8, 1))])


def subclassed():
    return OwnModel(3), OwnModel(64)


def trained(build, X):
    encoder, decoder = build()
    shape = (64,) if build is not functional else (8, 8, 1)
    rows = Input(shape)
    autoencoder = keras.Model(rows, decoder(encoder(rows)))
    autoencoder.compile("adam", "mse")
    autoencoder.fit(X.reshape(-1, *shape), X.reshape(-1, *shape), epochs=1, verbose=0)
    return encoder, decoder


@pytest.fixture(scope="module")
def X(digits):
    return digits[:200] / 16


@pytest.fixture(scope="module")
def models(X):
    return trained(sequential, X)


def wrapped(models, **parameters):
    parameters = {"epochs": 0, "random_state": 0} | parameters
    return AutoencoderTransformer(3, architecture=KerasArchitecture(*models), **parameters)


def normalizing():
    """Statistics that are derived from weights, and a loaded file's layers."""
    normalization = layers.Normalization()
    normalization.adapt(16 * np.random.RandomState(0).uniform(size=(50, 64)))
    encoder = Sequential([Input((64,)), normalization, layers.Dense(3), layers.BatchNormalization()])
    return encoder, sequential()[1]


class PlainModel(keras.Model):
    """A model as tutorials write it: without keywords and without a configuration."""

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(3)

    def call(self, inputs):
        return self.out(inputs)


def plain_and_lambda():
    decoder = Sequential([Input((3,)), layers.Dense(64), layers.Lambda(lambda rows: keras.ops.tanh(rows))])
    return PlainModel(), decoder


@pytest.mark.parametrize("build", [sequential, functional, subclassed, normalizing, plain_and_lambda])
def test_trained_models_are_wrapped_as_they_are(X, build):
    encoder, decoder = trained(build, X)
    autoencoder = wrapped((encoder, decoder)).fit(X)
    rows = X.reshape(-1, 8, 8, 1) if build is functional else X
    codes = encoder.predict(rows, verbose=0)
    np.testing.assert_allclose(autoencoder.transform(X), codes, rtol=1e-4, atol=1e-5)
    expected = decoder.predict(codes, verbose=0).reshape(len(X), 64)
    np.testing.assert_allclose(autoencoder.inverse_transform(codes), expected, rtol=1e-4, atol=1e-5)
    assert autoencoder.transform(X).dtype == np.float64
    assert autoencoder.init_ == "given"
    # Keras counts the int that counts the batches of `adapt`.
    assert autoencoder.n_parameters_ >= encoder.count_params() + decoder.count_params() - 1
    pickled = pickle.dumps(autoencoder)
    if build is plain_and_lambda:
        with pytest.raises(ValueError, match=r"Decorate layers and models of your own with @keras.saving.register"):
            pickle.loads(pickled)
    else:
        np.testing.assert_array_equal(pickle.loads(pickled).transform(X), autoencoder.transform(X))


def test_training_goes_on_from_given_weights_and_leaves_models_alone(X, models):
    before = [weights.copy() for model in models for weights in model.get_weights()]
    random.seed(0)
    state = random.getstate(), np.random.get_state()[1].tolist()
    start = wrapped(models, early_stopping=False).fit(X)
    further = wrapped(models, epochs=2, early_stopping=False).fit(X)
    assert further.history_["loss"][0] == pytest.approx(start.history_["loss"][0], rel=1e-6)
    assert further.history_["loss"][2] < further.history_["loss"][0]
    copied = clone(further)
    np.testing.assert_array_equal(copied.fit(X).transform(X), further.transform(X))
    after = [weights for model in models for weights in model.get_weights()]
    for ours, theirs in zip(before, after, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert state == (random.getstate(), np.random.get_state()[1].tolist())
    # The given start is no random start, and warm starts go on.
    findings = {finding.name: finding.advice for finding in diagnose(further, X)}
    assert "random start" not in findings
    assert findings["worse than PCA"] == "Train the models further, with more epochs, or use PCA."
    assert further.set_params(warm_start=True).fit(X).n_iter_ == 4


def test_fitted_estimator_keeps_its_weights_when_user_goes_on_training(X):
    encoder, decoder = sequential()
    autoencoder = wrapped((encoder, decoder)).fit(X)
    codes = autoencoder.transform(X)
    encoder.set_weights([weights + 1 for weights in encoder.get_weights()])
    np.testing.assert_array_equal(autoencoder.transform(X), codes)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(autoencoder)).transform(X), codes)


def test_hash_of_given_models_depends_on_their_weights_alone(X, models):
    architecture = KerasArchitecture(*models)
    expected = joblib.hash(architecture)
    for same in (clone(architecture), copy.deepcopy(architecture), pickle.loads(pickle.dumps(architecture))):
        assert joblib.hash(same) == expected
    wrapped(models).fit(X)
    assert joblib.hash(architecture) == expected
    copied = copy.deepcopy(architecture)
    copied.build.set_weights([weights + 1 for weights in copied.build.get_weights()])
    assert joblib.hash(copied) != expected


@pytest.mark.parametrize("build", [sequential, functional, normalizing])
def test_saved_models_load_to_the_bit(X, tmp_path, build):
    path = tmp_path / "own.autoencoder"
    autoencoder = wrapped(build()).fit(X)
    autoencoder.save(path)
    loaded = load(path)
    np.testing.assert_array_equal(loaded.transform(X), autoencoder.transform(X))
    np.testing.assert_array_equal(loaded.fit(X).transform(X), autoencoder.transform(X))


def test_layers_of_users_cannot_be_saved(X, tmp_path):
    autoencoder = wrapped(trained(subclassed, X)).fit(X)
    with pytest.raises(ValueError, match=r"Keras' own layers only .*OwnModel is no layer of Keras.*Use joblib.dump"):
        autoencoder.save(tmp_path / "own.autoencoder")
    encoder = Sequential([Input((64,)), layers.Dense(3), layers.Lambda(lambda codes: codes * 2)])
    with pytest.raises(ValueError, match=r"Lambda is no layer of Keras that a file may hold"):
        wrapped((encoder, sequential()[1])).save(tmp_path / "own.autoencoder")


def test_search_over_parameters_of_training(X, models):
    search = GridSearchCV(wrapped(models), {"epochs": [0, 1]}, cv=2, error_score="raise").fit(X)
    assert search.best_estimator_.init_ == "given"
    others = sequential()
    both = clone(wrapped(models)).set_params(architecture__build=others[0], architecture__decoder=others[1])
    codes = others[0].predict(X, verbose=0)
    np.testing.assert_allclose(both.fit(X).transform(X), codes, rtol=1e-4, atol=1e-5)


def test_variational_encoder_returns_means_and_log_variances(X):
    encoder = Sequential([Input((64,)), layers.Dense(6)])
    decoder = sequential()[1]
    autoencoder = VariationalAutoencoderTransformer(3, architecture=KerasArchitecture(encoder, decoder), epochs=0)
    means = encoder.predict(X, verbose=0)[:, :3]
    np.testing.assert_allclose(autoencoder.fit(X).transform(X), means, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"expected 6 numbers .* the logarithms of their variances"):
        autoencoder.set_params(architecture=KerasArchitecture(*sequential())).fit(X)


def with_two_outputs():
    rows = Input((64,))
    return keras.Model(rows, [layers.Dense(3)(rows), layers.Dense(3)(rows)]), sequential()[1]


def shared():
    hidden = layers.Dense(8)
    encoder = Sequential([Input((8,)), hidden])
    return encoder, Sequential([Input((8,)), hidden])


def with_local_layer():
    class Local(layers.Layer):
        def __init__(self, factor):
            super().__init__()

        def call(self, inputs):
            return inputs

    encoder, decoder = sequential()
    return Sequential([*encoder.layers, Local(np.float64)]), decoder


@pytest.mark.parametrize(
    ("given", "parameters", "message"),
    [
        (sequential, {"encoding_dim": 2}, r"has shape \(None, 3\), expected 2 numbers .* Set encoding_dim=3"),
        (sequential, {"init": "pca"}, r"would destroy the weights of the models .* Set init='auto'"),
        (
            lambda: sequential()[:1],
            {},
            r"was given one model, .* Pass both halves, KerasArchitecture\(encoder, dec",
        ),
        (lambda: (None, sequential()[1]), {}, r"The encoder of KerasArchitecture is None, but"),
        (with_two_outputs, {}, r"shape \[.*\], expected 3 numbers .* Pass models with one input and one output"),
        (shared, {}, r"share layers.* Pass a function that builds both models"),
        (with_local_layer, {}, r"cannot copy the models that it was given.*get_config"),
    ],
)
def test_unsuitable_models_raise(X, given, parameters, message):
    with pytest.raises(ValueError, match=message):
        wrapped(given()).set_params(**parameters).fit(X)


def test_imputer_refuses_given_models(X, models):
    with pytest.raises(ValueError, match=r"(?s)KerasArchitecture.* cannot start at factor analysis"):
        AutoencoderImputer(encoding_dim=3, architecture=KerasArchitecture(*models)).fit(X)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("conv", r"architecture='conv' is unknown\. .*architecture=ConvolutionalArchitecture\(image_shape="),
        ("CNN", r"ConvolutionalArchitecture\(image_shape=\(28, 28\)\)"),
        ("Conv1D", r"architecture=Conv1DArchitecture\(sequence_shape=\(30, 2\)\)"),
        ("lstm-autoencoder", r"architecture=RecurrentArchitecture\(sequence_shape=\(30, 2\)\)"),
        ("gru", r"RecurrentArchitecture\(sequence_shape=\(30, 2\), cell='gru'\)"),
        ("keras", r"KerasArchitecture\(encoder, decoder\)"),
        ("VAE", r"VariationalAutoencoderTransformer"),
        ("densse", r"Did you mean 'dense'"),
        ((1, 2), r"architecture=tuple\(...\) is no architecture\. .*KerasArchitecture\(encoder, decoder\)"),
        (sequential, r"architecture=KerasArchitecture\(sequential\)"),
        (3, r"Pass architecture='dense', or an object such as Conv"),
        (None, r"Pass architecture='dense', or an object such as Conv"),
        (KerasArchitecture, r"architecture=KerasArchitecture is a class"),
    ],
)
@pytest.mark.parametrize("estimator", [AutoencoderTransformer, AutoencoderImputer])
def test_other_architectures_name_the_class(X, estimator, architecture, message):
    with pytest.raises(ValueError, match=message):
        estimator(3, architecture=architecture).fit(X)


def test_model_as_architecture_names_the_class(X, models):
    with pytest.raises(ValueError, match=r"Pass its two halves.*KerasArchitecture\(encoder, decoder\)"):
        AutoencoderTransformer(3, architecture=models[0]).fit(X)
    with pytest.raises(ValueError, match=r"Pass your encoder and decoder as .*KerasArchitecture\(encoder, decoder\)"):
        AutoencoderTransformer(3, architecture=models).fit(X)


def test_copies_that_compute_something_else_are_refused(X):
    @keras.saving.register_keras_serializable("tests")
    class Shifted(layers.Layer):
        """A layer whose shift is neither a weight nor in its configuration."""

        shift = 0.0

        def call(self, inputs):
            return inputs + self.shift

    shifted = Shifted()
    shifted.shift = 1.0
    encoder = Sequential([Input((64,)), layers.Dense(3), shifted])
    with pytest.raises(ValueError, match=r"cannot copy the models that it was given"):
        wrapped((encoder, sequential()[1])).fit(X)


@pytest.mark.filterwarnings("error")
def test_comparison_of_given_models_has_their_size(X, models):
    comparison = compare_with_pca(wrapped(models), X, cv=2)
    assert comparison["encoding_dim"].tolist() == [3, 3]
    assert pickle.loads(pickle.dumps(wrapped(models))).fit(X).init_ == "given"
