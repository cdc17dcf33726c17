"""The grader parses code in threads, beside whatever else parses code during a collection of garbage."""

import ast
import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom.grading.grader import ROOT
from classroom.parsing import parsed

SOURCE = (ROOT / "cs231n" / "network_visualization.py").read_text("utf-8")


def change_threads():
    time.sleep(0)


def parse():
    """As a finalizer does that formats a traceback."""
    ast.parse("loss + penalty")


@pytest.fixture(params=[change_threads, parse])
def at_every_collection(request):
    """Garbage is collected often, as beside TensorFlow, and each time something else happens."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def call(phase, info):
        request.param()

    gc.callbacks.append(call)
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)
    gc.callbacks.remove(call)


@pytest.mark.parametrize("num_threads", [1, 4])
def test_code_is_parsed_whatever_a_collection_does(at_every_collection, num_threads):
    with ThreadPoolExecutor(num_threads) as threads:  # with `ast.parse` itself, Python 3.11 raises SystemError here
        trees = list(threads.map(parsed, [SOURCE] * 32))
    assert {len(tree.body) for tree in trees} == {len(parsed(SOURCE).body)}
    assert gc.isenabled()


def test_code_that_is_wrong_leaves_the_collection_of_garbage_on():
    with pytest.raises(SyntaxError):
        parsed("def")
    assert gc.isenabled()


@pytest.mark.parametrize("folder", ["grading", "student"])
def test_the_grader_and_what_it_calls_parse_nowhere_else(folder):
    modules = list((ROOT / "classroom" / folder).glob("*.py"))
    assert modules and not [path.name for path in modules if "ast.parse(" in path.read_text("utf-8")]
