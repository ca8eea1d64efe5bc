"""The estimators of a comparison, each at a code size."""

from numbers import Integral

from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from ..metrics import check_has_inverse

_SIZES = ("encoding_dim", "n_components")


def final_step(estimator):
    """Return the step of a pipeline that makes the codes; any other estimator itself."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def with_final_step(estimator, step):
    """Put another step into the place of the one that makes the codes."""
    if not isinstance(estimator, Pipeline):
        return step
    return clone(estimator).set_params(**{estimator.steps[-1][0]: step})


def with_encoding_dim(estimator, encoding_dim):
    """Set the size of the code on a clone."""
    step = clone(final_step(estimator))
    return with_final_step(estimator, step.set_params(**{_size_parameter(step): encoding_dim}))


def with_baseline(estimators):
    """Check the estimators, by name, and put PCA among them, first."""
    if not isinstance(estimators, dict) or not estimators:
        raise TypeError(
            f"estimators should be a dict of estimators by name, such as {{'NMF': NMF(), 'autoencoder': "
            f"AutoencoderTransformer()}}, but is {estimators!r}."
        )
    for estimator in estimators.values():
        check_has_inverse(estimator)
    baseline = estimators.get("PCA", PCA())
    if not isinstance(final_step(baseline), PCA):
        raise TypeError(
            f"The estimator named 'PCA' is what the others are compared with and should be a PCA or a Pipeline that "
            f"ends in one, but is {baseline!r}. Give it another name."
        )
    return {"PCA": baseline, **{name: estimator for name, estimator in estimators.items() if name != "PCA"}}


def sized(estimator, X):
    """Return the size of an estimator's code, and a clone that is held to it."""
    parameter = _size_parameter(final_step(estimator), required=False)
    encoding_dim = getattr(final_step(estimator), parameter) if parameter else None
    if isinstance(encoding_dim, Integral):
        return int(encoding_dim), clone(estimator)
    encoding_dim = clone(estimator).fit(X).transform(X[:1]).shape[1]
    return encoding_dim, with_encoding_dim(estimator, encoding_dim) if parameter else clone(estimator)


def check_encoding_dims(encoding_dims, most):
    """Return the code sizes in order, each once."""
    encoding_dims = list(encoding_dims)
    for encoding_dim in encoding_dims:
        if not isinstance(encoding_dim, Integral) or encoding_dim < 1:
            raise ValueError(f"encoding_dims should be integers from 1 on, but encoding_dims={encoding_dims!r}.")
    too_large = [encoding_dim for encoding_dim in encoding_dims if encoding_dim > most]
    if too_large:
        raise ValueError(
            f"encoding_dims={encoding_dims!r}: PCA has at most {most} components on training folds of this X. Leave "
            f"out {too_large}."
        )
    if not encoding_dims:
        raise ValueError("encoding_dims is empty. Name the code sizes to compare, or leave it out.")
    return sorted({int(encoding_dim) for encoding_dim in encoding_dims})


def powers_of_two(most):
    """Return 1, 2, 4, 8, ... below the most components."""
    return [2**power for power in range(most.bit_length()) if 2**power < most] or [1]


def powers_of_two_and_between(most):
    """Return 1, 2, 3, 4, 6, 8, 12, ... below the most components."""
    sizes = powers_of_two(most)
    return sizes + [3 * size // 2 for size in sizes if size > 1 and 3 * size // 2 < most]


def _size_parameter(step, required=True):
    parameters = [name for name in _SIZES if hasattr(step, name)]
    if required and not parameters:
        raise TypeError(
            f"{step!r} has neither encoding_dim nor n_components to vary. Pass an AutoencoderTransformer, or a "
            "Pipeline that ends in one; compare_reconstructions takes estimators as they are."
        )
    return parameters[0] if parameters else None
