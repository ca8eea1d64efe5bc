"""NumPy networks equal the same Keras models."""

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from scipy.stats import norm
from sklearn import config_context

from skautoencoder import AutoencoderTransformer
from skautoencoder.networks import ACTIVATION_RANGES, ACTIVATIONS, DenseNetwork
from skautoencoder.networks._dense import _Call


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_equal_keras(activation, dtype):
    import keras

    Z = np.linspace(-8, 8, 321, dtype=dtype).reshape(-1, 3)
    expected = keras.ops.convert_to_numpy(keras.activations.get(activation)(keras.ops.convert_to_tensor(Z)))
    computed = ACTIVATIONS[activation](Z.copy())
    assert computed.dtype == dtype
    np.testing.assert_allclose(computed, expected, rtol=1e-5, atol=1e-6)


def test_float32_gelu_is_exact_to_rounding():
    Z = np.concatenate([np.linspace(-8, 8, 400_001), [-1e30, -100, 100, 1e30]]).astype(np.float32)
    exact = Z * norm.cdf(Z.astype(np.float64))
    error = np.abs(ACTIVATIONS["gelu"](Z) - exact) / np.maximum(1, np.abs(Z))
    assert np.max(error) < 2 * np.finfo(np.float32).eps


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_stay_in_their_ranges(activation):
    low, high = ACTIVATION_RANGES.get(activation, (-np.inf, np.inf))
    values = ACTIVATIONS[activation](np.linspace(-50, 50, 1001).reshape(-1, 1))
    assert values.min() >= low
    assert values.max() <= high


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("init", ["pca", "random"])
@pytest.mark.parametrize("hidden_layer_sizes", [(), pytest.param((32,), marks=pytest.mark.slow), (32, 16)])
def test_keras_models_give_the_same_numbers(digits, dtype, init, hidden_layer_sizes):
    X = digits.astype(dtype) + dtype(100)
    autoencoder = AutoencoderTransformer(
        3, hidden_layer_sizes=hidden_layer_sizes, init=init, epochs=3, early_stopping=False, random_state=0
    ).fit(X)
    codes = autoencoder.transform(X)
    tolerance = 1e-4 if dtype is np.float32 else 1e-6
    np.testing.assert_allclose(autoencoder.encoder_(X).numpy(), codes, rtol=tolerance, atol=50 * tolerance)
    np.testing.assert_allclose(
        autoencoder.decoder_(codes).numpy(), autoencoder.inverse_transform(codes), rtol=tolerance, atol=tolerance
    )
    np.testing.assert_allclose(
        autoencoder.autoencoder_(X).numpy(), autoencoder.reconstruct(X), rtol=tolerance, atol=50 * tolerance
    )
    assert autoencoder.encoder_(X[:2]).dtype.name == np.dtype(dtype).name


def test_keras_models_share_their_weights_and_are_built_once(fitted):
    assert fitted.encoder_ is fitted.encoder_
    kernel = fitted.encoder_.get_layer("encoder_dense_1").kernel
    assert any(kernel is weight for weight in fitted.autoencoder_.weights)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_saved_models_keep_large_offsets_exact(digits, tmp_path):
    import keras

    X = digits + 1e6 + 0.1
    autoencoder = AutoencoderTransformer(3, epochs=0).fit(X)
    autoencoder.autoencoder_.save(tmp_path / "autoencoder.keras")
    loaded = keras.models.load_model(tmp_path / "autoencoder.keras")
    # In float32 1e6 is rounded by up to 0.03.
    np.testing.assert_allclose(loaded(X).numpy(), autoencoder.reconstruct(X), rtol=0, atol=1e-7)


def test_float64_input_is_computed_in_float64(fitted, digits):
    codes64, codes32 = fitted.transform(digits), fitted.transform(digits.astype(np.float32))
    assert codes64.dtype == np.float64
    assert codes32.dtype == np.float32
    np.testing.assert_allclose(codes32, codes64, atol=1e-4)
    # A change below the precision of float32 must change float64 codes.
    nudged = fitted.transform(digits * (1 + 1e-12))
    assert np.any(nudged != codes64)
    np.testing.assert_allclose(nudged, codes64, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("offset", "in_products"), [(0, True), (20, True), (4096, False)])
def test_large_offsets_keep_float32_precision(digits, offset, in_products):
    X = (digits + offset).astype(np.float32)
    autoencoder = AutoencoderTransformer(8, epochs=1, random_state=0).fit(X)
    encoder, _ = autoencoder._autoencoder.networks_of_X
    assert encoder.subtract_from_products is in_products
    codes = autoencoder.transform(X.astype(np.float64))
    assert np.max(np.abs(autoencoder.transform(X) - codes)) < 1e-5 * codes.std()


def test_transform_does_not_depend_on_blocks(fitted, digits, monkeypatch):
    codes, forward, calls = fitted.transform(digits), _Call.__call__, []
    monkeypatch.setattr(_Call, "__call__", lambda network, X: calls.append(len(X)) or forward(network, X))
    with config_context(working_memory=0.1):
        in_blocks = fitted.transform(digits)
    # Blocks of 102 rows, since the widest layer has 128 units of 8 bytes.
    assert calls == [102] * 17 + [63]
    np.testing.assert_allclose(in_blocks, codes, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(codes[-1:], fitted.transform(digits[-1:]), rtol=1e-12, atol=1e-12)


def test_concurrent_first_calls_agree(fitted, digits, monkeypatch):
    codes, rescaled, entered, released = fitted.transform(digits), DenseNetwork.rescaled, Event(), Event()

    def slow(network, *units):
        entered.set()
        released.wait(10)
        return rescaled(network, *units)

    unpickled = pickle.loads(pickle.dumps(fitted))
    monkeypatch.setattr(DenseNetwork, "rescaled", slow)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(unpickled.transform, digits)
        entered.wait(10)
        second = threads.submit(unpickled.transform, digits)
        time.sleep(0.1)
        released.set()
        for result in (first.result(), second.result()):
            np.testing.assert_allclose(result, codes, rtol=1e-12, atol=1e-12)


def test_transform_leaves_attributes_unchanged(fitted, digits):
    before = {name: id(value) for name, value in vars(fitted).items()}
    fitted.transform(digits)
    fitted.inverse_transform(fitted.transform(digits))
    assert fitted.encoder_.name.startswith("encoder")
    assert {name: id(value) for name, value in vars(fitted).items()} == before


def test_pickle_is_little_more_than_the_weights(fitted, digits):
    fitted.transform(digits)
    assert fitted.autoencoder_.count_params() > 0
    weights = sum(array.size for array in fitted._autoencoder.arrays)
    assert len(pickle.dumps(fitted)) < 1.1 * 4 * weights + 20_000
