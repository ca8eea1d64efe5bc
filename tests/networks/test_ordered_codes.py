"""Codes in their order: attributes of PCA, uncorrelated codes, rows from the first codes."""

import pickle
import re

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, VariationalAutoencoderTransformer, load
from skautoencoder.networks import CodeMap

OF_PCA = [
    "components_",
    "mean_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
    "noise_variance_",
    "n_samples_",
    "n_components_",
]
N_CODES = 5


@pytest.fixture(scope="module")
def digits():
    return load_digits().data[:240]


@pytest.fixture(scope="module")
def trained(digits):
    return AutoencoderTransformer(N_CODES, hidden_layer_sizes=(16,), epochs=8, random_state=0).fit(digits)


def error_ratios(autoencoder, X):
    """Return the error of the first 1, 2, ... codes over that of PCA with as many components."""
    codes = autoencoder.transform(X)
    ratios = []
    for size in range(1, codes.shape[1] + 1):
        pca = PCA(size).fit(X)
        error = np.mean(np.square(X - autoencoder.inverse_transform(codes[:, :size])))
        ratios.append(error / np.mean(np.square(X - pca.inverse_transform(pca.transform(X)))))
    return ratios


@pytest.mark.parametrize("kind", [np.asarray, csr_array, lambda X: X.astype(np.float32)])
@pytest.mark.parametrize("name", OF_PCA)
def test_attributes_of_the_start_are_those_of_pca(digits, kind, name):
    X = kind(digits)
    autoencoder = AutoencoderTransformer(N_CODES, epochs=0, random_state=0).fit(X)
    value = getattr(autoencoder, name)
    expected = getattr(PCA(N_CODES).fit(digits), name)
    assert np.allclose(value, expected, rtol=1e-4 if X.dtype == np.float32 else 1e-9, atol=1e-5)
    assert np.asarray(value).dtype in (X.dtype, int, float)


def test_weighted_attributes_are_those_of_repeated_rows(digits):
    counts = np.random.default_rng(0).integers(1, 4, size=len(digits))
    weighted = AutoencoderTransformer(N_CODES, epochs=0).fit(digits, sample_weight=counts)
    repeated = PCA(N_CODES, svd_solver="full").fit(np.repeat(digits, counts, axis=0))
    assert np.allclose(weighted.explained_variance_ratio_, repeated.explained_variance_ratio_)
    assert np.allclose(np.abs(weighted.components_), np.abs(repeated.components_))


def test_first_codes_of_the_start_are_decoded_as_by_smaller_pca(digits):
    autoencoder = AutoencoderTransformer(N_CODES, epochs=0).fit(digits)
    assert np.allclose(error_ratios(autoencoder, digits), 1, rtol=1e-9)


def test_first_codes_of_trained_autoencoder_leave_less_error_than_pca(trained, digits):
    assert max(error_ratios(trained, digits)) < 0.99


def test_codes_are_uncorrelated_with_mean_zero(trained, digits):
    codes = trained.transform(digits)
    assert np.abs(np.corrcoef(codes.T) - np.eye(N_CODES)).max() < 1e-6
    assert np.abs(codes.mean(axis=0)).max() < 1e-6 * codes.std()


def test_shares_add_up_to_the_score(trained, digits):
    assert trained.explained_variance_ratio_.sum() == pytest.approx(trained.score(digits), rel=1e-6)
    assert trained.explained_variance_.sum() == pytest.approx(
        trained.score(digits) * digits.var(axis=0, ddof=1).sum(), rel=1e-6
    )


def test_components_are_the_regression_of_rows_on_codes(trained, digits):
    codes = trained.transform(digits)
    expected = np.linalg.lstsq(codes, digits - digits.mean(axis=0), rcond=None)[0]
    assert np.allclose(trained.components_, expected, atol=1e-5 * np.abs(expected).max())


def test_keras_models_agree_with_transform(trained, digits):
    assert np.allclose(trained.encoder_(digits), trained.transform(digits), atol=1e-4)
    assert np.allclose(trained.autoencoder_(digits), trained.reconstruct(digits), atol=1e-4)


def test_truncated_autoencoder_returns_and_decodes_the_first_codes(trained, digits):
    codes = trained.transform(digits)
    truncated = trained.truncated(2)
    assert truncated.encoding_dim == truncated.encoding_dim_ == 2
    assert np.array_equal(truncated.transform(digits), codes[:, :2])
    assert np.array_equal(truncated.inverse_transform(codes[:, :2]), trained.inverse_transform(codes[:, :2]))
    assert np.array_equal(truncated.explained_variance_ratio_, trained.explained_variance_ratio_[:2])
    assert list(truncated.get_feature_names_out()) == list(trained.get_feature_names_out()[:2])
    # The autoencoder itself stays whole.
    assert trained.encoding_dim_ == trained.transform(digits).shape[1] == N_CODES
    with pytest.raises(AttributeError, match="decoder_ is not defined for the first 2 of 5 codes"):
        truncated.decoder_  # noqa: B018


@pytest.mark.parametrize("n_codes", [0, 6, 2.0])
def test_truncated_names_the_range(trained, n_codes):
    with pytest.raises(ValueError, match=f"n_codes={n_codes} should be an integer from 1 to 5, encoding_dim_."):
        trained.truncated(n_codes)


def test_saved_and_pickled_autoencoders_decode_first_codes(trained, digits, tmp_path):
    codes = trained.transform(digits)[:, :2]
    trained.save(tmp_path / "file")
    for copied in (load(tmp_path / "file"), pickle.loads(pickle.dumps(trained))):
        assert np.array_equal(copied.inverse_transform(codes), trained.inverse_transform(codes))
        assert np.array_equal(copied.explained_variance_ratio_, trained.explained_variance_ratio_)


def test_reading_codes_leaves_the_hash_unchanged(trained, digits):
    loaded = pickle.loads(pickle.dumps(trained))
    before = joblib.hash(loaded)
    loaded.inverse_transform(np.zeros((1, 2)))
    assert loaded.explained_variance_.sum() > 0
    assert joblib.hash(loaded) == before


def test_share_of_variance_takes_as_many_codes_as_the_autoencoder_needs(digits):
    autoencoder = AutoencoderTransformer(0.6, hidden_layer_sizes=(16,), epochs=8, random_state=0).fit(digits)
    shares = np.cumsum(autoencoder.explained_variance_ratio_)
    assert shares[-1] >= 0.6
    assert len(shares) == 1 or shares[-2] < 0.6
    assert autoencoder.encoding_dim_ <= PCA(0.6).fit(digits).n_components_
    assert autoencoder.transform(digits).shape[1] == autoencoder.encoding_dim_


def test_codes_of_random_start_have_no_order_unless_asked(digits):
    parameters = {"hidden_layer_sizes": (), "init": "random", "epochs": 1, "random_state": 0}
    plain = AutoencoderTransformer(N_CODES, **parameters).fit(digits)
    message = re.escape("have no order, because training started at random weights. Set ordered=True.")
    with pytest.raises(ValueError, match=message):
        plain.truncated(2)
    with pytest.raises(ValueError, match=message):
        plain.inverse_transform(np.zeros((1, 2)))
    ordered = AutoencoderTransformer(N_CODES, ordered=True, **parameters).fit(digits)
    assert ordered.ordered_
    assert ordered.truncated(2).inverse_transform(np.zeros((1, 2))).shape == (1, 64)


def test_nested_dropout_makes_first_codes_explain_more(digits):
    """A linear autoencoder spreads the variance over its codes; nested dropout moves it to the first ones."""
    X = (digits - digits.mean()) / digits.std()
    parameters = {"hidden_layer_sizes": (), "init": "random", "epochs": 40, "learning_rate": 0.01, "random_state": 0}
    errors = []
    for ordered in (False, True):
        autoencoder = AutoencoderTransformer(N_CODES, ordered=ordered, **parameters).fit(X)
        codes = autoencoder.transform(X)
        codes[:, 1:] = 0
        errors.append(np.mean(np.square(X - autoencoder.inverse_transform(codes))))
    assert errors[1] < 0.9 * errors[0]


def test_chunks_update_the_statistics(digits):
    autoencoder = AutoencoderTransformer(N_CODES, hidden_layer_sizes=(16,), random_state=0)
    for chunk in np.array_split(digits, 3):
        autoencoder.partial_fit(chunk)
    assert autoencoder.n_samples_ == len(digits)
    assert np.allclose(autoencoder.mean_, digits.mean(axis=0))
    assert autoencoder.explained_variance_ratio_.sum() == pytest.approx(autoencoder.score(digits), abs=0.05)
    # One row more changes little.
    before = autoencoder.components_
    autoencoder.partial_fit(digits[:1])
    assert np.abs(autoencoder.components_ - before).max() < 0.1 * np.abs(before).max()


def test_convolutional_codes_are_uncorrelated_and_decoded_by_size(digits):
    architecture = ConvolutionalArchitecture((8, 8))
    autoencoder = AutoencoderTransformer(
        3, architecture=architecture, hidden_layer_sizes=(2,), epochs=2, batch_size=32, random_state=0
    ).fit(digits)
    codes = autoencoder.transform(digits)
    assert np.abs(np.corrcoef(codes.T) - np.eye(3)).max() < 1e-4
    assert np.allclose(autoencoder.encoder_(digits), codes, atol=1e-3)
    assert autoencoder.inverse_transform(codes[:, :2]).shape == digits.shape
    assert autoencoder.explained_variance_ratio_.sum() == pytest.approx(autoencoder.score(digits), rel=1e-4)


def test_variational_autoencoder_has_attributes_of_pca_and_decodes_first_codes(digits):
    autoencoder = VariationalAutoencoderTransformer(3, epochs=0).fit(digits)
    pca = PCA(3).fit(digits)
    assert np.allclose(autoencoder.mean_, pca.mean_)
    assert autoencoder.explained_variance_ratio_.sum() == pytest.approx(autoencoder.score(digits), rel=1e-6)
    directions = autoencoder.components_ / np.linalg.norm(autoencoder.components_, axis=1, keepdims=True)
    assert np.allclose(directions, pca.components_, atol=1e-6)
    assert autoencoder.inverse_transform(autoencoder.transform(digits)[:, :2]).shape == digits.shape


@pytest.mark.parametrize("name", ["components_", "explained_variance_ratio_", "n_components_"])
def test_unfitted_autoencoder_has_no_attributes_of_pca(name):
    assert not hasattr(AutoencoderTransformer(), name)


def test_decorrelation_of_repeated_and_constant_outputs_is_finite_and_inverted():
    random_state = np.random.RandomState(0)
    outputs = random_state.normal(size=(50, 4)) @ np.diag([1e3, 1, 1e-3, 0])
    outputs[:, 1] = outputs[:, 0]
    code_map = CodeMap.decorrelation(outputs.mean(axis=0), np.cov(outputs.T, bias=True), 2.0)
    codes = code_map.codes(outputs)
    assert np.all(np.isfinite(codes))
    assert np.allclose(code_map.outputs(codes), outputs)
    assert np.abs(np.cov(codes[:, [0, 2]].T)[0, 1]) < 1e-9


@pytest.mark.parametrize("mean", [0.0, 3.0])
def test_decorrelation_of_outputs_that_are_constant_but_for_rounding_is_finite(mean):
    outputs = mean + np.random.RandomState(0).normal(scale=1e-9, size=(40, 4))
    outputs[:, 0] = np.arange(40)
    covariance = outputs.T @ outputs / 40 - np.outer(outputs.mean(axis=0), outputs.mean(axis=0))
    codes = CodeMap.decorrelation(outputs.mean(axis=0), covariance, 1.0).codes(outputs)
    assert np.all(np.isfinite(codes))


def test_share_of_variance_keeps_the_size_of_the_first_chunk(digits):
    autoencoder = AutoencoderTransformer(0.6, hidden_layer_sizes=(16,), random_state=0)
    sizes = {autoencoder.partial_fit(chunk).encoding_dim_ for chunk in np.array_split(digits, 3)}
    assert len(sizes) == 1


@pytest.mark.parametrize("weight", [1e-50, 1e40])
def test_unit_of_weights_changes_no_share(digits, weight):
    parameters = {"hidden_layer_sizes": (16,), "epochs": 1, "random_state": 0}
    weighted = AutoencoderTransformer(2, **parameters).fit(digits, sample_weight=np.full(len(digits), weight))
    assert np.all(np.isfinite(weighted.explained_variance_ratio_))
    assert np.isfinite(weighted.truncated(1).score(digits))
