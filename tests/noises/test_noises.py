"""Denoising: what noise does to rows in training, and that it is learnt to be taken off."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer

SCALE_OF_DIGITS = 4.332  # root mean square about the feature means


def noisy(X, noise, level, seed=0):
    generator = np.random.RandomState(seed)
    if noise == "gaussian":
        return X + level * np.sqrt(np.mean((X - X.mean(axis=0)) ** 2)) * generator.normal(size=X.shape)
    changed = generator.uniform(size=X.shape) < level
    if noise == "masking":
        return np.where(changed, 0.0, X)
    return np.where(changed, np.where(generator.uniform(size=X.shape) < 0.5, X.min(), X.max()), X)


def error(estimator, X_noisy, X):
    return np.mean((estimator.inverse_transform(estimator.transform(X_noisy)) - X) ** 2)


@pytest.mark.parametrize("init", ["pca", "random"])
@pytest.mark.parametrize(("noise", "level"), [("gaussian", 0.7), ("masking", 0.3), ("salt_and_pepper", 0.2)])
def test_the_encoder_sees_that_noise_and_the_decoder_the_clean_rows(digits, noise, level, init):
    """The loss of the start, which training reports with noise, is that of rows made noisy by hand."""
    parameters = {"epochs": 0, "early_stopping": False, "init": init, "random_state": 0, "hidden_layer_sizes": (32,)}
    autoencoder = AutoencoderTransformer(16, noise=noise, noise_level=level, **parameters).fit(digits, X_val=digits)
    by_hand = np.mean([error(autoencoder, noisy(digits, noise, level, seed), digits) for seed in range(5)])
    assert autoencoder.history_["val_loss"][0] == pytest.approx(by_hand, rel=0.02)
    # The training program draws the same kind of noise, for a sample of 256 rows.
    assert autoencoder.history_["loss"][0] == pytest.approx(by_hand, rel=0.1)


@pytest.mark.parametrize(("noise", "level"), [("gaussian", 1.0), ("masking", 0.3), ("salt_and_pepper", 0.2)])
def test_reconstruct_takes_noise_off(digits, noise, level):
    train, test = digits[::2], digits[1::2]
    test_noisy = noisy(test, noise, level)
    denoising = AutoencoderTransformer(32, noise=noise, noise_level=level, epochs=60, random_state=0).fit(train)
    plain = AutoencoderTransformer(32, epochs=60, random_state=0).fit(train)
    others = [error(PCA(n_components).fit(train), test_noisy, test) for n_components in (4, 8, 16, 32)]
    others += [error(plain, test_noisy, test), np.mean((test_noisy - test) ** 2)]
    assert error(denoising, test_noisy, test) < 0.75 * min(others)


@pytest.mark.filterwarnings("error")
def test_overcomplete_codes_denoise_better_than_pca_and_are_not_warned_about(digits):
    train, test = digits[::2], digits[1::2]
    test_noisy = noisy(test, "gaussian", 0.5)
    autoencoder = AutoencoderTransformer(100, noise="gaussian", noise_level=0.5, epochs=40, random_state=0).fit(train)
    best_pca = min(error(PCA(n_components).fit(train), test_noisy, test) for n_components in (8, 16, 24, 32, 64))
    assert error(autoencoder, test_noisy, test) < 0.8 * best_pca


def test_no_noise_is_added_outside_training(digits):
    autoencoder = AutoencoderTransformer(4, noise="masking", noise_level=0.5, epochs=2, random_state=0).fit(digits)
    np.testing.assert_array_equal(autoencoder.transform(digits), autoencoder.transform(digits))


def test_evaluations_see_the_same_noise(digits):
    autoencoder = AutoencoderTransformer(
        4, noise="gaussian", noise_level=0.5, optimizer="sgd", learning_rate=1e-30, epochs=3, random_state=0
    ).fit(digits)
    assert len(set(autoencoder.history_["val_loss"])) == len(set(autoencoder.history_["loss"])) == 1


def test_gaussian_noise_is_in_units_of_the_scale_of_X(digits):
    assert np.sqrt(np.mean((digits - digits.mean(axis=0)) ** 2)) == pytest.approx(SCALE_OF_DIGITS, rel=1e-3)
    parameters = {"noise": "gaussian", "noise_level": 0.5, "epochs": 5, "random_state": 0, "hidden_layer_sizes": (16,)}
    plain = AutoencoderTransformer(4, **parameters).fit(digits)
    moved = AutoencoderTransformer(4, **parameters).fit(1e3 * digits + 1e6)
    np.testing.assert_allclose(np.array(moved.history_["loss"]) / 1e6, plain.history_["loss"], rtol=1e-3)


def test_noise_level_shares_the_program(digits, monkeypatch):
    from skautoencoder._engine import trainer

    parameters = {"noise": "gaussian", "epochs": 1, "hidden_layer_sizes": (13,)}
    AutoencoderTransformer(4, noise_level=0.1, **parameters).fit(digits)
    monkeypatch.setattr(trainer, "Trainer", None)
    AutoencoderTransformer(4, noise_level=0.2, **parameters).fit(digits)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"noise": "gausian"}, r"noise='gausian' is unknown. Did you mean 'gaussian'\?"),
        ({"noise": "masking", "noise_level": 1.5}, r"noise_level=1.5 is the share of the entries that noise='masking'"),
        ({"noise": "salt_and_pepper", "noise_level": 30}, r"noise_level=30 .* between 0 and 1, for example 0.3"),
        ({"noise": "gaussian", "noise_level": -0.1}, r"'noise_level' parameter .*Got -0.1"),
    ],
)
def test_bad_noise(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, **parameters).fit(digits)


def test_weight_decay_is_that_of_adamw_and_spares_biases(digits):
    import keras

    X = digits[:128] / 16
    parameters = {"init": "random", "early_stopping": False, "batch_size": 128, "random_state": 0}
    parameters |= {"hidden_layer_sizes": (16,), "learning_rate": 0.01}
    start = AutoencoderTransformer(4, epochs=0, **parameters).fit(X)
    decayed = AutoencoderTransformer(4, epochs=4, weight_decay=0.5, **parameters).fit(X)
    model = start.autoencoder_
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer=optimizer, loss="mse")
    model.fit(X, X, epochs=4, batch_size=128, shuffle=False, verbose=0)
    np.testing.assert_allclose(decayed.reconstruct(X), model(X).numpy(), atol=1e-5)
    plain = AutoencoderTransformer(4, epochs=4, **parameters).fit(X)

    def size(fitted):
        return sum(np.sum(array**2) for array in fitted._autoencoder.arrays if array.ndim == 2)

    assert size(decayed) < 0.97 * size(plain)
    with pytest.raises(ValueError, match=r"'weight_decay' parameter .*Got -1"):
        AutoencoderTransformer(2, weight_decay=-1.0).fit(X)


@pytest.mark.parametrize("optimizer", ["adam", "lamb"])
def test_weight_decay_without_gradients_is_pure_shrinking(digits, optimizer):
    """With a rate of 1e-3 and a decay of 100, each step takes a tenth; an optimizer step is a thousandth."""
    parameters = {"init": "random", "early_stopping": False, "batch_size": 1024, "random_state": 0, "patience": 1}
    parameters |= {"hidden_layer_sizes": (), "optimizer": optimizer, "learning_rate": 1e-3}
    X = digits[:1024] * 1e-6
    start = AutoencoderTransformer(4, epochs=0, **parameters).fit(X)
    decayed = AutoencoderTransformer(4, epochs=3, weight_decay=100.0, **parameters).fit(X)
    kernel, kernel_before = (np.abs(fitted._autoencoder.encoder.layers[0].kernel).mean() for fitted in (decayed, start))
    assert kernel == pytest.approx(0.9**3 * kernel_before, rel=0.05)
