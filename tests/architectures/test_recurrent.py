"""Sequences, read and written by recurrent layers."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, RecurrentArchitecture
from skautoencoder.metrics import reconstruction_error


def sinusoids(n_samples, n_steps=20, seed=0):
    """Noisy rows of two channels, sine and cosine, of random phase and frequency; and the same without noise."""
    generator = np.random.RandomState(seed)
    frequency, phase = generator.uniform(0.05, 0.2, (n_samples, 1)), generator.uniform(0, 1, (n_samples, 1))
    angle = 2 * np.pi * (frequency * np.arange(n_steps) + phase)
    clean = np.stack([np.sin(angle), np.cos(angle)], axis=2)
    noise = 0.1 * generator.normal(size=clean.shape)
    return (clean + noise).reshape(n_samples, -1), clean.reshape(n_samples, -1)


def quick(encoding_dim=3, shape=(20, 2), cell="lstm", **parameters):
    parameters = {"epochs": 2, "random_state": 0, "hidden_layer_sizes": (8,)} | parameters
    return AutoencoderTransformer(encoding_dim, architecture=RecurrentArchitecture(shape, cell), **parameters)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recurrent_layers_beat_pca_on_noisy_sinusoids(cell):
    (train, _), (test, clean) = sinusoids(1000), sinusoids(300, seed=1)
    autoencoder = quick(cell=cell, hidden_layer_sizes="auto", epochs=40, learning_rate=3e-3).fit(train)
    pca = PCA(3).fit(train)
    assert reconstruction_error(autoencoder, test) < 0.75 * reconstruction_error(pca, test)
    # Reconstructions are also closer to the sinusoids without noise.
    pca_error = np.mean((pca.inverse_transform(pca.transform(test)) - clean) ** 2)
    assert np.mean((autoencoder.reconstruct(test) - clean) ** 2) < 0.75 * pca_error


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((40,), marks=pytest.mark.slow),
        40,
        pytest.param((20, 2), marks=pytest.mark.slow),
        pytest.param((-1, 4), marks=pytest.mark.slow),
        pytest.param((1, 40), marks=pytest.mark.slow),
        pytest.param((40, 1), marks=pytest.mark.slow),
    ],
)
def test_sequence_shapes(shape):
    X = sinusoids(40)[0]
    autoencoder = quick(shape=shape).fit(X)
    assert autoencoder.reconstruct(X).shape == X.shape


@pytest.mark.parametrize("hidden_layer_sizes", [(), (4,), pytest.param((6, 4), marks=pytest.mark.slow)])
def test_units_of_recurrent_layers(hidden_layer_sizes):
    X = sinusoids(40)[0]
    autoencoder = quick(hidden_layer_sizes=hidden_layer_sizes, init="random").fit(X)
    units = [layer.units for layer in autoencoder.encoder_.layers if layer.name.startswith("lstm")]
    assert units == list(hidden_layer_sizes)
    units = [layer.units for layer in autoencoder.decoder_.layers if layer.name.startswith("lstm")]
    assert units == list(hidden_layer_sizes)[::-1]


def test_start_is_pca():
    X = sinusoids(100)[0] + 1000.0
    autoencoder, pca = quick(4, epochs=0).fit(X), PCA(4).fit(X)
    np.testing.assert_allclose(autoencoder.transform(X), pca.transform(X), atol=1e-9)
    np.testing.assert_allclose(autoencoder.reconstruct(X), pca.inverse_transform(pca.transform(X)), atol=1e-9)


@pytest.mark.slow
@pytest.mark.xla
def test_losses_do_not_depend_on_xla(monkeypatch):
    from skautoencoder._engine import _keras_compat, trainer

    X = sinusoids(100)[0]
    compiled = quick().fit(X)
    monkeypatch.setattr(_keras_compat, "XLA_WORKS", False)
    monkeypatch.setattr(trainer, "_cache", type(trainer._cache)())
    assert quick().fit(X).history_["loss"] == pytest.approx(compiled.history_["loss"], rel=1e-4)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (RecurrentArchitecture((30, 2)), r"sequence_shape=\(30, 2\) .* holds 60 values but X has 40 features"),
        (RecurrentArchitecture((20, 2, 1)), r"sequence_shape=\(20, 2, 1\) .* is not a shape such as \(30,\) or"),
        (RecurrentArchitecture((-1, 3)), r"sequence_shape=\(-1, 3\) .* cannot be filled by 40 values"),
        (RecurrentArchitecture(cell="lstn"), r"cell='lstn' is unknown. Did you mean 'lstm'\?"),
    ],
)
def test_invalid_recurrent_architecture_raises(architecture, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, architecture=architecture, epochs=1).fit(sinusoids(20)[0])


@pytest.mark.slow
def test_cell_accepts_keras_spelling():
    X = sinusoids(40)[0]
    codes = [quick(cell=cell, init="random", epochs=0).fit(X).transform(X) for cell in ("GRU", "gru", "lstm")]
    np.testing.assert_array_equal(codes[0], codes[1])
    assert not np.allclose(codes[0], codes[2])
