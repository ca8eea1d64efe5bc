"""Optimizers and learning rates of Keras, by name and as objects."""

import pytest

from skautoencoder import AutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    # Not Ftrl, which moves every weight towards zero before it learns.
    ["Adam", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "adamw", "adafactor", "lion", "lamb"],
)
def test_every_keras_optimizer_lowers_the_loss(digits, optimizer):
    autoencoder = quick(optimizer=optimizer, early_stopping=False, learning_rate=1e-2).fit(digits)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


@pytest.mark.slow
def test_optimizer_object_is_copied_for_each_fit(digits):
    import keras

    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    autoencoder = quick(optimizer=optimizer)
    first, second = (autoencoder.fit(digits).history_ for _ in range(2))
    assert first == second
    assert autoencoder.optimizer is optimizer
    assert int(optimizer.iterations) == 0
    assert first == quick(optimizer=keras.optimizers.SGD(0.05, momentum=0.9)).fit(digits).history_
    assert first != quick(optimizer=keras.optimizers.SGD(0.01, momentum=0.9)).fit(digits).history_


def test_learning_rate_schedule_is_followed(digits):
    import keras

    stopped = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 0.0])
    constant = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 1e-3])
    losses = quick(learning_rate=stopped, early_stopping=False).fit(digits).history_["loss"]
    assert losses[2:] == pytest.approx([losses[2]] * 3, rel=1e-6)
    losses = quick(learning_rate=constant).fit(digits).history_["loss"]
    assert losses == pytest.approx(quick().fit(digits).history_["loss"])
