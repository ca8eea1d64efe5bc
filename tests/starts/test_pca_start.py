"""Before its first step the network equals PCA."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error, reconstruction_r2


def encoding_dim_for(X):
    return min(8, X.shape[1] - 1)


@pytest.mark.parametrize(
    "hidden_layer_sizes",
    [pytest.param((), marks=pytest.mark.slow), pytest.param((128,), marks=pytest.mark.slow), (16, 8)],
)
def test_start_equals_pca(table, hidden_layer_sizes):
    pca = PCA(encoding_dim_for(table)).fit(table)
    autoencoder = AutoencoderTransformer(
        encoding_dim_for(table), hidden_layer_sizes=hidden_layer_sizes, epochs=0, random_state=0
    ).fit(table)
    codes = pca.transform(table)
    tolerance = 1e-10 * np.abs(table).max()
    np.testing.assert_allclose(autoencoder.transform(table), codes, atol=tolerance)
    np.testing.assert_allclose(autoencoder.inverse_transform(codes), pca.inverse_transform(codes), atol=tolerance)
    assert autoencoder.best_epoch_ == autoencoder.n_iter_ == 0


def test_start_of_float32_rows_equals_pca_to_rounding(some_table):
    X = some_table.astype(np.float32)
    pca = PCA(encoding_dim_for(X)).fit(some_table)
    autoencoder = AutoencoderTransformer(encoding_dim_for(X), epochs=0).fit(X)
    tolerance = 1e-5 * np.abs(some_table).max()
    np.testing.assert_allclose(autoencoder.transform(X), pca.transform(some_table), atol=tolerance)
    np.testing.assert_allclose(
        autoencoder.reconstruct(X), pca.inverse_transform(pca.transform(some_table)), atol=tolerance
    )


def test_training_error_never_exceeds_pca(some_table):
    autoencoder = AutoencoderTransformer(encoding_dim_for(some_table), epochs=5, random_state=0).fit(some_table)
    pca_error = reconstruction_error(PCA(encoding_dim_for(some_table)).fit(some_table), some_table)
    assert reconstruction_error(autoencoder, some_table) <= pca_error * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:All rows of X are the same")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(5, 40), st.just(5)),
        elements=st.floats(-1e3, 1e3, width=32),
    ),
    st.integers(1, 4),
)
def test_training_error_never_exceeds_pca_on_any_table(X, encoding_dim):
    autoencoder = AutoencoderTransformer(encoding_dim, hidden_layer_sizes=(8,), epochs=3, random_state=0).fit(X)
    # The start is the oracle: PCA itself divides by zero where all rows are the same.
    start = AutoencoderTransformer(encoding_dim, epochs=0, random_state=0).fit(X)
    error, start_error = reconstruction_error(autoencoder, X), reconstruction_error(start, X)
    assert error <= start_error * (1 + 1e-9)


def test_trained_autoencoder_beats_pca_on_held_out_digits(digits):
    train, test = digits[::2], digits[1::2]
    autoencoder = AutoencoderTransformer(8, random_state=0).fit(train)
    assert reconstruction_error(autoencoder, test) < 0.7 * reconstruction_error(PCA(8).fit(train), test)


@pytest.mark.parametrize(("shift", "scale"), [(1e6, 1), pytest.param(0, 1e-6, marks=pytest.mark.slow), (0, 1e6)])
def test_units_of_x_change_nothing(some_table, shift, scale):
    encoding_dim = encoding_dim_for(some_table)
    parameters = {"epochs": 8, "hidden_layer_sizes": (32, 16), "validation_fraction": 0.1, "random_state": 0}
    plain = AutoencoderTransformer(encoding_dim, **parameters).fit(some_table)
    moved = AutoencoderTransformer(encoding_dim, **parameters).fit((some_table + shift) * scale)
    assert reconstruction_r2(moved, (some_table + shift) * scale) == pytest.approx(
        reconstruction_r2(plain, some_table), abs=1e-5
    )
    # The same steps; differences by rounding grow with their number.
    losses, moved_losses = np.array(plain.history_["loss"]), np.array(moved.history_["loss"]) / scale**2
    np.testing.assert_allclose(moved_losses[0], losses[0], rtol=1e-4)
    np.testing.assert_allclose(moved_losses[:5], losses[:5], rtol=1e-2)


def test_surplus_codes_do_not_change_the_reconstruction():
    X = np.random.RandomState(0).normal(size=(6, 4))
    autoencoder = AutoencoderTransformer(9, epochs=0, random_state=0)
    with pytest.warns(UserWarning, match="encoding_dim=9 is not smaller than the 4 features of X"):
        codes = autoencoder.fit(X).transform(X)
    np.testing.assert_allclose(autoencoder.inverse_transform(codes), X, atol=1e-10)
    np.testing.assert_allclose(codes[:, :4], PCA(4).fit_transform(X), atol=1e-10)
    assert np.all(codes[:, 4:].std(axis=0) > 0)


def test_share_of_variance_chooses_the_number_of_codes_of_pca(table):
    autoencoder = AutoencoderTransformer(0.9, epochs=0).fit(table)
    assert autoencoder.encoding_dim_ == PCA(0.9).fit(table).n_components_
    assert autoencoder.transform(table).shape == (len(table), autoencoder.encoding_dim_)


def test_linear_autoencoder_stays_in_the_subspace_of_pca(digits):
    autoencoder = AutoencoderTransformer(5, hidden_layer_sizes=(), epochs=30, random_state=0).fit(digits)
    pca = PCA(5).fit(digits)
    # Least squares from codes to centred rows: its rows span the subspace of the codes.
    directions = np.linalg.lstsq(autoencoder.transform(digits), digits - digits.mean(axis=0), rcond=None)[0]
    cosines = np.linalg.svd(pca.components_ @ np.linalg.qr(directions.T)[0], compute_uv=False)
    assert cosines.min() > 0.999
    assert reconstruction_error(autoencoder, digits) == pytest.approx(reconstruction_error(pca, digits), rel=1e-3)


@pytest.mark.parametrize("parameter", ["code_activation", "output_activation"])
def test_explicit_pca_start_refuses_nonlinear_parameters(digits, parameter):
    autoencoder = AutoencoderTransformer(init="pca", **{parameter: "relu"})
    message = f"init='pca' starts training at a linear map and so excludes {parameter}='relu'. Set {parameter} to"
    with pytest.raises(ValueError, match=message):
        autoencoder.fit(digits)


@pytest.mark.parametrize(
    ("parameters", "is_pca"),
    [
        ({}, True),
        pytest.param({"loss": "mae"}, True, marks=pytest.mark.slow),
        ({"loss": "huber"}, True),
        ({"code_activation": "relu"}, False),
        pytest.param({"output_activation": "relu"}, False, marks=pytest.mark.slow),
        ({"init": "random"}, False),
    ],
)
def test_auto_starts_at_pca_where_it_is_meaningful(digits, parameters, is_pca):
    autoencoder = AutoencoderTransformer(4, epochs=0, random_state=0, **parameters).fit(digits)
    codes = PCA(4).fit_transform(digits)
    assert np.allclose(autoencoder.transform(digits), codes) == is_pca
