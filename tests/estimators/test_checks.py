"""Bad input gets a clear error in the user's terms, before any training."""

import os
import re
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import minmax_scale

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, KerasArchitecture

X = np.random.RandomState(0).normal(size=(30, 6))


def quick(encoding_dim=2, **parameters):
    return AutoencoderTransformer(encoding_dim, **{"epochs": 1, "random_state": 0} | parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"encoding_dim": 0}, r"'encoding_dim' .* must be an int in the range \[1, inf\), a float in .*Got 0"),
        ({"encoding_dim": -3}, r"'encoding_dim' .*Got -3"),
        ({"encoding_dim": 2.5}, r"'encoding_dim' .*Got 2.5"),
        ({"encoding_dim": "8"}, r"'encoding_dim' .*Got '8'"),
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes=\(8, 0\) must be widths of at least 1"),
        ({"hidden_layer_sizes": (8, 2.5)}, r"hidden_layer_sizes=\(8, 2.5\) must be widths"),
        ({"hidden_layer_sizes": [[8]]}, r"hidden_layer_sizes=\[\[8\]\] must be widths"),
        ({"activation": "geluu"}, r"activation='geluu' is unknown. Did you mean 'gelu'\? Choose one of"),
        ({"encoding_dim": True}, r"'encoding_dim' parameter .*Got True"),
        ({"code_activation": "Tang"}, r"code_activation='Tang' is unknown. Did you mean 'tanh'\?"),
        ({"output_activation": "signoid"}, r"output_activation='signoid' is unknown. Did you mean 'sigmoid'\?"),
        ({"loss": "msee"}, r"loss='msee' is unknown. Did you mean 'mse'\? .* or pass a keras.losses.Loss"),
        ({"loss": 3}, r"'loss' parameter"),
        ({"loss": dict}, r"loss=dict is a class. Make an instance of it: loss=dict\(...\)"),
        ({"loss": lambda rows: rows}, r"loss=.* must be a function of rows and reconstructed rows that returns one"),
        ({"noise_level": 0.2}, r"noise_level=0.2 is the level of a noise that is given by name. Pass noise='gaussian'"),
        ({"optimizer": "adamm"}, r"optimizer='adamm' is unknown. Did you mean 'adam'\?"),
        ({"optimizer": 0.1}, r"'optimizer' parameter"),
        ({"learning_rate": 0}, r"'learning_rate' parameter .*Got 0"),
        ({"learning_rate": "fast"}, r"'learning_rate' parameter .*Got 'fast'"),
        ({"init": "svd"}, r"'init' parameter .*Got 'svd'"),
        ({"batch_size": 0}, r"'batch_size' parameter .*Got 0"),
        ({"batch_size": "full"}, r"'batch_size' parameter .*Got 'full'"),
        ({"epochs": -1}, r"'epochs' parameter .*Got -1"),
        ({"patience": 0}, r"'patience' parameter .*Got 0"),
        ({"validation_fraction": 0.0}, r"'validation_fraction' parameter .*Got 0.0"),
        ({"validation_fraction": 1.0}, r"'validation_fraction' parameter .*Got 1.0"),
        ({"random_state": "seed"}, r"'random_state' parameter .*Got 'seed'"),
        ({"loss": "binary_crossentropy"}, r"needs outputs between 0 and 1 but output_activation='linear'"),
        ({"init": "pca", "output_activation": "sigmoid"}, r"init='pca' .* excludes output_activation='sigmoid'. Set"),
    ],
)
def test_invalid_parameter_raises(parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(**parameters).fit(X)


def test_wrong_kind_of_keras_object_raises():
    import keras

    for name, value in {
        "loss": keras.layers.Dense(2, name="wrong"),
        "learning_rate": keras.initializers.Zeros(),
    }.items():
        with pytest.raises(ValueError, match=rf"{name}=.* not a (Loss|LearningRateSchedule) of Keras"):
            quick(**{name: value}).fit(X)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (X[:, 0], r"Expected 2D array, got 1D array instead"),
        (
            X[None],
            r"Found array with dim 3.* Flatten the rows, X.reshape\(len\(X\), -1\).*RecurrentArchitecture\(\(30, 6\)",
        ),
        (
            X.reshape(5, 6, 3, 2),
            r"X.reshape\(len\(X\), -1\), and pass .*ConvolutionalArchitecture\(\(6, 3, 2\)\)",
        ),
        (X[:1], r"Found array with 1 sample\(s\)"),
        (X[:0], r"Found array with 0 sample\(s\)"),
        (X[:, :0], r"Found array with 0 feature\(s\)"),
        ([["a", "b"], ["c", "d"]], r"could not convert string to float|[Cc]omplex|dtype='numeric'"),
        (X + 1j, r"Complex data not supported"),
        (np.where(X > 2, np.inf, X), r"infinity"),
        (np.where(X > 1, np.nan, X), r"contains NaN.*AutoencoderImputer"),
    ],
)
def test_invalid_rows_raise(data, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(data)


def test_nan_in_transform_and_X_val_raises():
    holed = np.where(X > 1, np.nan, X)
    autoencoder = quick().fit(X)
    for call in (autoencoder.transform, autoencoder.reconstruct, autoencoder.score, autoencoder.score_samples):
        with pytest.raises(ValueError, match=r"Input X contains NaN.*fill them in"):
            call(holed)
    with pytest.raises(ValueError, match="Input X_val contains NaN"):
        quick().fit(X, X_val=holed)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :5], "{name} has 5 features, but AutoencoderTransformer is expecting 6 features as input"),
        (np.where(X > 2, np.inf, X), "Input {name} contains infinity"),
        (np.where(X > 2, np.nan, X), "Input {name} contains NaN"),
        (X[None], r"{name}: Found array with dim 3.* {name}.reshape\(len\({name}\), -1\)"),
        (pd.DataFrame(X, columns=list("abcdez")), "{name}: The feature names should match those that were passed"),
        ([[1.0], *X.tolist()], "{name} should be a table .*, but its rows are of different lengths"),
    ],
)
@pytest.mark.parametrize("name", ["X_val", "X_noisy", "X_val_noisy"])
def test_errors_name_X_val_and_noisy_rows(name, rows, message):
    table = pd.DataFrame(X, columns=list("abcdef")) if isinstance(rows, pd.DataFrame) else X
    others = {"X_val": table, "X_noisy": table, "X_val_noisy": table} | {name: rows}
    with pytest.raises(ValueError, match=message.format(name=name)):
        quick().fit(table, **others)


@pytest.mark.parametrize("init", ["auto", "random"])
def test_constant_columns_are_fitted(init):
    constant = X.copy()
    constant[:, [1, 4]] = [1 / 3, 1e8]
    autoencoder = quick(init=init, hidden_layer_sizes=(4,))
    if init == "auto":
        reconstructed = autoencoder.fit(constant).reconstruct(constant)
        np.testing.assert_allclose(reconstructed[:, [1, 4]], constant[:, [1, 4]], rtol=1e-2)
    else:
        assert np.isfinite(autoencoder.fit(constant).reconstruct(constant)).all()


@pytest.mark.filterwarnings("ignore:All rows of X are the same:UserWarning")
@pytest.mark.parametrize("value", [0.0, 0.1, -1e6])
@pytest.mark.parametrize("encoding_dim", [2, 0.9])
def test_constant_rows_are_fitted(value, encoding_dim):
    constant = np.full((20, 4), value)
    autoencoder = quick(encoding_dim).fit(constant)
    np.testing.assert_allclose(autoencoder.reconstruct(constant), constant)
    assert np.all(autoencoder.transform(constant) == 0)


def test_wrong_number_or_names_of_features_raise():
    frame = pd.DataFrame(X, columns=list("abcdef"))
    autoencoder = quick().fit(frame)
    with pytest.raises(ValueError, match="Feature names seen at fit time, yet now missing:\n- f"):
        autoencoder.transform(frame[list("abcde")])
    with pytest.raises(ValueError, match="X has 5 features, but AutoencoderTransformer is expecting 6"):
        quick().fit(X).transform(X[:, :5])
    with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
        autoencoder.transform(frame.rename(columns={"a": "z"}))
    with pytest.raises(ValueError, match=r"Codes of AutoencoderTransformer have 2 columns .*, but X has 6"):
        autoencoder.inverse_transform(X)
    with pytest.raises(ValueError, match=r"columns of the codes should be those of transform, .* but are \['b', 'a'\]"):
        autoencoder.inverse_transform(pd.DataFrame(X[:, :2], columns=["b", "a"]))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        autoencoder.inverse_transform(np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"loss": "binary_crossentropy", "output_activation": "sigmoid"},
            r"loss='binary_crossentropy' needs X in \[0, 1\] but X spans \[0, 16\]. Scale X with MinMaxScaler, or use",
        ),
        ({"output_activation": "sigmoid"}, r"output_activation='sigmoid' puts out .*spans \[0, 16\].*MinMaxScaler, or"),
        ({"output_activation": "tanh"}, r"spans \[0, 16\].*MinMaxScaler\(feature_range=\(-1, 1\)\)"),
    ],
)
def test_values_beyond_output_range_raise(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(**parameters).fit(digits)


def test_validation_rows_beyond_output_range_raise(digits):
    scaled = minmax_scale(digits)
    autoencoder = quick(output_activation="sigmoid")
    with pytest.raises(ValueError, match=r"but X_val spans \[0, 16\]"):
        autoencoder.fit(scaled, X_val=digits)
    # Rounding errors of scalers are tolerated.
    assert autoencoder.fit(scaled * (1 + 1e-9)).n_iter_ == 1


@pytest.mark.parametrize("spelling", ["relu", "ReLU"])
def test_negative_values_with_relu_output_raise(spelling):
    with pytest.raises(ValueError, match=r"Negative values in data passed as X: output_activation='relu'"):
        quick(output_activation=spelling).fit(X)
    assert quick(output_activation=spelling).__sklearn_tags__().input_tags.positive_only


@pytest.mark.parametrize("configured_by", ["environment", pytest.param("file", marks=pytest.mark.slow)])
def test_other_keras_backend_raises(tmp_path, configured_by):
    if configured_by == "file":
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    environment = {"KERAS_BACKEND": "jax"} if configured_by == "environment" else {"KERAS_HOME": str(tmp_path)}
    code = "import numpy, skautoencoder; skautoencoder.AutoencoderTransformer().fit(numpy.eye(9))"
    finished = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True
    )
    assert finished.returncode == 1
    error = finished.stderr.splitlines()[-1]
    assert error.startswith("ImportError: ")
    assert "jax" in error
    assert "skautoencoder trains with Keras on TensorFlow" in error


def test_encoding_dim_none_equals_pca():
    wide = np.random.RandomState(0).normal(size=(12, 30))
    autoencoder = quick(None, epochs=0).fit(wide)
    assert autoencoder.encoding_dim_ == PCA(None).fit(wide).n_components_ == 12
    with pytest.warns(UserWarning, match="encoding_dim=None, 6 here, is not smaller than the 6 features of X"):
        assert quick(None, init="random", epochs=0).fit(X).encoding_dim_ == 6


@keras.saving.register_keras_serializable("tests")
class WithoutItsArgument(keras.losses.Loss):
    """A loss without get_config, which Keras can neither save nor copy."""

    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def unregistered():
    class Unregistered(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    return Unregistered()


@pytest.mark.parametrize("loss", [WithoutItsArgument(2.0), unregistered()])
def test_loss_that_cannot_be_copied_raises(loss):
    autoencoder = quick(loss=loss)
    assert autoencoder.fit(X).n_iter_ == 1
    with pytest.raises(
        TypeError, match=r"loss=<.* cannot be copied.*register_keras.*get_config, or write it as a funct"
    ):
        cross_val_score(autoencoder, X)


def test_clone_with_unknown_parameter_names_it():
    class Broken(AutoencoderTransformer):
        def get_params(self, deep=True):
            return super().get_params(deep) | {"unknown": 3}

    with pytest.raises(TypeError, match="has no parameter unknown=3"):
        clone(Broken())


@pytest.mark.parametrize(
    "sizes",
    [[[3, 2], [1]], [[3, 2], [1, 2]], [2.0], ["3"], [0], [True], True, [np.bool_(True)], np.array([[3]]), [None]],
)
def test_invalid_hidden_layer_sizes_raise(sizes):
    with pytest.raises(ValueError, match=rf"hidden_layer_sizes={re.escape(repr(sizes))} must be widths of at least 1"):
        quick(hidden_layer_sizes=sizes).fit(X)


@pytest.mark.parametrize("sizes", [3, np.int64(3), [np.int32(3)], np.array([3]), np.array(3), (3,)])
def test_hidden_layer_sizes_accept_all_integer_types(sizes):
    expected = quick(hidden_layer_sizes=(3,)).fit(X).transform(X)
    np.testing.assert_array_equal(quick(hidden_layer_sizes=sizes).fit(X).transform(X), expected)


@pytest.mark.parametrize("optimizer", ["adam", pytest.param("sgd", marks=pytest.mark.slow)])
@pytest.mark.parametrize("rate", [1, np.float32(0.01), np.float64(0.01), np.int64(1)])
def test_learning_rate_accepts_all_number_types(no_trainers, rate, optimizer):
    parameters = {"optimizer": optimizer, "init": "random", "epochs": 2, "early_stopping": False}
    with_new_program = quick(learning_rate=rate, **parameters).fit(X)
    with_kept_program = quick(learning_rate=rate, **parameters).fit(X)
    expected = quick(learning_rate=float(rate), **parameters).fit(X).transform(X)
    np.testing.assert_array_equal(with_new_program.transform(X), expected)
    np.testing.assert_array_equal(with_kept_program.transform(X), expected)
    assert len(no_trainers) == 1


def test_imputer_accepts_int_learning_rate(no_trainers):
    filled = [
        AutoencoderImputer(2, learning_rate=rate, epochs=1, random_state=0).fit_transform(np.where(X > 1, np.nan, X))
        for rate in (1, 1.0)
    ]
    np.testing.assert_array_equal(*filled)


@pytest.mark.parametrize(
    "value", [None, "much", [1.0, 2.0], 1j, True, ["a"], {"a": 1.0}], ids=lambda value: type(value).__name__
)
def test_penalty_that_returns_no_number_raises(value):
    def wrong(batch):
        return value

    with pytest.raises(ValueError, match=r"penalty=<function.*wrong.* must return one number or one per row"):
        quick(penalty=wrong).fit(X)


@pytest.mark.parametrize("value", [None, "much", 1j], ids=lambda value: type(value).__name__)
def test_loss_that_returns_no_number_raises(value):
    def wrong(rows, reconstructed):
        return value

    with pytest.raises(ValueError, match=r"loss=<function.*wrong.* must return one number per row"):
        quick(loss=wrong).fit(X)


@keras.saving.register_keras_serializable("tests.test_checks")
class ScalarLoss(keras.losses.Loss):
    def call(self, rows, reconstructed):
        return keras.ops.mean(keras.ops.square(rows - reconstructed))


def scalar_loss(rows, reconstructed):
    return keras.ops.mean(keras.ops.square(rows - reconstructed))


@pytest.mark.parametrize("loss", [ScalarLoss(), scalar_loss])
@pytest.mark.parametrize("parameters", [{}, {"init": "pca"}, {"penalty": "l1"}])
def test_scalar_loss_raises(loss, parameters):
    name = "ScalarLoss" if isinstance(loss, ScalarLoss) else "scalar_loss"
    with pytest.raises(ValueError, match=rf"loss=<.*{name}.* must return one number per row.* axis=-1"):
        quick(loss=loss, **parameters).fit(X)


@keras.saving.register_keras_serializable("tests.test_checks")
def divided_by_zero(tensor):
    return tensor / 0


@keras.saving.register_keras_serializable("tests.test_checks")
def not_a_number(tensor):
    return keras.ops.sum(tensor) * np.nan


def models(n_features, encoding_dim, **options):
    """Build linear models, with options of the encoder's layer."""
    from keras import Input, Sequential
    from keras.layers import Dense

    encoder = Sequential([Input((n_features,)), Dense(4, **options), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])


def models_with_broken_weights(n_features, encoding_dim):
    return models(n_features, encoding_dim, kernel_initializer=keras.initializers.Constant(np.nan))


def models_with_a_broken_layer(n_features, encoding_dim):
    return models(n_features, encoding_dim, activation=divided_by_zero)


def models_with_a_broken_loss(n_features, encoding_dim):
    return models(n_features, encoding_dim, activity_regularizer=not_a_number)


def root_of_nothing(batch):
    return keras.ops.sqrt(-1.0 - keras.ops.square(batch.codes[:, 0]))


def logarithm_of_nothing(rows, reconstructed):
    return keras.ops.mean(keras.ops.log(0 * rows), axis=-1)


def noise_of_nothing(batch):
    return batch.rows * np.nan


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"architecture": KerasArchitecture(models_with_broken_weights)},
            r"weights are NaN or infinite.*weights",
        ),
        (
            {"penalty": root_of_nothing},
            r"penalty=<function root_of_.* is not finite, although the reconstruction is",
        ),
        ({"loss": logarithm_of_nothing}, r"loss=<function logarithm_of_nothing.* is not finite, although rows"),
        ({"noise": noise_of_nothing}, r"noise=<function noise_of_nothing.* returns NaN or infinity"),
        ({"architecture": KerasArchitecture(models_with_a_broken_layer)}, r"returns NaN or infinity.*a_broken_layer"),
        (
            {"architecture": KerasArchitecture(models_with_a_broken_loss)},
            r"the layers of .*broken_loss.* add are not finite",
        ),
    ],
    ids=["weights", "penalty", "loss", "noise", "layers", "layer losses"],
)
def test_error_names_cause_of_infinite_loss(parameters, message):
    with pytest.raises(ValueError, match=f"The loss of the untrained network is not finite: .*{message}") as raised:
        quick(**parameters).fit(X)
    assert "too large" not in str(raised.value)


def root_of_codes(batch):
    # The gradient is infinite where all codes are 0.
    return keras.ops.sqrt(keras.ops.sum(keras.ops.square(batch.codes * 0)))


def test_infinite_gradients_warning_names_penalty():
    with pytest.warns(
        ConvergenceWarning, match=r"diverged.*or check that penalty=<function root_of_codes.*finite"
    ) as record:
        quick(penalty=root_of_codes, init="pca", alpha=1.0).fit(X)
    assert "StandardScaler" not in str(record[0].message)


# Keras' callbacks convert variables in a way that NumPy 2.4 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["ReduceLROnPlateau", "LearningRateScheduler"])
def test_learning_rate_callback_with_schedule_raises(name):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.9)
    callback = getattr(keras.callbacks, name)(*([lambda epoch: 1e-3] if name == "LearningRateScheduler" else []))
    for parameters in ({"learning_rate": schedule}, {"optimizer": keras.optimizers.SGD(schedule)}):
        (parameter,) = parameters
        with pytest.raises(ValueError, match=f"{name}, which sets the learning rate, but {parameter} has a schedule"):
            quick(callbacks=callback, **parameters).fit(X)
    # learning_rate does not apply to an optimizer object.
    assert quick(callbacks=callback, optimizer=keras.optimizers.SGD(1e-3), learning_rate=schedule).fit(X).n_iter_ == 1


def test_tensorboard_without_folder_raises(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"log_dir='' of TensorBoard is empty. Name a folder"):
        quick(callbacks=keras.callbacks.TensorBoard("")).fit(X)
    assert not list(tmp_path.iterdir())


def test_missing_tensorboard_raises(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r"TensorBoard needs tensorboard. Run pip install tensorboard"):
        quick(callbacks=keras.callbacks.TensorBoard(tmp_path / "logs")).fit(X)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("encoding_dim", "parameters"),
    [
        (1, {"code_activation": "softmax"}),
        (2, {"activation": "softmax", "hidden_layer_sizes": (4, 1)}),
        (1, {"output_activation": "softmax", "noise": "gaussian"}),
    ],
)
def test_softmax_of_one_unit_raises(digits, encoding_dim, parameters):
    X = digits[:64, 20:21] / 16 if "noise" in parameters else digits[:64]
    with pytest.raises(ValueError, match=r"activation='softmax' divides 1 among .* one unit, which is always 1\. Set"):
        AutoencoderTransformer(encoding_dim, epochs=0, **parameters).fit(X)


@pytest.mark.filterwarnings("ignore:All rows of X are the same:UserWarning")
def test_automatic_alpha_of_constant_rows_is_zero():
    assert AutoencoderTransformer(2, penalty="l1", epochs=0).fit(np.ones((9, 3))).alpha_ == 0
