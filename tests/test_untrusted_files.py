"""Files of NumPy arrays and pickles: sound ones are read; damaged, hostile and oversized ones refused in a sentence."""

import os
import pickle
import re

import numpy as np
import pytest

from cs231n import untrusted_files
from cs231n.untrusted_files import RestrictedUnpickler, read_npz, untrusted_file


@pytest.fixture
def arrays():
    rng = np.random.RandomState(231)
    return {"features.0.weight": rng.randn(5, 3).astype("<f4"), "half": rng.randn(7).astype("<f2"), "n": np.array(17)}


def refused(path, names=None):
    """The message with which the file is refused: one line that names the file and ends with the advice."""
    with pytest.raises(ValueError) as error, untrusted_file(path, "a file of arrays", "delete it"):
        read_npz(path, names)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message and error.value.__cause__ is None
    return message


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_reads_back(tmp_path, arrays, save):
    save(tmp_path / "w.npz", **arrays)
    got = read_npz(tmp_path / "w.npz")
    assert list(got) == list(arrays)
    for name, array in arrays.items():
        assert got[name].dtype == array.dtype
        np.testing.assert_array_equal(got[name], array)


def test_only_the_named_arrays_are_read(tmp_path, arrays):
    np.savez(tmp_path / "w.npz", object=np.array([{"a": 1}], dtype=object), **arrays)
    assert list(read_npz(tmp_path / "w.npz", ["n", "half"])) == ["n", "half"]
    assert "absent" in refused(tmp_path / "w.npz", ["n", "absent"])


def test_npz_with_pickled_objects_is_refused(tmp_path):
    np.savez(tmp_path / "w.npz", w=np.array([{"a": 1}], dtype=object))
    assert "Object arrays cannot be loaded" in refused(tmp_path / "w.npz")


def test_a_damaged_npz_is_refused(tmp_path, arrays):
    np.savez(tmp_path / "w.npz", **arrays)
    whole = (tmp_path / "w.npz").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:100] + b"damage" + whole[106:], b"", b"not a zip"):
        (tmp_path / "w.npz").write_bytes(content)
        assert re.search(r"w.npz is damaged or not a file of arrays \(.+\); delete it$", refused(tmp_path / "w.npz"))


def test_an_array_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "w.npz", zeros=np.zeros(10_000))
    monkeypatch.setattr(untrusted_files, "_MAX_ARRAY_BYTES", 10_000)
    assert "zeros has more than 10000 bytes" in refused(tmp_path / "w.npz")


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="there is no file .*absent.npz$"),
        untrusted_file(tmp_path / "absent.npz", "a file of arrays"),
    ):
        pass
    assert refused(tmp_path).endswith("is a folder, not a file")


def test_an_error_without_words_is_named_by_its_type(tmp_path):
    (tmp_path / "w").touch()
    with (
        pytest.raises(ValueError, match=r"w is damaged or not a file of arrays \(EOFError\)$"),
        untrusted_file(tmp_path / "w", "a file of arrays"),
    ):
        raise EOFError


def test_a_restricted_unpickler_knows_only_what_it_is_told(tmp_path):
    class Calls:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trap"),)

    for protocol in range(6):
        (tmp_path / "p").write_bytes(pickle.dumps([Calls()], protocol))
        with (tmp_path / "p").open("rb") as file, pytest.raises(pickle.UnpicklingError, match=r"asks for .*mkdir"):
            RestrictedUnpickler(file, {}).load()
    assert not (tmp_path / "trap").exists()
