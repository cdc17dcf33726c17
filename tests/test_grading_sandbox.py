"""Hostile submissions: each costs points of its own, and nothing else."""

import hashlib
import itertools
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from classroom.exercises import RNN_LAYERS_PY, RNN_PY
from classroom.grading import bubblewrap, grader, own_time, sandbox
from classroom.grading.submission import Submission

pytestmark = pytest.mark.skipif(sandbox.refusal() is not None, reason=f"no sandbox here: {sandbox.refusal()}")

SOLVED = {name: (grader.ROOT / name).read_text(encoding="utf-8") for name in (RNN_LAYERS_PY, RNN_PY)}
QUICK = sandbox.LIMITS._replace(exercise=1.5, file=4, total=40, processes=40, memory=400_000_000, output=10_000_000)
UNTOUCHED = ("rnn_step_forward", "rnn_step_backward", "lstm_step_forward", "rnn_forward", "lstm_backward")
HOSTILE = "rnn_backward"  # the function that is attacked; the loss uses it


def graded(layers, limits=QUICK):
    """Grade a module of layers given as text; returns points by exercise, and all feedback on the hostile function."""
    files = {RNN_LAYERS_PY: textwrap.dedent(layers).encode(), RNN_PY: SOLVED[RNN_PY].encode()}
    result = grader.grade(Submission(files), "hostile", limits=limits)
    output = "\n".join(t["output"] for t in result["tests"] if t["name"].startswith(f"{HOSTILE}:"))
    return result["extra_data"]["exercises"], output


def attacked(body, returns="_solved(dh, cache)", top=""):
    """The solved module, with an attack in the function `HOSTILE`."""
    body = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    solved = SOLVED[RNN_LAYERS_PY]
    return f"{solved}\n{top}\n_solved = {HOSTILE}\ndef {HOSTILE}(dh, cache):\n{body}\n    return {returns}\n"


def assert_only_its_own_points_are_lost(points):
    assert points[HOSTILE] == 0
    full = {exercise.name: exercise.points for exercise in grader.EXERCISES}
    assert {name: points[name] for name in UNTOUCHED} == {name: full[name] for name in UNTOUCHED}


@pytest.mark.parametrize(
    "body, feedback",
    [
        ("while True: pass", "stopped after 1.5 seconds: does it come to an end?"),
        ("import sys; sys.exit(0)", "stops with SystemExit: 0"),
        ("raise KeyboardInterrupt", "stops with KeyboardInterrupt"),
        ("import os; os._exit(0)", "the process ended (exit code 0)"),
        ("import ctypes; ctypes.string_at(0)", "the process crashed (SIGSEGV)"),
        (
            "import os\nfor pid in (-1, 1, os.getpid()):\n    try: os.kill(pid, 9)\n    except OSError: pass",
            "the process crashed (SIGKILL)",
        ),
        ("def f(): return f()\nf()", "stops with RecursionError"),
        ("hoard = []\nwhile True: hoard.append(b'x' * 20_000_000)", "more than 0.4 GB of memory"),
        (r"raise ValueError('\ud800\x1b[2J\0<script>')", "stops with ValueError: ??[2J?<script>"),
        ("bytearray(10**11)", "stops with MemoryError"),
        (
            "import os\nfor k in range(3, 30):\n    try: os.write(k, b'x' * 10**6)\n    except OSError: pass",
            "invalid answer",
        ),
    ],
)
def test_an_attack_on_the_process_costs_one_function(body, feedback):
    points, output = graded(attacked(body))
    assert_only_its_own_points_are_lost(points)
    assert feedback in output


def test_a_function_that_sleeps_forever_is_stopped():
    points, output = graded(attacked("import time; time.sleep(10**6)"))
    assert_only_its_own_points_are_lost(points)
    assert "stopped after 1.5 seconds: does it come to an end?" in output


def test_a_fork_bomb_is_bounded_and_gone_afterwards():
    body = """
        import os, time
        while True:
            try: os.fork()
            except OSError: time.sleep(.01)
    """
    before = len(psutil.pids())
    points, output = graded(attacked(body))
    assert_only_its_own_points_are_lost(points)
    assert "the code was stopped" in output  # ended for its time, or for the memory of all its processes
    assert len(psutil.pids()) < before + 20


def test_a_process_left_behind_ends_with_its_submission():
    body = """
        import os, subprocess
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                subprocess.run(["/usr/bin/sleep", "54321"])
            os._exit(0)
    """
    points, _ = graded(attacked(body))
    assert points[HOSTILE] == 4  # the function also returned the right gradients
    processes = [p for p in psutil.process_iter(["cmdline"]) if "54321" in (p.info["cmdline"] or [])]
    assert not processes


def test_a_gigabyte_of_prints_costs_nothing():
    body = """
        import os
        while printed:
            print("x" * printed.pop())
            os.write(2, b"x" * 10**6)
    """
    assert graded(attacked(body, top="printed = [10**6] * 1000"), QUICK._replace(exercise=30))[0][HOSTILE] == 4


def test_patching_numpy_or_the_worker_earns_nothing():
    top = """
import inside.probes, inside.wire, sys
np.allclose = np.array_equal = np.testing.assert_allclose = lambda *a, **k: True
np.abs = np.max = lambda a, *args, **kwargs: 0 * a
inside.probes._several = lambda returned, count: (0, 0)
json = sys.modules["json"]
dumps = json.dumps
json.dumps = lambda m, *a, **k: dumps({**m, "outputs": {"dict": {"h": 0}}} if "outputs" in m else m, *a, **k)
"""
    points, _ = graded(attacked("pass", top=top))
    assert sum(points.values()) == 0


@pytest.mark.parametrize(
    "returns",
    [
        "None",
        "'the right answer'",
        "[[[1.0]]]",
        "Pretender()",
        "Subclass((3, 4, 5))",
        "np.full((3, 4, 5), None)",
        "np.full((3, 4, 5), np.nan)",
        "np.zeros((3, 4, 5), complex)",
        "np.zeros((50_000, 50_000))",
        "np.broadcast_to(np.float64(1), (10**9, 10**9))",
        "np.zeros((3, 4, 5)).view([('a', 'f8')])",
        "deep",
        "10**10_000",
        "10**400",
        "Bomb()",
        "np.array(Bomb(), object)",
    ],
)
def test_what_is_no_result_earns_nothing(returns, tmp_path):
    top = f"""
class Pretender:
    shape, dtype, size, ndim = (3, 4, 5), np.dtype(float), 60, 3
    def __eq__(self, other): return True
    def __array__(self, *args, **kwargs): raise SystemExit
    def numpy(self): return self
class Subclass(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *args, **kwargs): return True
class Bomb:
    def __reduce__(self): return __import__("os").system, ("touch {tmp_path}/exploded",)
deep = None
for _ in range(100_000): deep = [deep]
"""
    points, _ = graded(attacked("pass", f"({returns},) * 5", top))
    assert_only_its_own_points_are_lost(points)
    assert not list(tmp_path.iterdir())


def test_neither_solutions_nor_hidden_checks_nor_other_results_can_be_read(tmp_path):
    (tmp_path / "scores.csv").write_text("mine")
    body = f"""
        import os, sys, gc
        names = "rnn_layers.py", "hidden_checks.py", "exercises.py", "hidden_values.npz", "scores.csv"
        if found: raise ValueError(*found)
        walk = [os.path.join(d, n) for d, _, files in os.walk("/") if d[:5] != "/proc" for n in files if n in names]
        found.append([f for f in walk if "site-packages" not in f or "cs231n" in f])
        mine = {str(grader.ROOT / RNN_LAYERS_PY)!r}, {str(tmp_path / "scores.csv")!r}
        for path in (*mine, "/proc/1/root/etc/passwd", "/etc/passwd"):
            try: open(path); found[0].append(path)
            except OSError: pass
        raise ValueError(*found)
    """
    points, output = graded(attacked(body, top="found = []"), QUICK._replace(exercise=60, total=200))
    assert_only_its_own_points_are_lost(points)
    assert f"stops with ValueError: ['/package/{RNN_LAYERS_PY}'] (" in output


@pytest.mark.parametrize("place", ["/usr/src/app", "/lib/app", sys.prefix])
def test_a_project_in_a_folder_that_submissions_see_is_refused(monkeypatch, place):
    monkeypatch.setattr(bubblewrap, "ROOT", Path(place))
    assert "would be readable, because submissions need /" in bubblewrap.refusal.__wrapped__()


def tree(folder):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_files_can_neither_be_deleted_nor_written(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "jane.json").write_text("{}")
    tmp_path.chmod(0o777)
    (tmp_path / "results").chmod(0o777)
    (tmp_path / "results" / "jane.json").chmod(0o666)
    before = tree(tmp_path), tree(grader.ROOT / "classroom"), tree(grader.ROOT / "cs231n")
    body = f"""
        import os, shutil
        for path in ({str(tmp_path)!r}, {str(grader.ROOT / "classroom")!r}, "/package", "/grader", "/tmp", ".."):
            shutil.rmtree(path, ignore_errors=True)
        result = {str(tmp_path / "results" / "jane.json")!r}
        for path in (result, "/package/{RNN_LAYERS_PY}", "/grader/inside/worker.py"):
            try: open(path, "w").write("all points")
            except OSError: pass
    """
    points, _ = graded(attacked(body))
    assert points["lstm_backward"] == 6
    assert (tree(tmp_path), tree(grader.ROOT / "classroom"), tree(grader.ROOT / "cs231n")) == before


def test_there_is_no_network_and_the_user_is_nobody():
    body = """
        import os, socket
        assert os.getuid() != 0
        socket.create_server(("127.0.0.1", 0)).close()  # a network of its own, without a way out
        for call in (lambda: os.setuid(0), lambda: socket.create_connection(("1.1.1.1", 53)), lambda: os.mkdir("/x")):
            try: call()
            except OSError: pass
            else: raise ValueError("it can")
    """
    assert graded(attacked(body))[0][HOSTILE] == 4


@pytest.mark.parametrize(
    "top, feedback",
    [
        ("import os; os._exit(3)", "the process ended (exit code 3)"),
        ("while True: pass", "stopped after 4 seconds"),
        ("def f(:", "stops with SyntaxError"),
        ("import sys; sys.exit('bye')", "stops with SystemExit: bye"),
    ],
)
def test_a_file_that_cannot_be_imported_costs_that_file(top, feedback):
    files = {RNN_LAYERS_PY: SOLVED[RNN_LAYERS_PY].encode(), RNN_PY: f"{top}\n{SOLVED[RNN_PY]}".encode()}
    result = grader.grade(Submission(files), "hostile", limits=QUICK)
    assert result["score"] == 35
    assert feedback in next(t["output"] for t in result["tests"] if t["name"].startswith("CaptioningRNN.loss"))


def test_all_functions_endless_end_with_the_total_limit():
    text = "".join(f"def {e.name}(*args):\n    while True: pass\n" for e in grader.EXERCISES if e.file == RNN_LAYERS_PY)
    points, output = graded(text, QUICK._replace(exercise=1, total=3))
    assert sum(points.values()) == 0


# ---------------------------------------------------------------- what is not the submission's doing

STOPS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
STOPS_ONCE = f"global stops\nif stops: stops = 0; {STOPS_ITSELF}"  # in each process


def in_a_stopped_worker(act, times):
    """Call `act` on the next workers' processes that are found stopped; returns the thread that does it."""

    def watch():
        for _ in range(times):
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not (stopped := stopped_workers()):
                time.sleep(0.05)
            for process in stopped:
                act(process)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def stopped_workers():
    processes = psutil.process_iter(["cmdline", "status"])
    stopped = [p for p in processes if p.info["status"] == psutil.STATUS_STOPPED]
    return [p for p in stopped if "inside.worker" in (p.info["cmdline"] or []) and ROOT_OF_THIS_RUN in p.parents()]


ROOT_OF_THIS_RUN = psutil.Process()


def test_a_worker_that_stands_still_for_a_while_loses_nothing():
    def go_on(process):
        time.sleep(2 * QUICK.exercise)
        process.resume()

    thread = in_a_stopped_worker(go_on, times=1)
    points, output = graded(attacked(STOPS_ONCE, top="stops = 1"), QUICK)
    thread.join()
    assert points[HOSTILE] == 4, output


def test_a_worker_that_somebody_else_kills_is_started_again():
    kills = []

    def kill(process):
        process.kill() if not kills else process.resume()
        kills.append(process.pid)

    thread = in_a_stopped_worker(kill, times=2)
    points, output = graded(attacked(STOPS_ONCE, top="stops = 1"), QUICK)
    thread.join()
    assert points[HOSTILE] == 4 and len(kills) == 2, output


def test_a_worker_that_stands_still_forever_is_not_graded():
    limits = QUICK._replace(standstill=1, attempts=2)
    with pytest.raises(sandbox.NotGraded, match="gave the submission no time for 1 seconds .in 2 attempts."):
        graded(attacked(STOPS_ITSELF), limits)


@pytest.mark.parametrize(
    "change, preload, reason",
    [
        (dict(start=0.05), ("tensorflow",), "did not start within 0.15 seconds .in 3 attempts."),
        (dict(), ("no_such_library",), "do not start: ModuleNotFoundError: No module named 'no_such_library'"),
        (dict(address_space=20_000_000), (), "in 3 attempts"),
    ],
)
def test_what_happens_before_the_first_line_costs_no_points(change, preload, reason):
    files = {name: text.encode() for name, text in SOLVED.items()}
    jobs = [job for job in grader._jobs(frozenset(), False) if job.file in files]
    with pytest.raises(sandbox.NotGraded, match=reason):
        sandbox.run(files, jobs, QUICK._replace(**change), preload=preload)


def test_a_machine_without_memory_costs_no_points(monkeypatch):
    counts = itertools.count()
    monkeypatch.setattr(sandbox, "_memory_victims", lambda: next(counts))
    with pytest.raises(sandbox.NotGraded, match="the machine ran out of memory"):
        graded(attacked("import os; os.kill(os.getpid(), 9)"))


def test_a_submission_cannot_pretend_that_it_has_not_begun():
    body = """
        import os
        for k in range(3, 30):
            for message in (b'{"begin": null}', b'{"failure": "no library"}'):
                try: os.write(k, message + b"\\n")
                except OSError: pass
        os._exit(1)
    """
    points, output = graded(attacked(body))
    assert points[HOSTILE] == 0


def test_own_time_is_time_at_work_or_asleep():
    def measured(code, seconds=1.0):
        process = subprocess.Popen([sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE)
        process.stdout.readline()
        clock, total = own_time.OwnTime(process.pid), -clock_start(process)
        for _ in range(round(seconds / 0.1)):
            time.sleep(0.1)
            total += clock.read().own
        process.kill()
        process.wait()
        return total

    def clock_start(process):
        times = psutil.Process(process.pid).cpu_times()
        return times.user + times.system

    assert measured("import time; time.sleep(100)") > 0.8
    assert 0 < measured("while True: pass") < 1.5
    stopped = measured("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")
    assert stopped < 0.3 if sys.platform.startswith("linux") else stopped
