"""Estimators in files, without pickle: an archive of JSON and arrays, which is read without running code."""

import os
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from types import FunctionType

import numpy as np
from sklearn.base import BaseEstimator

from .._checks import written
from .._sklearn_compat import is_pandas_na, metadata_requests, set_metadata_requests
from ..architectures import Conv1DArchitecture, ConvolutionalArchitecture, KerasArchitecture, RecurrentArchitecture
from ..networks import KerasAutoencoder
from ..tables import FrameTable
from .archive import read_archive, write_archive

# Types that a file may name without being trusted, by module: data, and code of this package and scikit-learn.
_TYPES = {
    "skautoencoder": (
        "AutoencoderImputer AutoencoderOutlierDetector AutoencoderRecommender AutoencoderTransformer "
        "ContractivePenalty Conv1DArchitecture ConvolutionalArchitecture DenseArchitecture GaussianNoise "
        "HoyerSparsity KLSparsity KerasArchitecture L1Sparsity L2Penalty MaskingNoise RecurrentArchitecture "
        "SaltAndPepperNoise VariationalAutoencoderTransformer"
    ),
    "skautoencoder.imputation": "ArrayTable Blend Member Neighbours NormalDistribution Spread",
    "skautoencoder.networks": (
        "Blueprint CodeMap CodeStatistics DenseAutoencoder DenseNetwork KerasAutoencoder Layer OrderedCodes"
    ),
    "skautoencoder.outliers": (
        "Categories Detection KnownRows MaskedPredictor NearestRows Numbers Standardized Surprises"
    ),
    "skautoencoder.recommendation": (
        "ItemKernelRegression LongFrame MaskFactorization MaskRegression MatrixFactorization MeanFactorization "
        "Posterior Prior RatingModel RatingScale UserKernelRegression"
    ),
    "skautoencoder.rows": "Standardization",
    "skautoencoder.starts": "FactorAnalysis",
    "skautoencoder.tables": "ColumnType FrameTable MixedTable",
    "skautoencoder.training.plan": "TrainingState",
    "skautoencoder.training.unusual_rows": "SeenRows",
    "sklearn.impute": "MissingIndicator",
}
_KIND = "estimator"
_PLAIN = (type(None), bool, int, float, str)


def save(estimator, path):
    """Write an estimator to a file; see `Estimator.save`."""
    encoder = _Encoder(type(estimator).__name__)
    encoder.encode(estimator, "")
    write_archive(path, _KIND, encoder.objects, encoder.arrays)


def load(path, *, trusted=()):
    """Load an estimator that `save` wrote, without running code from the file.

    A dense autoencoder encodes and decodes without TensorFlow.

    Parameters
    ----------
    path : str or path-like
        File that `save` wrote.
    trusted : list of str, default=()
        Classes and functions that the file may use in addition to those of this package, as "module.Name": your own
        architectures, penalties, noises and losses. Loading imports, and so runs, their modules. The error for a file
        that needs more names lists all of them.

    Returns
    -------
    object
        The estimator, equal to the saved one, to the bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, was written by a newer version, holds no estimator or names classes or functions that
        are not in `trusted`, or if an architecture of your own builds other models than the fitted ones.

    Warns
    -----
    InconsistentVersionWarning
        If another version of this package wrote the file.

    See Also
    --------
    AutoencoderTransformer.save : Write the file.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, load
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(8, epochs=1, random_state=0).fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "digits.autoencoder")
    ...     autoencoder.save(path)
    ...     loaded = load(path)
    >>> bool((loaded.transform(X) == autoencoder.transform(X)).all())
    True
    """
    if isinstance(trusted, str):
        raise ValueError(f"trusted={trusted!r} should be a list of names: write trusted=[{trusted!r}].")
    document, arrays = read_archive(path, _KIND)
    name = repr(os.fspath(path))
    untrusted = sorted(set(_names(document)) - set(_own_types()) - set(trusted))
    if untrusted:
        raise ValueError(
            f"{name} uses classes or functions that are not this package's: {', '.join(untrusted)}. If you trust the "
            f"file and these, pass trusted={untrusted!r}."
        )
    try:
        estimator = _Decoder(document, arrays, trusted).objects[-1]
    except Exception as error:
        # A forged state or a missing module may raise anything.
        raise ValueError(f"{name} cannot be loaded: {error or type(error).__name__}") from error
    if not _is_estimator(estimator):
        raise ValueError(f"{name} cannot be loaded: it holds a {type(estimator).__name__}, not an estimator.")
    return estimator


@cache
def _own_types():
    """Return the types that a file may name without being trusted, by name."""
    return {
        f"{module}.{name}": getattr(import_module(module), name)
        for module, names in _TYPES.items()
        for name in names.split()
    }


def skops_types():
    """Return the types of this package that a skops file may hold.

    They run no code of the file: pass them as ``skops.io.load(path, trusted=skautoencoder.skops_types())``.

    Returns
    -------
    list of str
        Types by the modules that define them, as skops names them.

    See Also
    --------
    load : Load what `save` wrote, without skops.

    Examples
    --------
    >>> from skautoencoder import skops_types
    >>> "skautoencoder._autoencoder.AutoencoderTransformer" in skops_types()
    True
    """
    types = {kind for name, kind in _own_types().items() if name.startswith("skautoencoder.")}
    return sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in types)


class _Encoder:
    """Encoder of the values of `owner` as JSON and arrays.

    JSON holds numbers, strings, None and lists as they are; other values are dicts whose first key names their kind.
    `objects` lists every object once, after the objects that it holds, so that shared objects stay shared.
    """

    def __init__(self, owner):
        self.objects = []
        self.arrays = {}
        self._owner = owner
        self._numbers = {}
        # Values that are kept do not lose their id to others.
        self._kept = []

    def encode(self, value, where):
        """Return a value as JSON; `where` is the path to it, for errors."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is list:
            return [self.encode(part, where) for part in value]
        if kind is tuple:
            return {"tuple": self.encode(list(value), where)}
        if kind is dict:
            return {"dict": self.encode([list(item) for item in value.items()], where)}
        if kind in (np.ndarray, np.memmap):
            return self._array(value, where)
        if isinstance(value, np.generic):
            return {"scalar": self._number_of_array(np.asarray(value))}
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, FunctionType | type):
            return {"name": self._name(value, value, where)}
        if _is_interval(value):
            return {"interval": self.encode([value.left, value.right, value.closed], where)}
        return {"constant": "pandas.NA"} if is_pandas_na(value) else {"object": self._number_of_object(value, where)}

    def _array(self, array, where):
        if array.dtype == object:
            return {"objects": self.encode(array.ravel().tolist(), where), "shape": list(array.shape)}
        return {"array": self._number_of_array(array)}

    def _number_of_array(self, array):
        if id(array) not in self._numbers:
            number = str(len(self.arrays))
            self.arrays[number] = array
            self._numbers[id(array)] = number
            self._kept.append(array)
        return self._numbers[id(array)]

    def _number_of_object(self, value, where):
        if id(value) not in self._numbers:
            self._numbers[id(value)] = None
            entry = self._entry(value, where)
            self._numbers[id(value)] = len(self.objects)
            self.objects.append(entry)
            self._kept.append(value)
        if self._numbers[id(value)] is None:
            raise self._refusal(value, where, "it holds itself")
        return self._numbers[id(value)]

    def _entry(self, value, where):
        """Return an object as JSON: a random state, a Keras configuration, or a type and its attributes."""
        if type(value) is np.random.RandomState and value.get_state(legacy=False)["bit_generator"] == "MT19937":
            return {"random_state": self.encode(value.get_state(legacy=False), where)}
        if (entry := _keras_entry(value)) is not None:
            return entry
        if _is_keras_model(value):
            return self._keras_model(value, where)
        if isinstance(value, FrameTable):
            self._check_categories(value)
        state = _state(value)
        if state is None:
            raise self._refusal(value, where, f"only pickle can store objects of type {type(value).__name__}")
        if _is_estimator(value) and state.get("callbacks"):
            way_out = "Save it after set_params(callbacks=None)"
            raise self._refusal(value.callbacks, "callbacks", "only pickle can store callbacks", way_out)
        requests = state.pop("_metadata_request", None)
        entry = {"type": self._name(type(value), value, where)}
        entry["state"] = {name: self.encode(part, f"{where}.{name}" if where else name) for name, part in state.items()}
        if requests is not None:
            entry["requests"] = metadata_requests(requests)
        if _has_own_models(value):
            entry["outputs"] = {"array": self._number_of_array(_outputs(value))}
        return entry

    def _check_categories(self, table):
        """Raise a ValueError that names the first column whose categories cannot be saved."""
        for name, known in zip(table.names, table.categories, strict=True):
            for category in known or ():
                try:
                    _Encoder(self._owner).encode(category, "")
                except ValueError as error:
                    kind = type(category).__name__
                    raise ValueError(
                        f"{self._owner} cannot be saved: column {name!r} of X holds categories of type {kind}, which "
                        "only pickle can store. Fit to words, as .astype(str) or the labels= of pandas.cut make them, "
                        "or use joblib.dump."
                    ) from error

    def _keras_model(self, model, where):
        from .._engine.configurations import model_configuration

        try:
            config, weights = model_configuration(model)
        except (ValueError, TypeError, NotImplementedError) as error:
            way_out = "Use joblib.dump"
            raise self._refusal(model, where, f"the file may hold Keras' own layers only ({error})", way_out) from error
        return {"keras": config, "weights": self.encode(weights, where)}

    def _name(self, named, value, where):
        """Return the name under which a class or a function can be imported."""
        for name, kind in _own_types().items():
            if kind is named:
                return name
        name = f"{named.__module__}.{named.__qualname__}"
        try:
            is_importable = _imported(name) is named
        except (ImportError, AttributeError):
            is_importable = False
        if not is_importable:
            # joblib and pickle cannot store it either; cloudpickle stores its code.
            way_out = "Define it at the top level of a module, or use cloudpickle.dump"
            raise self._refusal(value, where, "it is defined where no other process can import it", way_out)
        return name

    def _refusal(self, value, where, reason, way_out="Define it at the top level of a module, or use joblib.dump"):
        return ValueError(f"{where}={written(value)} of {self._owner} cannot be saved: {reason}. {way_out}.")


class _Decoder:
    """Decoder of the objects and arrays of an `_Encoder`, which imports only trusted names."""

    def __init__(self, document, arrays, trusted):
        self.objects = []
        self._trusted = trusted
        # By the key of a node; the keys that `_Encoder.encode` writes.
        self._decoders = {
            "tuple": lambda parts: tuple(self._decode(parts)),
            "dict": lambda items: dict(self._decode(items)),
            "array": lambda number: arrays[number],
            "scalar": lambda number: arrays[number][()],
            "name": self._named,
            "constant": _constant,
            "interval": lambda parts: _interval(*self._decode(parts)),
            "object": lambda number: self.objects[number],
        }
        for entry in document:
            self.objects.append(self._object(entry))

    def _decode(self, node):
        if isinstance(node, list):
            return [self._decode(part) for part in node]
        if not isinstance(node, dict):
            return node
        if node.keys() == {"objects", "shape"}:
            array = np.empty(len(node["objects"]), dtype=object)
            array[:] = self._decode(node["objects"])
            return array.reshape(node["shape"])
        ((kind, content),) = node.items()
        return self._decoders[kind](content)

    def _named(self, name):
        if name in _own_types():
            return _own_types()[name]
        if name not in self._trusted:
            raise ValueError(f"{name} is not trusted.")
        return _imported(name)

    def _object(self, entry):
        if "random_state" in entry:
            random_state = np.random.RandomState()
            random_state.set_state(self._decode(entry["random_state"]))
            return random_state
        if "weights" in entry:
            from .._engine.configurations import model_from_configuration

            return model_from_configuration(entry["keras"], self._decode(entry["weights"]))
        if "keras" in entry:
            from .._engine.configurations import from_configuration

            return from_configuration(entry["keras"], entry["settings"])
        kind = self._named(entry["type"])
        state = {name: self._decode(part) for name, part in entry["state"].items()}
        if is_dataclass(kind):
            value = kind(**state)
            if _has_own_models(value):
                _check_outputs(value, self._decode(entry["outputs"]))
            return value
        value = kind.__new__(kind)
        if _is_of_scikit_learn(kind):
            value.__setstate__(state)
        else:
            vars(value).update(state)
        if "requests" in entry:
            set_metadata_requests(value, entry["requests"])
        return value


def _constant(name):
    import pandas

    return {"pandas.NA": pandas.NA}[name]


def _is_interval(value):
    return "pandas" in sys.modules and isinstance(value, sys.modules["pandas"].Interval)


def _interval(left, right, closed):
    import pandas

    return pandas.Interval(left, right, closed)


def _is_estimator(value):
    """Whether a value is an estimator of this package or of a class derived from one."""
    return isinstance(value, BaseEstimator) and hasattr(value, "save")


def _is_of_scikit_learn(kind):
    return str(kind.__module__).split(".")[0] == "sklearn" and issubclass(kind, BaseEstimator)


def _keras_entry(value):
    """Return a loss, an optimizer or a schedule of Keras as JSON; None for other values."""
    if "keras" not in sys.modules:
        return None
    from .._engine.configurations import configuration, is_configurable

    if not is_configurable(value):
        return None
    config, settings = configuration(value)
    return {"keras": config, "settings": settings}


def _is_keras_model(value):
    return "keras" in sys.modules and isinstance(value, sys.modules["keras"].Model)


def _state(value):
    """Return the attributes that define an object; None if it needs more than attributes."""
    kind = type(value)
    if is_dataclass(value):
        state = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        if "description" in state:
            # Only a cache key; recomputed on demand.
            state["description"] = None
        return state
    if _is_of_scikit_learn(kind):
        # With the version of scikit-learn, which warns about another one.
        return value.__getstate__()
    has_plain_state = kind.__getstate__ in (object.__getstate__, BaseEstimator.__getstate__)
    is_reduced_plainly = kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__
    is_its_attributes = has_plain_state and is_reduced_plainly and hasattr(value, "__dict__")
    # Keras models in an architecture are saved by themselves.
    is_known = _is_estimator(value) or isinstance(value, KerasArchitecture)
    return dict(vars(value)) if is_its_attributes or is_known else None


def _has_own_models(value):
    """Whether a value is a network whose models are built by code outside this package."""
    known = Conv1DArchitecture, ConvolutionalArchitecture, RecurrentArchitecture
    return isinstance(value, KerasAutoencoder) and type(value.blueprint.architecture) not in known


def _outputs(autoencoder):
    """Return codes and reconstructions of three fixed rows."""
    rows = np.random.RandomState(0).normal(size=(3, autoencoder.n_features))
    if autoencoder.standardization is not None:
        rows = autoencoder.standardization.revert(rows)
    rows = rows.astype(np.float32)
    return np.hstack([autoencoder.encode(rows), autoencoder.reconstruct(rows)])


def _check_outputs(autoencoder, expected):
    """Raise a ValueError if the outputs of the models differ from those at the time of saving."""
    # The tolerance allows for the rounding of another processor.
    if not np.allclose(_outputs(autoencoder), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max()):
        raise ValueError(
            f"{written(autoencoder.blueprint.architecture)} builds other models than those that were fitted. Load it "
            "with the code that it was fitted with, or fit again."
        )


def _names(node):
    """Yield the names of all classes and functions in a document."""
    if isinstance(node, list):
        for part in node:
            yield from _names(part)
    if not isinstance(node, dict):
        return
    yield from (node[key] for key in ("type", "name") if isinstance(node.get(key), str))
    for key, part in node.items():
        # Attribute names may equal our keys: recurse into values only.
        if key == "state":
            yield from _names(list(part.values()))
        elif key not in ("keras", "settings", "requests"):
            yield from _names(part)


def _imported(name):
    """Return the class or function of a dotted name; the longest part that is a module is imported."""
    parts = name.split(".")
    for n_module in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:n_module])
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}."):
                raise
            continue
        for part in parts[n_module:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(f"No module named {parts[0]!r}", name=parts[0])
