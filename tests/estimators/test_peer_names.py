"""Names from IterativeImputer, KNNImputer, Surprise, implicit and pyod lead to ours."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderRecommender,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from skautoencoder._other_names import _INSTEAD_OF_PARAMETERS
from skautoencoder._other_names import _PARAMETERS as _SAME_IN_ALL_CLASSES
from skautoencoder._peer_names import _ATTRIBUTES, _PARAMETERS, _SAME

CLASSES = {
    estimator.__name__: estimator
    for estimator in (AutoencoderImputer, AutoencoderRecommender, AutoencoderOutlierDetector)
}


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (AutoencoderImputer, "n_nearest_features", "no parameter n_nearest_features=3. All columns are filled at once"),
        (AutoencoderImputer, "n_neighbors", "The nearest rows are combined"),
        (AutoencoderImputer, "sample_posterior", r"sample\(X, n_draws=5\) draws several filled tables"),
        (AutoencoderImputer, "max_iter", "It is called epochs here: epochs=3"),
        (AutoencoderRecommender, "factors", "It is called n_factors here: n_factors=3"),
        (AutoencoderRecommender, "embedding_dim", "It is called n_factors here: n_factors=3"),
        (AutoencoderRecommender, "iterations", "It is called epochs here: epochs=3"),
        (AutoencoderRecommender, "reg_all", "The priors of biases and factors are learned"),
        (AutoencoderRecommender, "alpha", "pass a data frame of users and items alone"),
        (AutoencoderRecommender, "sim_options", "Similar users and items always count"),
        (AutoencoderOutlierDetector, "nu", "It is called contamination here: contamination=3"),
        (AutoencoderOutlierDetector, "epoch_num", "It is called epochs here: epochs=3"),
        (AutoencoderOutlierDetector, "encoding_dim", "without a bottleneck"),
        (AutoencoderOutlierDetector, "hidden_neuron_list", "Set hidden_layer_sizes, the sizes of layers"),
        (AutoencoderOutlierDetector, "mask_ratio", "It is called noise_level here: noise_level=3"),
        (AutoencoderOutlierDetector, "noise_std", "Training hides the share noise_level of the entries"),
        (AutoencoderOutlierDetector, "dropout_rate", "weight_decay keeps weights small"),
        (AutoencoderOutlierDetector, "batch_norm", "a linear path and dense layers"),
        (AutoencoderOutlierDetector, "gamma", "Distances are Euclidean"),
        (AutoencoderOutlierDetector, "behaviour", "leave it out"),
        (AutoencoderOutlierDetector, "warm_start", "Each fit starts anew"),
        (AutoencoderOutlierDetector, "n_estimators", "two more to the core unless novelty=True"),
        (AutoencoderOutlierDetector, "dtype", "Scores are float64"),
        (AutoencoderOutlierDetector, "n_jobs", r"GridSearchCV has n_jobs\."),
        (AutoencoderOutlierDetector, "threshold", "The threshold follows from contamination"),
    ],
)
def test_parameters_of_peers_lead_to_ours(estimator, name, message):
    with pytest.raises(TypeError, match=message):
        estimator(**{name: 3})
    with pytest.raises(ValueError, match=message):
        estimator().set_params(**{name: 3})


def parameters(estimator):
    return set(inspect.signature(estimator).parameters)


@pytest.mark.parametrize("estimator", CLASSES.values())
def test_advice_on_parameters_names_no_parameter_that_the_class_lacks(estimator):
    classes = (AutoencoderTransformer, VariationalAutoencoderTransformer, *CLASSES.values())
    lacking = set.union(*map(parameters, classes)) - parameters(estimator)
    cls = estimator.__name__
    names = {*_SAME_IN_ALL_CLASSES, *_INSTEAD_OF_PARAMETERS, *_SAME[cls], *_PARAMETERS[cls]} - parameters(estimator)
    for name in names:
        with pytest.raises(TypeError) as error:
            estimator(**{name: 3})
        _, found, advice = str(error.value).partition(f"{cls} has no parameter {name}=3. ")
        assert found
        assert lacking.isdisjoint(re.findall(r"\w+", advice)), f"{name}: {advice}"


def test_advice_on_parameters_of_a_detector_names_no_method_that_it_lacks():
    lacking = {"compare_with_pca", *dir(AutoencoderTransformer)} - {*dir(AutoencoderOutlierDetector)}
    names = {*_INSTEAD_OF_PARAMETERS, *_PARAMETERS["AutoencoderOutlierDetector"]}
    for name in names - parameters(AutoencoderOutlierDetector):
        with pytest.raises(TypeError) as error:
            AutoencoderOutlierDetector(**{name: 3})
        assert lacking.isdisjoint(re.findall(r"\w+", str(error.value).partition("=3. ")[2])), str(error.value)


def test_arguments_of_peers_lead_to_ours():
    frame = pd.DataFrame({"user": [0, 0, 1], "item": [5, 6, 5]})
    recommender = AutoencoderRecommender(epochs=0, random_state=0).fit(frame)
    with pytest.raises(TypeError, match=r"recommend has no argument N=2\. It is called n here"):
        recommender.recommend([0], N=2)
    with pytest.raises(TypeError, match=r"filter_already_liked_items=False. It is called exclude_observed here"):
        recommender.recommend([0], filter_already_liked_items=False)
    with pytest.raises(
        TypeError, match=r"fit has no argument rating_scale=.* min_value and max_value set other bounds"
    ):
        recommender.fit(frame, rating_scale=(1, 5))


def test_attributes_of_peers_lead_to_ours():
    for estimator, name, message in (
        (AutoencoderImputer(), "statistics_", r"has no statistics_. Filled values depend .* transform\(X\)"),
        (AutoencoderImputer(), "encoder_", "fit an AutoencoderTransformer to the filled rows"),
        (AutoencoderRecommender(), "similar_items", "recommend for a row with a single item"),
        (AutoencoderOutlierDetector(), "decision_scores_", r"score_samples\(X\) returns the scores"),
        (AutoencoderRecommender(), "test", "predict takes a data frame of users and items"),
    ):
        with pytest.raises(AttributeError, match=message):
            getattr(estimator, name)
        assert not hasattr(clone(estimator), name)
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
            estimator.nonsense  # noqa: B018


def test_tables_of_names_hold_no_names_of_ours():
    for key, table in (_SAME | _PARAMETERS | _ATTRIBUTES).items():
        name, _, method = key.partition(".")
        known = inspect.signature(getattr(CLASSES[name], method or "__init__")).parameters
        assert not np.isin(list(table), list(known)).any()
        assert not any(hasattr(CLASSES[name], attribute) for attribute in _ATTRIBUTES[name])
    for key, table in _SAME.items():
        name, _, method = key.partition(".")
        known = inspect.signature(getattr(CLASSES[name], method or "__init__")).parameters
        assert set(table.values()) <= set(known)
