"""scikit-learn's tests of its imputers, run on ours.

The test functions are imported from the installed scikit-learn, with its imputers replaced by `AutoencoderImputer`.
Tests of the numbers, parameters or attributes of one method are left out.
"""

from functools import partial, reduce
from itertools import product
from operator import or_

import numpy as np
import pytest

from skautoencoder import AutoencoderImputer

common, of_neighbours, of_others = (
    pytest.importorskip(f"sklearn.impute.tests.{name}") for name in ("test_common", "test_knn", "test_impute")
)
# Parameters of scikit-learn's imputers that say how they find values.
THEIR_OWN = {"n_neighbors", "weights", "max_iter", "initial_strategy", "fill_value", "sample_posterior"}
THEIR_OWN |= {"n_nearest_features", "imputation_order", "skip_complete", "strategy", "tol"}


def ours(**parameters):
    """Make an imputer with the parameters given to scikit-learn's, except those that ours lacks."""
    own = {name: value for name, value in parameters.items() if name not in THEIR_OWN}
    return AutoencoderImputer(**{"epochs": 2, "hidden_layer_sizes": (8,), "n_estimators": 2, "random_state": 0} | own)


def without_bounds(min_value=None, max_value=None, **parameters):
    """Make an imputer to replace `IterativeImputer`, in which None means no bound."""
    low, high = -np.inf if min_value is None else min_value, np.inf if max_value is None else max_value
    return ours(min_value=low, max_value=high, **parameters)


REPLACED = {"KNNImputer": ours, "SimpleImputer": ours, "IterativeImputer": without_bounds}
CHOSEN = {
    common: [
        "test_imputation_missing_value_in_test_array",
        "test_imputers_add_indicator",
        "test_imputers_pandas_na_integer_array_support",
        "test_imputers_feature_names_out_pandas",
        "test_keep_empty_features",
        "test_imputation_adds_missing_indicator_if_add_indicator_is_true",
    ],
    of_neighbours: [
        "test_knn_imputer_shape",
        "test_knn_imputer_default_with_invalid_input",
        "test_knn_imputer_removes_all_na_features",
        "test_knn_imputer_drops_all_nan_features",
        "test_knn_imputer_not_enough_valid_distances",
        "test_knn_tags",
    ],
    of_others: [
        "test_imputer_transform_preserves_numeric_dtype",
        "test_imputer_without_indicator",
        "test_knn_imputer_keep_empty_features",
        "test_iterative_imputer_one_feature",
        "test_iterative_imputer_verbose",
        "test_iterative_imputer_clip",
        "test_iterative_imputer_clip_truncnorm",
        "test_iterative_imputer_missing_at_transform",
        "test_iterative_imputer_no_missing",
        "test_iterative_imputer_rank_one",
        "test_iterative_imputer_transform_recovery",
        "test_iterative_imputer_additive_matrix",
        "test_iterative_imputer_catch_warning",
        "test_iterative_imputer_min_max_array_like_imputation",
        "test_iterative_imputer_dont_set_random_state",
        "test_iterative_imputer_keep_empty_features",
        "test_iterative_imputer_no_empty_features",
        "test_iterative_imputer_with_empty_features",
    ],
}


def parameter_sets(function):
    """Return the arguments that a test is parametrized with, the imputer replaced by ours."""
    grids = [[{}]]
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = [name.strip() for name in mark.args[0].split(",")], mark.args[1]
            if names == ["imputer"]:
                values = [ours()]
            elif names == ["imputer_constructor"]:
                values = [ours]
            grids.append([dict(zip(names, value if len(names) > 1 else [value], strict=True)) for value in values])
    return [reduce(or_, chosen) for chosen in product(*grids)]


def cases():
    for module, names in CHOSEN.items():
        for name in names:
            function = getattr(module, name)
            for number, parameters in enumerate(parameter_sets(function)):
                yield pytest.param(module, partial(function, **parameters), id=f"{name}-{number}")


@pytest.mark.parametrize(("module", "test"), cases())
def test_imputer_passes_tests_of_scikit_learn(module, test, monkeypatch):
    for name, replacement in REPLACED.items():
        if hasattr(module, name):
            monkeypatch.setattr(module, name, replacement)
    test()
