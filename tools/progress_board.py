"""Progress of tasks that run at the same time: one line that changes on a terminal, a line for each step elsewhere."""

import sys
import threading
import time


class Board:
    """Prints how far tasks are while they run, and how long the rest will take; any thread may report to it.

    Args:
        seconds: dict name of a task -> seconds that it takes on the developers' machine.
        num_workers: int, how many tasks run at a time.
    """

    def __init__(self, seconds, num_workers):
        self.seconds, self.num_workers = seconds, num_workers
        self.lock = threading.RLock()
        self.started, self.steps, self.durations = {}, {}, {}
        self.on_terminal = sys.stdout.isatty()

    def begin(self, name):
        with self.lock:
            self.started[name] = time.monotonic()

    def step(self, name, words):
        """Print how far a task is; `words` follow its name."""
        with self.lock:
            self.steps[name] = words
            if not self.on_terminal:
                print(self._line(name), flush=True)

    def end(self, name, words):
        """Print how a task ended, and how long the others will take."""
        with self.lock:
            self.durations[name] = time.monotonic() - self.started.pop(name)
            self.steps.pop(name, None)
            left = f"; {self.time_left()}" if self.durations.keys() < self.seconds.keys() else ""
            erase = "\r\x1b[K" if self.on_terminal else ""
            print(f"{erase}{name}: {words} in {_minutes(self.durations[name])}{left}", flush=True)

    def renew(self):
        """Print the line on a terminal again, with the time that has passed by now."""
        with self.lock:
            if self.on_terminal and self.steps:
                lines = [self._line(name) for name in self.started if name in self.steps]
                print(f"\r\x1b[K{'; '.join(lines)}; {self.time_left()}", end="", flush=True)

    def _line(self, name):
        return f"{name}: {self.steps[name]}, {_minutes(time.monotonic() - self.started[name])}"

    def time_left(self):
        """Words for the time that is left, from how much faster or slower than expected the finished tasks were."""
        expected = sum(self.seconds[name] for name in self.durations)
        pace = sum(self.durations.values()) / expected if expected else 1
        now = time.monotonic()
        left = [
            max(self.seconds[name] * pace - (now - self.started.get(name, now)), 0)
            for name in self.seconds.keys() - self.durations.keys()
        ]
        return f"{words_for_time(left, self.num_workers)} left"


def words_for_time(seconds, num_workers):
    """Words for how long tasks take, from a list of the seconds of each and the number of tasks at a time."""
    minutes = round(max(sum(seconds) / num_workers, max(seconds, default=0)) / 60)
    return {0: "less than a minute", 1: "about a minute"}.get(minutes, f"about {minutes} minutes")


def _minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
