"""The command line that runs a submission's worker: inside bubblewrap, with limits on what it uses.

bubblewrap (https://github.com/containers/bubblewrap) gives a process its own file system, which is read-only except for
a small /tmp, and holds Python with its packages but not this project; no network; and no sight of other processes. When
the process ends, all processes that it started end.
"""

import functools
import itertools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
SYSTEM = [Path("/", name) for name in ("usr", "lib", "lib32", "lib64", "bin")]  # a worker sees these folders
ENVIRONMENT = {
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
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
_slots = itertools.count()


@functools.cache
def refusal():
    """A message why submissions cannot be run safely on this machine, or None if they can."""
    if not sys.platform.startswith("linux"):
        return (
            "Submissions can be confined on Linux only; grade in a virtual machine or a container, or grade those "
            "that you trust with --unsafe."
        )
    if not shutil.which("bwrap"):
        return "bubblewrap is missing: apt-get install bubblewrap; or grade submissions that you trust with --unsafe."
    exposed = [mount for mount in (*SYSTEM, *_python_mounts()) if ROOT.resolve().is_relative_to(mount)]
    if exposed:
        return f"The solutions in {ROOT} would be readable, because submissions need {exposed[0]}; move the project."
    if Path(sysconfig.get_paths()["purelib"], "cs231n").exists():
        return (
            "The solved cs231n is installed among Python's packages, where submissions can read it; install it with "
            "pip install -e ."
        )
    trial = subprocess.run([*_bubblewrap(None), "--", sys.executable, "-c", ""], capture_output=True, text=True)
    if trial.returncode:
        error = (trial.stderr.strip().splitlines() or ["no reason given"])[-1]
        return f"bubblewrap does not work here ({error}); grade submissions that you trust with --unsafe."
    return None


def worker_command(folder, limits, unsafe):
    """(arguments, environment) of a worker's process.

    Args:
        folder: Path of the folder that holds `package` (the submission's) and `grader`.
        limits: a `classroom.grading.sandbox.Limits`.
        unsafe: True for a worker without bubblewrap.
    """
    resources = {
        "RLIMIT_AS": limits.address_space,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_FSIZE": limits.disk,
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(limits.total) + 120,  # also of what comes before the submission's first line
    }
    # Limits on processes do not bind root, so root becomes a user that does not exist, another one in each worker.
    uid = 2**30 + os.getpid() * 64 + next(_slots) % 64 if _is_root() and not unsafe else 0
    if unsafe:
        del resources["RLIMIT_NPROC"]  # it counts all processes of the user
        if not sys.platform.startswith("linux"):
            del resources["RLIMIT_AS"]  # macOS has the limit, but refuses to set it
    worker = [sys.executable, "-m", "inside.worker", json.dumps({"uid": uid, "resources": resources})]
    if not unsafe:
        return [*_bubblewrap(folder, limits.disk), "--", *worker], ENVIRONMENT
    paths = os.pathsep.join([str(folder / "package"), str(folder / "grader")])
    own = {"PYTHONPATH": paths, "HOME": str(folder), "MPLCONFIGDIR": str(folder)}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS_", "TF_"))}
    return worker, inherited | ENVIRONMENT | own


def _bubblewrap(folder, disk=1_000_000):
    """bubblewrap's arguments: everything that a worker sees. `disk`: bytes of its /tmp."""
    arguments = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    # `inside.worker` needs these two rights to change from root to another user.
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
    """Folders outside of /usr that hold the interpreter and its packages."""
    folders = dict.fromkeys(Path(folder).resolve() for folder in (sys.base_prefix, sys.prefix))
    return [folder for folder in folders if not folder.is_relative_to("/usr")]


def _is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0
