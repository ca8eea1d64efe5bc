"""Denoising: noise of the training rows, and its removal."""

import numpy as np
import pytest
from scipy import stats
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import (
    AutoencoderTransformer,
    BaseNoise,
    GaussianNoise,
    MaskingNoise,
    SaltAndPepperNoise,
    VariationalAutoencoderTransformer,
)
from skautoencoder.noises import NOISES

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


@pytest.mark.parametrize("init", ["pca", pytest.param("random", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("noise", "level"), [("gaussian", 0.7), ("masking", 0.3), ("salt_and_pepper", 0.2)])
def test_encoder_sees_noisy_rows_and_decoder_targets_are_clean(digits, noise, level, init):
    """The reported loss of the start equals that of rows made noisy by hand."""
    parameters = {"epochs": 0, "early_stopping": False, "init": init, "random_state": 0, "hidden_layer_sizes": (32,)}
    # Gaussian noise is in units of the rows that training sees.
    typed = level * SCALE_OF_DIGITS if (noise, init) == ("gaussian", "random") else level
    autoencoder = AutoencoderTransformer(16, noise=noise, noise_level=typed, **parameters).fit(digits, X_val=digits)
    by_hand = np.mean([error(autoencoder, noisy(digits, noise, level, seed), digits) for seed in range(5)])
    assert autoencoder.history_["val_loss"][0] == pytest.approx(by_hand, rel=0.02)
    # The training program draws the same kind of noise, for a sample of 256 rows.
    assert autoencoder.history_["loss"][0] == pytest.approx(by_hand, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "level"),
    [
        ("gaussian", 1.0),
        ("masking", 0.3),
        ("salt_and_pepper", 0.2),
    ],
)
def test_reconstruct_removes_noise(digits, noise, level):
    train, test = digits[::2], digits[1::2]
    test_noisy = noisy(test, noise, level)
    denoising = AutoencoderTransformer(32, noise=noise, noise_level=level, epochs=60, random_state=0).fit(train)
    plain = AutoencoderTransformer(32, epochs=60, random_state=0).fit(train)
    others = [error(PCA(n_components).fit(train), test_noisy, test) for n_components in (4, 8, 16, 32)]
    others += [error(plain, test_noisy, test), np.mean((test_noisy - test) ** 2)]
    assert error(denoising, test_noisy, test) < 0.75 * min(others)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_overcomplete_denoising_beats_pca_without_warning(digits):
    train, test = digits[::2], digits[1::2]
    test_noisy = noisy(test, "gaussian", 0.5)
    autoencoder = AutoencoderTransformer(100, noise="gaussian", noise_level=0.5, epochs=40, random_state=0).fit(train)
    best_pca = min(error(PCA(n_components).fit(train), test_noisy, test) for n_components in (8, 16, 24, 32, 64))
    assert error(autoencoder, test_noisy, test) < 0.8 * best_pca


def test_transform_adds_no_noise(digits):
    autoencoder = AutoencoderTransformer(4, noise="masking", noise_level=0.5, epochs=2, random_state=0).fit(digits)
    np.testing.assert_array_equal(autoencoder.transform(digits), autoencoder.transform(digits))


def test_noise_of_evaluations_is_the_same_in_every_epoch(digits):
    autoencoder = AutoencoderTransformer(
        4, noise="gaussian", noise_level=0.5, optimizer="sgd", learning_rate=1e-30, epochs=3, random_state=0
    ).fit(digits)
    assert len(set(autoencoder.history_["val_loss"])) == len(set(autoencoder.history_["loss"])) == 1


def test_gaussian_noise_does_not_depend_on_units_with_pca_start(digits):
    assert np.sqrt(np.mean((digits - digits.mean(axis=0)) ** 2)) == pytest.approx(SCALE_OF_DIGITS, rel=1e-3)
    parameters = {"noise": "gaussian", "noise_level": 0.5, "epochs": 5, "random_state": 0, "hidden_layer_sizes": (16,)}
    plain = AutoencoderTransformer(4, **parameters).fit(digits)
    moved = AutoencoderTransformer(4, **parameters).fit(1e3 * digits + 1e6)
    np.testing.assert_allclose(np.array(moved.history_["loss"]) / 1e6, plain.history_["loss"], rtol=1e-3)


def test_noise_levels_share_one_program(digits, monkeypatch):
    from skautoencoder._engine import trainer

    parameters = {"noise": "gaussian", "epochs": 1, "hidden_layer_sizes": (13,)}
    AutoencoderTransformer(4, noise_level=0.1, **parameters).fit(digits)
    monkeypatch.setattr(trainer, "Trainer", None)
    AutoencoderTransformer(4, noise_level=0.2, **parameters).fit(digits)
    parameters["noise"] = GaussianNoise(0.3)
    AutoencoderTransformer(4, **parameters).fit(digits)


def test_gaussian_noise_is_clipped(digits):
    """Noise clipped to one value makes constant rows, whose loss is known."""
    X = digits / 16
    for init in ("random", "pca"):
        parameters = {"init": init, "epochs": 0, "random_state": 0}
        pressed = AutoencoderTransformer(8, noise=GaussianNoise(100.0, clip=(0.3, 0.300001)), **parameters)
        pressed.fit(X, X_val=X)
        by_hand = error(pressed, np.full_like(X, 0.3), X)
        assert pressed.history_["val_loss"][0] == pytest.approx(by_hand, rel=1e-4)
        clipped = AutoencoderTransformer(8, noise=GaussianNoise(0.5, clip=(0, 1)), **parameters).fit(X, X_val=X)
        level = 0.5 if init == "random" else 0.5 * SCALE_OF_DIGITS / 16
        noises = (level * np.random.RandomState(seed).normal(size=X.shape) for seed in range(5))
        by_hand = np.mean([error(clipped, np.clip(X + noise, 0, 1), X) for noise in noises])
        assert clipped.history_["val_loss"][0] == pytest.approx(by_hand, rel=0.02)


@pytest.mark.slow
def test_noise_names_mean_default_objects(digits):
    for name, noise in NOISES.items():
        parameters = {"epochs": 2, "hidden_layer_sizes": (8,), "random_state": 0}
        by_name, by_level, by_object = (
            AutoencoderTransformer(4, **which, **parameters).fit(digits).history_
            for which in ({"noise": name}, {"noise": name, "noise_level": 0.1}, {"noise": noise()})
        )
        assert by_name == by_level == by_object


def test_grid_search_over_noise_level(digits):
    autoencoder = AutoencoderTransformer(4, noise=MaskingNoise(), epochs=2, hidden_layer_sizes=(), random_state=0)
    search = GridSearchCV(autoencoder, {"noise__level": [0.1, 0.5]}, cv=2, error_score="raise").fit(digits[:300])
    assert search.best_estimator_.noise.level in (0.1, 0.5)
    assert clone(GaussianNoise(0.3, clip=(0, 1))).get_params() == {"level": 0.3, "clip": (0, 1)}
    with pytest.raises(TypeError, match="abstract"):
        BaseNoise()


@pytest.fixture(scope="module")
def draw():
    """Compiled function of a seed: two draws of uniform numbers and one of normal numbers."""
    import tensorflow as tf

    from skautoencoder._engine.batch import RandomNumbers

    @tf.function(jit_compile=True)
    def draw(seed):
        numbers, rows = RandomNumbers(seed), tf.zeros([2000, 501])
        return numbers.uniform(rows), numbers.uniform(rows), numbers.normal(rows)

    return lambda *seed: [values.numpy() for values in draw(tf.constant(seed))]


@pytest.mark.slow
def test_draws_are_uniform_or_normal(draw):
    for seed in ((3, 4), (2**30, 0), (0, 0)):
        first, second, normal = draw(*seed)
        assert 0 <= first.min() < first.max() < 1
        for values in (first, second, first[:, 0], first[0], first[1000:1010]):
            assert stats.kstest(values.ravel(), "uniform").pvalue > 1e-3
        assert stats.kstest(normal.ravel(), "norm").pvalue > 1e-3
        # A million numbers reach beyond four standard deviations as often as they should.
        for bound in (3, 4):
            expected = normal.size * 2 * stats.norm.sf(bound)
            assert np.sum(np.abs(normal) > bound) == pytest.approx(expected, abs=4 * np.sqrt(expected))
        # Pairs of neighbours fill the square evenly, and so does each of the highest eight bits.
        pairs = np.histogram2d(first[:, 1:].ravel(), first[:, :-1].ravel(), bins=16, range=[[0, 1]] * 2)[0]
        assert stats.chisquare(pairs.ravel()).pvalue > 1e-3
        shares = ((first * 256).astype(int)[..., np.newaxis] >> np.arange(8) & 1).mean(axis=(0, 1))
        np.testing.assert_allclose(shares, 0.5, atol=0.002)


def test_draws_are_independent(draw):
    """Neighbours in a row, neighbouring rows, and the draws of other steps, epochs and seeds are independent."""
    first, second, normal = draw(3, 4)
    others = [draw(*seed)[0] for seed in ((3, 5), (4, 4), (4, 3), (3 + 2**20, 4))]
    pairs = [(first[:, 1:], first[:, :-1]), (first[1:], first[:-1]), (first, second), (second, normal)]
    for one, other in (*pairs, *((first, other) for other in others), (normal[:, 1:], normal[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.005
        assert np.mean(one == other) < 1e-4
    correlations = np.corrcoef(first, rowvar=False)[np.triu_indices(501, 1)]
    assert np.abs(correlations).max() < 6 / np.sqrt(len(first))
    np.testing.assert_array_equal(draw(3, 4)[0], first)


def test_draws_do_not_depend_on_xla(draw):
    import tensorflow as tf

    from skautoencoder._engine.batch import RandomNumbers

    numbers, rows = RandomNumbers(tf.constant([3, 4])), tf.zeros([2000, 501])
    first, second, normal = draw(3, 4)
    np.testing.assert_array_equal(numbers.uniform(rows), first)
    np.testing.assert_array_equal(numbers.uniform(rows), second)
    np.testing.assert_allclose(numbers.normal(rows), normal, atol=1e-5)


@pytest.mark.parametrize("noise", ["gaussian", "masking"])
def test_noise_does_not_depend_on_blocks_of_rows(digits, noise, monkeypatch):
    from skautoencoder._engine import buffers

    autoencoder = AutoencoderTransformer(4, noise=noise, epochs=2, hidden_layer_sizes=(8,), random_state=0)
    monkeypatch.setattr(buffers, "_BLOCK_BYTES", 100 * 64 * 4)
    resident = clone(autoencoder).fit(digits)
    monkeypatch.setattr(buffers, "_RESIDENT_BYTES", 0)
    in_blocks = clone(autoencoder).fit(digits)
    assert in_blocks.history_ == resident.history_


def test_function_as_noise(digits):
    parameters = {"epochs": 0, "init": "random", "random_state": 0, "hidden_layer_sizes": (16,)}
    halved = AutoencoderTransformer(8, noise=lambda batch: batch.rows / 2, **parameters).fit(digits, X_val=digits)
    assert halved.history_["val_loss"][0] == pytest.approx(error(halved, digits / 2, digits), rel=1e-5)
    noise = AutoencoderTransformer(8, noise=lambda batch: batch.rows + 2 * batch.normal(), **parameters)
    drawn = [digits + 2 * np.random.RandomState(seed).normal(size=digits.shape) for seed in range(3)]
    noise.fit(digits, X_val=digits)
    by_hand = np.mean([error(noise, X_noisy, digits) for X_noisy in drawn])
    assert noise.history_["val_loss"][0] == pytest.approx(by_hand, rel=0.02)


@pytest.mark.parametrize("estimator", [AutoencoderTransformer, VariationalAutoencoderTransformer])
@pytest.mark.parametrize("noise", [None, pytest.param("masking", marks=pytest.mark.slow)])
def test_encoder_sees_x_noisy(digits, estimator, noise):
    X_noisy = noisy(digits, "gaussian", 0.5)
    parameters = {"epochs": 0, "early_stopping": False, "random_state": 0, "noise": noise}
    fitted = estimator(8, **parameters).fit(digits, X_val=digits, X_noisy=X_noisy, X_val_noisy=X_noisy)
    seen = X_noisy if noise is None else noisy(X_noisy, "masking", 0.1)
    losses = fitted.history_
    if estimator is AutoencoderTransformer:
        assert losses["val_loss"][0] == pytest.approx(error(fitted, seen, digits), rel=0.02)
        assert losses["loss"][0] == pytest.approx(losses["val_loss"][0], rel=0.1)
    else:
        assert losses["val_reconstruction_loss"][0] > 1.05 * error(fitted, digits, digits)


@pytest.mark.slow
def test_fit_with_x_noisy_removes_noise(digits):
    X_noisy = noisy(digits, "gaussian", 1.0)
    train, test = slice(None, None, 2), slice(1, None, 2)
    parameters = {"epochs": 40, "random_state": 0}
    denoising = AutoencoderTransformer(32, **parameters).fit(digits[train], X_noisy=X_noisy[train])
    plain = AutoencoderTransformer(32, **parameters).fit(digits[train])
    assert error(denoising, X_noisy[test], digits[test]) < 0.7 * error(plain, X_noisy[test], digits[test])
    # Sparse matrices, the same rows.
    sparse = AutoencoderTransformer(8, epochs=2, init="random", random_state=0)
    as_array = clone(sparse).fit(digits, X_noisy=X_noisy)
    sparse.fit(csr_array(digits), X_noisy=csr_array(X_noisy))
    np.testing.assert_allclose(sparse.history_["loss"], as_array.history_["loss"], rtol=1e-5)


def test_pipeline_transforms_x_noisy(digits):
    X_noisy = noisy(digits, "gaussian", 0.5)
    direct = AutoencoderTransformer(4, epochs=2, random_state=0)
    scaler = StandardScaler().fit(digits)
    direct.fit(scaler.transform(digits), X_noisy=scaler.transform(X_noisy))
    with config_context(enable_metadata_routing=True):
        last = clone(direct).set_fit_request(X_noisy=True)
        pipeline = Pipeline([("scale", StandardScaler()), ("reduce", last)], transform_input=["X_noisy"])
        pipeline.fit(digits, X_noisy=X_noisy)
    np.testing.assert_array_equal(pipeline.transform(digits), direct.transform(scaler.transform(digits)))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"X_noisy": np.zeros((3, 64))}, r"X_noisy has 3 rows, but X, its clean form, has 50"),
        ({"X_noisy": np.zeros((50, 3))}, r"3 features"),
        ({"X_noisy": np.zeros((50, 64)), "X_val": np.zeros((5, 64))}, r"X_noisy and X_val_noisy go together"),
        ({"X_val_noisy": np.zeros((50, 64))}, r"X_val_noisy needs X_val, the clean form of its rows"),
    ],
)
def test_invalid_x_noisy_raises(digits, rows, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, epochs=1).fit(digits[:50], **rows)


def test_clean_rows_as_y_warn(digits):
    """The tutorials write fit(noisy, clean)."""
    X_noisy = noisy(digits, "gaussian", 0.5)
    autoencoder = AutoencoderTransformer(2, epochs=0)
    with pytest.warns(UserWarning, match=r"y is ignored.* AutoencoderTransformer\(...\).fit\(clean, X_noisy=noisy\)"):
        autoencoder.fit(X_noisy, digits)
    # Warnings are errors in these tests.
    autoencoder.fit(digits, digits.copy())
    autoencoder.fit(digits, digits[:, :3])
    autoencoder.fit(digits, digits[:, 0])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"noise_level": 0.3}, r"noise_level=0.3 is the level of a noise that is given by name. Pass noise='gaussian'"),
        ({"noise": MaskingNoise(), "noise_level": 0.3}, r"Pass the level to the object: MaskingNoise\(level=0.3\)"),
        ({"noise": MaskingNoise}, r"noise=MaskingNoise is a class. Make an instance of it"),
        (
            {"noise": lambda: 0.0},
            r"noise=.* must be a function of the batch that returns rows, but cannot",
        ),
        ({"noise": lambda batch: batch.rows[:, :3]}, r"must return rows of the shape of batch.rows, \(n_rows, 64\)"),
        (
            {"noise": GaussianNoise(clip=(1, 0))},
            r"clip=\(1, 0\) of GaussianNoise must be a minimum and a larger maximum",
        ),
        ({"noise": GaussianNoise(level="much")}, r"level='much' of GaussianNoise must be a number of at least 0"),
        ({"noise": SaltAndPepperNoise(level=3)}, r"level=3 of SaltAndPepperNoise is the share of changed entries"),
        ({"noise": "gausian"}, r"noise='gausian' is unknown. Did you mean 'gaussian'\?"),
        ({"noise": "masking", "noise_level": 1.5}, r"level=1.5 of MaskingNoise is the share of changed entries"),
        ({"noise": "salt_and_pepper", "noise_level": 30}, r"level=30 .* between 0 and 1, for example 0.3"),
        ({"noise": "gaussian", "noise_level": -0.1}, r"'noise_level' parameter .*Got -0.1"),
    ],
)
def test_invalid_noise_raises(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, **parameters).fit(digits)


def test_weight_decay_equals_adamw_and_spares_biases(digits):
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


@pytest.mark.parametrize("optimizer", [pytest.param("adam", marks=pytest.mark.slow), "lamb"])
def test_weight_decay_without_gradients_only_shrinks(digits, optimizer):
    """With a rate of 1e-3 and a decay of 100, each step takes a tenth; an optimizer step is a thousandth."""
    parameters = {"init": "random", "early_stopping": False, "batch_size": 1024, "random_state": 0, "patience": 1}
    parameters |= {"hidden_layer_sizes": (), "optimizer": optimizer, "learning_rate": 1e-3}
    X = digits[:1024] * 1e-6
    start = AutoencoderTransformer(4, epochs=0, **parameters).fit(X)
    decayed = AutoencoderTransformer(4, epochs=3, weight_decay=100.0, **parameters).fit(X)
    kernel, kernel_before = (np.abs(fitted._autoencoder.encoder.layers[0].kernel).mean() for fitted in (decayed, start))
    assert kernel == pytest.approx(0.9**3 * kernel_before, rel=0.05)
