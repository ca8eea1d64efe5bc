"""Images of any size, seen by convolutions."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture
from skautoencoder.metrics import reconstruction_error


def quick(encoding_dim=3, architecture=None, **parameters):
    architecture = architecture or ConvolutionalArchitecture((8, 8))
    parameters = {"epochs": 2, "random_state": 0, "hidden_layer_sizes": (4, 6)} | parameters
    return AutoencoderTransformer(encoding_dim, architecture=architecture, **parameters)


def images(n_samples, *shape):
    return np.random.RandomState(0).normal(size=(n_samples, int(np.prod(shape))))


@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [
        pytest.param((8, 8), 1, marks=pytest.mark.slow),
        pytest.param((7, 5), 3, marks=pytest.mark.slow),
        ((7, 5), (2, 5)),
        pytest.param((1, 9), 2, marks=pytest.mark.slow),
        pytest.param((2, 2), 3, marks=pytest.mark.slow),
        ((6, 5, 3), 2),
        pytest.param((-1, 4, 2), 3, marks=pytest.mark.slow),
    ],
)
def test_image_shapes_and_kernel_sizes(shape, kernel_size):
    X = images(40, *[3 if size == -1 else size for size in shape])
    autoencoder = quick(2, ConvolutionalArchitecture(shape, kernel_size), init="random").fit(X)
    assert autoencoder.transform(X).shape == (40, 2)
    assert autoencoder.reconstruct(X).shape == X.shape


def test_convolutions_halve_images_and_decoder_mirrors_them():
    autoencoder = quick(4, ConvolutionalArchitecture((7, 10, 3)), hidden_layer_sizes=(5, 6), init="random")
    autoencoder.fit(images(30, 7, 10, 3))
    shapes = [tuple(layer.output.shape[1:]) for layer in autoencoder.encoder_.layers if "conv2d" in layer.name]
    assert shapes == [(4, 5, 5), (2, 3, 6)]
    shapes = [tuple(layer.output.shape[1:]) for layer in autoencoder.decoder_.layers if "conv2d" in layer.name]
    assert shapes == [(4, 6, 5), (8, 10, 3)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_start_is_pca(digits, dtype):
    X = digits.astype(dtype) + dtype(100)
    autoencoder = quick(5, epochs=0).fit(X)
    pca = PCA(5).fit(X.astype(np.float64))
    tolerance = 1e-10 if dtype is np.float64 else 1e-3
    np.testing.assert_allclose(autoencoder.transform(X), pca.transform(X), atol=tolerance)
    np.testing.assert_allclose(autoencoder.reconstruct(X), pca.inverse_transform(pca.transform(X)), atol=tolerance)
    assert autoencoder.transform(X).dtype == dtype


@pytest.mark.slow
def test_convolutions_beat_pca_and_equal_dense_network_of_same_size(digits):
    train, test = digits[::2], digits[1::2]
    convolutional = AutoencoderTransformer(8, architecture=ConvolutionalArchitecture((8, 8)), epochs=40, random_state=0)
    dense = AutoencoderTransformer(8, hidden_layer_sizes=(284, 170), random_state=0)
    error, dense_error = (reconstruction_error(fitted.fit(train), test) for fitted in (convolutional, dense))
    n_weights, n_dense = (fitted.autoencoder_.count_params() for fitted in (convolutional, dense))
    assert n_weights == pytest.approx(n_dense, rel=0.02)
    assert error < 1.05 * dense_error
    assert error < 0.6 * reconstruction_error(PCA(8).fit(train), test)


def test_keras_models_give_the_same_numbers(digits):
    X, exact = digits[:300] + 50.0, {"rtol": 1e-12, "atol": 1e-12}
    for init in ("pca", "random"):
        autoencoder = quick(init=init, early_stopping=False).fit(X)
        codes = autoencoder.transform(X)
        np.testing.assert_allclose(autoencoder.encoder_(X).numpy(), codes, **exact)
        np.testing.assert_allclose(autoencoder.decoder_(codes).numpy(), autoencoder.inverse_transform(codes), **exact)
        np.testing.assert_allclose(autoencoder.autoencoder_(X).numpy(), autoencoder.reconstruct(X), **exact)
        assert autoencoder.encoder_ is autoencoder.encoder_


def test_transform_of_a_row_does_not_depend_on_other_rows(digits):
    autoencoder = quick().fit(digits)
    codes = autoencoder.transform(digits)
    np.testing.assert_allclose(autoencoder.transform(digits[700:703]), codes[700:703], rtol=1e-9, atol=1e-9)
    assert autoencoder.transform(digits[:1]).shape == (1, 3)


@pytest.mark.slow
def test_grid_search_over_kernel_size(digits):
    grid = {"architecture__kernel_size": [1, 3], "hidden_layer_sizes": [(2,), (2, 3)]}
    search = GridSearchCV(quick(epochs=1), grid, cv=2, error_score="raise").fit(digits[:200])
    assert search.best_estimator_.architecture.kernel_size in (1, 3)
    assert clone(search.best_estimator_).get_params()["architecture__image_shape"] == (8, 8)


def test_fit_copies_the_architecture(digits):
    architecture = ConvolutionalArchitecture((8, 8))
    autoencoder = quick(architecture=architecture).fit(digits)
    codes = autoencoder.transform(digits[:5])
    architecture.kernel_size = 5
    np.testing.assert_allclose(autoencoder.transform(digits[:5].astype(np.float32)), codes, atol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (
            ConvolutionalArchitecture(),
            r"image_shape=\(28, 28\) of ConvolutionalArchitecture holds 784 values but X has 64 features\. Pass the "
            r"shape of one flattened row",
        ),
        (ConvolutionalArchitecture((8, 8, 3)), r"holds 192 values but X has 64 features"),
        (ConvolutionalArchitecture((-1, 7)), r"image_shape=\(-1, 7\) .* cannot be filled by 64 values"),
        (ConvolutionalArchitecture((-1, -1)), r"image_shape=\(-1, -1\) .* is not a shape such as \(28, 28\)"),
        (ConvolutionalArchitecture((8, 0)), r"image_shape=\(8, 0\) .* is not a shape"),
        (ConvolutionalArchitecture(64), r"image_shape=64 .* is not a shape"),
        (ConvolutionalArchitecture("8x8"), r"image_shape='8x8' .* is not a shape"),
        (ConvolutionalArchitecture((8, 8), 0), r"kernel_size=0 .* must be a number of pixels of at least 1"),
        (ConvolutionalArchitecture((8, 8), (3, 3, 3)), r"kernel_size=\(3, 3, 3\) .* or two of them"),
        (ConvolutionalArchitecture, r"architecture=ConvolutionalArchitecture is a class. Make an instance of it"),
        ("convolutional", r"architecture='convolutional' is unknown\. .*ConvolutionalArchitecture\(image_shape="),
        (3, r"architecture=3 is no architecture\. Pass architecture='dense'"),
    ],
)
def test_invalid_architecture_raises(digits, architecture, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, architecture=architecture, epochs=1).fit(digits)
