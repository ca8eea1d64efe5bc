"""Losses, penalties and noises of users that fail: errors name them and say that rows are flat."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from skautoencoder import AutoencoderTransformer


@pytest.fixture(scope="module")
def X(digits):
    return digits[:40] / 16


def similarity(rows, reconstructed):
    return 1 - tf.image.ssim(rows, reconstructed, 1.0)


def similarity_of_images(rows, reconstructed):
    images = [keras.ops.reshape(part, (-1, 8, 8, 1)) for part in (rows, reconstructed)]
    return 1 - tf.image.ssim(*images, 1.0, filter_size=5)


def first_channel(rows, reconstructed):
    return keras.ops.mean((rows[:, :, :, 0] - reconstructed[:, :, :, 0]) ** 2, axis=(1, 2))


def in_numpy(rows, reconstructed):
    return np.mean(np.asarray(rows) - np.asarray(reconstructed), axis=1)


def of_three_rows(rows, reconstructed):
    return keras.ops.mean(rows, axis=1)[:3]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": similarity}, r"loss=<function similarity .* failed on .* shape \(n_rows, 64\).*\(-1, 8, 8, 1\)\)"),
        ({"loss": first_channel}, r"loss=<function first_channel .* Rows are flat: reshape them"),
        ({"loss": in_numpy}, r"loss=<function in_numpy .* Write it with keras.ops or TensorFlow"),
        ({"loss": of_three_rows}, r"must return one number per row, shape \(n_rows,\), but returned shape \(3,\)"),
        ({"penalty": lambda batch: batch[0]}, r"penalty=<function .* failed on .* not subscriptable"),
        ({"noise": lambda batch: None}, r"noise=<function .* must return rows, .* but returned None"),
        ({"noise": lambda batch: np.asarray(batch.rows)}, r"noise=<function .* Write it with keras.ops or TensorFlow"),
    ],
)
def test_failing_functions_are_named(X, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, epochs=1, init="random", hidden_layer_sizes=(), **parameters).fit(X)


def test_loss_of_reshaped_images_trains(X):
    autoencoder = AutoencoderTransformer(2, epochs=1, loss=similarity_of_images, hidden_layer_sizes=(), random_state=0)
    assert 0 < autoencoder.fit(X).history_["loss"][0] < 1
