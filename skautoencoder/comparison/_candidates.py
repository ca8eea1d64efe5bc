"""The estimators of a comparison and the code sizes at which they are compared."""

from copy import copy
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline

from ..metrics import check_estimators, final_step

# Parameters for the size of the code, in autoencoders and in scikit-learn's decompositions.
_SIZE_PARAMETERS = ("encoding_dim", "n_components")
# Name of the method without reduction, the reference of downstream scores.
ALL_COLUMNS = "all columns"
_WITHOUT_ORDER = (
    "one_fit=True needs codes in order, but these have none, because training does not start at PCA. Start there "
    "(see init), set ordered=True, or set one_fit=False, which fits every code size."
)
# Fitted arrays of PCA with one entry or row per component.
_ARRAYS_OF_COMPONENTS = ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


@dataclass(frozen=True)
class Candidate:
    """An unfitted estimator, the name of its method, and the code sizes to measure after its fit."""

    method: str
    estimator: Any
    # In ascending order; the estimator has the last one.
    encoding_dims: list[int]


def with_final_step(estimator, step):
    """Return a clone of a pipeline with another last step, or the step itself if the estimator is no pipeline."""
    if not isinstance(estimator, Pipeline):
        return step
    return clone(estimator).set_params(**{estimator.steps[-1][0]: step})


def without_reduction(estimator):
    """Return a pipeline without its last step, or one that does nothing if the estimator is no pipeline."""
    return with_final_step(estimator if isinstance(estimator, Pipeline) else make_pipeline(estimator), "passthrough")


def with_encoding_dim(estimator, encoding_dim):
    """Return a clone with another code size."""
    step = clone(final_step(estimator))
    return with_final_step(estimator, step.set_params(**{_size_parameter(step): encoding_dim}))


def check_truncates(estimators):
    """Raise an error unless every estimator can be fitted with the largest code and cut to the others."""
    for method, estimator in estimators.items():
        step = final_step(estimator)
        if not isinstance(step, PCA) and not hasattr(step, "truncated"):
            raise TypeError(
                "one_fit=True needs codes in order, those of an AutoencoderTransformer or of PCA, but the method "
                f"{method!r} is a {type(step).__name__}. Set one_fit=False, which fits every code size."
            )
        if getattr(step, "init", "auto") == "random" and not step.ordered:
            raise ValueError(_WITHOUT_ORDER)


def first_codes(estimator, n_codes):
    """Return a fitted estimator whose codes are the first ones of a fitted estimator."""
    step = final_step(estimator)
    if isinstance(step, PCA):
        step = _first_components(step, n_codes)
    elif step.ordered_:
        step = step.truncated(n_codes)
    else:
        raise ValueError(_WITHOUT_ORDER)
    if not isinstance(estimator, Pipeline):
        return step
    # The other steps are fitted; `with_final_step` would clone them.
    pipeline = copy(estimator)
    pipeline.steps = [*estimator.steps[:-1], (estimator.steps[-1][0], step)]
    return pipeline


def _first_components(pca, n_components):
    first = copy(pca)
    first.n_components = n_components
    first.n_components_ = n_components
    for name in _ARRAYS_OF_COMPONENTS:
        setattr(first, name, getattr(pca, name)[:n_components])
    return first


def check_methods(estimators):
    """Raise an error unless estimators are a dict, have an inverse and no name that the table needs."""
    check_estimators(estimators)
    if ALL_COLUMNS in estimators:
        raise ValueError(
            f"{ALL_COLUMNS!r} is the name of the row without reduction. Give {estimators[ALL_COLUMNS]!r} another name."
        )


def with_baseline(estimators, linear_model):
    """Return a dict of estimators with PCA in first place: the one of this name, or the linear model."""
    baseline = estimators.get("PCA", linear_model)
    if not isinstance(final_step(baseline), PCA):
        raise TypeError(
            f"The estimator named 'PCA' is the baseline of the others and should be a PCA or a Pipeline that ends in "
            f"one, but is {baseline!r}. Give it another name."
        )
    return {"PCA": baseline, **{name: estimator for name, estimator in estimators.items() if name != "PCA"}}


def with_fixed_size(estimator, X):
    """Return the code size of an estimator on X, and a clone with this size on all rows."""
    parameter = _size_parameter(final_step(estimator), required=False)
    encoding_dim = getattr(final_step(estimator), parameter) if parameter else None
    if isinstance(encoding_dim, Integral):
        return int(encoding_dim), clone(estimator)
    encoding_dim = clone(estimator).fit(X).transform(X[:1]).shape[1]
    return encoding_dim, with_encoding_dim(estimator, encoding_dim) if parameter else clone(estimator)


def check_encoding_dims(encoding_dims, maximum):
    """Return the distinct code sizes in ascending order, or raise a ValueError."""
    encoding_dims = list(encoding_dims) if np.iterable(encoding_dims) else [encoding_dims]
    for size in encoding_dims:
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise ValueError(f"encoding_dims={encoding_dims!r} should be integers of at least 1, but has {size!r}.")
    too_large = [encoding_dim for encoding_dim in encoding_dims if encoding_dim > maximum]
    if too_large:
        raise ValueError(
            f"encoding_dims={encoding_dims!r} should be at most {maximum}, the number of components that PCA has on "
            f"the training folds of this X. Leave out {too_large}."
        )
    if not encoding_dims:
        raise ValueError(
            "encoding_dims is empty. Pass the code sizes to compare, or leave encoding_dims out for powers of two."
        )
    return sorted({int(encoding_dim) for encoding_dim in encoding_dims})


def given_size(estimator):
    """Return the code size of an autoencoder of given Keras models, which has no other, as a list; else None."""
    step = final_step(estimator)
    is_given = getattr(getattr(step, "architecture", None), "starts_at_given_weights", False)
    return [step.encoding_dim] if is_given else None


def powers_of_two(maximum):
    """Return 1, 2, 4, 8, ... below the maximum number of components."""
    return [2**power for power in range(maximum.bit_length()) if 2**power < maximum] or [1]


def powers_of_two_and_between(maximum):
    """Return 1, 2, 3, 4, 6, 8, 12, ... below the maximum number of components."""
    sizes = powers_of_two(maximum)
    return sizes + [3 * size // 2 for size in sizes if size > 1 and 3 * size // 2 < maximum]


def _size_parameter(step, required=True):
    parameters = [name for name in _SIZE_PARAMETERS if hasattr(step, name)]
    if required and not parameters:
        raise TypeError(
            f"{step!r} has neither encoding_dim nor n_components to vary. Pass an AutoencoderTransformer, or a "
            "Pipeline that ends in one, or use compare_reconstructions, which takes estimators as they are."
        )
    return parameters[0] if parameters else None
