"""Your own Keras models inside the estimators."""

import functools
import pickle
import random
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import minmax_scale

from skautoencoder import (
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    VariationalAutoencoderTransformer,
)
from skautoencoder.metrics import reconstruction_error


def quick(build, encoding_dim=3, **parameters):
    parameters = {"epochs": 3, "random_state": 0} | parameters
    return AutoencoderTransformer(encoding_dim, architecture=KerasArchitecture(build), **parameters)


def dense(n_features, encoding_dim):
    encoder = Sequential([Input((n_features,)), layers.Dense(8, "relu"), layers.Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), layers.Dense(8, "relu"), layers.Dense(n_features)])


def with_dropout_and_normalization(n_features, encoding_dim):
    encoder = Sequential(
        [Input((n_features,)), layers.Dropout(0.3), layers.Dense(8, "relu"), layers.Dense(encoding_dim)]
    )
    decoder = [Input((encoding_dim,)), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(n_features)]
    return encoder, Sequential(decoder)


def of_images(n_features, encoding_dim):
    encoder = [Input((8, 8, 1)), layers.Conv2D(2, 3, activation="relu"), layers.Flatten(), layers.Dense(encoding_dim)]
    decoder = [Input((encoding_dim,)), layers.Dense(64), layers.Reshape((8, 8, 1)), layers.Conv2D(1, 3, padding="same")]
    return Sequential(encoder), Sequential(decoder)


def functional(n_features, encoding_dim):
    rows, codes = Input((n_features,)), Input((encoding_dim,))
    hidden = layers.Dense(8, "tanh")(rows)
    joined = layers.Concatenate()([hidden, rows])
    return keras.Model(rows, layers.Dense(encoding_dim)(joined)), keras.Model(codes, layers.Dense(n_features)(codes))


class Subclassed(keras.Model):
    def __init__(self, width):
        super().__init__()
        self.hidden, self.out = layers.Dense(8, "relu"), layers.Dense(width)

    def call(self, inputs):
        return self.out(self.hidden(inputs))


def subclassed(n_features, encoding_dim):
    return Subclassed(encoding_dim), Subclassed(n_features)


@keras.saving.register_keras_serializable("tests")
class Doubled(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="random_normal", name="factor")

    def call(self, inputs):
        return 2 * inputs * self.factor


def with_a_layer_of_its_own(n_features, encoding_dim):
    encoder, decoder = dense(n_features, encoding_dim)
    return Sequential([*encoder.layers, Doubled()]), decoder


class Transposed(layers.Layer):
    """A layer that uses the transposed kernel of another layer."""

    def __init__(self, other):
        super().__init__()
        self.other = other

    def call(self, inputs):
        return keras.ops.matmul(inputs, keras.ops.transpose(self.other.kernel))


def tied(n_features, encoding_dim):
    encoder = Sequential([Input((n_features,)), layers.Dense(encoding_dim, use_bias=False)])
    codes = Input((encoding_dim,))
    return encoder, keras.Model(codes, Transposed(encoder.layers[-1])(codes))


def nested(n_features, encoding_dim):
    rows, codes = Input((n_features,)), Input((encoding_dim,))
    encoder = dense(n_features, encoding_dim)[0](rows, training=False)
    return keras.Model(rows, encoder), Sequential([codes, functional(n_features, encoding_dim)[1]])


def of_two_inputs_within(n_features, encoding_dim):
    first, second, rows = (Input((n_features,)) for _ in range(3))
    inner = keras.Model([first, second], layers.Dense(encoding_dim)(layers.Concatenate()([first, second])))
    return keras.Model(rows, inner([rows, rows * 2])), dense(n_features, encoding_dim)[1]


def in_lists_and_dicts(n_features, encoding_dim):
    rows, codes = Input((n_features,), name="rows"), Input((encoding_dim,))
    encoder = keras.Model({"rows": rows}, [layers.Dense(encoding_dim)(rows)])
    return encoder, keras.Model([codes], {"rows": layers.Dense(n_features)(codes)})


def without_input(n_features, encoding_dim):
    encoder = Sequential([layers.Dense(8, "relu"), layers.Dense(encoding_dim)])
    return encoder, Sequential([layers.Dense(8, "relu"), layers.Dense(n_features)])


BUILDS = [
    dense,
    with_dropout_and_normalization,
    of_images,
    functional,
    subclassed,
    with_a_layer_of_its_own,
    tied,
    nested,
    of_two_inputs_within,
    in_lists_and_dicts,
    without_input,
]
# Two tests use all builds: their fast cases divide them.
PLAIN = [dense, functional, with_a_layer_of_its_own]


@pytest.mark.parametrize(
    "build", [pytest.param(build, marks=pytest.mark.slow) if build in PLAIN else build for build in BUILDS]
)
def test_keras_models_train_repeat_and_pickle(digits, build):
    X = digits[:300]
    autoencoder = quick(build, early_stopping=False, epochs=5).fit(X)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]
    codes = autoencoder.transform(X)
    assert codes.shape == (300, 3)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(autoencoder)).transform(X), codes)
    np.testing.assert_array_equal(clone(autoencoder).fit(X).transform(X), codes)
    np.testing.assert_allclose(autoencoder.encoder_(X).numpy(), codes, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(autoencoder.autoencoder_(X).numpy(), autoencoder.reconstruct(X), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("build", "dtype"),
    [
        *((build, np.float64) for build in PLAIN),
        *(pytest.param(build, np.float64, marks=pytest.mark.slow) for build in BUILDS if build not in PLAIN),
        (dense, np.float32),
        (of_images, np.float32),
    ],
)
def test_transform_computes_in_dtype_of_X(digits, build, dtype):
    X = digits[:300].astype(dtype)
    autoencoder = quick(build, epochs=1).fit(X)
    codes = autoencoder.transform(X)
    assert codes.dtype == autoencoder.reconstruct(X).dtype == autoencoder.encoder_(X).numpy().dtype == dtype
    if dtype is np.float64:
        # In float32 a change this small would be lost, or be as large as its rounding.
        changes = [autoencoder.transform(X * (1 + change)) - codes for change in (1e-10, 2e-10)]
        np.testing.assert_allclose(changes[1], 2 * changes[0], rtol=0.01, atol=1e-3 * np.abs(changes[0]).max())
        assert changes[0].any()


def test_training_equals_keras_fit(digits):
    X = minmax_scale(digits)[:256]
    parameters = {"early_stopping": False, "batch_size": 256, "optimizer": "sgd", "learning_rate": 0.5}
    ours = quick(dense, **parameters).fit(X)
    model = quick(dense, **parameters | {"epochs": 0}).fit(X).autoencoder_
    model.compile(keras.optimizers.SGD(0.5), "mse")
    model.fit(X, X, epochs=3, batch_size=256, shuffle=False, verbose=0)
    # Keras measures the loss of an epoch before its steps.
    np.testing.assert_allclose(ours.history_["loss"][:-1], model.history.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(ours.reconstruct(X), model(X).numpy(), atol=1e-5)


def test_batch_normalization_updates_moving_statistics(digits):
    start, fitted = (quick(with_dropout_and_normalization, epochs=n, early_stopping=False).fit(digits) for n in (0, 5))
    means = [autoencoder.decoder_.layers[2].moving_mean.numpy() for autoencoder in (start, fitted)]
    assert not means[0].any()
    hidden = fitted.decoder_.layers[1](fitted.transform(digits)).numpy()
    assert means[1].any()
    # The moving average lags behind the mean.
    active = hidden.mean(axis=0) > 0.5
    assert np.all(means[1][active] > 0.1 * hidden.mean(axis=0)[active])
    np.testing.assert_array_equal(fitted.transform(digits), fitted.transform(digits))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_batch_normalization_and_regularizers_equal_keras(digits):
    def build(n_features, encoding_dim):
        rows = Input((n_features,))
        hidden = layers.BatchNormalization(momentum=0.8)(layers.Dense(8, "tanh", kernel_regularizer="l2")(rows))
        return keras.Model(rows, layers.Dense(encoding_dim, activity_regularizer="l1")(hidden)), dense(
            n_features, encoding_dim
        )[1]

    # Full batches have no random order.
    X = minmax_scale(digits)[:256].astype(np.float32)
    parameters = {"early_stopping": False, "batch_size": 256, "optimizer": "sgd", "learning_rate": 0.1}
    ours = quick(build, epochs=4, **parameters).fit(X)
    model = quick(build, epochs=0, **parameters).fit(X).autoencoder_
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(X, X, epochs=4, batch_size=256, shuffle=False, verbose=0)
    # `evaluate` uses moving statistics and includes the losses of layers.
    assert ours.history_["loss"][-1] == pytest.approx(model.evaluate(X, X, batch_size=256, verbose=0), rel=1e-4)
    for our, their in zip(ours.autoencoder_.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-3, atol=1e-5)


def test_loss_includes_add_loss_of_layers(digits):
    class Large(layers.Layer):
        def call(self, inputs):
            self.add_loss(keras.ops.mean(inputs**2))
            return inputs

    def build(n_features, encoding_dim):
        encoder, decoder = dense(n_features, encoding_dim)
        return Sequential([*encoder.layers, Large()]), decoder

    X = digits[:256]
    autoencoder = quick(build, epochs=0, early_stopping=False).fit(X)
    expected = reconstruction_error(autoencoder, X) + np.mean(autoencoder.transform(X) ** 2)
    assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)


def test_pretrained_layers_must_be_frozen(digits):
    pretrained = layers.Dense(8, "relu", name="pretrained")
    pretrained.build((None, 64))
    kernel = pretrained.get_weights()[0]

    def build(n_features, encoding_dim):
        encoder = Sequential([Input((n_features,)), pretrained, layers.Dense(encoding_dim)])
        return encoder, dense(n_features, encoding_dim)[1]

    # Two fits would train the same layer.
    with pytest.raises(ValueError, match=r"build.* trainable layers that other models have too.*trainable = False"):
        quick(build).fit(digits)
    pretrained.trainable = False
    first = quick(build).fit(digits)
    codes = first.transform(digits)
    quick(build, random_state=1).fit(digits).transform(digits)
    np.testing.assert_array_equal(first.transform(digits), codes)
    np.testing.assert_array_equal(quick(build).fit(digits).transform(digits), codes)
    np.testing.assert_array_equal(pretrained.get_weights()[0], kernel)


def test_build_may_use_models_of_another_estimator(digits):
    images = ConvolutionalArchitecture((8, 8))
    fitted = AutoencoderTransformer(6, architecture=images, hidden_layer_sizes=(2,), epochs=1, random_state=0)
    codes = fitted.fit(digits).transform(digits)

    def build(n_features, encoding_dim):
        fitted.encoder_.trainable = False
        encoder = Sequential([Input((n_features,)), fitted.encoder_, layers.Dense(encoding_dim)])
        return encoder, dense(n_features, encoding_dim)[1]

    shapes = []
    # In a thread: a deadlocked fit would never return.
    thread = threading.Thread(
        target=lambda: shapes.append(quick(build).fit(digits).transform(digits).shape), daemon=True
    )
    thread.start()
    thread.join(timeout=120)
    assert shapes == [(1797, 3)]
    np.testing.assert_array_equal(fitted.transform(digits), codes)


def test_frozen_layers_keep_their_weights(digits):
    def build(n_features, encoding_dim):
        encoder, decoder = dense(n_features, encoding_dim)
        encoder.layers[0].trainable = False
        return encoder, decoder

    start, fitted = (quick(build, epochs=n, early_stopping=False).fit(digits) for n in (0, 3))
    kernels = [[layer.get_weights()[0] for layer in fit.encoder_.layers[1:]] for fit in (start, fitted)]
    np.testing.assert_array_equal(kernels[0][0], kernels[1][0])
    assert np.any(kernels[0][1] != kernels[1][1])


def test_loss_includes_regularizers_of_layers(digits):
    def build(n_features, encoding_dim):
        code = layers.Dense(encoding_dim, activity_regularizer="l1", kernel_regularizer="l2")
        return Sequential([Input((n_features,)), code]), dense(n_features, encoding_dim)[1]

    # float32, as the regularizers of Keras 3.6 need; one batch, since some of them sum over rows.
    X = digits[:256].astype(np.float32)
    autoencoder = quick(build, epochs=0, early_stopping=False, batch_size=256).fit(X)
    autoencoder.encoder_(X)
    own = sum(float(loss) for loss in autoencoder.encoder_.losses)
    assert own > 0.1
    assert autoencoder.history_["loss"][0] == pytest.approx(reconstruction_error(autoencoder, X) + own, rel=1e-4)


@pytest.mark.parametrize("build", [dense, functional, with_a_layer_of_its_own])
def test_init_pca_starts_keras_models_at_pca(digits, build):
    autoencoder = quick(build, init="pca", epochs=0).fit(digits)
    np.testing.assert_allclose(autoencoder.transform(digits), PCA(3).fit_transform(digits), atol=1e-9)
    if build is dense:
        trained = quick(build, init="pca", epochs=10).fit(digits)
        assert reconstruction_error(trained, digits) < reconstruction_error(autoencoder, digits)


@pytest.mark.parametrize("layer", [layers.Masking(-10.0), layers.Embedding(17, 2)], ids=["masking", "embedding"])
def test_layer_that_reads_values_rules_out_start_at_pca(digits, layer):
    def build(n_features, encoding_dim):
        reading = type(layer).from_config(layer.get_config())
        shape = (n_features, 1) if isinstance(layer, layers.Masking) else (n_features,)
        ends = [layers.GlobalAveragePooling1D(), layers.Dense(encoding_dim)]
        encoder = Sequential([Input((n_features,)), layers.Reshape(shape), reading, *ends])
        return encoder, dense(n_features, encoding_dim)[1]

    with pytest.raises(ValueError, match=r"looks for certain values of X. Set init='random'"):
        quick(build, init="pca", epochs=0).fit(digits)
    assert quick(build, epochs=0).fit(digits[:64]).init_ == "random"


def test_values_that_a_layer_cannot_take_are_named(digits):
    def build(n_features, encoding_dim):
        reading = [layers.Embedding(3, 2), layers.Flatten(), layers.Dense(encoding_dim)]
        return Sequential([Input((n_features,)), *reading]), dense(n_features, encoding_dim)[1]

    with pytest.raises(ValueError, match=r"cannot compute with the values of X: indices\[.*\] = .* is not in \[0, 3\)"):
        quick(build, epochs=0).fit(digits[:64])


def test_fit_leaves_global_state_unchanged(digits):
    def next_number():
        number = layers.Dense(1).name.rpartition("_")[2]
        return int(number) if number.isdigit() else 0

    before = next_number()
    random.seed(0)
    np.random.seed(0)
    expected = random.random(), np.random.rand()
    random.seed(0)
    np.random.seed(0)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        fitted = quick(with_dropout_and_normalization).fit(digits)
        assert fitted.autoencoder_.count_params()
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert (random.random(), np.random.rand()) == expected
    assert next_number() == before + 1
    # The global policy does not affect the fit.
    np.testing.assert_array_equal(
        quick(with_dropout_and_normalization).fit(digits).transform(digits), fitted.transform(digits)
    )


@pytest.mark.slow
def test_grid_search_over_build_and_encoding_dim(digits):
    grid = {"architecture__build": [dense, functional], "encoding_dim": [1, 3]}
    search = GridSearchCV(quick(dense, epochs=1), grid, cv=2, error_score="raise").fit(digits[:200])
    assert search.best_estimator_.architecture.build in (dense, functional)


def module_with_build(folder):
    code = (
        "from keras import Input, Sequential\nfrom keras.layers import Dense\n\n"
        "def build(n_features, encoding_dim):\n"
        "    encoder = Sequential([Input((n_features,)), Dense(encoding_dim)])\n"
        "    return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])\n"
    )
    (folder / "own_models.py").write_text(code)


@pytest.mark.slow
def test_workers_and_new_processes_import_build(digits, tmp_path):
    module_with_build(tmp_path)
    np.save(tmp_path / "digits.npy", digits[:200])
    search = (
        "import pickle, numpy as np\nfrom own_models import build\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "from skautoencoder import AutoencoderTransformer, KerasArchitecture\n"
        "X = np.load('digits.npy')\n"
        "autoencoder = AutoencoderTransformer(2, architecture=KerasArchitecture(build), epochs=1, random_state=0)\n"
        "search = GridSearchCV(autoencoder, {'encoding_dim': [1, 2]}, cv=2, n_jobs=2, error_score='raise').fit(X)\n"
        "pickle.dump(search.best_estimator_, open('best', 'wb'))\n"
        "print(search.best_estimator_.transform(X).sum())"
    )
    load = "import pickle, numpy as np\nprint(pickle.load(open('best', 'rb')).transform(np.load('digits.npy')).sum())"
    environment = {"cwd": tmp_path, "capture_output": True, "text": True, "check": True}
    fitted, loaded = (
        subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, '.')\n{code}"], **environment).stdout
        for code in (search, load)
    )
    assert fitted == loaded


def test_binary_crossentropy_needs_outputs_in_unit_interval(digits):
    X = minmax_scale(digits)

    def with_sigmoid(n_features, encoding_dim):
        encoder, _ = dense(n_features, encoding_dim)
        return encoder, Sequential([Input((encoding_dim,)), layers.Dense(n_features, "sigmoid")])

    own = quick(with_sigmoid, loss="binary_crossentropy").fit(X)
    reconstructed = np.clip(own.reconstruct(X), 1e-7, 1 - 1e-7)
    crossentropy = -np.mean(X * np.log(reconstructed) + (1 - X) * np.log(1 - reconstructed))
    assert own.history_["loss"][-1] == pytest.approx(crossentropy, rel=0.05)
    added = quick(dense, loss="binary_crossentropy", output_activation="sigmoid").fit(X)
    assert 0 <= added.reconstruct(X).min() <= added.reconstruct(X).max() <= 1
    with pytest.raises(ValueError, match=r"needs outputs between 0 and 1, but the decoder puts out .*end in a sigmoid"):
        quick(dense, loss="binary_crossentropy").fit(X)


def test_variational_autoencoder_of_keras_models(digits):
    autoencoder = VariationalAutoencoderTransformer(
        2, architecture=KerasArchitecture(with_dropout_and_normalization), epochs=3, random_state=0
    ).fit(digits)
    assert autoencoder.transform(digits).shape == (1797, 2)
    assert autoencoder.sample(3, random_state=0).shape == (3, 64)
    assert autoencoder.encoder_.output_shape == (None, 2)


def deep_and_tied(n_features, encoding_dim):
    first, second = layers.Dense(8, "tanh"), layers.Dense(encoding_dim)
    encoder = Sequential([Input((n_features,)), first, second])
    codes = Input((encoding_dim,))
    return encoder, keras.Model(codes, Transposed(first)(keras.ops.tanh(Transposed(second)(codes))))


@pytest.mark.parametrize(("build", "init"), [(tied, "random"), (tied, "pca"), (deep_and_tied, "random")])
def test_layers_of_both_halves_are_shared_in_variational_autoencoders(digits, build, init):
    X = digits[:200] / 16
    autoencoder = VariationalAutoencoderTransformer(
        3, architecture=KerasArchitecture(build), init=init, epochs=2, early_stopping=False, random_state=0
    ).fit(X)
    kernels = [array for array in autoencoder._autoencoder.body if array.ndim == 2]
    # The last kernel is that of the logarithms of the variances.
    assert [kernel.shape for kernel in kernels[:-1]] == ([(64, 3)] if build is tied else [(64, 8), (8, 3)])
    if init == "random":
        decoded = np.eye(3) @ kernels[-2].T
        if build is deep_and_tied:
            decoded = np.tanh(decoded) @ kernels[0].T
        np.testing.assert_allclose(autoencoder.inverse_transform(np.eye(3)), decoded, atol=1e-5)
    assert np.any(kernels[0] != 0)
    np.testing.assert_allclose(autoencoder.encoder_(X).numpy(), autoencoder.transform(X), atol=1e-5)


def one_model(n_features, encoding_dim):
    return dense(n_features, encoding_dim)[0]


def wrong_code(n_features, encoding_dim):
    return dense(n_features, encoding_dim + 1)[0], dense(n_features, encoding_dim)[1]


def wrong_rows(n_features, encoding_dim):
    return dense(n_features, encoding_dim)[0], dense(n_features - 1, encoding_dim)[1]


def wrong_input(n_features, encoding_dim):
    return dense(n_features + 1, encoding_dim)[0], dense(n_features, encoding_dim)[1]


def two_inputs(n_features, encoding_dim):
    first, second = Input((n_features,)), Input((n_features,))
    encoder = keras.Model([first, second], layers.Dense(encoding_dim)(layers.Add()([first, second])))
    return encoder, dense(n_features, encoding_dim)[1]


def ends_in_sigmoid(n_features, encoding_dim):
    encoder, decoder = dense(n_features, encoding_dim)
    return encoder, Sequential([*decoder.layers, layers.Activation("sigmoid")])


def ends_in_reshaped_relu(n_features, encoding_dim):
    encoder = Sequential([Input((n_features,)), layers.Dense(encoding_dim), layers.ReLU(), layers.Reshape((-1, 1))])
    return encoder, dense(n_features, encoding_dim)[1]


def ends_in_steps(n_features, encoding_dim):
    codes = Input((encoding_dim,))
    steps = layers.TimeDistributed(layers.Dense(1, "tanh"), name="steps")(layers.RepeatVector(n_features)(codes))
    return dense(n_features, encoding_dim)[0], keras.Model(codes, steps)


@pytest.mark.parametrize(
    ("build", "parameters", "message"),
    [
        (ends_in_sigmoid, {"output_activation": "sigmoid"}, r"output_activation='sigmoid' would follow 'sigmoid', the"),
        (
            ends_in_reshaped_relu,
            {"code_activation": "tanh"},
            r"code_activation='tanh' would follow 'ReLU', .*_activation='lin",
        ),
        pytest.param(
            ends_in_steps,
            {"output_activation": "tanh"},
            r"would follow 'tanh', .* of KerasArchitecture",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_second_output_activation_raises(digits, build, parameters, message):
    X = minmax_scale(digits)
    with pytest.raises(ValueError, match=message):
        quick(build, **parameters, epochs=0).fit(X)
    assert quick(build, epochs=0).fit(X).n_iter_ == 0


@pytest.mark.slow
@pytest.mark.parametrize("build", [dense, of_images, functional, subclassed, nested])
def test_output_activation_is_applied_to_linear_output(digits, build):
    X = minmax_scale(digits)
    plain, bounded = (
        quick(build, epochs=0, output_activation=activation).fit(X).reconstruct(X)
        for activation in ("linear", "sigmoid")
    )
    np.testing.assert_allclose(bounded, 1 / (1 + np.exp(-plain)), rtol=1e-6)


@pytest.mark.parametrize(
    ("build", "parameters", "message"),
    [
        (one_model, {}, r"must build an encoder and a decoder, two keras.Models, but built <Sequential"),
        (lambda n_features, encoding_dim: (1, 2), {}, r"two keras.Models, but built \(1, 2\)"),
        (
            wrong_code,
            {},
            r"output of the encoder has shape \(None, 4\), expected 3 numbers per row \(encoding_dim\)",
        ),
        (
            wrong_rows,
            {},
            r"output of the decoder has shape \(None, 63\), expected 64 numbers per row \(n_features\)",
        ),
        (
            wrong_input,
            {},
            r"the input of the encoder has shape \(None, 65\), expected 64 numbers per row \(n_features\)",
        ),
        (lambda n_features: None, {}, r"build=.* must be a function build\(n_features, encoding_dim\)"),
        ("dense", {}, r"build='dense' .* must be a function build\(n_features, encoding_dim\)"),
        (max, {}, r"build=<built-in function max> .* must be a function build\(n_features, encoding_dim\)"),
        (two_inputs, {}, r"the input of the encoder has shape \[.*\], expected 64 numbers per row \(n_features\)"),
        (
            ends_in_sigmoid,
            {"init": "pca"},
            r"init='pca' needs .* end in a linear layer.* the decoder does not return zero",
        ),
    ],
)
def test_invalid_build_raises(digits, build, parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(build, **parameters).fit(digits)


def test_build_that_returns_other_networks_raises(digits):
    widths = iter(range(4, 40))

    def build(n_features, encoding_dim):
        encoder = [Input((n_features,)), layers.Dense(next(widths)), layers.Dense(encoding_dim)]
        return Sequential(encoder), dense(n_features, encoding_dim)[1]

    with pytest.raises(
        ValueError, match=r"another network than the one that was trained.*must return the same network"
    ):
        quick(build).fit(digits)


def test_build_that_depends_on_variables_is_not_cached(digits):
    width, activation = 4, "relu"

    def build(n_features, encoding_dim):
        encoder = [Input((n_features,)), layers.Dense(width, activation), layers.Dense(encoding_dim)]
        return Sequential(encoder), dense(n_features, encoding_dim)[1]

    narrow = quick(build).fit(digits)
    n_weights = narrow.encoder_.count_params()
    activation = "tanh"
    assert quick(build).fit(digits).history_["loss"] != narrow.history_["loss"]
    width = 8
    assert quick(build).fit(digits).encoder_.count_params() > n_weights


def of_width(n_features, encoding_dim, width=4, *, activation="relu"):
    encoder = Sequential([Input((n_features,)), layers.Dense(width, activation), layers.Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), layers.Dense(width, activation), layers.Dense(n_features)])


def of_needed_width(n_features, encoding_dim, width):
    return of_width(n_features, encoding_dim, width)


def of_options(n_features, encoding_dim, **options):
    return of_width(n_features, encoding_dim, **options)


def n_weights(n_features, encoding_dim, width):
    return 2 * width * (n_features + encoding_dim) + 2 * width + n_features + encoding_dim


@pytest.mark.parametrize("build", [of_width, of_needed_width, of_options])
def test_arguments_of_build_are_parameters(digits, build):
    architecture = KerasArchitecture(build, width=7)
    assert architecture.get_params()["width"] == 7
    for same in (architecture, clone(architecture), pickle.loads(pickle.dumps(architecture))):
        autoencoder = AutoencoderTransformer(3, architecture=same, epochs=0).fit(digits)
        assert autoencoder.n_parameters_ == n_weights(64, 3, width=7)
        assert repr(same).endswith(", width=7)")


def test_defaults_are_those_of_the_signature(digits):
    architecture = KerasArchitecture(of_width)
    assert architecture.get_params() == {"build": of_width, "width": 4, "activation": "relu"}
    assert KerasArchitecture(of_needed_width).get_params() == {"build": of_needed_width}
    assert KerasArchitecture(functools.partial(of_width, width=5)).get_params()["width"] == 5
    fitted = AutoencoderTransformer(3, architecture=architecture, epochs=0).fit(digits)
    assert fitted.n_parameters_ == n_weights(64, 3, width=4)


@pytest.mark.parametrize("architecture", [KerasArchitecture(of_width), KerasArchitecture(of_needed_width)])
def test_grid_search_over_arguments_of_build(digits, architecture):
    autoencoder = AutoencoderTransformer(3, architecture=architecture, epochs=0)
    search = GridSearchCV(autoencoder, {"architecture__width": [5, 6]}, cv=2, refit=False, error_score="raise")
    assert len(search.fit(digits[:50]).cv_results_["params"]) == 2
    fitted = [clone(autoencoder).set_params(**found).fit(digits) for found in search.cv_results_["params"]]
    assert [one.n_parameters_ for one in fitted] == [n_weights(64, 3, width=width) for width in (5, 6)]


@pytest.mark.slow
def test_arguments_of_build_do_not_share_programs(digits):
    """Cached programs are told apart by width and activation."""
    losses = {
        (width, activation): AutoencoderTransformer(
            3, architecture=KerasArchitecture(of_width, width=width, activation=activation), epochs=2, random_state=0
        )
        .fit(digits[:200])
        .history_["loss"][-1]
        for width in (4, 5, 4)
        for activation in ("relu", "tanh")
    }
    assert len(set(losses.values())) == 4


def test_set_params_build_takes_defaults_of_new_function():
    cloned = clone(KerasArchitecture(of_width, activation="tanh"))
    wider = functools.partial(of_width, width=9)
    assert cloned.set_params(build=wider).get_params() == {"build": wider, "width": 9, "activation": "tanh"}
    assert clone(KerasArchitecture(of_width)).set_params(build=dense).get_params() == {"build": dense}
    assert KerasArchitecture(dense).set_params(width=3, build=of_width).width == 3


def test_unknown_arguments_of_build_raise(digits):
    def fit(architecture):
        AutoencoderTransformer(3, architecture=architecture).fit(digits)

    called = r"build\(n_features, encoding_dim, width=4, activation='relu', widht=6\)"
    with pytest.raises(ValueError, match=rf"{called} .* unexpected keyword argument 'widht'"):
        fit(KerasArchitecture(of_width, widht=6))
    with pytest.raises(ValueError, match=r"'width'. Pass further arguments.* KerasArchitecture\(build, width=64\)"):
        fit(KerasArchitecture(of_needed_width))
    with pytest.raises(ValueError, match=r"parameter='widht' is unknown. Did you mean 'width'\?"):
        KerasArchitecture(of_width).set_params(widht=6)
    with pytest.raises(ValueError, match=r"parameter='options' is unknown. Choose one of \['build', 'width'\]"):
        KerasArchitecture(of_options, width=3).set_params(options=6)
    with pytest.raises(ValueError, match=r"build=3 of KerasArchitecture must be a function"):
        fit(KerasArchitecture(3))
