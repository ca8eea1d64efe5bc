"""One fit: what happens between the start and the epoch that is kept."""

import pickle
import threading
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, minmax_scale

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder.metrics import reconstruction_error


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture(scope="module")
def scaled(digits):
    return minmax_scale(digits)


@pytest.fixture(scope="module")
def few(digits):
    """As few rows as are all looked at when the training loss is measured."""
    return digits[:256]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_random_start_reaches_what_the_hand_written_keras_model_reaches(scaled):
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
def test_first_steps_are_those_of_keras_on_the_same_batches(few):
    """Full batches leave nothing to chance: the same weights after the same steps."""
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


def test_a_partial_last_batch_is_a_step_of_its_rows_alone(few):
    """Padding has no weight: a batch of 40 rows in a program for 64 takes the step of Keras on these 40."""
    import keras

    X = few[:40] / 16
    parameters = {"init": "random", "early_stopping": False, "optimizer": "sgd", "learning_rate": 0.5}
    start = quick(epochs=0, batch_size=64, **parameters).fit(X)
    ours = quick(epochs=2, batch_size=64, **parameters).fit(X)
    model = start.autoencoder_
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    model.fit(X, X, epochs=2, batch_size=40, verbose=0)
    np.testing.assert_allclose(ours.reconstruct(X), model(X).numpy(), atol=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        pytest.param("mae", marks=pytest.mark.slow),
        pytest.param("huber", marks=pytest.mark.slow),
        "binary_crossentropy",
    ],
)
def test_losses_are_those_of_keras(few, loss):
    import keras

    scaled = few / 16
    output_activation = "sigmoid" if loss == "binary_crossentropy" else "linear"
    autoencoder = quick(loss=loss, init="random", epochs=0, early_stopping=False, output_activation=output_activation)
    X_reconstructed = autoencoder.fit(scaled).reconstruct(scaled)
    expected = keras.losses.get(loss)(scaled, X_reconstructed).numpy().mean()
    assert autoencoder.history_["loss"] == [pytest.approx(expected, rel=1e-4)]


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
def test_names_have_keras_spellings(few, name, parameters):
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
def test_names_in_keras_spellings_start_at_pca(few, loss):
    assert quick(loss=loss, output_activation="Linear", epochs=0).fit(few).init_ == "pca"


def absolute_error(y_true, y_pred):
    import keras

    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def absolute_errors(y_true, y_pred):
    import keras

    return keras.ops.abs(y_true - y_pred)


@pytest.mark.parametrize("loss", [absolute_error, pytest.param(absolute_errors, marks=pytest.mark.slow)])
def test_a_function_as_loss_equals_its_name(few, loss):
    by_name = quick(init="random", loss="mae").fit(few)
    by_function = quick(init="random", loss=loss)
    for autoencoder in (by_function, clone(by_function), pickle.loads(pickle.dumps(by_function))):
        autoencoder.fit(few)
        assert autoencoder.init_ == "random"
        np.testing.assert_allclose(autoencoder.history_["val_loss"], by_name.history_["val_loss"], rtol=1e-4)


@pytest.mark.slow
def test_functions_as_losses_are_told_apart(few):
    """Programs are kept by the function itself."""
    import keras

    losses = keras.losses.mean_squared_error, absolute_error, keras.losses.log_cosh
    fitted = {loss: quick(init="pca", loss=loss, epochs=2, early_stopping=False).fit(few) for loss in losses}
    reconstructed = quick(init="pca", epochs=0).fit(few).reconstruct(few)
    for loss, autoencoder in fitted.items():
        expected = float(np.mean(loss(few, reconstructed)))
        assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)
        assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


def test_a_function_that_returns_no_number_per_row(few):
    import keras

    with pytest.raises(ValueError, match=r"one number per row, .* returned shape \(\). Average over the columns alone"):
        quick(init="random", loss=lambda y_true, y_pred: keras.ops.mean(absolute_errors(y_true, y_pred))).fit(few)


@pytest.mark.parametrize("loss", [pytest.param("mse", marks=pytest.mark.slow), "mae", "huber"])
def test_a_keras_loss_sees_the_units_of_X(few, loss):
    import keras

    stock = {
        "mse": keras.losses.MeanSquaredError(),
        "mae": keras.losses.MeanAbsoluteError(),
        "huber": keras.losses.Huber(2.5),
    }
    autoencoder = quick(loss=stock[loss], init="pca", epochs=2, early_stopping=False).fit(few)
    start = quick(init="pca", epochs=0).fit(few)
    expected = float(stock[loss](few, start.reconstruct(few)))
    assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-4)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]


@pytest.mark.slow
def test_a_keras_loss_equals_its_name(scaled):
    import keras

    by_name = quick(init="random").fit(scaled)
    by_object = quick(init="random", loss=keras.losses.MeanSquaredError()).fit(scaled)
    np.testing.assert_allclose(by_name.history_["val_loss"], by_object.history_["val_loss"], rtol=1e-4)


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
def test_an_optimizer_object_is_copied_for_each_fit(digits):
    import keras

    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    autoencoder = quick(optimizer=optimizer)
    first, second = (autoencoder.fit(digits).history_ for _ in range(2))
    assert first == second
    assert autoencoder.optimizer is optimizer
    assert int(optimizer.iterations) == 0
    assert first == quick(optimizer=keras.optimizers.SGD(0.05, momentum=0.9)).fit(digits).history_
    assert first != quick(optimizer=keras.optimizers.SGD(0.01, momentum=0.9)).fit(digits).history_


def test_a_learning_rate_schedule_is_followed(digits):
    import keras

    stopped = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 0.0])
    constant = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-3, 1e-3])
    losses = quick(learning_rate=stopped, early_stopping=False).fit(digits).history_["loss"]
    assert losses[2:] == pytest.approx([losses[2]] * 3, rel=1e-6)
    losses = quick(learning_rate=constant).fit(digits).history_["loss"]
    assert losses == pytest.approx(quick().fit(digits).history_["loss"])


def test_best_epoch_is_the_one_with_the_lowest_validation_loss(digits):
    autoencoder = AutoencoderTransformer(8, epochs=30, patience=5, learning_rate=0.02, random_state=0).fit(digits)
    losses = autoencoder.history_["val_loss"]
    assert autoencoder.best_epoch_ == np.argmin(losses)
    assert len(losses) == len(autoencoder.history_["loss"]) == autoencoder.n_iter_ + 1


def test_patience_stops(digits):
    # Steps this small change nothing that float32 can tell: the start stays the best.
    autoencoder = quick(epochs=50, patience=3, learning_rate=1e-30, optimizer="sgd").fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 0)


def test_without_early_stopping_the_last_epoch_is_kept(digits):
    autoencoder = quick(early_stopping=False, epochs=6).fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (6, 6)
    assert "val_loss" not in autoencoder.history_


def test_own_validation_rows_decide(digits):
    train, held_out = digits[:1000], digits[1000:]
    autoencoder = AutoencoderTransformer(3, epochs=10, random_state=0).fit(train, X_val=held_out)
    error = reconstruction_error(autoencoder, held_out)
    assert min(autoencoder.history_["val_loss"]) == pytest.approx(error, rel=1e-4)
    assert error < autoencoder.history_["val_loss"][0]


def test_own_validation_rows_are_watched_without_early_stopping(digits):
    autoencoder = quick(early_stopping=False).fit(digits[:1000], X_val=digits[1000:])
    assert len(autoencoder.history_["val_loss"]) == 5
    error = reconstruction_error(autoencoder, digits[1000:])
    assert autoencoder.history_["val_loss"][-1] == pytest.approx(error, rel=1e-4)


@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller than:UserWarning")
@pytest.mark.parametrize("n_samples", [2, 3, 9, 10])
def test_too_few_rows_for_a_split(digits, n_samples):
    autoencoder = quick().fit(digits[:n_samples])
    assert ("val_loss" in autoencoder.history_) == (n_samples >= 10)
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


@pytest.mark.xla
@pytest.mark.parametrize(
    "batch_size", [pytest.param(1, marks=pytest.mark.slow), 7, pytest.param(5000, marks=pytest.mark.slow), 10**12]
)
def test_any_batch_size_works(digits, batch_size):
    assert quick(batch_size=batch_size, epochs=2).fit(digits[:150]).n_iter_ == 2


@pytest.mark.xla
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": False},
        pytest.param({"noise": "gaussian", "early_stopping": False}, marks=pytest.mark.slow),
    ],
)
def test_losses_are_those_of_the_weights_after_the_epoch(few, parameters):
    """What `history_` says of the kept epoch is what the fitted network does."""
    autoencoder = quick(init="random", epochs=5, learning_rate=0.01, **parameters).fit(few / 16)
    if "noise" in parameters:
        continued = quick(init="random", epochs=6, learning_rate=0.01, **parameters).fit(few / 16)
        assert continued.history_["loss"][:6] == autoencoder.history_["loss"]
        return
    loss, val_loss = (autoencoder.history_.get(name, [None])[-1] for name in ("loss", "val_loss"))
    error = reconstruction_error(autoencoder, few / 16)
    shares = (1.0, 0.0) if val_loss is None else (231 / 256, 25 / 256)
    assert shares[0] * loss + shares[1] * (val_loss or 0.0) == pytest.approx(error, rel=1e-5)


@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller than:UserWarning")
def test_without_validation_rows_the_kept_weights_are_those_of_the_best_loss(digits):
    X = digits[:8]
    autoencoder = quick(2, init="random", epochs=30, learning_rate=0.3).fit(X)
    losses = autoencoder.history_["loss"]
    assert autoencoder.best_epoch_ == np.argmin(losses)
    assert reconstruction_error(autoencoder, X) == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize("estimator", [AutoencoderTransformer, VariationalAutoencoderTransformer])
@pytest.mark.parametrize("early_stopping", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_divergence_in_the_last_epoch_is_seen(digits, estimator, early_stopping):
    autoencoder = estimator(
        3, optimizer="sgd", learning_rate=1e5, epochs=1, early_stopping=early_stopping, random_state=0
    )
    with pytest.warns(ConvergenceWarning, match="Training diverged: the loss of epoch 1 is not finite. Epoch 0"):
        autoencoder.fit(digits)
    assert autoencoder.best_epoch_ == 0
    assert autoencoder.score(digits) > 0.3
    assert np.isfinite(getattr(autoencoder, "noise_variance_", 0.0))


@pytest.mark.parametrize(
    "fit",
    [
        lambda autoencoder, X: autoencoder.fit(X),
        lambda autoencoder, X: autoencoder.fit_transform(X),
        lambda autoencoder, X: autoencoder.set_output(transform="pandas").fit_transform(X),
        lambda autoencoder, X: make_pipeline(StandardScaler(), autoencoder).fit(X),
        lambda autoencoder, X: make_pipeline(StandardScaler(), autoencoder, memory=None).fit_transform(X),
        pytest.param(
            lambda autoencoder, X: GridSearchCV(autoencoder, {"alpha": [1.0]}, cv=2).fit(X), marks=pytest.mark.slow
        ),
    ],
    ids=["fit", "fit_transform", "set_output", "Pipeline.fit", "Pipeline.fit_transform", "GridSearchCV.fit"],
)
def test_warnings_name_the_line_of_the_user(digits, fit):
    autoencoder = quick(encoding_dim=64, optimizer="sgd", learning_rate=1e12, init="random", epochs=1)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        fit(autoencoder, digits)
    assert {warning.category for warning in record} == {UserWarning, ConvergenceWarning}
    assert {warning.filename for warning in record} == {__file__}


def test_divergence_keeps_the_best_epoch_and_says_what_to_lower(digits):
    autoencoder = quick(optimizer="sgd", learning_rate=1e12, init="random", epochs=20)
    with pytest.warns(ConvergenceWarning, match=r"diverged: .* Lower learning_rate=1000000000000\.0") as record:
        autoencoder.fit(digits)
    assert record[0].filename == __file__
    assert autoencoder.best_epoch_ == 0
    assert np.isfinite(autoencoder.history_["loss"]).all()
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


def test_values_beyond_float32_are_refused(digits):
    with pytest.raises(ValueError, match=r"too large for float32.*StandardScaler"):
        quick(init="random").fit(digits * 1e30)


@pytest.fixture
def interrupted(monkeypatch):
    """Interrupt the first fit before its fourth epoch."""
    from skautoencoder._engine.run import Run

    original, calls = Run.epoch, []

    def epoch(self, *arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(Run, "epoch", epoch)


@pytest.mark.xla
@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("early_stopping", [True, False])
def test_interruption_keeps_the_best_epoch(digits, early_stopping):
    autoencoder = quick(epochs=10, warm_start=True, early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 3 epochs. Epoch 3, the best so far, is kept"):
        autoencoder.fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 3)
    expected = quick(epochs=3, early_stopping=early_stopping).fit(digits)
    np.testing.assert_array_equal(autoencoder.transform(digits), expected.transform(digits))
    # It goes on from there.
    assert autoencoder.fit(digits).n_iter_ == 13
    assert autoencoder.history_["loss"][:4] == expected.history_["loss"]


@pytest.mark.usefixtures("interrupted")
def test_interruption_ends_a_search(digits):
    search = GridSearchCV(quick(), {"encoding_dim": [2, 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt, match="interrupted after 3 epochs"):
        search.fit(digits)
    assert not hasattr(search, "cv_results_")


@pytest.mark.usefixtures("interrupted")
def test_interruption_of_an_imputer_keeps_the_best_epoch(digits):
    X = np.where(digits[:200] == 16, np.nan, digits[:200])
    imputer = AutoencoderImputer(n_estimators=1, epochs=10, random_state=0)
    with pytest.raises(KeyboardInterrupt, match="interrupted after 3 epochs"):
        imputer.fit(X)
    expected = AutoencoderImputer(n_estimators=1, epochs=3, random_state=0).fit(X)
    np.testing.assert_array_equal(imputer.transform(X), expected.transform(X))


def test_interruption_before_training_leaves_the_estimator_as_it_was(digits, monkeypatch):
    from skautoencoder._engine.run import Run

    def start(self):
        raise KeyboardInterrupt("before the first step")

    monkeypatch.setattr(Run, "start", start)
    autoencoder = quick()
    with pytest.raises(KeyboardInterrupt, match="before the first step"):
        autoencoder.fit(digits)
    assert not hasattr(autoencoder, "n_features_in_")


def test_a_failed_fit_leaves_the_earlier_one(digits):
    autoencoder = quick().fit(digits)
    codes = autoencoder.transform(digits)
    with pytest.raises(ValueError, match="optimizer='adm' is unknown"):
        autoencoder.set_params(optimizer="adm").fit(digits[:, :5])
    np.testing.assert_array_equal(autoencoder.transform(digits), codes)
    unfitted = quick(optimizer="adm")
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        unfitted.fit(digits)
    assert not hasattr(unfitted, "n_features_in_")


def test_progress_bar_in_a_log_file(digits, capsys):
    quick(epochs=20, verbose=1).fit(digits)
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("AutoencoderTransformer: epoch 0/20 - loss: ")
    assert all(" - val_loss: " in line and " - PCA: " in line for line in lines)
    quick(epochs=20, verbose=0).fit(digits)
    assert capsys.readouterr() == ("", "")


def test_progress_bar_in_a_terminal(digits, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    quick(verbose=1).fit(digits)
    out = capsys.readouterr().out
    assert 0 < out.index("compiling, once per network shape") < out.index("epoch 4/4 - loss: ")


@pytest.mark.parametrize("init", ["pca", pytest.param("random", marks=pytest.mark.slow)])
def test_the_progress_bar_changes_nothing(init, capsys):
    """X is so wide that scikit-learn's PCA draws random numbers."""
    X = np.random.RandomState(0).normal(size=(600, 700))
    quiet, shown = (quick(init=init, verbose=verbose, epochs=1).fit(X) for verbose in (0, 1))
    assert "PCA: " in capsys.readouterr().out
    assert shown.history_ == quiet.history_
    np.testing.assert_array_equal(shown.transform(X), quiet.transform(X))


def test_fitting_calls_no_public_fit_of_scikit_learn(digits, monkeypatch):
    """mlflow's autolog would record PCA in place of the autoencoder."""

    def fit(self, X, y=None):
        raise AssertionError("PCA.fit was called.")

    monkeypatch.setattr(PCA, "fit", fit)
    for X in (digits, csr_array(digits)):
        quick(epochs=1, verbose=1).fit(X)
        quick(0.5, epochs=1).fit(X)


@pytest.mark.parametrize("init", ["pca", "random"])
def test_progress_shows_pcas_level(digits, capsys, init):
    quick(init=init, verbose=1, epochs=1).fit(digits)
    start = quick(init="pca", epochs=0).fit(digits).history_["val_loss"][0]
    shown = float(capsys.readouterr().out.splitlines()[0].split("PCA: ")[1])
    assert shown == pytest.approx(start, rel=0.1 if init == "random" else 1e-3)


def test_progress_has_no_pca_level_where_pca_has_no_such_loss(scaled, capsys):
    import keras

    for loss in ("binary_crossentropy", keras.losses.BinaryCrossentropy()):
        quick(loss=loss, init="random", output_activation="sigmoid", verbose=1, epochs=1).fit(scaled)
    assert "PCA" not in capsys.readouterr().out


@pytest.mark.slow
def test_concurrent_fits_do_not_disturb_each_other(digits):
    alone = [quick(random_state=seed).fit(digits).transform(digits) for seed in range(4)]
    together = [None] * 4

    def fit(seed):
        together[seed] = quick(random_state=seed).fit(digits).transform(digits)

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(alone, together)


@pytest.mark.slow
def test_a_search_over_shapes_warns_of_nothing(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for encoding_dim in range(1, 8):
            quick(encoding_dim, epochs=1).fit(digits[: 100 * encoding_dim])
