"""Small networks are padded to share programs; the padding is zero, stays zero, and changes no number."""

import keras
import numpy as np
import pytest

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder.networks._activations import ACTIVATIONS, KEEP_ZERO
from skautoencoder.training import run_plan


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (20,), "early_stopping": False}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture
def without_padding(monkeypatch):
    """Return a function that calls another with padding switched off."""

    def call(function):
        with monkeypatch.context() as context:
            context.setattr(run_plan, "_MAX_PADDING", -1)
            return function()

    return call


def slow(*cases):
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


def padding(trainer):
    """Return the weights that are padding."""
    vector = trainer.weights.variables[0].numpy()
    is_padding = np.ones(vector.shape, bool)
    is_padding[trainer.weights._used] = False
    return vector[is_padding]


@pytest.mark.xla
def test_networks_of_similar_widths_share_a_program(digits, no_trainers):
    for encoding_dim, hidden_layer_sizes in ((3, (20,)), (8, (32,)), (32, (1,))):
        quick(encoding_dim, hidden_layer_sizes=hidden_layer_sizes).fit(digits[:200])
    assert len(no_trainers) == 1
    quick(33).fit(digits[:200])
    assert len(no_trainers) == 2


@pytest.mark.parametrize(
    "parameters",
    [
        {"optimizer": "adam", "weight_decay": 0.1},
        {"optimizer": "nadam", "noise": "gaussian", "noise_level": 0.3},
        {"optimizer": "ftrl"},
        {"optimizer": "sgd", "learning_rate": 1e-2, "loss": "mae"},
        {
            "optimizer": keras.optimizers.Adam(clipvalue=1.0, use_ema=True, ema_overwrite_frequency=5),
            "learning_rate": 1e-3,
        },
        *slow(
            {"optimizer": "adamw"},
            {"optimizer": "rmsprop", "activation": "tanh"},
            {"optimizer": "adagrad"},
            {"optimizer": "adadelta"},
            {"optimizer": "adamax", "activation": "relu"},
            {"optimizer": "lion", "learning_rate": 1e-4},
        ),
        {"code_activation": "relu", "hidden_layer_sizes": (20, 40)},
        {"hidden_layer_sizes": ()},
    ],
    ids=lambda parameters: "-".join(str(getattr(value, "name", value)) for value in parameters.values()),
)
def test_padding_stays_zero_and_changes_no_number(digits, no_trainers, without_padding, parameters):
    X = digits[:300]
    padded = quick(**parameters).fit(X)
    (trainer,) = no_trainers.values()
    zeros = padding(trainer)
    assert zeros.size > 1000
    assert not zeros.any()
    plain = without_padding(lambda: quick(**parameters).fit(X))
    assert [array.shape for array in padded._autoencoder.arrays] == [array.shape for array in plain._autoencoder.arrays]
    assert padded.history_["loss"] == pytest.approx(plain.history_["loss"], rel=1e-4)
    np.testing.assert_allclose(padded.reconstruct(X), plain.reconstruct(X), atol=0.02)


@pytest.mark.parametrize("activation", ["gelu", "sigmoid", *slow(*sorted(ACTIVATIONS.keys() - {"gelu", "sigmoid"}))])
def test_layers_are_padded_where_the_activation_keeps_zero(digits, no_trainers, without_padding, activation):
    parameters = {"activation": activation}
    padded = quick(**parameters).fit(digits[:200])
    (trainer,) = no_trainers.values()
    widths = {variable.shape[-1] for variable in map(np.asarray, trainer.weights.tensors())}
    assert (20 in widths) == (activation not in KEEP_ZERO)
    assert not padding(trainer).any()
    plain = without_padding(lambda: quick(**parameters).fit(digits[:200]))
    assert padded.history_["loss"] == pytest.approx(plain.history_["loss"], rel=1e-3)


@pytest.mark.parametrize(
    "estimator",
    [
        quick(penalty="l2", alpha=0.1),
        quick(code_activation="sigmoid", hidden_layer_sizes=(32,)),
        quick(optimizer="adafactor"),
        quick(optimizer=keras.optimizers.Adam(clipnorm=1.0)),
        VariationalAutoencoderTransformer(3, epochs=2, hidden_layer_sizes=(20,), random_state=0),
    ],
    ids=["penalty", "sigmoid", "adafactor", "clipnorm", "variational"],
)
def test_networks_that_padding_would_change_are_not_padded(digits, no_trainers, estimator):
    fitted = estimator.fit(digits[:200])
    (trainer,) = no_trainers.values()
    assert trainer.weights.size == sum(array.size for array in fitted._autoencoder.arrays)


def test_imputers_are_padded(digits, no_trainers):
    X = np.where(np.random.RandomState(0).uniform(size=(200, 64)) < 0.1, np.nan, digits[:200])
    assert np.isfinite(AutoencoderImputer(3, epochs=3, random_state=0).fit_transform(X)).all()
    assert all(padding(trainer).size for trainer in no_trainers.values())
    assert not any(padding(trainer).any() for trainer in no_trainers.values())


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_optimizer_state_survives_a_change_of_padding(digits, no_trainers, without_padding, monkeypatch, optimizer):
    def in_chunks():
        autoencoder = quick(optimizer=optimizer)
        for chunk in np.array_split(digits[:600], 3):
            autoencoder.partial_fit(chunk)
        return autoencoder

    def mixed():
        autoencoder = quick(optimizer=optimizer)
        for number, chunk in enumerate(np.array_split(digits[:600], 3)):
            monkeypatch.setattr(run_plan, "_MAX_PADDING", -1 if number == 1 else 2**25)
            autoencoder.partial_fit(chunk)
        return autoencoder

    plain, results = without_padding(in_chunks), [in_chunks(), mixed()]
    for autoencoder in results:
        np.testing.assert_allclose(autoencoder.reconstruct(digits), plain.reconstruct(digits), atol=0.01)
        for array, of_plain in zip(
            autoencoder._training_state.optimizer["arrays"], plain._training_state.optimizer["arrays"], strict=True
        ):
            np.testing.assert_allclose(array, of_plain, atol=1e-4)


def test_callbacks_get_the_network_without_padding(digits):
    class Looking(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.shapes = [weight.shape for weight in self.model.weights]
            self.reconstructed = self.model(X[:5]).numpy()

    class Changing(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.set_weights([np.zeros_like(weight) for weight in self.model.get_weights()])
            self.model.optimizer.learning_rate = 0.0

    X, looking = digits[:300].astype(np.float32), Looking()
    autoencoder = quick(callbacks=[looking]).fit(X)
    assert (64, 20) in looking.shapes
    assert not any(32 in shape for shape in looking.shapes)
    np.testing.assert_allclose(looking.reconstructed, autoencoder.reconstruct(X[:5]), atol=1e-3)
    changed = quick(callbacks=[Changing()], init="random").fit(X)
    assert not changed.reconstruct(X).any()
