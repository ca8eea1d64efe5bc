"""Checkpoint files, from which a later process continues a killed fit."""

import hashlib
import inspect
import os
from contextlib import suppress
from dataclasses import dataclass
from glob import escape, glob
from numbers import Number
from pickle import PicklingError
from time import monotonic
from types import NoneType

import joblib
import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from .._checks import warn
from ..persistence import package_version, read_archive, write_archive
from ..rows import row_blocks

_KIND = "checkpoint"
# Parameters that do not change the fitted numbers, and the random state, which is described separately.
_NOT_DESCRIBED = {"callbacks", "checkpoint", "random_state", "verbose"}
# Maximum share of the time spent on writing: not every epoch of milliseconds is written.
_MAX_WRITING = 0.05
# Maximum relative difference of losses between processors and numbers of threads; other fits differ by more.
_ROUNDING = 1e-4
_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class Standing:
    """Where training stands between two epochs."""

    history: list
    best_value: float
    # Epoch of that loss, or the last epoch of the earlier fit.
    lowest_since: int
    # State of the generator of random numbers.
    generator: dict
    # Weights of the "network" and state of the "optimizer": lists of arrays.
    present: dict
    # Empty if the best epoch predates this fit; no optimizer state unless warm_start.
    best: dict


class Checkpoint:
    """File with the state of one fit, from which a later process can continue it.

    The name of the file is a digest of estimator, parameters and rows, so that many fits can share a folder. With
    ``random_state=None``, `random_state` is the generator with which the killed fit began.
    """

    def __init__(self, estimator, parts, earlier=None):
        folder = estimator.checkpoint
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise ValueError(f"checkpoint={folder!r} cannot be made: {error}. Name a folder of yours.") from error
        name = f"{type(estimator).__name__}_{_digest(estimator, parts, earlier)}.checkpoint"
        self._path = os.path.join(folder, name)
        self._due = 0.0
        # Temporary files of processes killed while writing.
        for path in glob(os.path.join(escape(os.fspath(folder)), f".{name}.*")):
            with suppress(FileNotFoundError):
                os.remove(path)
        self._found = self._read()
        self.random_state = check_random_state(estimator.random_state)
        if self._found is not None and estimator.random_state is None:
            self.random_state = np.random.RandomState()
            self.random_state.set_state(self._found[0]["first_generator"])
        self._first_generator = generator_state(self.random_state)

    def standing(self, start_losses):
        """Return the state of the killed fit, or None if there was none or the losses of its start differ.

        These losses also depend on data that the digest does not contain, such as a file that a loss function reads.
        """
        self._start_losses = {name: means.tolist() for name, means in start_losses.items()}
        if self._found is None:
            return None
        document, arrays = self._found
        self._found = None
        if not _are_close(document["start_losses"], self._start_losses):
            self._warn("is of another fit: the losses of its start were others. The fit starts anew")
            return None
        parts = {"present": {}, "best": {}}
        for name, array in arrays.items():
            part, kind, _ = name.split("/")
            parts[part].setdefault(kind, []).append(array)
        return Standing(**document["standing"], **parts)

    @property
    def is_due(self):
        """Whether the next standing should be written."""
        return monotonic() >= self._due

    def write(self, standing):
        """Replace the file by the present state of the fit; warn if that fails."""
        began = monotonic()
        values = dict(vars(standing))
        arrays = {
            f"{part}/{kind}/{number}": array
            for part in ("present", "best")
            for kind, numbers in values.pop(part).items()
            for number, array in enumerate(numbers)
        }
        document = {
            "first_generator": self._first_generator,
            "start_losses": self._start_losses,
            "standing": values,
        }
        try:
            write_archive(self._path, _KIND, document, arrays)
        except OSError as error:
            self._warn(f"cannot be written: {error}. Training continues without it")
        now = monotonic()
        self._due = now + (now - began) / _MAX_WRITING

    def remove(self):
        """Remove the file, if there is one."""
        with suppress(FileNotFoundError):
            os.remove(self._path)

    def _read(self):
        """Return the document and the arrays of the file; None if there is none or it is damaged."""
        try:
            return read_archive(self._path, _KIND)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._warn(f"cannot be used: {str(error).rstrip('.')}. The fit starts anew")
            return None

    def _warn(self, what):
        warn(f"The checkpoint {self._path!r} {what}.", UserWarning)


def _are_close(losses, others):
    return losses.keys() == others.keys() and all(
        len(means) == len(others[name]) and np.allclose(means, others[name], rtol=_ROUNDING, atol=0)
        for name, means in losses.items()
    )


def generator_state(generator):
    """Return the state of a generator in types of JSON; `set_state` takes it."""

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        return value.tolist() if isinstance(value, np.ndarray) else value

    return plain(generator.get_state(legacy=False))


def _digest(estimator, rows, earlier):
    """Digest a fit: estimator, parameters, rows and, if it continues, the result of an earlier fit."""
    parameters = estimator.get_params(deep=False)
    described = {name: _described(value) for name, value in parameters.items() if name not in _NOT_DESCRIBED}
    random_state = estimator.random_state
    if isinstance(random_state, np.random.RandomState):
        random_state = generator_state(random_state)
    kind = _named(type(estimator))
    # With "auto", whether there are callbacks decides which rows are held out.
    is_watched = bool(parameters.get("validation_fraction") == "auto" and parameters.get("callbacks"))
    facts = [package_version(), kind, described, random_state, is_watched]
    arrays = list(rows)
    if earlier is not None:
        facts.append(earlier.history)
        arrays += earlier.autoencoder.arrays
        if (state := earlier.state) is not None:
            generators = [generator_state(generator) for generator in (state.random_state, state.before_split)]
            facts.append([generators, state.weight_unit])
            arrays += [] if state.optimizer is None else state.optimizer["arrays"]
    digest = hashlib.sha256(repr(facts).encode())
    for array in arrays:
        _add(digest, array)
    return digest.hexdigest()[:32]


def _add(digest, array):
    """Add an array or a sparse matrix to a digest, whatever its memory layout."""
    if issparse(array):
        digest.update(repr(array.shape).encode())
        for part in (array.data, array.indices, array.indptr):
            _add(digest, part)
    elif array is None:
        digest.update(b"None")
    else:
        digest.update(repr((array.dtype.str, array.shape)).encode())
        array = np.atleast_1d(array)
        for rows in row_blocks(len(array), max(array[:1].nbytes, 1), _BLOCK_MEBIBYTES):
            digest.update(np.ascontiguousarray(array[rows]))


def _described(value):
    """Describe a parameter by names, numbers and source code, which do not depend on the process."""
    kind = _named(type(value))
    if isinstance(value, type):
        return _named(value)
    if hasattr(value, "get_params"):
        return kind, _described(value.get_params(deep=False))
    if hasattr(value, "get_config"):
        with suppress(NotImplementedError):
            # Keras numbers its objects in the order of their creation.
            return kind, {name: setting for name, setting in value.get_config().items() if name != "name"}
    if isinstance(value, dict):
        return _described(sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return [_described(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (str, Number, NoneType)):
        return value
    return _described_code(value) if inspect.isroutine(value) else (kind, _hashed(value))


def _named(kind):
    return kind.__module__, kind.__qualname__


def _described_code(function):
    """Describe a function by its source, if there is any."""
    with suppress(OSError, TypeError):
        return *_named(function), inspect.getsource(function)
    return _named(function)


def _hashed(value):
    """Hash an object that joblib can pickle; other objects are described by their class alone."""
    with suppress(PicklingError, AttributeError, TypeError):
        return joblib.hash(value)
    return None
