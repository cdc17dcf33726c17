"""Runs in a submission's own process: reads cases from standard input, calls functions, writes what they return.

The grader's sandbox starts it as `python -m inside.worker LIMITS`, with the submission's cs231n first on the path.
"""

import contextlib
import gc
import importlib
import json
import os
import sys

from .errors import LONGEST_MESSAGE, told

# Keras imports these if it can, for functions that no exercise is about. A submission may import them itself.
UNUSED = ("IPython", "matplotlib", "sklearn")


def main():
    limits = json.loads(sys.argv[1])
    confine(limits)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)  # a submission may print a gigabyte
    os.dup2(nowhere, 2)

    def send(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    work = json.load(sys.stdin)
    os.dup2(nowhere, 0)
    try:
        from . import probes, wire  # after `confine`, because it imports NumPy

        preload(work["preload"])
    except BaseException as error:  # not the submission's: none of its lines has run
        send({"failure": f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE]})
        return
    import_errors = {}  # file -> error message, or None
    for case in work["cases"]:
        file = case["file"]
        if file not in import_errors:
            send({"begin": file})
            import_errors[file] = attempt(lambda file=file: importlib.import_module(file[:-3].replace("/", ".")))[1]
        send({"begin": case["name"]})
        if import_errors[file]:
            send({"name": case["name"], "error": import_errors[file]})
            continue
        probes.seed_everything()
        inputs = wire.decode(case["inputs"])
        outputs, error = attempt(lambda case=case, inputs=inputs: wire.encode(getattr(probes, case["probe"])(**inputs)))
        send({"name": case["name"], "error": error} if error else {"name": case["name"], "outputs": outputs})


def preload(names):
    """Import modules, in half of the time that it takes otherwise."""
    gc.disable()  # nothing of this becomes garbage
    sys.modules.update(dict.fromkeys(UNUSED))  # so that their import fails
    for name in names:
        importlib.import_module(name)
    for name in UNUSED:
        del sys.modules[name]
    gc.freeze()
    gc.enable()


def confine(limits):
    """Become an unused user, if the process is root; then set the limits."""
    if limits["uid"]:
        os.setgroups([])
        os.setresgid(limits["uid"], limits["uid"], limits["uid"])
        os.setresuid(limits["uid"], limits["uid"], limits["uid"])
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, value in limits["resources"].items():
        if hasattr(resource, name):
            _, hard = resource.getrlimit(getattr(resource, name))
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(getattr(resource, name), (value, value))


def attempt(function):
    """(the function's result, None), or (None, a message: which error, where in the submission)."""
    try:
        return function(), None
    except BaseException as error:  # SystemExit and the like as well
        return None, told(error)


@contextlib.contextmanager
def quiet():
    """Discard everything that the process writes to standard error, also from C code."""
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


if __name__ == "__main__":
    main()
    os._exit(0)  # all answers are sent; to take TensorFlow apart would cost more than a second
