"""Submissions in the layout of the course's own TensorFlow 2 assignment.

There the functions are the same, but some lie in other files, and some take or return something else. A file of ours
then stands in for the file of each exercise: it is what students get, and its exercises are the submission's functions.
"""

import ast
import functools
from pathlib import Path

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, RNN_CAPTIONING, RNN_PY, STYLE_TRANSFER
from classroom.parsing import parsed
from classroom.student import edition

# Module of a submission -> notebook whose exercises it holds.
MODULES = {
    "cs231n/net_visualization_tensorflow.py": NETWORK_VISUALIZATION,
    "cs231n/style_transfer_tensorflow.py": STYLE_TRANSFER,
    "cs231n/gan_tf.py": GANS,
}
# The end of a stand-in. Functions that the modules lack stay as students get them, "not written yet".
_STAND_IN = """

import importlib

for _module in map(importlib.import_module, {modules}):
    globals().update({{name: getattr(_module, name) for name in {names} if hasattr(_module, name)}})
"""
_VISUALIZATION = "cs231n/course_visualization.py"  # functions in the form of ours, made of the course's


def adapted(files, notes):
    """A submission's modules, in the layout that is graded.

    Args:
        files: dict path -> bytes; notes: list of sentences on how the submission was understood.

    Returns:
        files: dict path -> bytes, with a stand-in for each file of exercises whose functions lie elsewhere; notes:
        tuple of sentences; course: frozenset of the notebooks whose functions are the course's.
    """
    files, notes, course = dict(files), list(notes), set()
    for name, notebook in MODULES.items():
        targets = {e.file for e in EXERCISES if e.notebook == notebook} - set(files)
        if name not in files or not targets:
            continue
        modules = [name]
        if notebook == NETWORK_VISUALIZATION:
            files[_VISUALIZATION] = Path(__file__).with_name("course_visualization.py").read_bytes()
            modules.append(_VISUALIZATION)
        files |= {target: _stand_in(target, modules) for target in targets}
        course.add(notebook)
        notes.append(f"{name} is the course's; its functions are graded by what the course asks for")
    if _is_course_sample(files.get(RNN_PY, b"")):
        course.add(RNN_CAPTIONING)
        notes.append("CaptioningRNN.sample is the course's, without a temperature; it is graded as such")
    return files, tuple(notes), frozenset(course)


def _stand_in(target, modules):
    """The bytes of a file of exercises whose functions are those of other modules, later modules first."""
    names = tuple(exercise.name for exercise in EXERCISES if exercise.file == target)
    modules = [module.removesuffix(".py").replace("/", ".") for module in modules]
    return _unsolved(target) + _STAND_IN.format(modules=modules, names=names).encode()


@functools.cache
def _unsolved(name):
    return edition.student_file(name, (edition.ROOT / name).read_bytes())


def _is_course_sample(source):
    """Whether a module defines `CaptioningRNN.sample` without an argument `temperature`."""
    try:
        tree = parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "CaptioningRNN":
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "sample":
                    return "temperature" not in [arg.arg for arg in (*method.args.args, *method.args.kwonlyargs)]
    return False
