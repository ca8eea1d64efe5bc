"""Steps of training are those of Keras."""

import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_random_start_reaches_the_loss_of_a_hand_written_keras_model(scaled):
    import keras

    ours = AutoencoderTransformer(
        16,
        hidden_layer_sizes=(),
        code_activation="relu",
        output_activation="sigmoid",
        loss="binary_crossentropy",
        epochs=20,
        batch_size=64,
        early_stopping=False,
    )
    losses = [ours.set_params(random_state=seed).fit(scaled).history_["loss"][-1] for seed in range(3)]
    by_hand = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [
                keras.Input((64,)),
                keras.layers.Dense(16, activation="relu"),
                keras.layers.Dense(64, activation="sigmoid"),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
        by_hand.append(model.fit(scaled, scaled, epochs=20, batch_size=64, verbose=0).history["loss"][-1])
    assert np.mean(losses) == pytest.approx(np.mean(by_hand), rel=0.02)


@pytest.mark.xla
def test_full_batch_steps_equal_those_of_keras(few):
    """With full batches the order of rows has no effect: the same steps give the same weights."""
    import keras

    few = few / 16

    parameters = {"init": "random", "early_stopping": False, "batch_size": len(few), "optimizer": "sgd"}
    start = quick(epochs=0, learning_rate=0.5, **parameters).fit(few)
    ours = quick(epochs=3, learning_rate=0.5, **parameters).fit(few)
    model = start.set_params().autoencoder_
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    model.fit(few, few, epochs=3, batch_size=len(few), shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.reconstruct(few), model(few).numpy(), atol=1e-5)
    # Keras measures the loss of an epoch before its steps.
    np.testing.assert_allclose(ours.history_["loss"][:-1], model.history.history["loss"], rtol=1e-4)


def test_partial_last_batch_is_a_step_of_its_rows_alone(few):
    """A batch of 40 rows in a program for 64 takes the step that Keras takes on 40 rows."""
    import keras

    X = few[:40] / 16
    parameters = {"init": "random", "early_stopping": False, "optimizer": "sgd", "learning_rate": 0.5}
    start = quick(epochs=0, batch_size=64, **parameters).fit(X)
    ours = quick(epochs=2, batch_size=64, **parameters).fit(X)
    model = start.autoencoder_
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    model.fit(X, X, epochs=2, batch_size=40, verbose=0)
    np.testing.assert_allclose(ours.reconstruct(X), model(X).numpy(), atol=1e-5)
