"""Series of any length, seen by convolutions along their steps."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, Conv1DArchitecture, load


@pytest.fixture(scope="module")
def series():
    """Return 60 series of 9 steps with 2 channels, as flat rows."""
    phase, speed = np.random.RandomState(0).uniform(0.2, 1, size=(2, 60, 1))
    angle = phase + speed * np.arange(9)
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=2)
    return waves.reshape(len(waves), -1)


def quick(architecture, **parameters):
    parameters = {"epochs": 2, "random_state": 0, "hidden_layer_sizes": (4, 6)} | parameters
    return AutoencoderTransformer(2, architecture=architecture, **parameters)


def test_start_is_pca(series):
    autoencoder = quick(Conv1DArchitecture((9, 2)), epochs=0).fit(series)
    np.testing.assert_allclose(autoencoder.transform(series), PCA(2).fit_transform(series), atol=1e-10)
    assert autoencoder.init_ == "pca"


def test_convolutions_halve_steps_and_decoder_mirrors_them(series, tmp_path):
    autoencoder = quick(Conv1DArchitecture((9, 2), kernel_size=np.int64(2)), init="random").fit(series)
    shapes = [tuple(layer.output.shape[1:]) for layer in autoencoder.encoder_.layers if "conv1d" in layer.name]
    assert shapes == [(5, 4), (3, 6)]
    shapes = [tuple(layer.output.shape[1:]) for layer in autoencoder.decoder_.layers if "conv1d" in layer.name]
    assert shapes == [(6, 4), (10, 2)]
    autoencoder.save(tmp_path / "series.autoencoder")
    loaded = load(tmp_path / "series.autoencoder")
    np.testing.assert_array_equal(loaded.transform(series), autoencoder.transform(series))


@pytest.mark.parametrize("shape", [9, (9, 2), (-1, 2)])
def test_kernels_are_searched_and_training_improves(series, shape):
    X = series if shape != 9 else series[:, ::2]
    autoencoder = quick(Conv1DArchitecture(shape), early_stopping=False)
    losses = autoencoder.set_params(architecture__kernel_size=5).fit(X).history_["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (Conv1DArchitecture((9, 3)), r"sequence_shape=\(9, 3\) of Conv1DArchitecture holds 27 values but X has 18"),
        (Conv1DArchitecture((9, 2), kernel_size=0), r"kernel_size=0 of Conv1DArchitecture must be a number of steps"),
        (
            Conv1DArchitecture((9, 2), kernel_size=(2, 3)),
            r"kernel_size=\(2, 3\) of Conv1DArchitecture must be a number",
        ),
    ],
)
def test_wrong_shapes_and_kernels_raise(series, architecture, message):
    with pytest.raises(ValueError, match=message):
        quick(architecture).fit(series)
