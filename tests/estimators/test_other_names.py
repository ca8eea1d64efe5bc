"""Errors about names from PCA, Keras and tutorials suggest the right name."""

import copy
import inspect
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder._other_names import INSTEAD_OF_ATTRIBUTES, explain_unknown_names

ESTIMATORS = [AutoencoderTransformer, VariationalAutoencoderTransformer, AutoencoderImputer]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 3}, "{} has no parameter n_components=3. It is called encoding_dim here: encoding_dim=3."),
        ({"latent_dim": 3}, "{} has no parameter latent_dim=3. It is called encoding_dim here: encoding_dim=3."),
        ({"lr": 0.01}, "{} has no parameter lr=0.01. It is called learning_rate here: learning_rate=0.01."),
        ({"encoding_dims": 3}, "{} has no parameter encoding_dims=3. Did you mean encoding_dim?"),
        ({"n_bins": 5}, "{} has no parameter n_bins=5. It has 2"),
        ({"n_jobs": 2}, "{} has no parameter n_jobs=2. A fit uses all cores; GridSearchCV and compare_with_pca have"),
        ({"max_epochs": 9}, "{} has no parameter max_epochs=9. It is called epochs here: epochs=9."),
        ({"iterations": 9}, "{} has no parameter iterations=9. It is called epochs here: epochs=9."),
        ({"epoch_num": 3}, "{} has no parameter epoch_num=3. It is called epochs here: epochs=3."),
        ({"hidden_neuron_list": [64, 32]}, "{} has no parameter hidden_neuron_list=[64, 32]. Set encoding_dim to the"),
        ({"preprocessing": True}, "{} has no parameter preprocessing=True. Put a StandardScaler before"),
        ({"seed": np.arange(99)}, "{} has no parameter seed=.... It is called random_state here: random_state=...."),
    ],
)
def test_error_about_unknown_parameter_names_the_replacement(estimator, parameters, message):
    message = re.escape(message.format(estimator.__name__))
    with pytest.raises(TypeError, match=message):
        estimator(**parameters)
    with pytest.raises(ValueError, match=message):
        estimator().set_params(**parameters)


def test_advice_names_no_parameter_of_another_estimator():
    with pytest.raises(TypeError, match=r"no parameter kl_weight=2. VariationalAutoencoderTransformer has beta"):
        AutoencoderTransformer(kl_weight=2)
    with pytest.raises(TypeError, match="It is called beta here: beta=2"):
        VariationalAutoencoderTransformer(kl_weight=2)
    with pytest.raises(TypeError, match=r"activity_regularizer='l1'. Set penalty='l1' and its weight alpha."):
        AutoencoderTransformer(activity_regularizer="l1")
    with pytest.raises(TypeError, match=r"activity_regularizer='l1'. It has 24 others, which help\(Variational"):
        VariationalAutoencoderTransformer(activity_regularizer="l1")


def test_set_params_answers_nested_names():
    pipeline = make_pipeline(AutoencoderTransformer(architecture="dense"))
    with pytest.raises(ValueError, match="It is called encoding_dim here"):
        pipeline.set_params(autoencodertransformer__n_components=3)
    with pytest.raises(ValueError, match=r"has no parameter penalty_of__target=0.1. Did you mean penalty\?"):
        AutoencoderTransformer().set_params(penalty_of__target=0.1)
    with pytest.raises(ValueError, match=r"no parameter model__width=3. Set architecture=KerasArchitecture\("):
        AutoencoderTransformer().set_params(model__width=3)
    assert pipeline.set_params(autoencodertransformer__encoding_dim=3)[0].encoding_dim == 3


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_decorated_init_keeps_the_signature(estimator):
    written = [*inspect.signature(inspect.unwrap(estimator.__init__)).parameters][1:]
    assert list(inspect.signature(estimator).parameters) == written
    assert sorted(estimator().get_params()) == sorted(inspect.signature(estimator).parameters)
    assert not any(
        parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        for method in (estimator, estimator.fit)
        for parameter in inspect.signature(method).parameters.values()
    )


def test_decorated_fit_keeps_its_metadata_requests():
    requests = AutoencoderTransformer().get_metadata_routing().fit.requests
    assert {"X_val", "X_noisy", "X_val_noisy"} <= set(requests)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 3}, r"fit has no argument epochs=3: it is a parameter of the estimator, {}\(epochs=3\).fit\(X\)."),
        ({"batch_size": 8}, r"batch_size=8: it is a parameter of the estimator, {}\(batch_size=8\).fit\(X\)."),
        ({"verbose": 2}, r"verbose=2: it is a parameter of the estimator, {}\(verbose=2\).fit\(X\)."),
        ({"validation_split": 0.2}, r"validation_split=0.2: .* {}\(validation_fraction=0.2\).fit\(X\)."),
        ({"shuffle": True}, r"{}.fit has no argument shuffle=True. Training always shuffles the rows."),
        ({"shufle": True}, r"{}.fit has no argument shufle=True. There are X, y"),
    ],
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_error_about_unknown_argument_of_fit_names_the_replacement(digits, estimator, arguments, message):
    with pytest.raises(TypeError, match=message.format(estimator.__name__)):
        estimator().fit(digits, **arguments)


@pytest.mark.parametrize("estimator", ESTIMATORS[:2])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"validation_data": (np.eye(64), np.eye(64))}, "no argument validation_data. Pass the held-out rows alone as"),
        ({"callbacks": [object()]}, r"callbacks=.*: it is a parameter of the estimator, .*\(callbacks=.*\).fit\(X\)"),
        ({"X_noise": None}, "no argument X_noise=None. Did you mean X_noisy?"),
    ],
)
def test_error_about_unknown_argument_of_autoencoder_fit_names_the_replacement(digits, estimator, arguments, message):
    for fit in (estimator().fit, estimator().fit_transform):
        with pytest.raises(TypeError, match=message):
            fit(digits, **arguments)


def test_attributes_of_pca_and_other_packages_exist_or_are_explained(digits):
    pca = PCA(2).fit(digits)
    of_pca = {name for name in vars(pca) if name.endswith("_") and not name.startswith("_")}
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(digits)
    assert all(hasattr(autoencoder, name) for name in of_pca)
    for name, advice in INSTEAD_OF_ATTRIBUTES.items():
        assert not hasattr(autoencoder, name)
        with pytest.raises(AttributeError) as error:
            getattr(autoencoder, name)
        assert str(error.value) == f"AutoencoderTransformer has no {name}. {advice}"


def test_advice_on_attributes_gives_the_numbers_of_pca(digits):
    """With `epochs=0` the autoencoder is PCA."""
    pca, autoencoder = PCA(3).fit(digits), AutoencoderTransformer(3, epochs=0).fit(digits)
    codes = autoencoder.transform(digits)
    n_samples = len(digits)
    assert autoencoder.encoding_dim_ == pca.n_components_
    assert autoencoder.score(digits) == pytest.approx(pca.explained_variance_ratio_.sum())
    np.testing.assert_allclose(codes.var(axis=0) * n_samples / (n_samples - 1), pca.explained_variance_)
    np.testing.assert_allclose(codes.std(axis=0) * n_samples**0.5, pca.singular_values_)
    np.testing.assert_allclose(digits.mean(axis=0), pca.mean_)


MEMBERS_IN_ADVICE = r"\b([a-z][a-z_]*_)\b|(?<![.\w])([a-z_]+)\("


@pytest.mark.parametrize("estimator", ESTIMATORS[:2])
def test_advice_on_attributes_names_members_that_exist(digits, estimator):
    autoencoder = estimator(2, epochs=1).fit(digits)
    elsewhere = {"make_pipeline"}
    for name, advice in INSTEAD_OF_ATTRIBUTES.items():
        members = {member for found in re.findall(MEMBERS_IN_ADVICE, advice) for member in found if member}
        assert [member for member in members - elsewhere if not hasattr(autoencoder, member)] == [], name


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        ("predict", "The reconstruction is reconstruct(X)"),
        ("predict_proba", "fit a classifier to the codes"),
        ("decision_function decision_scores_", "-score_samples(X)"),
        ("labels_ fit_predict", "Outliers are found by AutoencoderOutlierDetector"),
        ("encoder decoder autoencoder", "_, a Keras model"),
        ("loss_curve_ history", "history_['loss']"),
        ("summary layers", "Keras models with layers"),
        ("embedding bottleneck", "transform(X)"),
        ("reconstruction_error", "skautoencoder.metrics.reconstruction_error"),
        ("validation_scores_", "history_['val_loss']"),
        ("coefs_", "encoder_ and decoder_"),
        ("latent_", "transform(X)"),
        ("get_covariance", "reconstruct(X)"),
        ("n_components", "encoding_dim_"),
    ],
)
def test_names_of_other_libraries_are_answered(digits, names, advice):
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(digits)
    for name in names.split():
        for estimator in (autoencoder, AutoencoderTransformer()):
            with pytest.raises(AttributeError, match=f"^AutoencoderTransformer has no {name}. .*{re.escape(advice)}"):
                getattr(estimator, name)


def test_advice_on_losses_and_covariance_gives_their_numbers(digits):
    autoencoder = AutoencoderTransformer(3, epochs=2, random_state=0).fit(digits)
    assert len(autoencoder.history_["val_loss"]) == len(autoencoder.history_["loss"]) == 3
    assert autoencoder.history_["val_loss"][autoencoder.best_epoch_] == min(autoencoder.history_["val_loss"])
    start = AutoencoderTransformer(3, epochs=0).fit(digits)
    pca = PCA(3).fit(digits)
    explained = (pca.components_.T * pca.explained_variance_) @ pca.components_
    np.testing.assert_allclose(np.cov(start.reconstruct(digits).T), explained, atol=1e-9)


@pytest.mark.parametrize("name", ["__array__", "__len__", "__sklearn_is_scored__"])
def test_dunder_names_keep_pythons_error(digits, name):
    with pytest.raises(AttributeError, match=f"'AutoencoderTransformer' object has no attribute '{name}'"):
        getattr(AutoencoderTransformer(2, epochs=0).fit(digits), name)


def test_pipeline_has_no_predict(digits):
    pipeline = make_pipeline(AutoencoderTransformer(2, epochs=0)).fit(digits)
    assert not hasattr(pipeline, "predict")
    assert not hasattr(pipeline, "decision_function")


def test_other_missing_attributes_keep_pythons_error(digits):
    unfitted = AutoencoderTransformer(2, epochs=0)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        unfitted.encoder_  # noqa: B018
    fitted = clone(unfitted).fit(digits)
    with pytest.raises(AttributeError, match="'AutoencoderTransformer' object has no attribute 'component_'"):
        fitted.component_  # noqa: B018
    assert VariationalAutoencoderTransformer(2, epochs=0).fit(digits).noise_variance_ > 0


def test_copies_and_pickles_are_unaffected(digits):
    fitted = AutoencoderTransformer(2, epochs=0).fit(digits)
    for copied in (copy.copy(fitted), copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copied.transform(digits), fitted.transform(digits))
    assert clone(fitted).get_params() == fitted.get_params()


def test_error_of_subclass_suggests_its_parameters():
    class Smooth(AutoencoderTransformer):
        @explain_unknown_names
        def __init__(self, encoding_dim=2, roughness=1.0):
            super().__init__(encoding_dim)
            self.roughness = roughness

    with pytest.raises(TypeError, match=r"Smooth has no parameter rougness=2. Did you mean roughness\?"):
        Smooth(rougness=2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"optimizer__learning_rate": 0.2}, r"optimizer='adam' has no parameter learning_rate.* learning_rate=0.2\.$"),
        ({"optimizer__momentum": 0.9}, r"optimizer=keras.optimizers.SGD\(momentum=0.9\)\.$"),
        ({"penalty__target": 0.1}, r"penalty=None has no parameter target.* Pass an object that has it as penalty"),
        ({"architecture__kernel_size": 3}, r"architecture='dense' has no parameter kernel_size=3"),
    ],
)
def test_parameters_of_names_are_explained(parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer().set_params(**parameters)
    (name,) = parameters
    advice = re.compile(r"Pass an o(bject|ptimizer)|is a parameter of the estimator")
    with pytest.raises(TypeError, match=advice) as raised:
        AutoencoderTransformer(**parameters)
    assert str(raised.value).startswith(f"AutoencoderTransformer has no parameter {name}=")
