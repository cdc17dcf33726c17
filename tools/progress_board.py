"""Progress of tasks that run side by side: on a terminal one line that is renewed, elsewhere a line for each step."""

import sys
import threading
import time


class Board:
    """What is told about tasks while they run, from any thread, and how long the rest will take.

    Args:
        seconds: dict from each task's name to how long it should take on a machine like the one of the developers.
        num_workers: tasks that run at a time.
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
        """Tell where a task is; `words` follow its name."""
        with self.lock:
            self.steps[name] = words
            if not self.on_terminal:
                print(self._line(name), flush=True)

    def end(self, name, words):
        """Tell how a task ended, and how long the others will take."""
        with self.lock:
            self.durations[name] = time.monotonic() - self.started.pop(name)
            self.steps.pop(name, None)
            left = f"; {self.time_left()}" if self.durations.keys() < self.seconds.keys() else ""
            erase = "\r\x1b[K" if self.on_terminal else ""
            print(f"{erase}{name}: {words} in {_minutes(self.durations[name])}{left}", flush=True)

    def renew(self):
        """Draw the line on a terminal again, for the time goes on."""
        with self.lock:
            if self.on_terminal and self.steps:
                lines = [self._line(name) for name in self.started if name in self.steps]
                print(f"\r\x1b[K{'; '.join(lines)}; {self.time_left()}", end="", flush=True)

    def _line(self, name):
        return f"{name}: {self.steps[name]}, {_minutes(time.monotonic() - self.started[name])}"

    def time_left(self):
        """In words, by how long the tasks took that have ended, beside what they should have taken."""
        expected = sum(self.seconds[name] for name in self.durations)
        pace = sum(self.durations.values()) / expected if expected else 1
        now = time.monotonic()
        left = [
            max(self.seconds[name] * pace - (now - self.started.get(name, now)), 0)
            for name in self.seconds.keys() - self.durations.keys()
        ]
        minutes = round(max(sum(left) / self.num_workers, max(left, default=0)) / 60)
        return {0: "less than a minute left", 1: "about a minute left"}.get(minutes, f"about {minutes} minutes left")


def _minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
