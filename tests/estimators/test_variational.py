"""The variational autoencoder against probabilistic PCA and closed forms."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import minmax_scale

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, VariationalAutoencoderTransformer
from skautoencoder.metrics import reconstruction_error
from skautoencoder.rows import GivenRows


def divergence(means, variances):
    """Kullback-Leibler divergence of normal distributions from N(0, 1), in nats, averaged over rows."""
    return np.mean(variances + means**2 - 1 - np.log(variances), axis=0) / 2


@pytest.fixture(scope="module")
def gaussian():
    """Rows of a factor model with two factors and noise."""
    generator = np.random.RandomState(0)
    loadings = generator.normal(size=(2, 8))
    return generator.normal(size=(4000, 2)) @ loadings + 0.5 * generator.normal(size=(4000, 8)) + 3.0


@pytest.fixture(scope="module")
def fitted_to_digits(digits):
    return VariationalAutoencoderTransformer(8, epochs=15, random_state=0).fit(digits)


@pytest.mark.parametrize("init", ["pca", "random"])
def test_divergence_equals_its_closed_form(digits, init):
    autoencoder = VariationalAutoencoderTransformer(3, epochs=0, init=init, early_stopping=False, random_state=0)
    X = digits[:256]
    reported = autoencoder.fit(X).history_["kl_divergence"][0]
    by_hand = divergence(*autoencoder.posterior(X))
    assert reported == pytest.approx(by_hand.sum(), rel=1e-4)
    np.testing.assert_allclose(autoencoder.kl_divergence_, by_hand, rtol=1e-10)
    assert autoencoder.kl_divergence_.dtype == np.float64


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy"])
def test_divergence_of_each_code_is_a_mean_over_all_rows(digits, loss):
    """All rows count, held-out and sparse ones too."""
    parameters = {"epochs": 3, "hidden_layer_sizes": (16,), "loss": loss, "random_state": 0}
    if loss == "binary_crossentropy":
        parameters["output_activation"] = "sigmoid"
    X = minmax_scale(digits)
    for rows in (X.astype(np.float32), csr_array(X)):
        autoencoder = VariationalAutoencoderTransformer(5, **parameters).fit(rows)
        by_hand = divergence(*(values.astype(float) for values in autoencoder.posterior(rows)))
        np.testing.assert_allclose(autoencoder.kl_divergence_, by_hand, rtol=1e-5)


def test_posterior_has_the_shape_and_dtype_of_codes(fitted_to_digits, digits):
    for X in (digits[:7], digits[:7].astype(np.float32), csr_array(digits[:7]), pd.DataFrame(digits[:7])):
        means, variances = fitted_to_digits.posterior(X)
        np.testing.assert_array_equal(means, fitted_to_digits.transform(X))
        assert means.dtype == variances.dtype == (np.float32 if getattr(X, "dtype", None) == np.float32 else np.float64)
        assert means.shape == variances.shape == (7, 8)
        assert variances.min() > 0
    with pytest.raises(NotFittedError, match="not fitted yet"):
        VariationalAutoencoderTransformer().posterior(digits)
    with pytest.raises(ValueError, match="X has 3 features, but VariationalAutoencoderTransformer is expecting 64"):
        fitted_to_digits.posterior(digits[:, :3])


def test_start_is_probabilistic_pca(gaussian):
    autoencoder = VariationalAutoencoderTransformer(2, epochs=0, random_state=0).fit(gaussian, X_val=gaussian)
    pca = PCA(2).fit(gaussian)
    rows = len(gaussian)
    variances, noise = pca.explained_variance_ * (rows - 1) / rows, pca.noise_variance_ * (rows - 1) / rows
    # Tipping & Bishop (1999): posterior mean and variance, with M = diag(variances).
    means, posterior_variances = autoencoder.posterior(gaussian)
    np.testing.assert_allclose(means, pca.transform(gaussian) * np.sqrt(variances - noise) / variances, atol=1e-6)
    np.testing.assert_allclose(posterior_variances, np.tile(noise / variances, (rows, 1)), rtol=1e-6)
    assert autoencoder.noise_variance_ == pytest.approx(noise, rel=1e-6)
    # The bound is tight: it is the likelihood of probabilistic PCA. With one draw for each of 4000 rows, its standard
    # error is 8 / 2 * sqrt(2 / 32000) = 0.03.
    assert autoencoder.history_["val_loss"][0] == pytest.approx(-pca.score(gaussian), abs=0.06)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("encoding_dim", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_noise_variance_of_the_start_is_that_of_probabilistic_pca(some_table, dtype, encoding_dim):
    """It is the maximum likelihood estimate, divided by n; the covariance of scikit-learn is divided by n - 1."""
    rows = len(some_table)
    expected = PCA(encoding_dim).fit(some_table).noise_variance_ * (rows - 1) / rows
    autoencoder = VariationalAutoencoderTransformer(encoding_dim, epochs=0).fit(some_table.astype(dtype))
    assert autoencoder.noise_variance_ == pytest.approx(expected, rel=1e-6 if dtype == np.float64 else 1e-3)


def test_noise_variance_is_the_error_of_drawn_codes(digits):
    """The error is averaged over many draws, for dense and for sparse rows."""
    X = digits[:300]
    autoencoder = VariationalAutoencoderTransformer(8, epochs=20, random_state=0).fit(X)
    means, variances = autoencoder.posterior(X)
    draws = np.random.RandomState(1).normal(size=(200, *means.shape))
    errors = [np.mean((autoencoder.inverse_transform(means + np.sqrt(variances) * draw) - X) ** 2) for draw in draws]
    assert np.std(errors) > 0.002 * np.mean(errors)
    assert autoencoder.noise_variance_ == pytest.approx(np.mean(errors), rel=0.002)
    sparse, dense = (
        autoencoder._noise_variance(GivenRows(rows), np.random.RandomState(0)) for rows in (csr_array(X), X)
    )
    assert sparse == pytest.approx(dense)


@pytest.mark.parametrize("factor", [1e3, 1e4, 1e6])
def test_noise_variance_is_that_of_the_likelihood_with_a_column_in_other_units(gaussian, factor):
    X = gaussian[:400] * np.array([factor] + 7 * [1.0])
    expected = PCA(3).fit(X).noise_variance_ * 399 / 400
    for epochs in (0, 2):
        autoencoder = VariationalAutoencoderTransformer(3, epochs=epochs, hidden_layer_sizes=(16,), random_state=0)
        assert autoencoder.fit(X).noise_variance_ == pytest.approx(expected, rel=0.01)
    np.testing.assert_allclose(autoencoder.sample(4000, random_state=0).std(axis=0), X.std(axis=0), rtol=0.1)


@pytest.mark.parametrize("encoding_dim", [5, 8])
def test_codes_beyond_the_rank_of_X_have_no_divergence(gaussian, encoding_dim):
    """Their posterior is the prior; with more codes than components, too."""
    X = np.linspace(-1, 1, 120).reshape(40, 3)[:, [0]] * np.arange(1, 9) + gaussian[:40, [0]] * np.ones(8)
    X = X[:7] if encoding_dim == 8 else X
    autoencoder = VariationalAutoencoderTransformer(encoding_dim, epochs=0, random_state=0).fit(X)
    assert np.all(autoencoder.kl_divergence_[:2] > 1)
    np.testing.assert_allclose(autoencoder.kl_divergence_[2:], 0, atol=1e-6)
    np.testing.assert_allclose(autoencoder.posterior(X)[1][:, 2:], 1, atol=1e-6)


def test_noise_variance_of_repeated_rows_in_any_order_is_that_of_weighted_rows(digits):
    autoencoder = VariationalAutoencoderTransformer(8, epochs=1, random_state=0).fit(digits[:200])
    weights = np.random.RandomState(0).randint(1, 4, size=200)
    repeated = np.random.RandomState(1).permutation(digits[:200].repeat(weights, axis=0))
    weighted, by_rows = (
        autoencoder._noise_variance(given, np.random.RandomState(0))
        for given in (GivenRows(digits[:200], weights.astype(float)), GivenRows(repeated))
    )
    assert weighted == pytest.approx(by_rows, rel=1e-12)


class TestPartialFit:
    """Statistics of codes and rows include all chunks."""

    @pytest.fixture
    def frozen(self):
        """An autoencoder whose steps are too small to change it."""
        return VariationalAutoencoderTransformer(2, learning_rate=1e-30, random_state=0)

    @pytest.mark.parametrize("weights", [None, np.linspace(0.5, 3, 400)])
    def test_statistics_of_chunks_are_those_of_all_rows(self, frozen, gaussian, weights):
        X = gaussian[:400]
        chunks = [slice(0, 200), slice(200, 201), slice(201, 400)]
        for chunk in chunks:
            frozen.partial_fit(X[chunk], sample_weight=None if weights is None else weights[chunk])
        means, variances = frozen.posterior(X)
        terms = (variances + means**2 - 1 - np.log(variances)) / 2
        np.testing.assert_allclose(frozen.kl_divergence_, np.average(terms, axis=0, weights=weights), rtol=1e-6)
        error = frozen._noise_variance(GivenRows(X, weights), np.random.RandomState(0))
        assert frozen.noise_variance_ == pytest.approx(error, rel=0.02)
        covariance = np.cov(means.T, bias=True, aweights=weights)
        covariance += np.diag(np.average(variances, axis=0, weights=weights))
        codes = frozen._code_covariance_root @ frozen._code_covariance_root.T
        np.testing.assert_allclose(codes, covariance, rtol=1e-6, atol=1e-6)

    def test_samples_after_a_chunk_of_one_row_keep_their_variance(self, frozen, gaussian):
        before = frozen.partial_fit(gaussian[:400]).sample(2000, random_state=0).var(axis=0)
        after = frozen.partial_fit(gaussian[400:401]).sample(2000, random_state=0).var(axis=0)
        np.testing.assert_allclose(after, before, rtol=0.05)

    def test_fit_starts_statistics_anew(self, frozen, gaussian):
        again = frozen.partial_fit(gaussian[:400] + 9).fit(gaussian[:400])
        once = clone(frozen).fit(gaussian[:400])
        assert again.noise_variance_ == once.noise_variance_
        np.testing.assert_array_equal(again.kl_divergence_, once.kl_divergence_)


def test_bound_of_the_start_is_the_likelihood_of_probabilistic_pca(gaussian):
    train, test = gaussian[:2000], gaussian[2000:]
    for n_codes in (1, 2, 4):
        autoencoder = VariationalAutoencoderTransformer(n_codes, epochs=0).fit(train)
        pca = PCA(n_codes).fit(train)
        assert autoencoder.evidence_lower_bound(test) == pytest.approx(pca.score(test), rel=1e-3)
        assert autoencoder.evidence_lower_bound(test) == autoencoder.evidence_lower_bound(csr_array(test))


def test_bound_of_bernoulli_rows_is_minus_their_loss(digits):
    X = minmax_scale(digits)[:200]
    parameters = {"loss": "binary_crossentropy", "output_activation": "sigmoid", "early_stopping": False}
    autoencoder = VariationalAutoencoderTransformer(2, epochs=2, random_state=0, **parameters).fit(X)
    # The loss of an epoch draws one code for each row.
    assert autoencoder.evidence_lower_bound(X) == pytest.approx(-autoencoder.history_["loss"][-1], rel=0.03)


@pytest.mark.slow
def test_validation_loss_is_the_bound_of_the_fitted_model(digits):
    train, test = digits[:1300], digits[1300:]
    autoencoder = VariationalAutoencoderTransformer(16, random_state=0).fit(train, X_val=test)
    history, best = autoencoder.history_, autoencoder.best_epoch_
    assert 0 < best == np.argmin(history["val_loss"])

    def bound(error, variance, divergence):
        return 32 * np.log(2 * np.pi * variance) + 32 * error / variance + divergence

    names = "val_reconstruction_loss", "reconstruction_loss", "val_kl_divergence"
    np.testing.assert_allclose(history["val_loss"], bound(*(np.array(history[name]) for name in names)), rtol=1e-6)

    means, variances = autoencoder.posterior(test)
    draws = np.random.RandomState(0).normal(size=(20, *means.shape))
    error = np.mean([(autoencoder.inverse_transform(means + np.sqrt(variances) * draw) - test) ** 2 for draw in draws])
    by_hand = bound(error, autoencoder.noise_variance_, divergence(means, variances).sum())
    # An epoch measures only a sample of the training rows.
    assert history["val_loss"][best] == pytest.approx(by_hand, abs=0.5)
    # Held-out rows choose neither the variance, which would flatter the model, nor a model worse than where it started.
    assert bound(error, error, divergence(means, variances).sum()) < by_hand - 1
    assert by_hand < -PCA(16).fit(train).score(test) - 5


@pytest.mark.parametrize("init", ["pca", pytest.param("random", marks=pytest.mark.slow)])
def test_linear_network_recovers_probabilistic_pca(gaussian, init):
    """From any start, training reaches the largest likelihood of a linear model."""
    X = gaussian - gaussian.mean(axis=0) if init == "random" else gaussian
    autoencoder = VariationalAutoencoderTransformer(
        2, hidden_layer_sizes=(), init=init, epochs=100 if init == "random" else 20, learning_rate=5e-3, random_state=0
    ).fit(X)
    pca = PCA(2).fit(X)
    assert autoencoder.noise_variance_ == pytest.approx(pca.noise_variance_, rel=0.05)
    # The loss is a mean over 256 rows, whose log-likelihoods have a standard deviation of about 2.
    assert autoencoder.history_["loss"][autoencoder.best_epoch_] == pytest.approx(-pca.score(X), abs=0.4)
    decoded = autoencoder.inverse_transform(np.vstack([np.eye(2), np.zeros((1, 2))]))
    loadings = decoded[:2] - decoded[2]
    covariance = loadings.T @ loadings + autoencoder.noise_variance_ * np.eye(8)
    off = np.linalg.norm(covariance - pca.get_covariance()) / np.linalg.norm(pca.get_covariance())
    assert off < (0.02 if init == "pca" else 0.15)


def test_samples_have_the_mean_and_covariance_of_the_rows(gaussian):
    autoencoder = VariationalAutoencoderTransformer(2, epochs=20, random_state=0).fit(gaussian)
    drawn = autoencoder.sample(20000, random_state=0)
    np.testing.assert_allclose(drawn.mean(axis=0), gaussian.mean(axis=0), atol=0.1)
    covariance = np.cov(gaussian.T)
    assert np.linalg.norm(np.cov(drawn.T) - covariance) < 0.1 * np.linalg.norm(covariance)


def test_samples_without_noise_are_the_means_of_those_with_noise(fitted_to_digits, digits):
    means, rows = (fitted_to_digits.sample(2000, random_state=0, noise=noise) for noise in (False, True))
    assert np.mean(np.square(rows - means)) == pytest.approx(fitted_to_digits.noise_variance_, rel=0.02)
    standard_error = np.sqrt(fitted_to_digits.noise_variance_ / 2000)
    np.testing.assert_allclose(np.mean(rows - means, axis=0), 0, atol=4 * standard_error)
    # By hand: codes with the mean and the covariance of the posterior of all rows.
    posterior_means, variances = fitted_to_digits.posterior(digits)
    covariance = np.cov(posterior_means.T, bias=True) + np.diag(variances.mean(axis=0))
    standard = np.random.RandomState(0).normal(size=(2000, 8))
    codes = posterior_means.mean(axis=0) + standard @ np.linalg.cholesky(covariance).T
    np.testing.assert_allclose(means, fitted_to_digits.inverse_transform(codes), rtol=1e-6, atol=1e-6)


def test_sampled_digits_have_the_mean_and_covariance_of_digits(fitted_to_digits, digits):
    drawn = fitted_to_digits.sample(5000, random_state=0)
    assert np.linalg.norm(drawn.mean(axis=0) - digits.mean(axis=0)) < 0.1 * np.linalg.norm(digits.mean(axis=0))
    covariance = np.cov(digits.T)
    assert np.linalg.norm(np.cov(drawn.T) - covariance) < 0.4 * np.linalg.norm(covariance)


def test_samples_depend_on_random_state_only(fitted_to_digits):
    first, again = (fitted_to_digits.sample(4, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.any(fitted_to_digits.sample(4, random_state=4) != first)
    generator = np.random.RandomState(3)
    np.testing.assert_array_equal(fitted_to_digits.sample(4, generator), first)
    assert np.any(fitted_to_digits.sample(4, generator) != first)
    assert fitted_to_digits.sample().shape == (1, 64)


def test_transform_is_the_posterior_mean(fitted_to_digits, digits):
    codes = fitted_to_digits.transform(digits)
    np.testing.assert_array_equal(codes, fitted_to_digits.transform(digits))
    np.testing.assert_array_equal(codes, fitted_to_digits.posterior(digits)[0])
    np.testing.assert_allclose(fitted_to_digits.encoder_(digits).numpy(), codes, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        fitted_to_digits.autoencoder_(digits).numpy(), fitted_to_digits.reconstruct(digits), rtol=1e-4, atol=1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoding_dim", [2, 8])
def test_no_code_collapses_on_digits(digits, encoding_dim):
    autoencoder = VariationalAutoencoderTransformer(encoding_dim, random_state=0).fit(digits)
    # Burda, Grosse & Salakhutdinov (2016): a code is active if its posterior mean varies by more than 0.01.
    assert np.all(autoencoder.transform(digits).var(axis=0) > 0.1)
    assert autoencoder.score(digits) > PCA(encoding_dim).fit(digits).explained_variance_ratio_.sum()


@pytest.mark.slow
def test_beta_of_zero_reconstructs_as_the_plain_autoencoder(digits):
    train, test = digits[::2], digits[1::2]
    variational = VariationalAutoencoderTransformer(8, beta=0.0, random_state=0).fit(train)
    plain = AutoencoderTransformer(8, random_state=0).fit(train)
    assert reconstruction_error(variational, test) == pytest.approx(reconstruction_error(plain, test), rel=0.1)


@pytest.mark.slow
def test_larger_beta_makes_a_smaller_divergence(digits):
    found = [
        VariationalAutoencoderTransformer(4, beta=beta, epochs=20, random_state=0).fit(digits) for beta in (0.3, 1, 4)
    ]
    divergences = [autoencoder.history_["kl_divergence"][-1] for autoencoder in found]
    assert divergences == sorted(divergences, reverse=True)
    errors = [reconstruction_error(autoencoder, digits) for autoencoder in found]
    assert errors == sorted(errors)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_units_of_X_change_the_likelihood_by_their_logarithm(digits, scale):
    parameters = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (16,)}
    plain = VariationalAutoencoderTransformer(3, **parameters).fit(digits)
    scaled = VariationalAutoencoderTransformer(3, **parameters).fit(scale * digits)
    np.testing.assert_allclose(
        np.array(scaled.history_["loss"]) - 64 * np.log(scale), plain.history_["loss"], rtol=0, atol=0.05
    )
    np.testing.assert_allclose(scaled.transform(scale * digits), plain.transform(digits), atol=1e-2)


def test_bernoulli_rows_have_probabilities_as_samples(digits):
    X = minmax_scale(digits)
    autoencoder = VariationalAutoencoderTransformer(
        4, loss="binary_crossentropy", output_activation="sigmoid", epochs=40, random_state=0
    ).fit(X)
    history = autoencoder.history_
    total = 64 * np.array(history["reconstruction_loss"]) + np.array(history["kl_divergence"])
    np.testing.assert_allclose(history["loss"], total, rtol=1e-6)
    drawn = autoencoder.sample(10, random_state=0)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    np.testing.assert_array_equal(drawn, autoencoder.sample(10, random_state=0, noise=False))
    assert np.all(autoencoder.transform(X).var(axis=0) > 0.1)


def test_convolutional_variational_autoencoder_samples_images(digits):
    X, parameters = digits[:300], {"hidden_layer_sizes": (4,), "epochs": 2, "early_stopping": False, "random_state": 0}
    autoencoder = VariationalAutoencoderTransformer(2, architecture=ConvolutionalArchitecture((8, 8)), **parameters)
    assert autoencoder.fit(X).transform(X).shape == (300, 2)
    assert autoencoder.sample(3, random_state=0).shape == (3, 64)
    copied = pickle.loads(pickle.dumps(autoencoder))
    np.testing.assert_array_equal(copied.sample(3, random_state=0), autoencoder.sample(3, random_state=0))
    np.testing.assert_allclose(autoencoder.encoder_(X).numpy(), autoencoder.transform(X), atol=1e-5)


@pytest.mark.filterwarnings("ignore:All rows of X are the same:UserWarning")
@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller:UserWarning")
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_constant_rows_and_overcomplete_codes_give_finite_numbers(beta):
    parameters = {"beta": beta, "epochs": 2, "random_state": 0, "hidden_layer_sizes": (4,)}
    constant = VariationalAutoencoderTransformer(2, **parameters).fit(np.full((20, 4), 7.0))
    assert np.isfinite(constant.sample(5, random_state=0)).all()
    X = np.random.RandomState(0).normal(size=(30, 4))
    overcomplete = VariationalAutoencoderTransformer(6, **parameters).fit(X)
    assert np.isfinite(overcomplete.transform(X)).all()


def test_invalid_parameters_raise(digits, fitted_to_digits):
    with pytest.raises(ValueError, match=r"'beta' parameter .*Got -1"):
        VariationalAutoencoderTransformer(beta=-1.0).fit(digits)
    with pytest.raises(ValueError, match=r"loss='mae' is unknown\..* Choose one of \['binary_crossentropy', 'mse'\]\."):
        VariationalAutoencoderTransformer(loss="mae").fit(digits)
    with pytest.raises(ValueError, match=r"'n_samples' parameter of .*sample must be an int in the range .*Got 0"):
        fitted_to_digits.sample(0)
    assert clone(fitted_to_digits).get_params()["beta"] == 1.0
