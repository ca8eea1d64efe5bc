"""Archives are read as they were written, or not at all."""

import json
import os
import struct
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from sklearn.exceptions import InconsistentVersionWarning

import skautoencoder
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
FILES = {"encoder.keras": b"\0\1\2" * 50}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "some.archive"
    write_archive(path, "estimator", DOCUMENT, ARRAYS, FILES)
    return path


def check_content(document, arrays, files):
    assert document == DOCUMENT
    assert files == FILES
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype
        assert array.shape == ARRAYS[name].shape
        assert array.flags.writeable
        assert array.tobytes() == ARRAYS[name].tobytes()


def sealed(path):
    """Put the digest of a zip at its end, as somebody would who wants his own to be taken for an archive."""
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


def test_content_returns_as_it_was(path):
    check_content(*read_archive(path, "estimator"))


def test_same_content_makes_the_same_file(path, tmp_path):
    write_archive(tmp_path / "again", "estimator", DOCUMENT, ARRAYS, FILES)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_arrays_are_what_numpy_loads(path):
    with np.load(path) as members:
        np.testing.assert_array_equal(members["arrays/kernel"], ARRAYS["kernel"])


def test_no_damage_passes(path, tmp_path):
    """None of 400 files with a flipped bit, nor of 200 that end early, is taken for whole."""
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


def test_bytes_behind_the_end_are_damage(path):
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="it is damaged"):
        read_archive(path, "estimator")


def test_other_files_are_none_of_ours(tmp_path):
    np.savez(tmp_path / "arrays.npz", np.ones(3))
    (tmp_path / "words").write_text("words")
    for name in ("arrays.npz", "words"):
        with pytest.raises(ValueError, match=f"{name}' cannot be loaded: it is no skautoencoder file"):
            read_archive(tmp_path / name, "estimator")


def test_absence_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_archive(tmp_path / "absent", "estimator")


def test_another_kind_is_refused(path):
    with pytest.raises(ValueError, match="it holds a skautoencoder estimator, not a skautoencoder checkpoint"):
        read_archive(path, "checkpoint")


def test_newer_format_is_refused_whatever_it_holds(tmp_path):
    path = zipped(tmp_path / "newer", (_archive._MANIFEST, manifest(format_version=2, skautoencoder="9.8")))
    with pytest.raises(ValueError, match=r"was written by skautoencoder 9\.8, newer than this, \d"):
        read_archive(path, "estimator")


def test_other_version_warns_as_scikit_learn_does(path, monkeypatch):
    monkeypatch.setattr(skautoencoder, "__version__", "9.8")
    with pytest.warns(InconsistentVersionWarning, match=r"some.archive' was written by skautoencoder .*this is 9\.8\."):
        check_content(*read_archive(path, "estimator"))


@pytest.mark.parametrize(
    "name", ["../escaped", "/absolute", "files/../../escaped", "files/a\\b", "files/c:d", "files/"]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    path = zipped(tmp_path / "elsewhere", (_archive._MANIFEST, manifest()), (name, b""))
    with pytest.raises(ValueError, match=r"elsewhere' cannot be loaded: .* is no name for a member"):
        read_archive(path, "estimator")
    with pytest.raises(ValueError, match="is no name for a member"):
        write_archive(tmp_path / "other", "estimator", None, {}, {f"{name}": b""} if name != "files/" else {"": b""})
    assert os.listdir(tmp_path) == ["elsewhere"]


def test_what_does_not_belong_is_refused(tmp_path):
    path = zipped(tmp_path / "more", (_archive._MANIFEST, manifest()), ("code.py", b""))
    with pytest.raises(ValueError, match=r"'code\.py' does not belong there"):
        read_archive(path, "estimator")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path):
    path = zipped(tmp_path / "twice", (_archive._MANIFEST, manifest()), ("files/a", b"1"), ("files/a", b"2"))
    with pytest.raises(ValueError, match="two of its members have the same name"):
        read_archive(path, "estimator")


def test_compressed_members_are_refused_unread(tmp_path):
    """Members that unpack to more than the file holds: a gigabyte of zeros takes a megabyte."""
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


def test_encrypted_members_are_refused(path):
    in_directory(path, "encoder.keras", 8, b"\1\0")
    with pytest.raises(ValueError, match=r"encoder\.keras' is compressed or encrypted"):
        read_archive(path, "estimator")


def test_sizes_beyond_the_file_are_refused_unread(path):
    in_directory(path, "encoder.keras", 20, struct.pack("<II", 2**31, 2**31))
    with pytest.raises(ValueError, match=r"its members are said to have 21\d+ bytes, more than its own"):
        read_archive(path, "estimator")


@pytest.mark.parametrize("shape", ["(9, 999999999999)", "(1,)", "(-1, -2)", "(2.5,)", "(True, 16)"])
def test_arrays_that_promise_other_sizes_are_refused_unread(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    content = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + bytes(16)
    path = zipped(tmp_path / "array", (_archive._MANIFEST, manifest()), ("arrays/a.npy", content))
    with pytest.raises(ValueError, match="array' cannot be loaded: "):
        read_archive(path, "estimator")


def test_objects_are_neither_written_nor_read(tmp_path):
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
def test_nonsense_is_refused(tmp_path, content):
    path = zipped(tmp_path / "nonsense", (_archive._MANIFEST, content))
    with pytest.raises(ValueError, match="nonsense' cannot be loaded: "):
        read_archive(path, "estimator")


def test_a_failure_leaves_what_was_there(path, monkeypatch):
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


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    write_archive(link, "estimator", "other", {})
    assert link.is_symlink()
    assert read_archive(path, "estimator")[0] == "other"


def test_others_may_read_it_as_any_file(path):
    plain = path.with_name("plain")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode
