"""The other process of the benchmarks, and the clock; with a module that needs no PyTorch."""

import os
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULE = """
import os
import time

class Counter:
    def __init__(self, start):
        print("made")
        self.count = start

    def add(self, number):
        self.count += number
        return self.count, os.getpid()

    def wait(self, seconds):
        time.sleep(seconds)

    def leave(self):
        os._exit(3)
"""


@pytest.fixture
def peer(tmp_path, monkeypatch):
    (tmp_path / "torch_stub.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
    from peer_process import Peer

    return Peer("torch_stub", "Counter", 5)


def test_methods_run_in_another_process(peer):
    count, process = peer.call("add", 2)
    assert count == 7 and process != os.getpid()
    assert peer.call("add", 1) == (8, process)


def test_the_clock_measures_in_the_process_that_works(peer):
    from peer_process import compare

    ours, other, ratio = compare(lambda: time.sleep(0.02), peer.method("wait", 0.04), rounds=3, repeats=2)
    assert 20 <= ours < other and other >= 40 and ratio < 1


def test_an_error_there_is_shown_here(peer):
    with pytest.raises(SystemExit, match="(?s)Traceback.*TypeError"):
        peer.call("add", "a word")
    with pytest.raises(SystemExit, match=r"the process with PyTorch ended \(3\)"):
        peer.call("leave")
