"""Losses are those of Keras, by name, as objects and as functions."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skautoencoder import AutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        pytest.param("mae", marks=pytest.mark.slow),
        pytest.param("huber", marks=pytest.mark.slow),
        "binary_crossentropy",
    ],
)
def test_named_loss_equals_that_of_keras(few, loss):
    import keras

    scaled = few / 16
    output_activation = "sigmoid" if loss == "binary_crossentropy" else "linear"
    autoencoder = quick(loss=loss, init="random", epochs=0, early_stopping=False, output_activation=output_activation)
    X_reconstructed = autoencoder.fit(scaled).reconstruct(scaled)
    expected = keras.losses.get(loss)(scaled, X_reconstructed).numpy().mean()
    assert autoencoder.history_["loss"] == [pytest.approx(expected, rel=1e-4)]


def absolute_error(y_true, y_pred):
    import keras

    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def absolute_errors(y_true, y_pred):
    import keras

    return keras.ops.abs(y_true - y_pred)


@pytest.mark.parametrize("loss", [absolute_error, pytest.param(absolute_errors, marks=pytest.mark.slow)])
def test_loss_function_equals_loss_of_that_name(few, loss):
    by_name = quick(init="random", loss="mae").fit(few)
    by_function = quick(init="random", loss=loss)
    for autoencoder in (by_function, clone(by_function), pickle.loads(pickle.dumps(by_function))):
        autoencoder.fit(few)
        assert autoencoder.init_ == "random"
        np.testing.assert_allclose(autoencoder.history_["val_loss"], by_name.history_["val_loss"], rtol=1e-4)


@pytest.mark.slow
def test_loss_functions_compile_to_separate_programs(few):
    """The cache compares loss functions by identity."""
    import keras

    losses = keras.losses.mean_squared_error, absolute_error, keras.losses.log_cosh
    fitted = {loss: quick(init="pca", loss=loss, epochs=2, early_stopping=False).fit(few) for loss in losses}
    reconstructed = quick(init="pca", epochs=0).fit(few).reconstruct(few)
    for loss, autoencoder in fitted.items():
        expected = float(np.mean(loss(few, reconstructed)))
        assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)
        assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


def test_loss_function_without_a_number_per_row_raises(few):
    import keras

    with pytest.raises(ValueError, match=r"one number per row, .* returned shape \(\). Average over the columns alone"):
        quick(init="random", loss=lambda y_true, y_pred: keras.ops.mean(absolute_errors(y_true, y_pred))).fit(few)


@pytest.mark.parametrize("loss", [pytest.param("mse", marks=pytest.mark.slow), "mae", "huber"])
def test_keras_loss_is_computed_in_the_units_of_X(few, loss):
    import keras

    stock = {
        "mse": keras.losses.MeanSquaredError(),
        "mae": keras.losses.MeanAbsoluteError(),
        "huber": keras.losses.Huber(2.5),
    }
    autoencoder = quick(loss=stock[loss], init="pca", epochs=2, early_stopping=False).fit(few)
    start = quick(init="pca", epochs=0).fit(few)
    expected = float(stock[loss](few, start.reconstruct(few)))
    assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


@pytest.mark.slow
def test_keras_loss_object_equals_loss_of_that_name(scaled):
    import keras

    by_name = quick(init="random").fit(scaled)
    by_object = quick(init="random", loss=keras.losses.MeanSquaredError()).fit(scaled)
    np.testing.assert_allclose(by_name.history_["val_loss"], by_object.history_["val_loss"], rtol=1e-4)


def number_of_zeros(y_true, y_pred):
    import keras

    return keras.ops.sum(keras.ops.cast(keras.ops.equal(y_true, 0), "float32"), axis=1) + 0 * y_pred[:, 0]


def error_of_known(y_true, y_pred):
    import keras

    return keras.ops.sum(keras.ops.square(y_true - y_pred) * keras.ops.cast(y_true != 0, "float32"), axis=1)


def test_automatic_alpha_of_a_loss_function_at_pca_is_that_of_its_values(few):
    """L1Sparsity weighs the loss of predicting the means: that of a perfect reconstruction is 0."""
    autoencoder = quick(loss=error_of_known, init="pca", penalty="l1", epochs=0).fit(few)
    of_means = np.mean(np.sum(np.square(few - few.mean(axis=0)) * (few != 0), axis=1))
    assert autoencoder.alpha_ == pytest.approx(of_means / np.sqrt(64 * 3) / 3, rel=1e-4)


@pytest.mark.parametrize("parameters", [{}, {"penalty": "contractive"}, {"noise": "gaussian"}])
def test_loss_function_at_pca_sees_the_values_of_X(few, parameters):
    autoencoder = quick(loss=number_of_zeros, init="pca", epochs=0, early_stopping=False, **parameters)
    zeros_per_row = np.mean(np.sum(few == 0, axis=1))
    losses = autoencoder.fit(few).history_
    assert losses.get("reconstruction_loss", losses["loss"]) == [pytest.approx(zeros_per_row)]


def test_loss_function_at_pca_sees_the_values_of_held_out_noisy_and_weighted_rows(few):
    noisy = few + 1
    autoencoder = quick(loss=number_of_zeros, init="pca", epochs=0)
    autoencoder.fit(few, X_noisy=noisy, X_val=few[:100], X_val_noisy=noisy[:100], sample_weight=np.ones(256))
    assert autoencoder.history_["loss"] == [pytest.approx(np.mean(np.sum(few == 0, axis=1)))]
    assert autoencoder.history_["val_loss"] == [pytest.approx(np.mean(np.sum(few[:100] == 0, axis=1)))]
