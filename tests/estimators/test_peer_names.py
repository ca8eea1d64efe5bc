"""Names from IterativeImputer, KNNImputer, Surprise, implicit and pyod lead to ours."""

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skautoencoder import AutoencoderImputer, AutoencoderOutlierDetector, AutoencoderRecommender
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
    ],
)
def test_parameters_of_peers_lead_to_ours(estimator, name, message):
    with pytest.raises(TypeError, match=message):
        estimator(**{name: 3})
    with pytest.raises(ValueError, match=message):
        estimator().set_params(**{name: 3})


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
