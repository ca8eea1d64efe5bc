"""Archives: a JSON document and arrays in one zip, written atomically and read without running code.

The first member, `skautoencoder.json`, holds the document and the versions of its writer; arrays are `arrays/NAME.npy`.
Members are not compressed, so none is larger than the file. The zip's comment is the SHA-256 of all bytes before it,
which detects accidental damage; it is no signature.
"""

import hashlib
import json
import os
import re
import sys
import uuid
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from math import prod
from platform import python_version
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from .._checks import warn

FORMAT_VERSION = 1

_MANIFEST = "skautoencoder.json"
# Beginning of the local header of a zip's first member, and the offset of the member's name in it.
_ZIP_SIGNATURE = b"PK\3\4"
_NAME_OFFSET = 30
_DIGEST_SIZE = hashlib.sha256().digest_size * 2
_IS_ENCRYPTED = 0x1
_DEPENDENCIES = ("scikit-learn", "numpy", "scipy", "keras", "tensorflow")


class InconsistentFileVersionWarning(InconsistentVersionWarning):
    """Warning that a file was written by another version of this package."""

    def __str__(self):
        return (
            f"{self.estimator_name} was written by skautoencoder {self.original_sklearn_version}, and this is "
            f"{self.current_sklearn_version}. Compare some of its results with those of that version before relying "
            "on it, or install that version."
        )


def write_archive(path, kind, document, arrays):
    """Write a document and arrays by name to one file; after a failure, an existing file is unchanged.

    `kind` says what the archive holds, such as "estimator". Arrays hold no objects.
    """
    manifest = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "skautoencoder": package_version(),
        "python": python_version(),
        "dependencies": _dependency_versions(),
        "document": document,
    }
    # Resolve symlinks; the leading dot hides the temporary file.
    given = path
    path = os.path.realpath(path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(given)!r} is a folder. Name a file in it.")
    if not os.path.isdir(os.path.dirname(path)):
        raise FileNotFoundError(f"The folder of {os.fspath(given)!r} does not exist. Make it first.")
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb+") as file:
            with ZipFile(file, "w", ZIP_STORED) as archive:
                # ZipInfo has no time of writing: equal content makes equal files.
                archive.writestr(ZipInfo(_MANIFEST), json.dumps(manifest))
                for name, array in arrays.items():
                    with archive.open(ZipInfo(f"arrays/{_checked_name(name)}.npy"), "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
                archive.comment = b"0" * _DIGEST_SIZE
            n_before = file.seek(-_DIGEST_SIZE, os.SEEK_END)
            digest = _digest(file, n_before)
            file.seek(n_before)
            file.write(digest)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(temporary)
        raise


def read_archive(path, kind):
    """Return document and arrays of an archive of this kind; raise a ValueError if it is damaged or newer.

    An InconsistentVersionWarning says that another version of this package wrote it.
    """
    with open(path, "rb") as file:
        try:
            written_by, document, arrays = _read(file, kind)
        except Exception as error:
            # A forged file may make the readers of zips, JSON and arrays raise anything.
            raise ValueError(f"{os.fspath(path)!r} cannot be loaded: {error or type(error).__name__}") from error
    warn_of_other_version(repr(os.fspath(path)), written_by)
    return document, arrays


def _read(file, kind):
    """Return the version that wrote an archive, its document and its arrays."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    beginning = file.read(_NAME_OFFSET + len(_MANIFEST))
    if not (beginning.startswith(_ZIP_SIGNATURE) and beginning.endswith(_MANIFEST.encode())):
        raise ValueError("it is no skautoencoder file.")
    n_before = size - _DIGEST_SIZE
    file.seek(max(n_before, 0))
    if file.read() != _digest(file, n_before):
        raise ValueError("it is damaged: bytes are missing or have changed. Copy or write it again.")
    with ZipFile(file) as archive:
        members = archive.infolist()
        _check_members(members, size)
        manifest = json.loads(archive.read(_MANIFEST))
        if manifest["format_version"] > FORMAT_VERSION:
            raise ValueError(
                f"it was written by skautoencoder {manifest['skautoencoder']}, newer than this, {package_version()}. "
                "Install that version."
            )
        if manifest["kind"] != kind:
            raise ValueError(f"it holds a skautoencoder {manifest['kind']}, not a skautoencoder {kind}.")
        arrays = {}
        for member in members:
            folder, _, name = member.filename.partition("/")
            if folder == "arrays" and name.endswith(".npy"):
                arrays[name.removesuffix(".npy")] = _array(archive.read(member), name)
            elif member.filename != _MANIFEST:
                raise ValueError(f"{member.filename!r} does not belong there.")
    return manifest["skautoencoder"], manifest["document"], arrays


def _check_members(members, size):
    """Raise a ValueError unless members have plain, different names and at most the bytes of the file."""
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ValueError("two of its members have the same name.")
    for member in members:
        _checked_name(member.filename)
        if member.compress_type != ZIP_STORED or member.flag_bits & _IS_ENCRYPTED:
            raise ValueError(f"{member.filename!r} is compressed or encrypted, as no file of skautoencoder is.")
    declared = sum(max(member.file_size, member.compress_size) for member in members)
    if declared > size:
        raise ValueError(f"its members are said to have {declared} bytes, more than its own {size}.")


def _array(content, name):
    """Read an array; raise a ValueError unless it takes all bytes of its member."""
    file = BytesIO(content)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[np.lib.format.read_magic(file)]
    shape, _, dtype = read_header(file)
    declared = prod(shape) * dtype.itemsize
    if declared != len(content) - file.tell():
        raise ValueError(f"array {name!r} is said to have {declared} bytes, but has {len(content) - file.tell()}.")
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def _checked_name(name):
    """Return the name of a member; raise a ValueError unless it is a plain relative path."""
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)*", name, re.ASCII):
        raise ValueError(f"{name!r} is no name for a member: letters, digits, '_', '.', '-' and folders make one.")
    return name


def _digest(file, n_bytes):
    """Return the SHA-256, in hexadecimal digits, of the first bytes of a file."""
    digest = hashlib.sha256()
    file.seek(0)
    while n_bytes > 0 and (block := file.read(min(n_bytes, 2**20))):
        digest.update(block)
        n_bytes -= len(block)
    return digest.hexdigest().encode()


def package_version():
    """Return the version of this package."""
    return sys.modules[__package__.partition(".")[0]].__version__


def warn_of_other_version(name, written_by):
    """Warn if another version of this package wrote the file or pickle of this name."""
    here = package_version()
    if written_by != here:
        warning = InconsistentFileVersionWarning(
            estimator_name=name, current_sklearn_version=here, original_sklearn_version=written_by
        )
        warn(warning, InconsistentFileVersionWarning)


def _dependency_versions():
    """Return the installed versions of the dependencies, without importing them."""
    versions = {}
    for name in _DEPENDENCIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
