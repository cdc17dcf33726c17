"""Grades a class of 100 on a machine that misbehaves, and compares the marks with those that it deserves.

    python -m tools.class_proof [--number 100] [--stop 120]

The submissions have many layouts. While they are graded, one worker is stopped for two minutes (SIGSTOP), the disk for
temporary files is full for a while, and the run ends by Ctrl-C; a second run continues, and so does a third, for what
was "not graded". Needs Linux, root (for a small disk in memory) and bubblewrap; takes about ten minutes.
"""

import argparse
import contextlib
import csv
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import psutil

from classroom.exercises import EXERCISES, RNN_LAYERS_PY
from classroom.grading.submission import EXERCISE_FILES
from tools.mutation import mutated
from tools.notebook_files import ROOT

SOLVED = {name: (ROOT / name).read_bytes() for name in EXERCISE_FILES}
COURSE = ROOT / "tests" / "references" / "course_submission"
LAYERS_POINTS = sum(exercise.points for exercise in EXERCISES if exercise.file == RNN_LAYERS_PY)
WHOLE, COURSE_LAYOUT = 5, 5  # how many submissions hold all files, in our layout and in the course's
# (right text, wrong text) in `word_embedding_forward`, which is worth a point, or nothing wrong
MISTAKES = (None, ("W[x], (", "-W[x], ("))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--number", type=int, default=100)
    options.add_argument("--stop", type=float, default=120, help="seconds for which a worker is stopped")
    options = options.parse_args()
    if "CLASS_PROOF_DISK" not in os.environ:  # again, with a disk of its own for temporary files
        with tempfile.TemporaryDirectory() as disk:
            mount = f'mount -t tmpfs -o size=60m tmpfs {disk} && exec "$@"'
            command = ["unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-m", "tools.class_proof"]
            command += sys.argv[1:]
            return subprocess.run(command, env=os.environ | {"CLASS_PROOF_DISK": disk}, check=False).returncode
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs would not heed Ctrl-C
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        return prove(Path(folder), options.number, options.stop)


def prove(folder, number, seconds):
    """Grade a class in `folder` with accidents. Returns the number of wrong marks."""
    deserved = write_class(folder / "class", number)
    began = time.monotonic()
    for name, accidents in {
        "first run": lambda run: (stop_a_worker(run, seconds), fill_disk(), interrupt(run, folder, number * 2 // 3)),
        "second run": lambda run: None,
        "third run": lambda run: None,
    }.items():
        run = start(folder)
        accidents(run)
        out = run.communicate()[0]
        statuses = table(folder / "scores.csv", "status")
        count = {status: list(statuses.values()).count(status) for status in set(statuses.values())}
        print(f"{name}, after {time.monotonic() - began:.0f} s: {count or out.strip().splitlines()[-1]}", flush=True)
    marks = table(folder / "scores.csv", "score")
    wrong = {name: (marks.get(name), mark) for name, mark in deserved.items() if marks.get(name) != mark}
    print(f"{len(deserved)} submissions, {len(wrong)} wrong marks {wrong or ''}")
    return len(wrong)


# ---------------------------------------------------------------- the class


def write_class(folder, number):
    """Write submissions. Returns dict name -> the score as in the table, "" for none."""
    folder.mkdir()
    deserved = {}
    for k in range(number):
        name, layout = f"student{k:03}", LAYOUTS[k % len(LAYOUTS)]
        mistake = MISTAKES[k % 3 % 2]
        text = mutated("word_embedding_forward", *mistake).encode() if mistake else SOLVED[RNN_LAYERS_PY]
        points, files = LAYERS_POINTS - bool(mistake), {RNN_LAYERS_PY: text}
        if k < WHOLE:
            points, files = 100 - bool(mistake), SOLVED | files
        elif k < WHOLE + COURSE_LAYOUT:
            own = {path.relative_to(COURSE).as_posix(): path.read_bytes() for path in COURSE.rglob("*.py")}
            points, files = (97 - bool(mistake)) / 0.97, own | files
        elif k == WHOLE + COURSE_LAYOUT:
            points, files, layout = "", {"notes.txt": b"no submission"}, folder_layout
        layout(folder, name, files)
        deserved[name] = str(round(float(points), 2)) if points != "" else ""
    return deserved


def folder_layout(folder, name, files, prefix=""):
    for path, data in files.items():
        target = folder / name / (prefix + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def zipped(files, prefix=""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in files.items():
            archive.writestr(prefix + path, data)
    return file.getvalue()


def loose_layout(folder, name, files):
    folder_layout(folder, name, {path.rpartition("/")[2]: data for path, data in files.items()})


def zip_layout(folder, name, files):
    (folder / f"{name}.zip").write_bytes(zipped(files))


def zip_in_a_folder_layout(folder, name, files):
    folder_layout(folder, name, {"assignment3.zip": zipped(files, "assignment3/")})


def zip_in_a_zip_layout(folder, name, files):
    (folder / f"{name}.zip").write_bytes(zipped({"mine.zip": zipped(files)}))


def copy_layout(folder, name, files):
    folder_layout(folder, name, {path.replace("cs231n/", "cs231n (1)/", 1): data for path, data in files.items()})


def deep_layout(folder, name, files):
    folder_layout(folder, name, files, "a/b/")


LAYOUTS = (
    folder_layout,
    zip_layout,
    loose_layout,
    zip_in_a_folder_layout,
    zip_in_a_zip_layout,
    copy_layout,
    deep_layout,
)


# ---------------------------------------------------------------- runs and accidents


def start(folder):
    """Start the grader on the class."""
    command = [sys.executable, "-m", "classroom.grading", folder / "class", "--csv", folder / "scores.csv"]
    command += ["--out", folder / "grades", "--workers", "2"]
    settings = os.environ | {"TMPDIR": os.environ["CLASS_PROOF_DISK"]}
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return subprocess.Popen([str(part) for part in command], cwd=ROOT, env=settings, **pipes)


def stop_a_worker(run, seconds):
    """Stop one of the workers of a run; another thread lets it go on."""
    while run.poll() is None:
        for process in psutil.Process(run.pid).children(recursive=True):
            if "inside.worker" in process.cmdline() and not process.children():
                process.suspend()
                threading.Timer(seconds, _resume, [process]).start()
                print(f"stopped a worker for {seconds:g} s", flush=True)
                return
        time.sleep(0.05)


def _resume(process):
    with contextlib.suppress(psutil.NoSuchProcess):  # the grader may have given it up, to start another one
        process.resume()


def fill_disk(seconds=5):
    """Leave no room for temporary files for a while."""
    path = Path(os.environ["CLASS_PROOF_DISK"], "full")
    try:
        path.write_bytes(b"x" * 70_000_000)
    except OSError as error:
        print(f"{error.strerror}, for {seconds} s", flush=True)
    time.sleep(seconds)
    path.unlink()


def interrupt(run, folder, number):
    """Press Ctrl-C when `number` results are written."""
    while run.poll() is None and len(list((folder / "grades").glob("*.json"))) < number:
        time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    print(f"Ctrl-C at {len(list((folder / 'grades').glob('*.json')))} results", flush=True)


def table(path, column):
    """dict name -> entry of a column, from the grader's table; {} if there is none yet."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["submission"]: row[column] for row in csv.DictReader(file)}


if __name__ == "__main__":
    sys.exit(main())
