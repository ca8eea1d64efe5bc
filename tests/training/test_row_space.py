"""Few wide rows are trained on by their coordinates in the space that they span."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, load
from skautoencoder.metrics import reconstruction_error
from skautoencoder.rows import GivenRows
from skautoencoder.training.row_space import RowSpace


@pytest.fixture(scope="module")
def wide():
    """Sixty rows of two hundred columns, near a curve."""
    generator = np.random.default_rng(0)
    places = generator.uniform(0, 3, size=(60, 1))
    waves = np.sin(places * generator.uniform(0.5, 2, size=200) + generator.uniform(0, 6, size=200))
    return 5 + waves + 0.05 * generator.normal(size=(60, 200))


@pytest.fixture(scope="module")
def fitted(wide):
    return AutoencoderTransformer(2, epochs=60, learning_rate=3e-3, random_state=0).fit(wide)


def at_start(encoding_dim):
    """Return an autoencoder whose training changes nothing."""
    return AutoencoderTransformer(encoding_dim, epochs=1, learning_rate=1e-12)


def spaces(monkeypatch):
    """Record the spaces that fits train in."""
    found = []
    of = RowSpace.of.__func__
    monkeypatch.setattr(RowSpace, "of", classmethod(lambda cls, rows: found.append(of(cls, rows)) or found[-1]))
    return found


def test_coordinates_keep_mean_squared_distances(wide):
    space = RowSpace.of(GivenRows(wide))
    coordinates = space.rows(GivenRows(wide)).X
    assert coordinates.shape == (60, 59)
    distances = np.square(coordinates[1:] - coordinates[:-1]).mean(axis=1)
    np.testing.assert_allclose(distances, np.square(wide[1:] - wide[:-1]).mean(axis=1))


@pytest.mark.parametrize("n_features", [255, 256])
def test_layers_are_those_for_the_columns_of_X_and_training_goes_on(n_features):
    X = np.random.default_rng(0).normal(size=(40, n_features))
    autoencoder = AutoencoderTransformer(2, epochs=1, random_state=0).fit(X)
    widths = [layer.kernel.shape[1] for layer in autoencoder._autoencoder.decoder.layers[:-1]]
    assert widths == ([128, 256] if n_features == 255 else [256, 512])
    autoencoder.partial_fit(X)
    assert autoencoder.set_params(warm_start=True).fit(X).n_iter_ == 3


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_codes_at_epoch_0_are_those_of_pca(wide, dtype):
    X = wide.astype(dtype)
    pca = PCA(3).fit(X)
    autoencoder = at_start(3).fit(X)
    new = X[::-1] + np.arange(200, dtype=dtype) / 100
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(autoencoder.transform(new), pca.transform(new), atol=tolerance)
    np.testing.assert_allclose(autoencoder.reconstruct(new), pca.inverse_transform(pca.transform(new)), atol=tolerance)
    np.testing.assert_allclose(autoencoder.explained_variance_ratio_, pca.explained_variance_ratio_, rtol=1e-5)


def test_training_improves_on_pca_in_units_of_X(fitted, wide):
    pca_error = reconstruction_error(PCA(2).fit(wide), wide)
    error = reconstruction_error(fitted, wide)
    assert error < 0.9 * pca_error
    assert 0.7 * pca_error < fitted.history_["loss"][0] < 1.2 * pca_error
    assert fitted.score(wide) == pytest.approx(1 - error / wide.var(axis=0).mean())


def test_order_and_repetition_of_rows_change_no_axis(wide):
    basis = RowSpace.of(GivenRows(wide)).basis
    weights = np.arange(60) % 3 + 1.0
    repeated = np.repeat(wide, weights.astype(int), axis=0)
    np.testing.assert_allclose(RowSpace.of(GivenRows(wide[::-1])).basis, basis, atol=1e-10)
    of_weights = RowSpace.of(GivenRows(wide, weights)).basis
    np.testing.assert_allclose(RowSpace.of(GivenRows(repeated)).basis, of_weights, atol=1e-10)
    assert RowSpace.suits(GivenRows(repeated[:120]))


def test_new_rows_are_reconstructed_from_their_projection(fitted, wide):
    new = wide[:5] + np.random.default_rng(1).normal(size=(5, 200))
    basis = RowSpace.of(GivenRows(wide)).basis
    mean = wide.mean(axis=0)
    projected = mean + (new - mean) @ basis @ basis.T
    np.testing.assert_allclose(fitted.reconstruct(new), fitted.reconstruct(projected), atol=1e-5)


def test_share_of_the_variance_chooses_as_many_codes_as_pca_needs(wide):
    autoencoder = at_start(0.8).fit(wide)
    assert autoencoder.encoding_dim_ == PCA(0.8, svd_solver="full").fit(wide).n_components_


def test_share_that_needs_all_codes_sees_the_columns(wide, monkeypatch):
    found = spaces(monkeypatch)
    autoencoder = AutoencoderTransformer(1 - 1e-9, epochs=1, init="pca").fit(wide)
    assert autoencoder.encoding_dim_ == 59
    assert not found[0].has_more_axes_than(1 - 1e-9)


def test_weights_count_as_repeated_rows(wide):
    weights = np.arange(60) % 3
    weighted = at_start(3).fit(wide, sample_weight=weights)
    repeated = at_start(3).fit(np.repeat(wide, weights, axis=0))
    np.testing.assert_allclose(weighted.transform(wide), repeated.transform(wide), atol=1e-9)


def test_keras_models_and_files_return_the_same_codes(fitted, wide, tmp_path):
    codes = fitted.transform(wide)
    np.testing.assert_allclose(fitted.encoder_(wide), codes, atol=1e-4)
    fitted.save(tmp_path / "wide")
    np.testing.assert_array_equal(load(tmp_path / "wide").transform(wide), codes)


def test_rows_without_hidden_layers_are_pca(wide):
    autoencoder = AutoencoderTransformer(3, hidden_layer_sizes=(), epochs=3, random_state=0).fit(wide)
    assert reconstruction_error(autoencoder, wide) <= reconstruction_error(PCA(3).fit(wide), wide) * (1 + 1e-9)


@pytest.mark.parametrize(
    "parameters",
    [
        {"noise": "masking"},
        {"penalty": "l1"},
        {"loss": "huber"},
        {"init": "random"},
        {"weight_decay": 0.01},
        {"warm_start": True},
        {"encoding_dim": None},
    ],
)
def test_objectives_that_rotations_change_see_the_columns(wide, parameters, monkeypatch):
    found = spaces(monkeypatch)
    AutoencoderTransformer(**{"encoding_dim": 2, "epochs": 1} | parameters).fit(wide)
    assert not found


def test_tall_rows_see_the_columns(wide, monkeypatch):
    found = spaces(monkeypatch)
    AutoencoderTransformer(2, epochs=1).fit(wide[:, :100])
    assert not found
    AutoencoderTransformer(2, epochs=1).fit(wide)
    assert len(found) == 1
