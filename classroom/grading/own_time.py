"""The time that a process itself takes, which does not grow on a machine that is slow, busy or stopped for a while."""

import contextlib
import time
from pathlib import Path
from typing import NamedTuple

import psutil

LONGEST_STEP = 1.0  # seconds: of a longer time between two readings, the grader itself was held up for the rest


class Reading(NamedTuple):
    """What happened since the reading before."""

    own: float  # seconds of processor time, and seconds in which all processes slept
    waited: float  # seconds
    memory: int  # bytes in use now


class OwnTime:
    """Measures a process together with all processes that it started.

    Own time is processor time, and time in which every thread sleeps (say, in `time.sleep`). Time in which a thread is
    ready but gets no processor, reads from a disk, or is stopped by a signal is not its own. Where the system does not
    tell the states of threads (Windows, macOS), all time is own time.
    """

    def __init__(self, pid):
        self._pid, self._processor_time, self._time = pid, 0.0, time.monotonic()

    def read(self):
        """A `Reading`."""
        processes, now = _with_descendants(self._pid), time.monotonic()
        waited, self._time = min(now - self._time, LONGEST_STEP), now
        total = sum(map(_processor_time, processes))
        used, self._processor_time = max(total - self._processor_time, 0.0), total
        sleeps = all(_sleeps(process.pid) for process in processes)
        return Reading(max(used, waited) if sleeps else used, waited, sum(map(_memory, processes)))


def _with_descendants(pid):
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def _processor_time(process):
    """Seconds of a process, and of those of its children that have ended."""
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return times.user + times.system + ended
    return 0.0


def _memory(process):
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss
    return 0


def _sleeps(pid):
    """Whether every thread of a process sleeps; True where the system does not tell."""
    tasks = Path(f"/proc/{pid}/task")
    with contextlib.suppress(OSError):  # the process ended
        return all(_state(task) in "SIZX" for task in tasks.iterdir())
    return True


def _state(task):
    """The letter for the state of a thread: R ready or running, S sleeping, D waiting for a disk, T stopped, ..."""
    with contextlib.suppress(OSError):
        return (task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    return "X"
