"""Docstrings are complete, and agree with signatures and with fitted objects."""

import inspect

import numpy as np
import pandas as pd
import pytest
from numpydoc.docscrape import NumpyDocString, get_doc_object
from numpydoc.validate import validate

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
    comparison,
    diagnostics,
    inspection,
    metrics,
    noises,
    objectives,
    onnx,
    penalties,
    plotting,
)

MODULES = {
    skautoencoder: [name for name in skautoencoder.__all__ if name != "__version__"],
    comparison: comparison.__all__,
    diagnostics: ["Finding", "diagnose"],
    inspection: ["code_effects", "explain_row"],
    metrics: ["neg_reconstruction_error", "reconstruction_error", "reconstruction_r2"],
    onnx: onnx.__all__,
    plotting: plotting.__all__,
    # Arguments of user-defined noises and penalties.
    noises: ["CleanBatch"],
    penalties: ["Batch"],
}
# The interface for developers, who write objectives. Annotations take the place of sections.
DEVELOPERS = {objectives: ["Objective", "ReconstructionLoss"]}
# Codes of numpydoc that are ignored.
EXCEPTED = {
    "GL01",  # The summary stands beside the opening quotes, which numpydoc allows from 1.11 on.
    "ES01",  # A summary that says all needs no second paragraph.
}
EXCEPTED_FOR_METHODS = {
    "EX01",  # The example of a class shows its methods.
    "SA01",  # The other methods are above and below.
}
EXCEPTED_FOR = {
    "skautoencoder.comparison.ReconstructionComparison": {"PR01"},  # Its constructor is that of DataFrame.
    # The base classes that they lead to have the examples.
    "skautoencoder.noises.CleanBatch": {"EX01"},
    "skautoencoder.penalties.Batch": {"EX01"},
    # Displays show different things.
    **{f"skautoencoder.plotting.{name}": {"SA01"} for name in plotting.__all__},
}


def members(cls):
    """Yield (name, function or property) of what a class defines in this package or inherits from it."""
    for name in sorted({name for base in cls.__mro__ if "skautoencoder" in base.__module__ for name in vars(base)}):
        # The function within a classmethod: numpydoc checks its returned value too.
        member = inspect.unwrap(inspect.getattr_static(cls, name))
        # The docstring of an override may be that of the base class, where it is checked.
        is_inherited = member.__doc__ is None and inspect.getdoc(member) is not None
        if name.startswith("_") or is_inherited:
            continue
        if inspect.isfunction(member) or isinstance(member, property):
            yield name, member


def cases(modules):
    """Return path and object of all that is named by module, and of its members, each once."""
    paths = {}
    for module, names in modules.items():
        for name in names:
            value, path = getattr(module, name), f"{module.__name__}.{name}"
            paths.setdefault(value, path)
            for member_name, member in members(value) if isinstance(value, type) else ():
                paths.setdefault(member, f"{path}.{member_name}")
    return [pytest.param(path, value, id=path) for value, path in paths.items()]


@pytest.mark.parametrize(("path", "value"), cases(MODULES))
def test_docstring_passes_numpydoc(path, value):
    name = getattr(value, "fget", value).__qualname__
    excepted = EXCEPTED | EXCEPTED_FOR.get(path, set()) | (EXCEPTED_FOR_METHODS if "." in name else set())
    if "Display." in name and "return the display." in inspect.getdoc(value):
        excepted = excepted | {"RT01"}
    errors = validate(get_doc_object(value))["errors"]
    assert [error for error in errors if error[0] not in excepted] == []


@pytest.mark.parametrize(("path", "value"), cases(DEVELOPERS))
def test_docstring_of_the_interface_for_developers_has_a_summary(path, value):
    summary, _, rest = inspect.getdoc(value).partition("\n")
    assert summary.endswith((".", ":"))
    assert "----" not in rest


@pytest.mark.parametrize(("path", "value"), cases(MODULES))
def test_docstring_describes_every_entry(path, value):
    # numpydoc checks neither attributes nor parameters with a set of choices as their type.
    documented = NumpyDocString(inspect.getdoc(value))
    for section in ("Parameters", "Attributes", "Returns"):
        assert [entry for entry in documented[section] if not entry.desc] == []


@pytest.mark.parametrize(("path", "value"), cases(MODULES))
def test_docstring_defaults_are_those_of_the_signature(path, value):
    for names, description, _ in NumpyDocString(inspect.getdoc(value))["Parameters"]:
        for name in names.split(", "):
            default = inspect.signature(value).parameters[name.lstrip("*")].default
            _, has_default, documented = description.partition("default=")
            if has_default:
                assert repr(eval(documented, {"np": np})) == repr(default)
            else:
                assert default in (inspect.Parameter.empty, None)


def attributes(fitted):
    """Return the names of the fitted attributes that an object has, and of those that its class documents."""
    present = {name for name in dir(fitted) if name.endswith("_") and not name.startswith("_")}
    return present, {entry.name for entry in NumpyDocString(inspect.getdoc(type(fitted)))["Attributes"]}


@pytest.mark.parametrize(
    "estimator",
    [
        AutoencoderTransformer(2, epochs=0),
        VariationalAutoencoderTransformer(2, epochs=0),
        AutoencoderImputer(2, epochs=0, add_indicator=True),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_docstring_lists_the_attributes_of_the_estimator(digits, estimator):
    X = pd.DataFrame(digits[:200]).add_prefix("pixel ")
    estimator.fit(X.mask(X == 16) if isinstance(estimator, AutoencoderImputer) else X)
    present, documented = attributes(estimator)
    assert present == documented
    assert type(estimator.history_["loss"][0]) is float


X = np.eye(4)


@pytest.mark.usefixtures("pyplot")
@pytest.mark.parametrize(
    "draw",
    [
        lambda: comparison.EncodingDimDisplay({"PCA": {"encoding_dim": X[0], "test_mse": X[:3]}}).plot(),
        lambda: plotting.CodeDisplay.from_codes(X),
        lambda: plotting.CodeTraversalDisplay.from_decoded(X.reshape(2, 2, 4), [-1, 1]),
        lambda: plotting.CodeTraversalDisplay.from_decoded(X.reshape(2, 2, 4), [-1, 1], image_shape=(2, 2)),
        lambda: plotting.DecodedGridDisplay.from_decoded(X.reshape(2, 2, 4), ([0, 1], [0, 1])),
        lambda: plotting.DecodedGridDisplay.from_decoded(X.reshape(2, 2, 4), ([0, 1], [0, 1]), image_shape=(2, 2)),
        lambda: plotting.FeatureErrorDisplay.from_errors({"PCA": X[0]}),
        lambda: plotting.FeatureErrorDisplay.from_errors({"PCA": X[0]}, image_shape=(2, 2)),
        lambda: plotting.LossCurveDisplay.from_history({"loss": [2.0, 1.0]}),
        lambda: plotting.ReconstructionDisplay.from_reconstructions(X, {"PCA": X}),
    ],
)
def test_docstring_lists_the_attributes_of_the_display(draw):
    present, documented = attributes(draw())
    assert present == documented
