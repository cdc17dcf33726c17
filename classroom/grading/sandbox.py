"""Runs a submission's functions in processes of their own, held by bubblewrap and by limits.

bubblewrap (https://github.com/containers/bubblewrap) gives such a process a file system of its own, read-only but for
a small /tmp, in which there is Python with its packages but not this project; no network; and no sight of other
processes. When it ends, everything that it started ends. It gets inputs and hands back arrays. Nothing that it sends
is run as code.
"""

import contextlib
import functools
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from classroom.grading.submission import EXERCISE_FILES
from classroom.selfcheck.inside import wire
from classroom.student import edition

ROOT = Path(__file__).parents[2]
INSIDE = ROOT / "classroom" / "selfcheck" / "inside"
SYSTEM = [Path("/", name) for name in ("usr", "lib", "lib32", "lib64", "bin")]  # a worker sees them whole
_slots = itertools.count()
_lock = threading.Lock()


class Limits(NamedTuple):
    """Of one process tree. Seconds are of wall-clock time, bytes of memory that is in use."""

    start: float = 90  # seconds until the interpreter is up
    file: float = 90  # to import a file
    exercise: float = 30  # for all cases of an exercise
    total: float = 240
    memory: int = 2_500_000_000
    address_space: int = 8_000_000_000  # of each process
    processes: int = 64  # and threads
    output: int = 50_000_000  # bytes of answers
    disk: int = 50_000_000  # bytes in /tmp, and in a file


LIMITS = Limits()


class Job(NamedTuple):
    """A case to run: `name` is unique, `exercise` what falls with it if the process does."""

    name: str
    exercise: str
    file: str
    probe: str
    inputs: dict


@functools.cache
def refusal():
    """Why submissions cannot be run safely here, as a sentence; None if they can."""
    if not sys.platform.startswith("linux"):
        return (
            "Submissions are held back by Linux alone; grade in a virtual machine or a container, "
            "or those that you trust with --unsafe."
        )
    if not shutil.which("bwrap"):
        return "bubblewrap is missing: apt-get install bubblewrap; or grade submissions that you trust with --unsafe."
    exposed = [mount for mount in (*SYSTEM, *_python_mounts()) if ROOT.resolve().is_relative_to(mount)]
    if exposed:
        return f"The solutions in {ROOT} would be readable, because submissions need {exposed[0]}; move the project."
    if Path(sysconfig.get_paths()["purelib"], "cs231n").exists():
        return "The solved cs231n is installed among Python's packages, where submissions read it; use pip install -e ."
    trial = subprocess.run([*_held(None), "--", sys.executable, "-c", ""], capture_output=True, text=True)
    if trial.returncode:
        error = (trial.stderr.strip().splitlines() or ["no reason given"])[-1]
        return f"bubblewrap cannot work here ({error}); grade submissions that you trust with --unsafe."
    return None


def run(files, jobs, limits, unsafe=False):
    """Answers to jobs: dict from a job's name to {"outputs": dict} or {"error": text}.

    A process that ends, hangs or exceeds a limit takes its current exercise with it; the rest goes on in another one.

    Args:
        files: of the submission, from `classroom.grading.submission.read`.
        unsafe: without bubblewrap, for submissions that are trusted.

    Raises:
        RuntimeError: submissions cannot be run safely here.
    """
    if not unsafe and refusal():
        raise RuntimeError(refusal())
    answers, deadline = {}, time.monotonic() + limits.total
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        _lay_out(files, Path(folder))
        while pending := [job for job in jobs if job.name not in answers]:
            at, reason = _run_one(Path(folder), pending, limits, deadline, unsafe, answers)
            hit = next((job for job in pending if at in (job.name, job.file)), None)
            for job in pending:
                if hit is None or at == job.file or (at != hit.file and job.exercise == hit.exercise):
                    answers.setdefault(job.name, {"error": reason})
    return answers


def _lay_out(files, folder):
    """The package as a submission runs it: its own exercises and modules of its own, the rest as given."""
    with _lock:  # Python 3.11 parses code in one thread at a time, or fails
        given = _given_files()
    laid = given | {name: data for name, data in files.items() if name not in given}
    for name, data in laid.items():
        path = folder / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shutil.copytree(INSIDE, folder / "grader" / "inside", ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


@functools.cache
def _given_files():
    """dict from name to bytes: modules of the student edition that hold no exercise."""
    solved = {name: data for name, data in edition.solved_files(ROOT).items() if name.endswith(".py")}
    files = {name: edition.student_file(name, data) for name, data in solved.items()} | edition.given_files()
    python = {name: data for name, data in files.items() if name.startswith("cs231n/") and name.endswith(".py")}
    return {name: data for name, data in python.items() if name not in EXERCISE_FILES}


# ---------------------------------------------------------------- one process


def _run_one(folder, jobs, limits, deadline, unsafe, answers):
    """Fill `answers` from one process. Returns (name of the job or file that it ended in, reason) or (None, reason)."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(json.dumps([job._asdict() | {"inputs": wire.encode(job.inputs)} for job in jobs]).encode())
        stdin.seek(0)
        arguments, environment = _command(folder, limits, unsafe)
        process = subprocess.Popen(
            arguments,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder if unsafe else None,
            start_new_session=True,
        )
    try:
        return _listen(process, {job.name: job for job in jobs}, limits, deadline, answers)
    finally:
        with contextlib.suppress(ProcessLookupError):  # bubblewrap takes all below it along
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
        process.stdout.close()


def _listen(process, jobs, limits, deadline, answers):
    """Take in messages until the process ends, or has to. Returns as `_run_one`."""
    lines = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, limits.output, lines), daemon=True).start()
    at, stage, since, looked = None, "start", time.monotonic(), 0
    seconds = {"start": limits.start, "file": limits.file}
    while True:
        try:
            line = lines.get(timeout=0.1)
        except queue.Empty:
            line = b""
        if line is None:
            return at, _ending(process)
        if line:
            try:
                message = json.loads(line)
                if set(message) == {"begin"}:
                    at = message["begin"] if isinstance(message["begin"], str) else None
                    now = jobs[at].exercise if at in jobs else "file"
                    if now != stage:
                        stage, since = now, time.monotonic()
                elif message["name"] in jobs:
                    answers.setdefault(message["name"], _answer(message))
            except (ValueError, TypeError, KeyError, RecursionError):
                return at, "its process sent what is no answer"
        now = time.monotonic()
        allowed = seconds.get(stage, limits.exercise)
        if now - since > allowed:
            return at, f"it was stopped after {allowed:g} seconds: does it come to an end?"
        if now > deadline:
            return None, f"the whole submission was stopped after {limits.total:g} seconds"
        if now - looked > 0.1:
            looked = now
            if _memory(process.pid) > limits.memory:
                return at, f"it was stopped: it used more than {limits.memory / 1e9:g} GB of memory"


def _read(stream, most, lines):
    """Lines of a process's output into a queue, None at its end or when it is more than it may be."""
    total = 0
    with contextlib.suppress(ValueError, OSError):  # closed under our hands
        while (line := stream.readline(most)) and (total := total + len(line)) < most:
            lines.put(line)
    lines.put(None)


def _answer(message):
    if "error" in message:
        return {"error": str(message["error"])[:500]}
    outputs = wire.decode(message["outputs"])
    if not isinstance(outputs, dict):
        raise ValueError("outputs come by name")
    return {"outputs": outputs}


def _ending(process):
    """Why a process that sends nothing more does so."""
    try:
        code = process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return "it was stopped: its process sent more than it may, or closed its output"
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        names = {s.value: s.name for s in signal.Signals}
        return f"its process crashed ({names.get(number, f'signal {number}')})"
    return f"its process ended (exit code {code})"


def _memory(pid):
    """Bytes in use by a process and all below it."""
    total = 0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total


# ---------------------------------------------------------------- how it is held


def _command(folder, limits, unsafe):
    """Arguments and environment of a worker."""
    resources = {
        "RLIMIT_AS": limits.address_space,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_FSIZE": limits.disk,
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(limits.total),
    }
    uid = 2**30 + os.getpid() * 64 + next(_slots) % 64 if _is_root() and not unsafe else 0
    if unsafe:
        del resources["RLIMIT_NPROC"]  # it would count all that the user runs
        if not sys.platform.startswith("linux"):
            del resources["RLIMIT_AS"]  # macOS has it, but refuses to set it
    worker = [sys.executable, "-m", "inside.worker", json.dumps({"uid": uid, "resources": resources})]
    environment = {
        "HOME": "/tmp",
        "MPLCONFIGDIR": "/tmp",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(["/package", "/grader"]),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TQDM_DISABLE": "1",
        "MPLBACKEND": "agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    threads = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
    environment |= dict.fromkeys(threads, "1")
    if unsafe:
        paths = os.pathsep.join([str(folder / "package"), str(folder / "grader")])
        return worker, os.environ | environment | {
            "PYTHONPATH": paths,
            "HOME": str(folder),
            "MPLCONFIGDIR": str(folder),
        }
    return [*_held(folder, limits.disk), "--", *worker], environment


def _held(folder, disk=1_000_000):
    """bubblewrap with everything that a worker sees."""
    arguments = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    # Root becomes an unused user inside (classroom.selfcheck.inside.worker): limits on processes do not bind root.
    arguments += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if _is_root() else ["--unshare-user"]
    for path in SYSTEM:
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--perms", "0755", "--dir", "/etc", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    arguments += ["--perms", "1777", "--size", str(disk), "--tmpfs", "/tmp"]
    for mount in _python_mounts():
        for parent in reversed(mount.parents[:-1]):
            arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", str(mount), str(mount)]
    if folder:
        for name in ("package", "grader"):
            arguments += ["--ro-bind", str(folder / name), f"/{name}"]
    return [*arguments, "--remount-ro", "/", "--chdir", "/tmp"]


def _python_mounts():
    """Folders outside /usr that the interpreter and its packages stand in."""
    folders = dict.fromkeys(Path(folder).resolve() for folder in (sys.base_prefix, sys.prefix))
    return [folder for folder in folders if not folder.is_relative_to("/usr")]


def _is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0
