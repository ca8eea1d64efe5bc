"""Archives return their content, and damaged or forged ones are refused."""

import json
import os
import pickle
import struct
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from sklearn.exceptions import InconsistentVersionWarning

import skautoencoder
from skautoencoder import AutoencoderTransformer, KerasArchitecture
from skautoencoder.persistence import archive as _archive
from skautoencoder.persistence.archive import read_archive, write_archive

DOCUMENT = {"numbers": [0.1, float("inf"), 2**70], "words": "Größe", "nothing": None}
ARRAYS = {
    "kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "folder/bias": np.asfortranarray(np.random.default_rng(0).normal(size=(3, 2))),
    "none": np.empty((0, 4)),
    "number": np.array(7),
    "names": np.array(["a", "bc"]),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "some.archive"
    write_archive(path, "estimator", DOCUMENT, ARRAYS)
    return path


def check_content(document, arrays):
    assert document == DOCUMENT
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype
        assert array.shape == ARRAYS[name].shape
        assert array.flags.writeable
        assert array.tobytes() == ARRAYS[name].tobytes()


def sealed(path):
    """Append the digest to a zip, as the author of a forged archive would."""
    with ZipFile(path, "a") as archive:
        archive.comment = b"0" * _archive._DIGEST_SIZE
    content = path.read_bytes()
    with open(path, "rb+") as file:
        digest = _archive._digest(file, len(content) - _archive._DIGEST_SIZE)
    path.write_bytes(content[: -_archive._DIGEST_SIZE] + digest)
    return path


def manifest(**changes):
    entries = {"format_version": 1, "kind": "estimator", "skautoencoder": skautoencoder.__version__, "document": None}
    return json.dumps(entries | changes)


def zipped(path, *members, compression=0):
    with ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return sealed(path)


def test_archive_returns_document_and_arrays(path):
    check_content(*read_archive(path, "estimator"))


def test_same_content_makes_equal_files(path, tmp_path):
    write_archive(tmp_path / "again", "estimator", DOCUMENT, ARRAYS)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_numpy_reads_the_arrays_of_an_archive(path):
    with np.load(path) as members:
        np.testing.assert_array_equal(members["arrays/kernel"], ARRAYS["kernel"])


def test_damaged_archive_is_refused(path, tmp_path):
    """400 files with a flipped bit and 200 truncated ones."""
    content, generator = path.read_bytes(), np.random.default_rng(0)
    damaged = []
    for place, bit in generator.integers((len(content), 8), size=(400, 2)):
        changed = bytearray(content)
        changed[place] ^= 1 << int(bit)
        damaged.append(changed)
    damaged += [content[:length] for length in (*range(100), *generator.integers(len(content), size=100))]
    assert len(damaged) == 600
    for changed in damaged:
        (tmp_path / "damaged").write_bytes(changed)
        with pytest.raises(ValueError, match=r"damaged' cannot be loaded: it is (damaged: |no skautoencoder file)"):
            read_archive(tmp_path / "damaged", "estimator")


def test_archive_with_bytes_appended_is_refused(path):
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="it is damaged"):
        read_archive(path, "estimator")


def test_file_of_another_program_is_refused(tmp_path):
    np.savez(tmp_path / "arrays.npz", np.ones(3))
    (tmp_path / "words").write_text("words")
    for name in ("arrays.npz", "words"):
        with pytest.raises(ValueError, match=f"{name}' cannot be loaded: it is no skautoencoder file"):
            read_archive(tmp_path / name, "estimator")


def test_missing_file_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_archive(tmp_path / "absent", "estimator")


def test_archive_of_another_kind_is_refused(path):
    with pytest.raises(ValueError, match="it holds a skautoencoder estimator, not a skautoencoder checkpoint"):
        read_archive(path, "checkpoint")


def test_archive_of_a_newer_format_is_refused_whatever_its_content(tmp_path):
    path = zipped(tmp_path / "newer", (_archive._MANIFEST, manifest(format_version=2, skautoencoder="9.8")))
    with pytest.raises(ValueError, match=r"was written by skautoencoder 9\.8, newer than this, \d"):
        read_archive(path, "estimator")


def test_archive_of_another_version_warns_as_scikit_learn_does(path, monkeypatch):
    monkeypatch.setattr(skautoencoder, "__version__", "9.8")
    with pytest.warns(InconsistentVersionWarning, match=r"some.archive' was written by skautoencoder .*this is 9\.8\."):
        check_content(*read_archive(path, "estimator"))


@pytest.mark.parametrize(
    "name", ["../escaped", "/absolute", "files/../../escaped", "files/a\\b", "files/c:d", "files/"]
)
def test_member_names_outside_the_archive_are_refused(tmp_path, name):
    path = zipped(tmp_path / "elsewhere", (_archive._MANIFEST, manifest()), (name, b""))
    with pytest.raises(ValueError, match=r"elsewhere' cannot be loaded: .* is no name for a member"):
        read_archive(path, "estimator")
    with pytest.raises(ValueError, match="is no name for a member"):
        write_archive(tmp_path / "other", "estimator", None, {name if name != "files/" else "": np.ones(1)})
    assert os.listdir(tmp_path) == ["elsewhere"]


def test_unknown_member_is_refused(tmp_path):
    path = zipped(tmp_path / "more", (_archive._MANIFEST, manifest()), ("code.py", b""))
    with pytest.raises(ValueError, match=r"'code\.py' does not belong there"):
        read_archive(path, "estimator")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_member_names_are_refused(tmp_path):
    path = zipped(tmp_path / "twice", (_archive._MANIFEST, manifest()), ("files/a", b"1"), ("files/a", b"2"))
    with pytest.raises(ValueError, match="two of its members have the same name"):
        read_archive(path, "estimator")


def test_compressed_member_is_refused_unread(tmp_path):
    """Compressed members may unpack to more than the file holds: a megabyte to a gigabyte of zeros."""
    members = (_archive._MANIFEST, manifest()), ("files/zeros", bytes(2**20))
    path = zipped(tmp_path / "bomb", *members, compression=ZIP_DEFLATED)
    with pytest.raises(ValueError, match="is compressed or encrypted"):
        read_archive(path, "estimator")


def in_directory(path, name, offset, replacement):
    """Overwrite a field of a member's entry in the zip's directory, and seal the zip again."""
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\1\2", 0, content.rindex(name.encode()))
    content[entry + offset : entry + offset + len(replacement)] = replacement
    path.write_bytes(content[: -_archive._DIGEST_SIZE])
    with open(path, "rb") as file:
        digest = _archive._digest(file, len(content))
    path.write_bytes(bytes(content[: -_archive._DIGEST_SIZE]) + digest)


def test_encrypted_member_is_refused(path):
    in_directory(path, "kernel.npy", 8, b"\1\0")
    with pytest.raises(ValueError, match=r"kernel\.npy' is compressed or encrypted"):
        read_archive(path, "estimator")


def test_member_larger_than_the_file_is_refused_unread(path):
    in_directory(path, "kernel.npy", 20, struct.pack("<II", 2**31, 2**31))
    with pytest.raises(ValueError, match=r"its members are said to have 21\d+ bytes, more than its own"):
        read_archive(path, "estimator")


@pytest.mark.parametrize("shape", ["(9, 999999999999)", "(1,)", "(-1, -2)", "(2.5,)", "(True, 16)"])
def test_array_of_a_wrong_declared_size_is_refused_unread(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    content = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + bytes(16)
    path = zipped(tmp_path / "array", (_archive._MANIFEST, manifest()), ("arrays/a.npy", content))
    with pytest.raises(ValueError, match="array' cannot be loaded: "):
        read_archive(path, "estimator")


def test_object_arrays_are_neither_written_nor_read(tmp_path):
    objects = np.array([{}], dtype=object)
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_archive(tmp_path / "objects", "estimator", None, {"a": objects})
    assert os.listdir(tmp_path) == []
    np.save(tmp_path / "a.npy", objects)
    content = (tmp_path / "a.npy").read_bytes()
    path = zipped(tmp_path / "objects", (_archive._MANIFEST, manifest()), ("arrays/a.npy", content))
    with pytest.raises(ValueError, match="objects' cannot be loaded: "):
        read_archive(path, "estimator")


@pytest.mark.parametrize("content", ["[" * 100_000, "[]", "{}", "\0", manifest(format_version="1")])
def test_manifest_without_meaning_is_refused(tmp_path, content):
    path = zipped(tmp_path / "nonsense", (_archive._MANIFEST, content))
    with pytest.raises(ValueError, match="nonsense' cannot be loaded: "):
        read_archive(path, "estimator")


def test_failed_write_leaves_the_existing_file(path, monkeypatch):
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError("no space left")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(OSError, match="no space left"):
                write_archive(path, "estimator", "other", {})
        assert os.listdir(path.parent) == [path.name]
        assert path.read_bytes() == before


def test_write_through_a_symlink_keeps_the_link(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    write_archive(link, "estimator", "other", {})
    assert link.is_symlink()
    assert read_archive(path, "estimator")[0] == "other"


def test_archive_has_the_permissions_of_any_new_file(path):
    plain = path.with_name("plain")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_folders_are_no_files(tmp_path):
    autoencoder = AutoencoderTransformer(1)
    with pytest.raises(IsADirectoryError, match=r"is a folder. Name a file in it"):
        autoencoder.save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"The folder of '.*missing.a' does not exist. Make it first"):
        autoencoder.save(tmp_path / "missing" / "a")


def test_local_functions_are_stored_by_cloudpickle_alone(tmp_path):
    cloudpickle = pytest.importorskip("cloudpickle")
    autoencoder = AutoencoderTransformer(1, architecture=KerasArchitecture(lambda n_features, encoding_dim: None))
    with pytest.raises(ValueError, match=r"Define it at the top level of a module, or use cloudpickle.dump"):
        autoencoder.save(tmp_path / "a")
    assert pickle.loads(cloudpickle.dumps(autoencoder)).architecture.build(3, 1) is None
