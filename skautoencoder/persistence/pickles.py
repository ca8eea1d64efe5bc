"""Pickles: those of another version warn or say what to install; equal estimators have equal pickles, and so hashes."""

import io
import json
import re
import sys
from copy import copy
from operator import is_
from zipfile import ZipFile, ZipInfo

from sklearn.base import BaseEstimator

from .archive import package_version, warn_of_other_version

# Raised by a version whose pickles earlier versions cannot read.
PICKLE_FORMAT = 1


def reduced(estimator):
    """Return what `__reduce__` returns, with the version of this package."""
    # The version comes before the state, which may need classes that the reader lacks.
    return _unpickled, (type(estimator), package_version(), PICKLE_FORMAT), _without_clock(estimator.__getstate__())


def _unpickled(cls, version, pickle_format):
    """Return an estimator without attributes; pickle sets its state next."""
    if pickle_format > PICKLE_FORMAT:
        raise ValueError(
            f"This pickle of {cls.__name__} was written by skautoencoder {version}, whose pickles this version, "
            f"{package_version()}, cannot read. Install that version."
        )
    warn_of_other_version(f"This pickle of {cls.__name__}", version)
    return cls.__new__(cls)


def is_keras_loss(loss):
    """Whether a loss is an object of Keras; does not import Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(loss, keras.losses.Loss)


def copied_loss(loss):
    """Copy a loss of Keras with all settings."""
    restore, arguments = _PickledByConfiguration(loss).__reduce__()
    return restore(*arguments)


def _without_clock(value):
    """Replace Keras objects, in containers and among parameters too, so that equal values have equal pickles."""
    keras = sys.modules.get("keras")
    if keras is None:
        return value
    if isinstance(value, (keras.optimizers.Optimizer, keras.losses.Loss)):
        return _PickledByConfiguration(value)
    if isinstance(value, keras.layers.Layer):
        return _PickledAsArchive(value)
    if type(value) in (list, tuple):
        parts = [_without_clock(part) for part in value]
        return value if all(map(is_, parts, value)) else type(value)(parts)
    if type(value) is dict:
        parts = {name: _without_clock(part) for name, part in value.items()}
        return value if all(map(is_, parts.values(), value.values())) else parts
    # An architecture of given models has a state without times.
    if getattr(value, "starts_at_given_weights", False):
        return value
    if isinstance(value, (BaseEstimator, keras.callbacks.Callback)):
        attributes = _without_clock(vars(value))
        if attributes is not vars(value):
            value = copy(value)
            vars(value).update(attributes)
    return value


class _PickledByConfiguration:
    """A loss or an optimizer as it is pickled, without the number that Keras appends to its name."""

    def __init__(self, value):
        self._value = value

    def __reduce__(self):
        value = self._value
        settings = value.get_config()
        if "name" in settings:
            settings["name"] = re.sub(r"_\d+$", "", str(settings["name"]))
        return _configured, (type(value), settings, _missing_settings(value, settings))


def _missing_settings(loss, settings):
    """Return the attributes that the configuration of a loss lacks, such as the delta of Keras' Huber."""
    if not isinstance(loss, sys.modules["keras"].losses.Loss):
        return {}
    from .._engine.configurations import plain_attributes

    again = plain_attributes(type(loss).from_config(dict(settings)))
    return {name: value for name, value in plain_attributes(loss).items() if again.get(name) != value}


def _configured(kind, settings, attributes):
    """Make the object of a configuration."""
    value = kind.from_config(dict(settings))
    vars(value).update(attributes)
    return value


class _PickledAsArchive:
    """A layer or a model as it is pickled: Keras' archive without times and addresses."""

    def __init__(self, value):
        self._value = value

    def __reduce__(self):
        restore, arguments = self._value.__reduce__()
        return restore, tuple(map(_without_time, arguments))


def _without_time(file):
    """Write the archive of a layer or a model again, without times and addresses."""
    written = io.BytesIO()
    with ZipFile(file) as archive, ZipFile(written, "w") as target:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "metadata.json":
                content = json.dumps(json.loads(content) | {"date_saved": ""}).encode()
            elif name == "config.json":
                addresses = {}
                content = re.sub(
                    rb'(?<="shared_object_id": )\d+',
                    lambda address, ranks=addresses: str(ranks.setdefault(address[0], len(ranks))).encode(),
                    content,
                )
            # The time of an entry is a constant by default.
            target.writestr(ZipInfo(name), content)
    written.seek(0)
    return written
