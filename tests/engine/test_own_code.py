"""A fit uses the current code of the user and the current values that it reads."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, KerasArchitecture

pytestmark = pytest.mark.xla

FACTOR = 1.0


def penalty(batch):
    return FACTOR * batch.mean(keras.ops.sum(keras.ops.square(batch.codes), axis=1))


class Penalty:
    __hash__ = None

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, batch):
        return self.factor * batch.mean(keras.ops.sum(keras.ops.square(batch.codes), axis=1))


@keras.saving.register_keras_serializable("tests")
class Loss(keras.losses.Loss):
    factor = 1.0

    def call(self, rows, reconstructed):
        return self.factor * keras.ops.mean(keras.ops.square(rows - reconstructed), axis=-1)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, step):
        return 0.001 * self.factor

    def get_config(self):
        return {"factor": self.factor}


def with_layer(layer):
    def build(n_features, encoding_dim):
        encoder = keras.Sequential([keras.Input((n_features,)), layer(), keras.layers.Dense(encoding_dim)])
        return encoder, keras.Sequential([keras.Input((encoding_dim,)), keras.layers.Dense(n_features)])

    return KerasArchitecture(build)


def redefined_layer(factor):
    class Scaled(keras.layers.Layer):
        def call(self, rows):
            return rows * factor

    return {"architecture": with_layer(Scaled)}


def changed_global(factor):
    global FACTOR
    FACTOR = factor
    return {"penalty": penalty}


def changed_global_of_a_lambda(factor):
    global FACTOR
    FACTOR = factor
    return {"architecture": with_layer(lambda: keras.layers.Lambda(lambda rows: rows * FACTOR))}


loss = Loss()


def changed_loss(factor):
    loss.factor = factor
    return {"loss": loss}


def fitted(X, parameters):
    return AutoencoderTransformer(3, epochs=1, random_state=0, hidden_layer_sizes=(4,), **parameters).fit(X)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param(changed_global, marks=pytest.mark.slow, id="global"),
        pytest.param(changed_global_of_a_lambda, id="lambda"),
        pytest.param(changed_loss, marks=pytest.mark.slow, id="loss"),
        pytest.param(redefined_layer, marks=pytest.mark.slow, id="layer"),
        pytest.param(lambda factor: {"penalty": Penalty(factor)}, marks=pytest.mark.slow, id="object"),
        pytest.param(lambda factor: {"learning_rate": Schedule(factor)}, marks=pytest.mark.slow, id="schedule"),
    ],
)
def test_changed_user_code_is_compiled_again(digits, no_trainers, parameters):
    first = fitted(digits, parameters(1.0)).history_["loss"]
    changed = fitted(digits, parameters(3.0)).history_["loss"]
    assert len(no_trainers) == 2
    # Equal code is compiled once.
    assert fitted(digits, parameters(1.0)).history_["loss"] == first != changed
    assert fitted(digits, parameters(3.0)).history_["loss"] == changed
    assert len(no_trainers) == 2
    no_trainers.clear()
    assert fitted(digits, parameters(3.0)).history_["loss"] == changed


@pytest.mark.slow
def test_clones_of_a_keras_loss_share_a_program(digits, no_trainers):
    autoencoder = AutoencoderTransformer(3, epochs=1, random_state=0, loss=keras.losses.LogCosh())
    for _ in range(3):
        autoencoder = clone(autoencoder).fit(digits)
    assert len(no_trainers) == 1


@pytest.mark.slow
def test_optimizer_subclass_starts_with_its_own_rate(digits, no_trainers):
    class Own(keras.optimizers.Adam):
        pass

    losses = [fitted(digits, {"optimizer": Own(rate)}).history_["loss"] for rate in (0.01, 0.0001, 0.01)]
    assert losses[0] == losses[2] != losses[1]
    assert len(no_trainers) == 1


@pytest.mark.slow
def test_functions_with_different_arrays_have_separate_programs(digits, no_trainers):
    def costly(weights):
        held = keras.ops.convert_to_tensor(weights)
        return {"penalty": lambda batch: batch.mean(keras.ops.sum(held * keras.ops.square(batch.codes), axis=1))}

    weights = np.arange(3, dtype=np.float32)
    losses = [fitted(digits, costly(held)).history_["loss"] for held in (weights, 9 * weights, weights)]
    assert losses[0] == losses[2] != losses[1]
    assert len(no_trainers) == 2


def test_code_without_a_module_works(digits):
    """Servers of notebooks run cells by `exec`, in namespaces without a name."""
    cell = """
import keras
from skautoencoder import BasePenalty

def noise(batch):
    return batch.rows + batch.normal()

def loss(rows, reconstructed):
    return keras.ops.mean(keras.ops.abs(rows - reconstructed), axis=1)

class Penalty(BasePenalty):
    def __call__(self, batch):
        return keras.ops.sum(keras.ops.abs(batch.codes), axis=1)
"""
    names = {"__name__": None}
    exec(cell, names)
    assert names["loss"].__module__ is None
    parameters = {"noise": names["noise"], "loss": names["loss"], "penalty": names["Penalty"]()}
    autoencoder = AutoencoderTransformer(2, hidden_layer_sizes=(), epochs=1, random_state=0, **parameters)
    assert np.isfinite(autoencoder.fit(digits[:64]).history_["penalty"]).all()


class TestOtherSettingsOfTensorFlow:
    """Fits work, or say what is switched off."""

    def test_eager_execution_that_is_switched_off_is_named(self, digits, monkeypatch):
        import tensorflow as tf

        monkeypatch.setattr(tf, "executing_eagerly", lambda: False)
        with pytest.raises(
            RuntimeError, match=r"TensorFlow's eager execution is switched off, by .* Leave that call out"
        ):
            AutoencoderTransformer(2, epochs=0).fit(digits)

    def test_numeric_checks_do_not_stop_fits(self, digits, no_trainers):
        import tensorflow as tf

        X = np.where(digits[:64, 20:26] > 12, np.nan, digits[:64, 20:26])
        quick = {"hidden_layer_sizes": (), "epochs": 1, "random_state": 0}
        expected = AutoencoderImputer(2, **quick).fit_transform(X)
        no_trainers.clear()
        tf.debugging.enable_check_numerics()
        try:
            filled = AutoencoderImputer(2, **quick).fit_transform(X)
        finally:
            tf.debugging.disable_check_numerics()
        np.testing.assert_allclose(filled, expected, rtol=1e-5)


def of_other_keras(name):
    """Make an object as tf_keras has them."""
    methods = dict.fromkeys(("get_config", "apply_gradients", "set_model", "__call__"), lambda *_: {})
    return type(name, (), methods | {"__module__": "tf_keras.src.of"})()


@pytest.mark.parametrize("parameter", ["optimizer", "loss", "learning_rate", "callbacks"])
def test_objects_of_other_keras_are_named(digits, parameter):
    value = of_other_keras("Named")
    parameters = {parameter: [value] if parameter == "callbacks" else value}
    with pytest.raises(ValueError, match=r"It is of Keras 2 \(tf_keras\), but .* Keras 3: import Named from keras"):
        AutoencoderTransformer(2, epochs=0, **parameters).fit(digits)


def test_average_that_an_optimizer_never_uses_warns(digits):
    with pytest.warns(
        UserWarning, match="use_ema=True without ema_overwrite_frequency, so that its averages are never"
    ):
        AutoencoderTransformer(2, epochs=0, optimizer=keras.optimizers.Adam(use_ema=True)).fit(digits)


@pytest.mark.parametrize(
    ("parameters", "example"),
    [
        ({"optimizer": keras.optimizers.Adam()}, r"optimizer=keras\.optimizers\.Adam\(learning_rate=0\.1\)"),
        ({"loss": keras.losses.Huber()}, r"loss=keras\.losses\.Huber\(learning_rate=0\.1\)"),
    ],
)
def test_settings_of_keras_objects_are_searched_as_whole_objects(parameters, example):
    with pytest.raises(ValueError, match=rf"Pass, or search over, whole objects: {example}"):
        AutoencoderTransformer(2, **parameters).set_params(**{f"{next(iter(parameters))}__learning_rate": 0.1})


def test_one_keras_model_holds_encoders_of_two_estimators(digits):
    rows = keras.Input((64,))
    first, second = (AutoencoderTransformer(n_codes, epochs=0).fit(digits) for n_codes in (2, 3))
    both = keras.Model(rows, keras.layers.Concatenate()([first.encoder_(rows), second.encoder_(rows)]))
    expected = np.hstack([first.transform(digits), second.transform(digits)])
    np.testing.assert_allclose(both(digits).numpy(), expected, atol=1e-3)


def test_numbers_of_numpy_are_parameters(digits):
    """Grids and samplers return them."""
    numbers = {"epochs": np.int32(1), "batch_size": np.int64(32), "patience": np.int64(2), "alpha": np.float32(0.1)}
    numbers |= {"validation_fraction": np.float32(0.2), "learning_rate": np.float32(1e-3), "penalty": "l2"}
    numbers |= {"weight_decay": np.float32(0), "random_state": np.int64(0), "hidden_layer_sizes": np.array([4])}
    autoencoder = AutoencoderTransformer(np.float32(0.5), early_stopping=np.bool_(True), **numbers).fit(digits[:100])
    assert autoencoder.n_iter_ == 1
