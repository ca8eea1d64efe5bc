"""Docstrings say what signatures say."""

import inspect
import re

import numpy as np
import pytest

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
    comparison,
    diagnostics,
    metrics,
    plotting,
)

METHODS = ("fit", "transform", "inverse_transform", "reconstruct", "score", "score_samples")
ESTIMATORS = [AutoencoderTransformer, VariationalAutoencoderTransformer]
CLASSES = [value for value in vars(skautoencoder).values() if isinstance(value, type)]
PUBLIC = [
    *CLASSES,
    *(getattr(AutoencoderTransformer, name) for name in METHODS),
    VariationalAutoencoderTransformer.sample,
    *(getattr(AutoencoderImputer, name) for name in ("fit", "transform", "recommend", "get_feature_names_out")),
    comparison.compare_with_pca,
    comparison.ReconstructionComparison.best,
    comparison.ReconstructionComparison.plot,
    diagnostics.diagnose,
    metrics.neg_reconstruction_error,
    metrics.reconstruction_error,
    metrics.reconstruction_r2,
    *(getattr(plotting, name) for name in plotting.__all__),
    *(getattr(plotting, name).from_estimator for name in plotting.__all__),
]


def section(docstring, title):
    """Return the names and types that a numpydoc section lists."""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=\n\n[A-Z][A-Za-z ]+\n---|\Z)", docstring, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^(\w+) : (.*)$", match[1], re.MULTILINE)) if match else {}


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__qualname__)
def test_parameters_and_defaults(function):
    documented = section(inspect.getdoc(function), "Parameters")
    without_parameters = isinstance(function, type) and function.__init__ is object.__init__
    parameters = {} if without_parameters else dict(inspect.signature(function).parameters)
    parameters.pop("self", None)
    assert list(documented) == list(parameters)
    for name, parameter in parameters.items():
        if parameter.default is not inspect.Parameter.empty and parameter.default is not None:
            written = (
                documented[name]
                .split("default=")[1]
                .replace("np.nan", "nan")
                .replace("1e-3", "0.001")
                .replace("1e-2", "0.01")
            )
            assert written in (repr(parameter.default), f'"{parameter.default}"')


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fitted_attributes(digits, estimator):
    fitted = estimator(2, epochs=0).fit(digits)
    present = {name for name in dir(fitted) if name.endswith("_") and not name.startswith("_")}
    documented = set(section(inspect.getdoc(estimator), "Attributes"))
    assert documented == present | {"feature_names_in_"}
    assert isinstance(fitted.history_["loss"][0], float)
    assert not isinstance(fitted.history_["loss"][0], np.floating)
