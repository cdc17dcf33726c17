"""Runs in a submission's own process: takes cases from standard input, calls its functions, writes what they return.

The grader's sandbox starts it as `python -m inside.worker LIMITS`, with the submission's cs231n first on the path.
"""

import contextlib
import importlib
import json
import os
import sys
import traceback

LONGEST_MESSAGE = 300


def main():
    limits = json.loads(sys.argv[1])
    confine(limits)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)  # what a submission prints goes nowhere: a gigabyte of it hurts nobody
    os.dup2(nowhere, 2)

    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    cases = json.load(sys.stdin)
    os.dup2(nowhere, 0)
    from . import probes, wire  # after `confine`, and NumPy with it

    say({"begin": None})  # the interpreter is up; from here on it is the submission's time
    broken = {}  # file -> why it cannot be imported
    for case in cases:
        file = case["file"]
        if file not in broken:
            say({"begin": file})
            broken[file] = attempt(lambda file=file: importlib.import_module(file[:-3].replace("/", ".")))[1]
        say({"begin": case["name"]})
        if broken[file]:
            say({"name": case["name"], "error": broken[file]})
            continue
        probes.seed_everything()
        inputs = wire.decode(case["inputs"])
        outputs, error = attempt(lambda case=case, inputs=inputs: wire.encode(getattr(probes, case["probe"])(**inputs)))
        say({"name": case["name"], "error": error} if error else {"name": case["name"], "outputs": outputs})


def confine(limits):
    """Give up root's rights, if there are any, for those of an unused user; then take on the limits."""
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
    """(what it returns, None), or (None, what went wrong and where in the submission)."""
    try:
        return function(), None
    except NotImplementedError:
        return None, "it is not written yet"
    except BaseException as error:  # SystemExit and the like as well
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "cs231n" in f.filename]
        where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
        what = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_MESSAGE]
        return None, f"it stops with {what}{where}"


@contextlib.contextmanager
def quiet():
    """Nothing that is written to standard error, by whatever part of a process, is seen."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


if __name__ == "__main__":
    main()
