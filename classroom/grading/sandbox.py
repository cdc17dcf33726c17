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

import psutil

from classroom.grading import former_editions
from classroom.grading.bubblewrap import ROOT, refusal, worker_command
from classroom.grading.submission import EXERCISE_FILES
from classroom.selfcheck import inside
from classroom.selfcheck.inside import wire
from classroom.student import edition

_lock = threading.Lock()


class Limits(NamedTuple):
    """Limits on a worker's process and those that it starts. Seconds are wall-clock time; memory is memory in use."""

    start: float = 90  # seconds until the interpreter has started
    file: float = 90  # seconds to import a file
    exercise: float = 30  # seconds for all cases of an exercise
    total: float = 240  # seconds for all files and exercises
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


def run(files, jobs, limits, unsafe=False):
    """Answers to jobs: dict from a job's name to {"outputs": dict} or {"error": text}.

    If a process ends, hangs or exceeds a limit, the jobs of its current exercise are lost; the remaining jobs run in a
    new process.

    Args:
        files: dict path -> bytes of the submission, from `classroom.grading.submission.read`.
        jobs: list of `Job`.
        limits: a `Limits`, for each process.
        unsafe: True for processes without bubblewrap, if the submission is trusted.

    Raises:
        RuntimeError: if submissions cannot be run safely on this machine.
    """
    if not unsafe and refusal():
        raise RuntimeError(refusal())
    answers, deadline = {}, time.monotonic() + limits.total
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        _lay_out(files, Path(folder))
        while pending := [job for job in jobs if job.name not in answers]:
            place, reason = _run_process(Path(folder), pending, limits, deadline, unsafe, answers)
            for job in _lost_jobs(pending, place):
                answers.setdefault(job.name, {"error": reason})
    return answers


def _lost_jobs(pending, place):
    """The jobs that are lost if a process ends at `place`: an exercise's, if `place` is the name of one of its jobs; a
    file's, if `place` is that file; otherwise all.
    """
    exercise = next((job.exercise for job in pending if job.name == place), None)
    return [job for job in pending if job.file == place or job.exercise == exercise] or pending


def _lay_out(files, folder):
    """Write the package as a submission runs it: its own exercises and added modules, the rest as students got it."""
    with _lock:  # Python 3.11 fails if two threads parse code at the same time
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
    solved = {name: data for name, data in edition.solved_files(ROOT).items() if name.endswith(".py")}
    files = {name: edition.student_file(name, data) for name, data in solved.items()} | edition.given_files()
    python = {name: data for name, data in files.items() if name.startswith("cs231n/") and name.endswith(".py")}
    return {name: data for name, data in python.items() if name not in EXERCISE_FILES}


# ---------------------------------------------------------------- one process


def _run_process(folder, jobs, limits, deadline, unsafe, answers):
    """Fill `answers` from one process.

    Returns:
        place: where the process was when it ended: the name of a job, a file, or None; reason: why it ended.
    """
    with tempfile.TemporaryFile() as stdin:
        stdin.write(json.dumps([job._asdict() | {"inputs": wire.encode(job.inputs)} for job in jobs]).encode())
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
        return _Listener(process, jobs, limits, deadline, answers).listen()
    finally:
        with contextlib.suppress(ProcessLookupError):  # bubblewrap ends, and with it all that it started
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
        process.stdout.close()


class _Listener:
    """Takes in the messages of a worker's process until it ends or exceeds a limit.

    The process is always at a place: None until it has started, then a file that it imports, then the name of a job.
    """

    def __init__(self, process, jobs, limits, deadline, answers):
        self.process, self.limits, self.deadline, self.answers = process, limits, deadline, answers
        self.jobs = {job.name: job for job in jobs}
        self.place, self.stage, self.stage_began, self.memory_read = None, "start", time.monotonic(), 0.0

    def listen(self):
        """Returns as `_run_process`."""
        lines = queue.Queue()
        arguments = self.process.stdout, self.limits.output, lines
        threading.Thread(target=_read_lines, args=arguments, daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                line = b""
            if line is None:
                return self.place, _ending(self.process)
            if line:
                try:
                    self._take(json.loads(line))
                except (ValueError, TypeError, KeyError, RecursionError):
                    return self.place, "the process sent an invalid answer"
            if time.monotonic() > self.deadline:
                return None, f"the whole submission was stopped after {self.limits.total:g} seconds"
            if excess := self._excess():
                return self.place, excess

    def _take(self, message):
        """Note an answer, or the next place."""
        if set(message) != {"begin"}:
            if message["name"] in self.jobs:
                self.answers.setdefault(message["name"], _answer(message))
            return
        self.place = message["begin"] if isinstance(message["begin"], str) else None
        stage = self.jobs[self.place].exercise if self.place in self.jobs else "file"
        if stage != self.stage:
            self.stage, self.stage_began = stage, time.monotonic()

    def _excess(self):
        """A message which limit is exceeded, or None."""
        now, limits = time.monotonic(), self.limits
        seconds = {"start": limits.start, "file": limits.file}.get(self.stage, limits.exercise)
        if now - self.stage_began > seconds:
            return f"the code was stopped after {seconds:g} seconds: does it come to an end?"
        if now - self.memory_read > 0.1:
            self.memory_read = now
            if _memory(self.process.pid) > limits.memory:
                return f"the code was stopped: it used more than {limits.memory / 1e9:g} GB of memory"
        return None


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


def _ending(process):
    """A message why a process sends nothing more."""
    try:
        code = process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return "the code was stopped: its process sent more than it may, or closed its output"
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        names = {s.value: s.name for s in signal.Signals}
        return f"the process crashed ({names.get(number, f'signal {number}')})"
    return f"the process ended (exit code {code})"


def _memory(pid):
    """Bytes in use by a process and all its descendants."""
    total = 0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total
