"""Runs a submission's functions in processes of their own, confined by bubblewrap and by limits.

A process reads inputs and writes arrays, both as JSON. Nothing that it writes is run as code.
"""

import contextlib
import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from classroom.grading import former_editions
from classroom.grading.bubblewrap import ROOT, refusal, worker_command
from classroom.grading.own_time import OwnTime
from classroom.grading.submission import EXERCISE_FILES
from classroom.parsing import ONE_THREAD
from classroom.selfcheck import inside
from classroom.selfcheck.inside import wire
from classroom.student import edition


class NotGraded(RuntimeError):
    """The submission could not be graded, for a reason that is not its own; the message says why. Try again later."""


class Limits(NamedTuple):
    """Limits on a worker's process and those that it starts. Memory is memory in use.

    "Own seconds" are the submission's own time (see `own_time`): they begin with the first line of its first file, and
    a slow or busy machine does not lengthen them.
    """

    start: float = 90  # seconds for what comes before that line: the interpreter, its libraries
    file: float = 90  # own seconds to import a file
    exercise: float = 30  # own seconds for all cases of an exercise
    total: float = 240  # own seconds for all files and exercises
    standstill: float = 600  # seconds at one file or exercise, own or not
    attempts: int = 3  # how often a process is started anew after a failure that is not the submission's
    memory: int = 2_500_000_000  # bytes, of all processes together
    address_space: int = 8_000_000_000  # bytes, of each process
    processes: int = 64  # processes and threads
    output: int = 50_000_000  # bytes of answers
    disk: int = 50_000_000  # bytes in /tmp, and in each file


LIMITS = Limits()


class Job(NamedTuple):
    """A case to run."""

    name: str  # unique
    exercise: str  # all jobs of this exercise are lost if the process ends in one of them
    file: str  # the module that holds the exercise
    probe: str
    inputs: dict


class Ending(NamedTuple):
    """How a worker's process ended."""

    place: str | None  # where it was: the name of a job, or a file; None before the submission's first line, or for all
    reason: str
    blame: str  # "submission", "grader" (or its machine), or "unclear"


def run(files, jobs, limits, unsafe=False, preload=()):
    """Answers to jobs: dict from a job's name to {"outputs": dict} or {"error": text}.

    If a process ends, hangs or exceeds a limit because of the submission, the jobs of its current exercise are lost;
    the remaining jobs run in a new process. If it ends for another reason, all of them run in a new process.

    Args:
        files: dict path -> bytes of the submission, from `classroom.grading.submission.read`.
        jobs: list of `Job`.
        limits: a `Limits`, for each process.
        unsafe: True for processes without bubblewrap, if the submission is trusted.
        preload: names of modules that each process loads before the submission's first line.

    Raises:
        NotGraded: if processes end `limits.attempts` times for reasons that are not the submission's.
        RuntimeError: if submissions cannot be run safely on this machine.
    """
    if not unsafe and refusal():
        raise RuntimeError(refusal())
    answers, own_time, failures, suspects = {}, 0.0, 0, set()
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        _lay_out(files, Path(folder))
        while pending := [job for job in jobs if job.name not in answers]:
            patient = limits._replace(start=limits.start * (failures + 1))
            with _process(Path(folder), pending, limits, unsafe, preload) as process:
                listener = _Listener(process, pending, patient, answers, own_time)
                ending = listener.listen()
            own_time = listener.own_time
            if ending.blame == "submission" or (ending.blame == "unclear" and ending.place in suspects):
                for job in _lost_jobs(pending, ending.place):
                    answers.setdefault(job.name, {"error": ending.reason})
            elif ending.blame == "unclear":  # where it happens again, it is the submission's doing
                suspects.add(ending.place)
            else:
                failures += 1
                if failures == limits.attempts:
                    raise NotGraded(f"{ending.reason} (in {failures} attempts)")
    return answers


def _lost_jobs(pending, place):
    """The jobs that are lost with `place`: an exercise's, if it is the name of one of its jobs; a file's, if it is that
    file; otherwise all.
    """
    exercise = next((job.exercise for job in pending if job.name == place), None)
    return [job for job in pending if job.file == place or job.exercise == exercise] or pending


def _lay_out(files, folder):
    """Write the package as a submission runs it: its own exercises and added modules, the rest as students got it."""
    with ONE_THREAD:  # so that they are made once
        given = _given_files()
    own = {name: data for name, data in files.items() if name not in given}
    package = former_editions.given_modules(given, files) | own
    for name, data in package.items():
        path = folder / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    worker = folder / "grader" / "inside"
    shutil.copytree(Path(inside.__file__).parent, worker, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


@functools.cache
def _given_files():
    """dict name -> bytes: the modules of the student edition's package that hold no exercise."""
    solved, given = _modules(edition.solved_files(ROOT)), _modules(edition.given_files())
    return {name: edition.student_file(name, data) for name, data in solved.items()} | given


def _modules(files):
    """The modules of the package in `files` (dict name -> bytes) that hold no exercise."""
    names = [name for name in files if name.startswith("cs231n/") and name.endswith(".py")]
    return {name: files[name] for name in names if name not in EXERCISE_FILES}


# ---------------------------------------------------------------- one process


@contextlib.contextmanager
def _process(folder, jobs, limits, unsafe, preload):
    """A worker's process, as `subprocess.Popen`, which is killed after the block."""
    with tempfile.TemporaryFile() as stdin:
        cases = [job._asdict() | {"inputs": wire.encode(job.inputs)} for job in jobs]
        stdin.write(json.dumps({"preload": list(preload), "cases": cases}).encode())
        stdin.seek(0)
        arguments, environment = worker_command(folder, limits, unsafe)
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
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):  # bubblewrap ends, and with it all that it started
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
        process.stdout.close()


class _Listener:
    """Takes in the messages of a worker's process until it ends or exceeds a limit.

    The process is always at a place: None until the submission's first line, then a file that it imports, then the name
    of a job. A stage is all that comes before that line, a file, or an exercise.
    """

    def __init__(self, process, jobs, limits, answers, own_time):
        self.process, self.limits, self.answers, self.own_time = process, limits, answers, own_time
        self.jobs = {job.name: job for job in jobs}
        self.place, self.stage, self.failure = None, "start", None
        self._clock, self._own, self._waited, self._memory = OwnTime(process.pid), 0.0, 0.0, 0  # of this stage
        self._began = self._read_at = time.monotonic()
        self._victims = _memory_victims()

    def listen(self):
        """An `Ending`."""
        lines = queue.Queue()
        arguments = self.process.stdout, self.limits.output, lines
        threading.Thread(target=_read_lines, args=arguments, daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                line = b""
            if line is None:
                return self._ended()
            if line:
                try:
                    self._take(json.loads(line))
                except (ValueError, TypeError, KeyError, RecursionError):
                    return self._ending("the process sent an invalid answer")
            if time.monotonic() - self._read_at > 0.1 and (ending := self._measured()):
                return ending

    def _ending(self, reason, blame="submission"):
        """An `Ending` here. Before its first line, nothing is the submission's doing."""
        return Ending(self.place, reason, "grader" if self.stage == "start" else blame)

    def _take(self, message):
        """Note an answer, the next place, or why the process cannot start."""
        if set(message) == {"failure"} and self.stage == "start":
            self.failure = str(message["failure"])
            return
        if set(message) != {"begin"}:
            if message["name"] in self.jobs:
                self.answers.setdefault(message["name"], _answer(message))
            return
        self.place = str(message["begin"])
        stage = self.jobs[self.place].exercise if self.place in self.jobs else "file"
        if stage != self.stage:
            self._measured()
            self.stage, self._own, self._waited = stage, 0.0, 0.0

    def _measured(self):
        """Read the clock. Returns an `Ending` if a limit is exceeded, else None."""
        self._read_at, limits = time.monotonic(), self.limits
        reading = self._clock.read()
        self._own, self._waited, self._memory = self._own + reading.own, self._waited + reading.waited, reading.memory
        if self.stage == "start":
            if self._read_at - self._began > limits.start:
                return self._ending(f"Python and its libraries did not start within {limits.start:g} seconds")
            return None
        self.own_time += reading.own
        if self.own_time > limits.total:
            reason = f"the whole submission was stopped: its time of {limits.total:g} seconds is used up"
            return Ending(None, reason, "submission")
        most = limits.file if self.stage == "file" else limits.exercise
        if self._own > most:
            return self._ending(f"the code was stopped after {most:g} seconds: does it come to an end?")
        if self._memory > limits.memory:
            return self._ending(f"the code was stopped: it used more than {limits.memory / 1e9:g} GB of memory")
        if self._waited > limits.standstill:
            return self._ending(f"the machine gave the submission no time for {limits.standstill:g} seconds", "grader")
        return None

    def _ended(self):
        """An `Ending` of a process that sends nothing more."""
        try:
            code = self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return self._ending("the code was stopped: its process sent more than it may, or closed its output")
        if self.failure:
            return self._ending(f"Python and its libraries do not start: {self.failure}")
        number = -code if code < 0 else code - 128
        if number <= 0:
            return self._ending(f"the process ended (exit code {code})")
        name = {s.value: s.name for s in signal.Signals}.get(number, f"signal {number}")
        if _memory_victims() > self._victims and self._memory < self.limits.memory / 2:
            return self._ending("the machine ran out of memory", "grader")
        return self._ending(f"the process crashed ({name})", "unclear" if name in _FROM_OUTSIDE else "submission")


_FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")  # somebody else may send these to a process


def _memory_victims():
    """How many processes the system has killed so far for want of memory; 0 where it does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/vmstat").read_text().split("\noom_kill ")[1].split()[0])
    return 0


def _read_lines(stream, most_bytes, lines):
    """Put the lines of a process's output into a queue; then None, at the end or after `most_bytes`."""
    total = 0
    with contextlib.suppress(ValueError, OSError):  # another thread closed the stream
        while (line := stream.readline(most_bytes)) and (total := total + len(line)) < most_bytes:
            lines.put(line)
    lines.put(None)


def _answer(message):
    if "error" in message:
        return {"error": str(message["error"])[:500]}
    outputs = wire.decode(message["outputs"])
    if not isinstance(outputs, dict):
        raise ValueError("outputs must be a dict")
    return {"outputs": outputs}
