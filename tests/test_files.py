"""Atomic writing, and the message when it fails."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from cs231n.files import atomic_write, check_writable, exit_with_message_on_oserror
from cs231n.untrusted_files import untrusted_file


def test_a_file_comes_whole_in_the_place_of_the_last(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"ne")
        assert path.read_bytes() == b"old"
        file.write(b"w")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with atomic_write("~/a.npz") as file:
        np.savez(file, x=np.arange(3))
    with untrusted_file("~/a.npz", "a file of arrays") as path:
        assert path == tmp_path / "a.npz"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_on_the_way_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half")
        raise error
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), atomic_write(tmp_path / "nowhere/a.bin"):
        pass


def test_a_full_disk_is_a_sentence_that_names_the_file(tmp_path):
    with (
        pytest.raises(SystemExit, match=r"a\.bin cannot be used: No space left on device"),
        exit_with_message_on_oserror(),
        atomic_write(tmp_path / "a.bin"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())


def test_an_error_names_the_file_that_was_asked_for_not_its_part(tmp_path):
    (tmp_path / "a.bin").mkdir()
    with pytest.raises(OSError) as folder_in_its_place, atomic_write(tmp_path / "a.bin"):
        pass
    with pytest.raises(OSError) as no_folder, atomic_write(tmp_path / "nowhere/a.bin"):
        pass
    with pytest.raises(OSError) as another_file, atomic_write(tmp_path / "b.bin"):
        (tmp_path / "c.bin").read_bytes()
    names = [str(error.value.filename) for error in (folder_in_its_place, no_folder, another_file)]
    assert names == [str(tmp_path / name) for name in ("a.bin", "nowhere/a.bin", "c.bin")]


def test_a_file_is_tried_without_a_change(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"old")
    check_writable(tmp_path / "a.bin", 10_000)
    check_writable(tmp_path / "b.bin", 10_000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"] and (tmp_path / "a.bin").read_bytes() == b"old"


@pytest.mark.parametrize("error", [OSError("the download broke off"), OSError(5, "the download broke off")])
def test_an_error_of_no_file_keeps_its_words(error):
    with pytest.raises(SystemExit, match="^the download broke off$"), exit_with_message_on_oserror():
        raise error


def test_a_character_that_the_terminal_lacks_is_escaped():
    code = "from cs231n.files import printable_output; printable_output(); print('Fréchet, Łukasz')"
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert (result.returncode, result.stdout.split()) == (0, [b"Fr\xe9chet,", b"\\u0141ukasz"])
