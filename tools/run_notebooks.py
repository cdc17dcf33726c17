"""Execute the notebooks and make pages to look at, in build/.

    python -m tools.run_notebooks [NAME ...] [--build FOLDER] [--accept]

The first notebook has the processor to itself, while the scenes are drawn if they are absent; then two run at a time,
each on its half. Those in notebooks/beyond/ come last. A running notebook has a page of the cells that are done.
A notebook that fails does not stop the others, and its page shows the error. The notebooks are only read, except with
--accept: then each notebook that ran to its end is stored with its new outputs, and a summary says what changed.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import threading
import time

import nbformat
import psutil

from cs231n.files import atomic_write, exit_with_message_on_oserror, printable_output, user_path
from tools.notebook_execution import CellFailed, execute
from tools.notebook_files import ROOT, NoNotebook, code_cells, is_beyond, notebook_of, notebook_paths, read_notebook
from tools.notebook_pages import Pages, copy_mathjax, write_index
from tools.progress_board import Board, words_for_time

SCENES = "scenes"
READS_SCENES = ("RNN_Captioning", "LSTM_Captioning", "Attention_Captioning", "Transformer_Captioning")
# Seconds of each task on two cores: of the first with all threads, of the others while another one runs. Tasks begin in
# this order: first one that soon gives a page, and long ones not last.
SECONDS = {
    "NetworkVisualization": 110,
    SCENES: 130,
    "GANs": 420,
    "LSTM_Captioning": 330,
    "StyleTransfer": 200,
    "RNN_Captioning": 145,
    "Attention_Captioning": 260,
    "Transformer_Captioning": 230,
}
SECONDS_OF_OTHERS = 180
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")  # of NumPy's products and of TensorFlow's operations
LEAST_MEMORY = 6 << 30  # bytes of a machine on which two notebooks run at a time
FIRST_PAGE = 30  # seconds after which a running notebook has a page; each later page comes after twice the time


class TaskFailed(Exception):
    """One sentence: what was not done, and why."""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.run_notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to run, default all")
    parser.add_argument("--accept", action="store_true", help="store the outputs in the notebooks")
    parser.add_argument(
        "--build", metavar="FOLDER", type=user_path, default=ROOT / "build", help="for pages, default build/"
    )
    options = parser.parse_args(argv)
    os.environ["TQDM_DISABLE"] = "1"  # progress bars are for people; the kernels inherit this
    os.environ.pop("PYTHONWARNINGS", None)  # with "error" not even each kernel starts
    if options.accept:  # as for nbval, in conftest.py
        os.environ.update(CS231N_EMBEDDED_ONLY="1", CUDA_VISIBLE_DEVICES="-1")
    try:
        paths = notebook_paths(options.names)
    except NoNotebook as error:
        sys.exit(str(error))
    try:
        options.build.mkdir(parents=True, exist_ok=True)
        copy_mathjax(options.build / "mathjax")
        write_index(notebook_paths(), options.build, {})
    except OSError as error:
        sys.exit(f"{options.build} cannot be written to ({error.strerror}); name a folder: make run BUILD=FOLDER")
    workers = 1 if options.accept else num_workers()
    failures = run_all(tasks_in_order(paths, options, workers), workers)
    if options.accept:
        print("CHANGES.md names every number that moved, and why: add what is listed above.")
    index = options.build / "index.html"
    index = index.relative_to(ROOT) if index.is_relative_to(ROOT) else index
    if failures:
        print("\nNot everything ran to its end:", *failures, sep="\n  ")
        sys.exit(f"The pages show where: open {index} in a browser.")
    print(f"\nDone. Open {index} in a browser.")


def num_workers():
    """How many notebooks run at a time: two, where the machine has the cores and the memory for them."""
    return 2 if (os.cpu_count() or 1) > 1 and psutil.virtual_memory().total >= LEAST_MEMORY else 1


# ---------------------------------------------------------------- tasks


def tasks_in_order(paths, options, num_workers):
    """A `Run` for each notebook and, if one reads the scenes, a `Drawing`, in the order of SECONDS; beyond is last."""
    order, drawing, pages = [*SECONDS], Drawing(), Pages(options.build)
    runs = [Run(path, options, pages, drawing if path.stem in READS_SCENES else None) for path in paths]
    tasks = [*runs, drawing] if any(run.drawing for run in runs) else runs
    tasks.sort(key=lambda task: (task.is_beyond, order.index(task.name) if task.name in order else len(order)))
    if num_workers > 1:
        # Threads of two notebooks on the same cores wait for each other: training would take up to four times as long.
        share = str(max(1, os.cpu_count() // num_workers))
        for run in [task for task in tasks if task is not drawing][1:]:
            run.environment = dict.fromkeys(THREADS, share)
    return tasks


class Drawing:
    """Draws the scenes in a process of low priority, so that the notebooks are not slowed down."""

    name, is_beyond = SCENES, False

    def __init__(self):
        self.done = threading.Event()

    def wait(self):
        """Wait for nothing."""

    def run(self, tell):
        """Draw the scenes unless they are present; returns the last line that was printed. Raises TaskFailed."""
        tell("drawn if absent")
        nice = ["nice", "-n", "10"] if shutil.which("nice") else []
        command = [*nice, sys.executable, "-m", "cs231n.scenes"]
        try:
            result = subprocess.run(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
            )
        finally:
            self.done.set()
        last = result.stdout.strip().rpartition("\n")[2]
        if result.returncode:
            raise TaskFailed(last)
        return last.removeprefix(f"{SCENES}: ")


class Run:
    """Executes a notebook, makes its page and, with --accept, stores its outputs."""

    def __init__(self, path, options, pages, drawing):
        self.path, self.name, self.is_beyond, self.drawing = path, path.stem, is_beyond(path), drawing
        self.accepting, self.pages = options.accept, pages
        self.environment = {}  # variables of the kernel, where the user's own do not set them

    def wait(self):
        """Wait until the scenes that the notebook reads are drawn."""
        if self.drawing:
            self.drawing.done.wait()

    def run(self, tell):
        """Run the notebook; returns how many cells ran, in words. Raises CellFailed, NoNotebook or TaskFailed."""
        before = self.path.read_bytes()
        notebook = notebook_of(before, self.path.name)
        cells, started, next_page = code_cells(notebook), time.monotonic(), FIRST_PAGE

        def begin(number):
            nonlocal next_page
            words = f"cell {number} of {len(cells)}"
            tell(words)
            if time.monotonic() - started > next_page:
                next_page *= 2
                self.pages.write(notebook, self.name, f"This notebook still runs: it is at {words}.")

        try:
            execute(notebook, self.path, begin, self.environment | os.environ)
        finally:
            self.pages.write(notebook, self.name)
        if self.accepting:
            accept(notebook, self.path, before)
        return f"{len(cells)} cells"


def run_all(tasks, num_workers):
    """Run tasks in their order, `num_workers` at a time; prints progress, returns a sentence for each that failed."""
    seconds = {task.name: SECONDS.get(task.name, SECONDS_OF_OTHERS) for task in tasks}
    board = Board(seconds, num_workers)
    print(estimate(tasks, seconds, num_workers), flush=True)
    waiting = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    failures = []

    def work():
        while not waiting.empty():
            try:
                task = waiting.get_nowait()
            except queue.Empty:  # another worker was faster
                return
            failures.extend(run_task(task, board))

    workers = [threading.Thread(target=work, daemon=True) for _ in range(num_workers)]
    try:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            board.renew()
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        os._exit(130)  # kernels end when this process has; sys.exit would wait for the notebooks
    return failures


def estimate(tasks, seconds, num_workers):
    """A line on how long all tasks take; those beyond the course, which come last, are counted apart."""

    def words(is_beyond):
        return words_for_time([seconds[task.name] for task in tasks if task.is_beyond == is_beyond], num_workers)

    beyond = [task.name for task in tasks if task.is_beyond]
    if len(beyond) == len(tasks):
        return words(True)
    return f"{words(False)}, then {words(True)} for {' and '.join(beyond)}" if beyond else words(False)


def run_task(task, board):
    """Run a task; returns a list with a sentence if it failed, else an empty one."""
    task.wait()  # for a task that began earlier
    board.begin(task.name)
    try:
        board.end(task.name, task.run(lambda words: board.step(task.name, words)))
        return []
    except (CellFailed, NoNotebook, TaskFailed) as error:
        failure = str(error)
    except Exception as error:  # one task must not stop the others
        failure = f"{task.name}: {type(error).__name__}: {error}"
    board.end(task.name, "failed")
    return [failure]


# ---------------------------------------------------------------- storing


def accept(notebook, path, before):
    """Store a notebook that was executed from the bytes `before`, and print which cells show something else.

    Raises:
        TaskFailed: if the file was changed since.
    """
    if path.read_bytes() != before:
        raise TaskFailed(f"{path.name} was changed while it ran; it is left as it is, run this again")
    store(notebook, path)
    from tools.notebook_changes import summary  # needs nbdime, which `make run` does without

    lines = summary(notebook_of(before, path.name), read_notebook(path))
    print(f"{path.name}: {'changed in' if lines else 'nothing changed'}")
    for line in lines:
        print(f"  {line}")


def store(notebook, path):
    """Write a notebook atomically and in the form that git keeps: its only metadata are kernel, tags and slides."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in ("slideshow", "tags") if cell.metadata.get(name)}
    with atomic_write(path) as file:
        file.write((nbformat.writes(notebook) + "\n").encode("utf-8"))


if __name__ == "__main__":
    printable_output()
    with exit_with_message_on_oserror():
        main()
