"""Points that are lost in one function are not lost again in the functions that build on it.

Those are judged a second time, in a process in which the package's own functions stand in place of the ones that lost
points. Such a process holds solutions only of functions that have been graded already. And a backward function is right
if it gives the gradients of the submission's own forward function, where that one lost points.
"""

import ast

import numpy as np

from classroom.exercises import EXERCISES
from classroom.grading import course_layout, former_editions
from classroom.parsing import parsed
from classroom.selfcheck.inside.probes import directions
from classroom.student import edition, pieces

NUM_SLOPES = 3  # random directions along which a gradient is compared with differences
_EXERCISE = {exercise.name: exercise for exercise in EXERCISES}
# Students write `score_gradient` for all exercises on pictures. A fault in it costs points in the first of them that
# loses any: here that exercise stands for it.
_CALLED = dict.fromkeys(["compute_saliency_maps", "make_fooling_image"], "score_gradient")
# The cache of a decoder's layer is judged through the given backward function, which calls two exercises; a model of
# such layers computes its positions before any loss.
_ALSO_BUILDS_ON = {
    "create_class_visualization": ("make_fooling_image",),
    "decoder_layer_forward": ("multi_head_attention_backward", "layer_norm_backward"),
    "CaptioningTransformer.loss": ("positional_encoding",),
}


def _direct_basis(name):
    return (*_EXERCISE[name].builds_on, *_ALSO_BUILDS_ON.get(name, ()))


def basis(name):
    """The names of all exercises that an exercise builds on, directly or through others."""
    return set(_direct_basis(name)).union(*map(basis, _direct_basis(name)))


def depth(name):
    """How many exercises stand on one another below this one."""
    return max((1 + depth(other) for other in _direct_basis(name)), default=0)


DEEPEST = max(map(depth, _EXERCISE))


def lost_basis(name, points):
    """The names of exercises that an exercise builds on, and that lost points; `points`: dict name -> points."""
    return {other for other in basis(name) if other in points and points[other] < _EXERCISE[other].points}


def replacements(name, points):
    """Names of the exercises that the package's stand in for, so that `name` can be judged: those that lost points, and
    their partners, because a forward and a backward function share a cache.
    """
    lost = lost_basis(name, points)
    stems = {other.removesuffix("_forward").removesuffix("_backward") for other in lost}
    return lost | {other for other in basis(name) if other.rpartition("_")[0] in stems and other.endswith("ward")}


def called(names):
    """The sorted names of the functions that others call of exercises: mostly the exercises themselves."""
    return sorted({_CALLED.get(name, name) for name in names})


def files_with(files, names):
    """The files of a submission, with the package's functions in place of its own.

    Args:
        files: dict path -> bytes; names: names of exercises.
    """
    files = dict(files)
    for file in dict.fromkeys(_EXERCISE[name].file for name in names):
        functions = called(name for name in names if _EXERCISE[name].file == file)
        folder, _, module = file.rpartition("/")
        right = f"{folder}/_right_{module}"
        own = called(other for name in names for other in basis(name) - set(names))
        files[right] = _right_module(file, functions, [name for name in own if name not in functions])
        line = f"\nfrom {right[:-3].replace('/', '.')} import {', '.join(functions)}\n".encode()
        for place in _places(files, file, names):
            files[place] += line
    return files


def _places(files, file, names):
    """The files of a submission in which it may define functions that belong into `file`."""
    notebooks = {_EXERCISE[name].notebook for name in names}
    course = {name for name, notebook in course_layout.MODULES.items() if notebook in notebooks}
    return {former_editions.file_in(files, file), *course} & set(files)


def _right_module(file, names, own):
    """The module `file` as students get it, with solutions of the functions `names` only; what these build on, `own`,
    is the submission's.
    """
    solved = (edition.ROOT / file).read_bytes()
    tree = parsed(solved)
    sources = [
        ast.get_source_segment(solved.decode(), node)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in names
    ]
    own = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in own]
    imports = [f"from {file[:-3].replace('/', '.')} import {', '.join(own)}"] if own else []
    return edition.student_file(file, solved) + "\n\n".join(["", *imports, *sources, ""]).encode()


def mentions(files, name, names):
    """Whether the function `name` of a submission mentions what the exercises `names` are called by."""
    source = files.get(former_editions.file_in(files, _EXERCISE[name].file), b"").decode("utf-8", "replace")
    try:
        first, last = pieces.extent("", source, name)
    except (pieces.Fault, SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # its functions lie elsewhere
    text = "\n".join(source.splitlines()[first:last])
    return any(function in text for function in called(names))


def own_gradients(outputs, expected):
    """The expected gradients of a backward function, where its forward function may be wrong.

    Args:
        outputs: dict of a submission's outputs, with "slopes of" each gradient from the probe `layer_backward`.
        expected: dict of the solved package's outputs.

    Returns:
        dict as `expected`, with the submission's own gradient wherever it agrees with the slopes.
    """
    return {name: outputs[name] if _fits_slopes(outputs, name, right) else right for name, right in expected.items()}


def _fits_slopes(outputs, name, right):
    gradient, slopes = outputs.get(name), outputs.get(f"slopes of {name}")
    arrays = [a for a in (gradient, slopes) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    if len(arrays) < 2 or gradient.shape != right.shape or slopes.shape != (NUM_SLOPES,) or not slopes.any():
        return False  # a forward function that does not use the argument has no gradient to be judged by
    along = (directions(gradient.shape, NUM_SLOPES) * gradient).reshape(NUM_SLOPES, -1).sum(axis=1)
    # Central differences of float64 numbers of size 1 are right to 1e-9; gradients in float32, to 1e-6.
    exact = 1 if gradient.dtype.itemsize > 4 else 100
    return bool(np.allclose(along, slopes, rtol=exact * 1e-5, atol=exact * 1e-6 * np.abs(slopes).max()))
