"""Estimators in files: `save` and `load` without pickle, archives of JSON and arrays, and versions in pickles."""

from .archive import package_version, read_archive, write_archive
from .pickles import VersionedPickleMixin
from .saving import SavingMixin, load, skops_types

__all__ = [
    "SavingMixin",
    "VersionedPickleMixin",
    "load",
    "package_version",
    "read_archive",
    "skops_types",
    "write_archive",
]
