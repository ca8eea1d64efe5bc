"""A killed fit goes on: where its training stands is kept in a file while it runs."""

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

from ._checks import warn
from .persistence import package_version, read_archive, write_archive
from .rows import row_blocks

_KIND = "checkpoint"
# Parameters that change no number of a fit; the random state has a place of its own.
_BESIDE = {"callbacks", "checkpoint", "random_state", "verbose"}
# Largest share of the time that writing takes: epochs of milliseconds are not all written.
_MOST_WRITING = 0.05
# Relative difference of losses that processors and numbers of threads bring about, and other fits exceed.
_ROUNDING = 1e-4
_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class Standing:
    """Where training stands between two epochs.

    Parameters
    ----------
    history : list of dict of str to float
        Losses by name of each epoch.
    best_value : float
        The lowest loss so far.
    lowest_since : int
        The epoch of that loss, or the one before the first of this fit.
    generator : dict
        State of the generator that draws what is random in training.
    present : dict of str to list of ndarray
        Numbers of the "network" and the "optimizer".
    best : dict of str to list of ndarray
        Those of the best epoch; empty if that is none of this fit, without "optimizer" if no later fit goes on from it.
    """

    history: list
    best_value: float
    lowest_since: int
    generator: dict
    present: dict
    best: dict


class Checkpoint:
    """File that holds where one fit stands, from which a later process goes on.

    It is named by a digest of what the fit is, so that many fits can share a folder.

    Parameters
    ----------
    folder : str or path-like or None
        Folder of the file; if None, nothing is kept, and no fit goes on.
    estimator : BaseEstimator
        Estimator that is fitted.
    rows : list of ndarray, sparse matrix or None
        All that was passed to the fit.
    earlier : Fitted or None, default=None
        What an earlier fit found, if training goes on from there.

    Attributes
    ----------
    random_state : RandomState
        Generator that the fit draws from: that of the parameter, or, if this is None and there is a checkpoint, the one
        that the killed fit began with.
    """

    def __init__(self, folder, estimator, rows, earlier=None):
        self.random_state = check_random_state(estimator.random_state)
        self._path = self._found = None
        self._due = 0.0
        if folder is None:
            return
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise ValueError(f"checkpoint={folder!r} cannot be made: {error}. Name a folder of yours.") from error
        name = f"{type(estimator).__name__}_{_digest(estimator, rows, earlier)}.checkpoint"
        self._path = os.path.join(folder, name)
        # What kills in the middle of writing have left.
        for path in glob(os.path.join(escape(os.fspath(folder)), f".{name}.*")):
            with suppress(FileNotFoundError):
                os.remove(path)
        self._found = self._read()
        if self._found is not None and estimator.random_state is None:
            self.random_state = np.random.RandomState()
            self.random_state.set_state(self._found[0]["first_generator"])
        self._first_generator = generator_state(self.random_state)

    def standing(self, start_losses):
        """Return where the killed fit stood, or None if there was none, or one of another kind.

        Parameters
        ----------
        start_losses : dict of str to ndarray
            Losses before the first step, as they are now: those of the killed fit must be the same. They see what no
            digest does, such as what a function among the parameters reads.
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
        return self._path is not None and monotonic() >= self._due

    def write(self, standing):
        """Write where the fit stands, in place of where it stood; a failure is warned about.

        Parameters
        ----------
        standing : callable
            Returns the `Standing`.
        """
        began = monotonic()
        values = dict(vars(standing()))
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
            self._warn(f"cannot be written: {error}. Training goes on without it")
        now = monotonic()
        self._due = now + (now - began) / _MOST_WRITING

    def remove(self):
        """Remove the file, if there is one."""
        if self._path is not None:
            with suppress(FileNotFoundError):
                os.remove(self._path)

    def _read(self):
        """Return the document and the arrays of the file; None if there is none or it is damaged."""
        try:
            return read_archive(self._path, _KIND)[:2]
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
    """Return the state of a generator as JSON can say it; `set_state` takes it."""

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        return value.tolist() if isinstance(value, np.ndarray) else value

    return plain(generator.get_state(legacy=False))


def _digest(estimator, rows, earlier):
    """Digest what a fit is: estimator, parameters, rows and, if training goes on, what an earlier fit found."""
    parameters = estimator.get_params(deep=False)
    described = {name: _described(value) for name, value in parameters.items() if name not in _BESIDE}
    random_state = estimator.random_state
    if isinstance(random_state, np.random.RandomState):
        random_state = generator_state(random_state)
    kind = type(estimator).__module__, type(estimator).__qualname__
    # With "auto", whether there are callbacks decides which rows are held out.
    is_watched = bool(parameters.get("validation_fraction") == "auto" and parameters.get("callbacks"))
    facts, arrays = [package_version(), kind, described, random_state, is_watched], list(rows)
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
    """Add an array or a sparse matrix, wherever and in whatever order it lies in memory, to a digest."""
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
    """Describe a parameter by names, numbers and source code, which are the same in another process."""
    kind = type(value).__module__, type(value).__qualname__
    if isinstance(value, type):
        return value.__module__, value.__qualname__
    if hasattr(value, "get_params"):
        return kind, _described(value.get_params(deep=False))
    if hasattr(value, "get_config"):
        with suppress(NotImplementedError):
            # Keras numbers the names of its objects as they are made.
            return kind, {name: setting for name, setting in value.get_config().items() if name != "name"}
    if isinstance(value, dict):
        return [(name, _described(part)) for name, part in sorted(value.items())]
    if isinstance(value, (list, tuple)):
        return [_described(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (str, Number, NoneType)):
        return value
    if inspect.isroutine(value):
        try:
            return value.__module__, value.__qualname__, inspect.getsource(value)
        except (OSError, TypeError):
            return value.__module__, value.__qualname__
    try:
        return kind, joblib.hash(value)
    except (PicklingError, AttributeError, TypeError):
        return kind
