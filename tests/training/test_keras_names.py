"""Parameters take Keras' names in each of their spellings."""

import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("mse", {"loss": ["mean_squared_error", "MSE", "MeanSquaredError"]}),
        ("mae", {"loss": ["mean_absolute_error", "MeanAbsoluteError"]}),
        ("binary_crossentropy", {"loss": ["bce", "BinaryCrossentropy"]}),
        ("relu", {"activation": ["ReLU"]}),
        pytest.param("leaky_relu", {"activation": ["LeakyReLU", "leakyrelu"]}, marks=pytest.mark.slow),
        pytest.param(
            "sigmoid", {"code_activation": ["Sigmoid"], "output_activation": ["Sigmoid"]}, marks=pytest.mark.slow
        ),
        ("adam", {"optimizer": ["Adam"]}),
        pytest.param("l1", {"penalty": ["L1"]}, marks=pytest.mark.slow),
    ],
)
def test_keras_spelling_of_a_name_fits_the_same(few, name, parameters):
    for parameter, spellings in parameters.items():
        fixed = {"epochs": 1, "init": "random"} | ({"output_activation": "sigmoid"} if "cross" in name else {})
        expected = quick(**fixed | {parameter: name}).fit(few / 16)
        for spelling in spellings:
            found = quick(**fixed | {parameter: spelling}).fit(few / 16)
            np.testing.assert_array_equal(found.transform(few / 16), expected.transform(few / 16))
            assert found.history_ == expected.history_
            assert getattr(found, parameter) == spelling


@pytest.mark.parametrize(
    "loss",
    [pytest.param("MSE", marks=pytest.mark.slow), "mean_absolute_error", pytest.param("Huber", marks=pytest.mark.slow)],
)
def test_keras_spelling_of_a_loss_starts_at_pca(few, loss):
    assert quick(loss=loss, output_activation="Linear", epochs=0).fit(few).init_ == "pca"
