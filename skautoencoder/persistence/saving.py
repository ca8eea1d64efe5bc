"""Estimators in files, without pickle: an archive of JSON and arrays, which is read without running code."""

import inspect
import os
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module

import numpy as np
from sklearn.base import BaseEstimator

from .._checks import written
from .._sklearn_compat import is_pandas_na, metadata_requests, set_metadata_requests
from ..architectures import ConvolutionalArchitecture, RecurrentArchitecture
from ..networks import KerasAutoencoder
from .archive import read_archive, write_archive

# Types that a file may name without being trusted: data, and code of this package and scikit-learn.
_TYPES = {
    "skautoencoder": (
        "AutoencoderImputer",
        "AutoencoderTransformer",
        "ContractivePenalty",
        "ConvolutionalArchitecture",
        "DenseArchitecture",
        "GaussianNoise",
        "HoyerSparsity",
        "KLSparsity",
        "KerasArchitecture",
        "L1Sparsity",
        "L2Penalty",
        "MaskingNoise",
        "RecurrentArchitecture",
        "SaltAndPepperNoise",
        "VariationalAutoencoderTransformer",
    ),
    "skautoencoder.imputation": (
        "Blend",
        "ColumnKernelRegression",
        "FrameColumns",
        "MaskRegression",
        "Member",
        "Neighbours",
        "NormalDistribution",
        "RatingModel",
        "RowKernelRegression",
        "Spread",
    ),
    "skautoencoder.networks": ("Blueprint", "DenseAutoencoder", "DenseNetwork", "KerasAutoencoder", "Layer"),
    "skautoencoder.rows": ("Standardization",),
    "skautoencoder.starts": ("FactorAnalysis", "MaskFactorization", "MatrixFactorization", "Posterior", "Prior"),
    "skautoencoder.training.plan": ("TrainingState",),
    "sklearn.impute": ("MissingIndicator",),
}
_KIND = "estimator"


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
        Classes and functions that the file may use beside those of this package, as "module.Name": your own
        architectures, penalties, noises and losses. They are imported, which runs their modules, and used. The error
        for a file that needs more of them lists all that it needs.

    Returns
    -------
    object
        The estimator, equal to the one that was saved, to the bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, was written by a newer version, holds no estimator, names classes or functions that are
        not among `trusted`, or if an architecture of your own builds other models than those that were fitted.

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
    document, arrays, _ = read_archive(path, _KIND)
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
        # Whatever state that was made up, or a module that is absent, may raise.
        raise ValueError(f"{name} cannot be loaded: {error or type(error).__name__}") from error
    if not _is_saved_alone(estimator):
        raise ValueError(f"{name} cannot be loaded: it holds a {type(estimator).__name__}, not an estimator.")
    return estimator


@cache
def _own_types():
    """Return the types that a file may name without being trusted, by name."""
    return {
        f"{module}.{name}": getattr(import_module(module), name) for module, names in _TYPES.items() for name in names
    }


def skops_types():
    """Return the types of this package that may stand in a skops file.

    They run no code of the file: pass them on as ``skops.io.load(path, trusted=skautoencoder.skops_types())``.

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
    types = (kind for name, kind in _own_types().items() if name.startswith("skautoencoder."))
    return sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in types)


class _Encoder:
    """Values as JSON and arrays.

    Numbers, strings, None and lists stand for themselves; all else is a dict whose keys say what it is. Objects are
    numbered, and listed in `objects` behind all that they hold, so that what is shared stays shared.

    Parameters
    ----------
    owner : str
        Name of what is saved, for errors.
    """

    def __init__(self, owner):
        self._owner = owner
        self.objects, self.arrays = [], {}
        # The values are kept so that no other one gets the same id.
        self._numbers, self._kept = {}, []

    def encode(self, value, where):
        """Return what stands for a value in JSON; `where` is the path to it, for errors."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return [self.encode(part, where) for part in value]
        if kind is tuple:
            return {"tuple": [self.encode(part, where) for part in value]}
        if kind is dict:
            return {"dict": [[self.encode(key, where), self.encode(part, where)] for key, part in value.items()]}
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if is_pandas_na(value):
            return {"constant": "pandas.NA"}
        if isinstance(value, np.generic) and not value.dtype.hasobject:
            return {"scalar": self._array(np.asarray(value))}
        if kind in (np.ndarray, np.memmap):
            if value.dtype == object:
                return {"objects": self.encode(value.ravel().tolist(), where), "shape": list(value.shape)}
            return {"array": self._array(value)}
        if inspect.isfunction(value) or inspect.isclass(value):
            return {"name": self._name(value, value, where)}
        return {"object": self._object(value, where)}

    def _array(self, array):
        number = self._numbers.get(id(array))
        if number is None:
            number = self._numbers[id(array)] = str(len(self.arrays))
            self._kept.append(array)
            self.arrays[number] = array
        return number

    def _object(self, value, where):
        """Return the number of an object."""
        if id(value) not in self._numbers:
            self._numbers[id(value)] = None
            entry = self._entry(value, where)
            self._numbers[id(value)] = len(self.objects)
            self._kept.append(value)
            self.objects.append(entry)
        if self._numbers[id(value)] is None:
            raise self._refusal(value, where, "it holds itself")
        return self._numbers[id(value)]

    def _entry(self, value, where):
        kind = type(value)
        if kind is np.random.RandomState:
            state = value.get_state(legacy=False)
            if state["bit_generator"] == "MT19937":
                return {"random_state": self.encode(state, where)}
        if "keras" in sys.modules:
            from .._engine.configurations import configuration, is_configurable

            if is_configurable(value):
                config, settings = configuration(value)
                return {"keras": config, "settings": settings}
        if is_dataclass(value):
            state = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
            # Compiled programs are told apart by it; it is found again when one is needed.
            state |= {"description": None} if "description" in state else {}
        elif kind.__module__.split(".")[0] == "sklearn" and isinstance(value, BaseEstimator):
            # With the version of scikit-learn, which warns if it is another one.
            state = value.__getstate__()
        elif _is_saved_alone(value) or _is_its_attributes(value):
            state = dict(vars(value))
        else:
            raise self._refusal(value, where, f"a {kind.__name__} has no form but a pickle")
        if _is_saved_alone(value) and state.get("callbacks"):
            reason, way_out = "callbacks have no form but a pickle", "Save it after set_params(callbacks=None)"
            raise self._refusal(value.callbacks, "callbacks", reason, way_out)
        requests = state.pop("_metadata_request", None)
        entry = {"type": self._name(kind, value, where)}
        entry["state"] = {name: self.encode(part, f"{where}.{name}" if where else name) for name, part in state.items()}
        if requests is not None:
            entry["requests"] = metadata_requests(requests)
        if _has_own_models(value):
            entry["outputs"] = {"array": self._array(_outputs(value))}
        return entry

    def _name(self, named, value, where):
        """Return the name by which a class or a function is found again."""
        for name, kind in _own_types().items():
            if kind is named:
                return name
        name = f"{named.__module__}.{named.__qualname__}"
        try:
            is_found = _imported(name) is named
        except (ImportError, AttributeError):
            is_found = False
        if not is_found:
            raise self._refusal(value, where, "it is defined where no other process can import it")
        return name

    def _refusal(self, value, where, reason, way_out="Define it at the top level of a module, or use joblib.dump"):
        return ValueError(f"{where}={written(value)} of {self._owner} cannot be saved: {reason}. {way_out}.")


class _Decoder:
    """What an `_Encoder` has made, as values again.

    Parameters
    ----------
    document : list of dict
        The encoder's `objects`.
    arrays : dict of str to ndarray
    trusted : collection of str
        Names that may be imported.
    """

    def __init__(self, document, arrays, trusted):
        self._arrays, self._trusted = arrays, trusted
        self.objects = []
        for entry in document:
            self.objects.append(self._object(entry))

    def _decode(self, node):
        if isinstance(node, list):
            return [self._decode(part) for part in node]
        if not isinstance(node, dict):
            return node
        (kind, content), *more = node.items()
        if kind == "objects":
            array = np.empty(len(content), dtype=object)
            array[:] = self._decode(content)
            return array.reshape(node["shape"])
        if more:
            raise ValueError(f"{kind!r} is followed by what does not belong there.")
        return getattr(self, f"_{kind}_of")(content)

    def _tuple_of(self, content):
        return tuple(self._decode(part) for part in content)

    def _dict_of(self, content):
        return {self._decode(key): self._decode(part) for key, part in content}

    def _constant_of(self, content):
        import pandas

        return {"pandas.NA": pandas.NA}[content]

    def _scalar_of(self, content):
        return self._arrays[content][()]

    def _array_of(self, content):
        return self._arrays[content]

    def _name_of(self, content):
        if content in _own_types():
            return _own_types()[content]
        if content not in self._trusted:
            raise ValueError(f"{content} is not trusted.")
        return _imported(content)

    def _object_of(self, content):
        return self.objects[content]

    def _object(self, entry):
        if "random_state" in entry:
            random_state = np.random.RandomState()
            random_state.set_state(self._decode(entry["random_state"]))
            return random_state
        if "keras" in entry:
            from .._engine.configurations import from_configuration

            return from_configuration(entry["keras"], entry["settings"])
        kind = self._name_of(entry["type"])
        state = {name: self._decode(part) for name, part in entry["state"].items()}
        if is_dataclass(kind):
            value = kind(**state)
            if _has_own_models(value):
                _check_outputs(value, self._decode(entry["outputs"]))
            return value
        value = kind.__new__(kind)
        if kind.__module__.split(".")[0] == "sklearn":
            value.__setstate__(state)
        else:
            vars(value).update(state)
        if "requests" in entry:
            set_metadata_requests(value, entry["requests"])
        return value


def _is_saved_alone(value):
    """Whether a value is an estimator of this package or a class derived from one."""
    return isinstance(value, BaseEstimator) and hasattr(value, "save")


def _has_own_models(value):
    """Whether a value is a network whose models are built by code that a file names, but does not hold."""
    known = ConvolutionalArchitecture, RecurrentArchitecture
    return isinstance(value, KerasAutoencoder) and type(value.blueprint.architecture) not in known


def _outputs(autoencoder):
    """Return codes and reconstructions of a few rows that are always the same."""
    rows = np.random.RandomState(0).normal(size=(3, autoencoder.n_features))
    if autoencoder.standardization is not None:
        rows = autoencoder.standardization.revert(rows)
    rows = rows.astype(np.float32)
    return np.hstack([autoencoder.encode(rows), autoencoder.reconstruct(rows)])


def _check_outputs(autoencoder, expected):
    """Raise a ValueError unless the models put out what they did when they were saved."""
    # Another processor rounds in other ways.
    if not np.allclose(_outputs(autoencoder), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max()):
        raise ValueError(
            f"{written(autoencoder.blueprint.architecture)} builds other models than those that were fitted. Load it "
            "with the code that it was fitted with, or fit again."
        )


def _is_its_attributes(value):
    """Whether an object is no more than its attributes, for copies and pickles too."""
    kind = type(value)
    has_plain_state = kind.__getstate__ in (object.__getstate__, BaseEstimator.__getstate__)
    is_reduced_plainly = kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__
    return has_plain_state and is_reduced_plainly and hasattr(value, "__dict__")


def _names(node):
    """Yield the names of all classes and functions in a document."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("type", "name") if isinstance(node.get(key), str))
        for key, part in node.items():
            # Attributes may have the names of keys; their values are no names but what they are.
            if key == "state":
                yield from _names(list(part.values()))
            elif key not in ("keras", "settings", "requests"):
                yield from _names(part)
    elif isinstance(node, list):
        for part in node:
            yield from _names(part)


def _imported(name):
    """Return the class or function of a name, from the longest part of it that is a module."""
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
