"""Estimators in files: `save` and `load` without pickle, archives of JSON and arrays, and versions in pickles."""

from .archive import package_version, read_archive, write_archive
from .pickles import copied_loss, is_keras_loss, reduced
from .saving import load, save, skops_types

__all__ = [
    "copied_loss",
    "is_keras_loss",
    "load",
    "package_version",
    "read_archive",
    "reduced",
    "save",
    "skops_types",
    "write_archive",
]
