"""Threads of the grader parse code, which Python 3.11 cannot do in two threads at once."""

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom.grading.grader import ROOT
from classroom.parsing import parsed

SOURCE = (ROOT / "cs231n" / "network_visualization.py").read_text("utf-8")


@pytest.fixture
def threads_that_change_often():
    """Threads change places at every collection of garbage, and that is often, as beside TensorFlow."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def change(phase, info):
        time.sleep(0)

    gc.callbacks.append(change)
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)
    gc.callbacks.remove(change)


def test_threads_parse_one_after_another(threads_that_change_often):
    with ThreadPoolExecutor(4) as threads:  # with `ast.parse` itself, Python 3.11 raises SystemError here
        trees = list(threads.map(parsed, [SOURCE] * 32))
    assert {len(tree.body) for tree in trees} == {len(parsed(SOURCE).body)}


@pytest.mark.parametrize("folder", ["grading", "student"])
def test_the_grader_and_what_it_calls_parse_nowhere_else(folder):
    modules = list((ROOT / "classroom" / folder).glob("*.py"))
    assert modules and not [path.name for path in modules if "ast.parse(" in path.read_text("utf-8")]
