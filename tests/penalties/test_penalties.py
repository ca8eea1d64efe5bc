"""Penalties against their formulas in NumPy, and their effects on the codes."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from skautoencoder import (
    AutoencoderTransformer,
    BasePenalty,
    ContractivePenalty,
    HoyerSparsity,
    KLSparsity,
    L1Sparsity,
    L2Penalty,
)
from skautoencoder.penalties import PENALTIES, Batch


def fit(X, penalty, alpha, encoding_dim=16, **parameters):
    parameters = {"epochs": 60, "random_state": 0, "hidden_layer_sizes": (64,)} | parameters
    return AutoencoderTransformer(encoding_dim, penalty=penalty, alpha=alpha, **parameters).fit(X)


def start_penalty(X, penalty, **parameters):
    """Return the penalty that the engine reports for the start, on all rows in one batch, and the start."""
    autoencoder = fit(X, penalty, 0.1, epochs=0, early_stopping=False, batch_size=len(X), **parameters)
    return autoencoder.history_["penalty"][0], autoencoder


def sparseness(codes):
    return np.mean(np.abs(codes), axis=0) ** 2 / np.mean(codes**2, axis=0)


def share_near_zero(codes):
    return np.mean(np.abs(codes) < 0.1 * np.sqrt(np.mean(codes**2, axis=0) + 1e-12))


def jacobian_norm(autoencoder, X):
    """Mean squared Frobenius norm of the encoder's Jacobian, by central differences in float64."""
    step = 1e-4 * X.std()
    total = 0.0
    for feature in range(X.shape[1]):
        nudge = np.zeros(X.shape[1])
        nudge[feature] = step
        total += np.sum(((autoencoder.transform(X + nudge) - autoencoder.transform(X - nudge)) / (2 * step)) ** 2)
    return total / len(X)


@pytest.mark.parametrize("code_activation", [pytest.param("linear", marks=pytest.mark.slow), "relu"])
def test_l1_and_hoyer_equal_their_formulas(digits, code_activation):
    X = digits[:256]
    value, autoencoder = start_penalty(X, "l1", code_activation=code_activation)
    assert value == pytest.approx(np.abs(autoencoder.transform(X)).sum(axis=1).mean(), rel=1e-4)
    value, autoencoder = start_penalty(X, "hoyer", code_activation=code_activation)
    codes = autoencoder.transform(X)
    codes = codes[:, codes.any(axis=0)]
    assert value == pytest.approx(np.sum(np.sqrt(sparseness(codes))), rel=1e-4)


@pytest.mark.parametrize("loss", [pytest.param("binary_crossentropy", marks=pytest.mark.slow), "mse"])
def test_l1_is_keras_activity_regularizer(digits, loss):
    """With init="random", alpha has the unit of the tutorials."""
    import keras

    X = digits[:256] / 16
    parameters = {"init": "random", "code_activation": "relu", "output_activation": "sigmoid", "optimizer": "sgd"}
    parameters |= {"loss": loss, "early_stopping": False, "learning_rate": 0.5, "batch_size": 256}
    ours = fit(X, "l1", 1e-2, hidden_layer_sizes=(), epochs=3, **parameters)
    model = fit(X, "l1", 1e-2, hidden_layer_sizes=(), epochs=0, **parameters).autoencoder_
    # Newer versions of Keras average over the batch, older ones sum.
    probe = keras.layers.Dense(1, kernel_initializer="ones", activity_regularizer=keras.regularizers.L1(1.0))
    probe(np.ones((2, 1), np.float32))
    factor = 1e-2 if float(probe.losses[0]) == 1 else 1e-2 / len(X)
    by_hand = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, activation="relu", activity_regularizer=keras.regularizers.L1(factor)),
            keras.layers.Dense(64, activation="sigmoid"),
        ]
    )
    by_hand.set_weights(model.get_weights())
    by_hand.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
    by_hand.fit(X, X, epochs=3, batch_size=256, shuffle=False, verbose=0)
    # Keras measures the loss of an epoch before its steps.
    np.testing.assert_allclose(ours.history_["loss"][:-1], by_hand.history.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(ours.reconstruct(X), by_hand(X).numpy(), atol=1e-4)


def test_l2_is_keras_kernel_regularizer(digits):
    import keras

    X = digits[:256] / 16
    parameters = {"init": "random", "activation": "relu", "optimizer": "sgd", "early_stopping": False}
    parameters |= {"learning_rate": 0.5, "batch_size": 256}
    ours = fit(X, "l2", 1e-2, hidden_layer_sizes=(8,), epochs=3, **parameters)
    start = fit(X, "l2", 1e-2, hidden_layer_sizes=(8,), epochs=0, **parameters)
    regularized = {"kernel_regularizer": keras.regularizers.L2(1e-2)}
    by_hand = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(8, activation="relu", **regularized),
            keras.layers.Dense(16, **regularized),
            keras.layers.Dense(8, activation="relu", **regularized),
            keras.layers.Dense(64, **regularized),
        ]
    )
    by_hand.set_weights(start.autoencoder_.get_weights())
    by_hand.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    by_hand.fit(X, X, epochs=3, batch_size=256, shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.history_["loss"][:-1], by_hand.history.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(ours.reconstruct(X), by_hand(X).numpy(), atol=1e-4)


def test_l2_sums_kernels_of_encoder_and_decoder(digits):
    value, autoencoder = start_penalty(digits[:256], L2Penalty())
    kernels = [array for array in autoencoder._autoencoder.arrays if array.ndim == 2]
    assert value == pytest.approx(sum(np.sum(kernel**2) for kernel in kernels), rel=1e-5)


@pytest.mark.parametrize("normalize", [True, False])
def test_kl_equals_its_formula(digits, normalize):
    X = digits[:256]
    value, autoencoder = start_penalty(X, KLSparsity(0.1, normalize=normalize), code_activation="sigmoid")
    codes = autoencoder.transform(X)

    def divergence(activity):
        return np.sum(0.1 * np.log(0.1 / activity) + 0.9 * np.log(0.9 / (1 - activity)))

    expected = divergence(codes.mean(axis=0)) + (divergence(sparseness(codes)) if normalize else 0)
    assert value == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        pytest.param({"init": "random"}, marks=pytest.mark.slow),
        pytest.param({"hidden_layer_sizes": ()}, marks=pytest.mark.slow),
        pytest.param({"activation": "tanh"}, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("normalize", [True, False])
def test_contractive_penalty_is_squared_frobenius_norm_of_jacobian(digits, parameters, normalize):
    X, penalty = digits[:40], ContractivePenalty(normalize)
    parameters = {"early_stopping": False, "epochs": 5, "batch_size": 40} | parameters
    trained = fit(X, penalty, 1e-3, encoding_dim=3, **parameters)
    expected = jacobian_norm(trained, X)
    if normalize:
        expected *= X.var(axis=0).sum() / trained.transform(X).var(axis=0).sum()
    assert trained.history_["penalty"][5] == pytest.approx(expected, rel=1e-3)


def test_contractive_penalty_of_deep_and_convolutional_encoders(digits):
    from skautoencoder import ConvolutionalArchitecture

    X = digits[:30]
    for parameters in (
        {"hidden_layer_sizes": (32, 16)},
        {"architecture": ConvolutionalArchitecture((8, 8)), "hidden_layer_sizes": (4,), "init": "random"},
    ):
        value, autoencoder = start_penalty(X, ContractivePenalty(normalize=False), encoding_dim=3, **parameters)
        assert value == pytest.approx(jacobian_norm(autoencoder, X), rel=1e-3)


def test_contractive_penalty_of_pca_is_encoding_dim(digits):
    # Principal directions are orthonormal: each has a derivative of norm one.
    assert start_penalty(digits, ContractivePenalty(normalize=False), encoding_dim=5)[0] == pytest.approx(5, rel=1e-5)
    # Relative to variances: the size of the code over the share of the variance that it explains.
    X = digits[:256]
    explained = PCA(5).fit(X).explained_variance_ratio_.sum()
    assert start_penalty(X, "contractive", encoding_dim=5)[0] == pytest.approx(5 / explained, rel=1e-5)


def contraction(autoencoder, X):
    """Mean squared Jacobian over the variance of the codes."""
    return jacobian_norm(autoencoder, X) / autoencoder.transform(X).var(axis=0).sum()


@pytest.mark.slow
def test_larger_alpha_contracts_more(digits):
    train, test = digits[::2], digits[1::20]
    fits = [fit(train, "contractive", alpha, encoding_dim=4) for alpha in (0, 1e-3, 1e-2, 1e-1, 1, 100)]
    ratios = [contraction(fitted, train[::10]) for fitted in fits]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] < 0.2 * ratios[0]
    assert contraction(fits[-1], test) < 0.5 * contraction(fits[0], test)
    norms = [
        jacobian_norm(fit(train, ContractivePenalty(normalize=False), alpha, encoding_dim=4), test)
        for alpha in (0, 1e-3, 1e-1)
    ]
    assert norms == sorted(norms, reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("penalty", "code_activation", "alphas"),
    [
        ("l1", "relu", (1e-3, 1e-1, 1.0)),
        ("hoyer", "relu", (1e-3, 0.1, 2.0)),
        ("hoyer", "linear", (1e-3, 0.1, 2.0)),
        (KLSparsity(normalize=True), "sigmoid", (1e-3, 0.1, 1.0)),
    ],
)
def test_larger_alpha_makes_more_codes_small(digits, penalty, code_activation, alphas):
    shares = [
        share_near_zero(fit(digits, penalty, alpha, code_activation=code_activation).transform(digits))
        for alpha in alphas
    ]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.25


# The share of codes that are small, by penalty: below a tenth of their root mean square, or of the sigmoid's range.
SMALL = {
    "l1": share_near_zero,
    "hoyer": share_near_zero,
    "kl": lambda codes: np.mean(codes < 0.1),
    "contractive": None,
    "l2": None,
}
CODE_ACTIVATIONS = {"l1": "relu", "hoyer": "relu", "kl": "sigmoid"}


@pytest.mark.slow
@pytest.mark.xla
@pytest.mark.parametrize(
    ("penalty", "table"),
    [(penalty, table) for penalty in PENALTIES for table in ("digits", "breast cancer")]
    # With a PCA start, the scale of X does not matter.
    + [(penalty, "digits in [0, 1]") for penalty in ("l1", "hoyer", "kl")],
)
def test_alpha_auto_has_visible_effect_and_keeps_reconstruction(penalty, table):
    X = scale(load_breast_cancer().data) if table == "breast cancer" else load_digits().data
    if table == "digits in [0, 1]":
        X = X / 16
    parameters = {"code_activation": CODE_ACTIVATIONS.get(penalty, "linear"), "random_state": 0}
    encoding_dim = 8 if penalty not in CODE_ACTIVATIONS else 16 if table == "breast cancer" else 32
    plain = AutoencoderTransformer(encoding_dim, **parameters).fit(X)
    penalized = AutoencoderTransformer(encoding_dim, penalty=penalty, **parameters).fit(X)
    assert penalized.alpha_ > 0 == plain.alpha_
    assert penalized.score(X) > 0.9 * plain.score(X)
    if penalty == "contractive":
        rows = X[::10]
        assert contraction(penalized, rows) < 0.7 * contraction(plain, rows)
    elif penalty == "l2":
        before, after = (
            sum(np.sum(array**2) for array in fitted._autoencoder.arrays if array.ndim == 2)
            for fitted in (plain, penalized)
        )
        assert after < 0.7 * before
    else:
        before, after = (SMALL[penalty](fitted.transform(X)) for fitted in (plain, penalized))
        assert after > before + 0.2


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        pytest.param("mae", marks=pytest.mark.slow),
        pytest.param("huber", marks=pytest.mark.slow),
        "binary_crossentropy",
    ],
)
def test_alpha_auto_adapts_to_the_loss_and_the_scale_of_X(digits, loss):
    """A plain function gets 0.01 of the maximum reduction of the loss."""
    X = digits[::2] / 16
    parameters = {"init": "random", "output_activation": "sigmoid", "loss": loss, "epochs": 0, "random_state": 0}
    alpha = AutoencoderTransformer(4, penalty=lambda batch: 0.0, **parameters).fit(X).alpha_
    error = np.abs(X - X.mean(axis=0))
    if loss == "binary_crossentropy":
        rows, means = (np.clip(values, 1e-7, 1 - 1e-7) for values in (X, np.broadcast_to(X.mean(axis=0), X.shape)))
        to_learn = -np.mean(X * np.log(means / rows) + (1 - X) * np.log((1 - means) / (1 - rows)))
    else:
        to_learn = {"mse": error**2, "mae": error, "huber": error**2 / 2}[loss].mean()
    assert alpha == pytest.approx(0.01 * to_learn, rel=1e-4)
    if loss == "mse":
        moved = AutoencoderTransformer(4, penalty="l1", init="random", epochs=0).fit(1e3 + 16 * X)
        still = AutoencoderTransformer(4, penalty="l1", init="random", epochs=0).fit(X)
        # Loss in squared units, codes in units.
        assert moved.alpha_ == pytest.approx(16 * still.alpha_, rel=1e-3)


def test_numeric_alpha_is_the_weight_of_the_penalty(digits):
    fitted = AutoencoderTransformer(4, penalty="l1", alpha=0.25, epochs=1, init="random", random_state=0).fit(digits)
    assert fitted.alpha_ == 0.25
    history = fitted.history_
    total = np.add(history["reconstruction_loss"], 0.25 * np.array(history["penalty"]))
    np.testing.assert_allclose(history["loss"], total, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("target", [0.05, 0.2])
def test_kl_moves_mean_activity_to_target(digits, target):
    plain = fit(digits, KLSparsity(target), 20.0, code_activation="sigmoid", epochs=150)
    activities = plain.transform(digits).mean(axis=0)
    assert activities.mean() == pytest.approx(target, rel=0.15)
    np.testing.assert_allclose(activities, target, rtol=0.5)
    sparse = KLSparsity(target, normalize=True)
    codes = fit(digits, sparse, 20.0, code_activation="sigmoid", epochs=150).transform(digits)
    assert codes.mean() == pytest.approx(target, rel=0.35)
    # Active in that share of the rows, not slightly active in all.
    assert sparseness(codes).mean() < 1.7 * target


def test_hoyer_and_normalized_kl_ignore_the_scale_of_codes(digits):
    """The same reconstruction from codes a hundred times smaller costs the same; with L1, less."""

    def batch(codes):
        return Batch(None, codes, None, lambda values: np.mean(values, axis=0), [])

    codes = np.random.RandomState(0).gamma(1, size=(50, 4)).astype(np.float32)
    assert float(HoyerSparsity()(batch(codes / 100))) == pytest.approx(float(HoyerSparsity()(batch(codes))), rel=1e-4)
    plain = L1Sparsity()
    assert np.mean(plain(batch(codes / 100))) == pytest.approx(0.01 * np.mean(plain(batch(codes))), rel=1e-4)
    # Nearly constant codes at the target rate have a small divergence, but a large normalized one.
    constant = (0.05 + 1e-3 * codes).astype(np.float32)
    assert float(KLSparsity()(batch(constant))) < 1e-3
    assert float(KLSparsity(normalize=True)(batch(constant))) > 10


def test_alpha_does_not_depend_on_units_with_pca_start(digits):
    parameters = {"epochs": 5, "hidden_layer_sizes": (16,), "random_state": 0}
    plain = AutoencoderTransformer(4, penalty="contractive", alpha=0.1, **parameters).fit(digits)
    moved = AutoencoderTransformer(4, penalty="contractive", alpha=0.1, **parameters).fit(1e3 * digits + 1e6)
    np.testing.assert_allclose(np.array(moved.history_["loss"]) / 1e6, plain.history_["loss"], rtol=1e-3)


def test_history_has_reconstruction_loss_and_penalty(digits):
    from skautoencoder.metrics import reconstruction_error

    autoencoder = fit(digits, "contractive", 0.01, epochs=3, early_stopping=False)
    history, scale = autoencoder.history_, np.sqrt(np.mean((digits - digits.mean(axis=0)) ** 2))
    assert list(history) == ["loss", "reconstruction_loss", "penalty"]
    total = np.array(history["reconstruction_loss"]) + 0.01 * scale**2 * np.array(history["penalty"])
    np.testing.assert_allclose(history["loss"], total, rtol=1e-5)
    few = fit(digits[:256], "contractive", 0.01, epochs=3, early_stopping=False)
    error = reconstruction_error(few, digits[:256])
    assert few.history_["reconstruction_loss"][3] == pytest.approx(error, rel=1e-4)


def test_sparsity_penalties_do_not_start_at_pca_by_default(digits):
    assert fit(digits, "contractive", 0, epochs=0).score(digits) > 0.5
    assert fit(digits, "l1", 0, epochs=0).score(digits) < 0.5
    assert fit(digits, "l1", 0, epochs=0, init="pca").score(digits) > 0.5


def test_function_as_penalty(digits):
    def square(batch):
        return batch.codes[:, 0] ** 2

    X = digits[:256]
    value, autoencoder = start_penalty(X, square, init="random")
    assert value == pytest.approx(np.mean(autoencoder.transform(X)[:, 0] ** 2), rel=1e-4)


@pytest.mark.slow
def test_penalty_names_mean_default_objects(digits):
    for name, penalty in PENALTIES.items():
        parameters = {"code_activation": "sigmoid", "epochs": 2}
        by_name, by_object = (fit(digits, which, 0.1, **parameters).history_ for which in (name, penalty()))
        assert by_name == by_object


def test_grid_search_over_penalty_parameters(digits):
    autoencoder = AutoencoderTransformer(
        4, penalty=KLSparsity(), code_activation="sigmoid", epochs=2, hidden_layer_sizes=(), random_state=0
    )
    grid = {"penalty__target": [0.05, 0.5], "alpha": [1e-3, "auto"]}
    search = GridSearchCV(autoencoder, grid, cv=2, error_score="raise").fit(digits[:300])
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_.penalty.target in (0.05, 0.5)
    assert clone(search.best_estimator_).get_params()["penalty__target"] in (0.05, 0.5)


@pytest.mark.parametrize(
    ("penalty", "parameters", "message"),
    [
        (
            "l3",
            {},
            r"penalty='l3' is unknown. Choose one of \['contractive', 'hoyer', 'kl', 'l1', ",
        ),
        (L1Sparsity, {}, r"penalty=L1Sparsity is a class. Make an instance of it: penalty=L1Sparsity\(...\)"),
        (lambda: 0.0, {}, r"penalty=.* must be a function of the batch that returns .*: too many positional"),
        (lambda batch, codes: 0.0, {}, r"must be a function of the batch.*missing a required argument: 'codes'"),
        (lambda batch: batch.codes, {}, r"must return one number or one per row, .* but returned shape \(32, 2\)"),
        ("kl", {}, r"penalty='kl' .* but code_activation='linear'. Set code_activation='sigmoid'"),
        ("kl", {"code_activation": "tanh"}, r"but code_activation='tanh'"),
        (KLSparsity(1.5), {"code_activation": "sigmoid"}, r"target=1.5 of KLSparsity must be a number between 0 and 1"),
        (3.0, {}, r"penalty=3.0 is no penalty. Pass .* penalty='l1', alpha=3.0"),
    ],
)
def test_invalid_penalty_raises(digits, penalty, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, penalty=penalty, epochs=1, batch_size=32, **parameters).fit(digits)


def test_negative_alpha_raises(digits):
    with pytest.raises(ValueError, match=r"'alpha' parameter .*Got -1"):
        AutoencoderTransformer(2, penalty="l1", alpha=-1.0).fit(digits)


def test_penalties_are_estimators_and_base_class_is_abstract():
    assert clone(KLSparsity(0.2)).get_params() == {"target": 0.2, "normalize": False}
    assert repr(ContractivePenalty()) == "ContractivePenalty()"
    with pytest.raises(TypeError, match="abstract"):
        BasePenalty()
