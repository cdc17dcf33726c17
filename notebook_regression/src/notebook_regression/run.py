"""One notebook in one kernel: its cells run in their order, as far as they are asked for."""

import time
from typing import NamedTuple

from .kernel import CellTimedOut, KernelStopped
from .screen import Area, Screen


class Step(NamedTuple):
    """A code cell to run."""

    source: str
    skip: bool = False  # it is left out
    seconds: float = float("inf")


class Outcome:
    """What became of a cell.

    Attributes:
        area: an Area with what it shows; None where it did not run.
        stopped: a sentence, when with it the notebook came to its end.
    """

    def __init__(self, area=None, stopped=None):
        self.area, self.stopped = area, stopped

    @property
    def outputs(self):
        return self.area.shown() if self.area else []

    @property
    def error(self):
        """The error that ended the cell, or None."""
        errors = [output for output in self.outputs if output.output_type == "error"]
        return errors[-1] if errors else None


class NotebookRun:
    """The cells of a notebook in a kernel of their own.

    Args:
        steps: list of Step.
        new_kernel: function that gives a Kernel, or raises KernelStopped.
        seconds: for the whole notebook.
    """

    def __init__(self, steps, new_kernel, seconds=float("inf")):
        self.steps, self.new_kernel, self.seconds = steps, new_kernel, seconds
        self.kernel, self.stopped = None, None
        self.restart()

    def restart(self):
        """Forget what ran; the next cell asked for runs in a new kernel, after those above it."""
        self.stop()
        self.screen, self.outcomes, self.spent, self.stopped = Screen(), [], 0.0, None

    def outcome(self, place):
        """Outcome of the cell at `place`, counted from 0; those above it run first unless they have."""
        while len(self.outcomes) <= place:
            self.outcomes.append(self._next())
        return self.outcomes[place]

    def finish(self):
        """Run all that has not run yet, so that outputs are as a reader finds them at the end."""
        self.outcome(len(self.steps) - 1)

    def first_error_above(self, place):
        """(place, error) of the first cell above that ended with one, or None."""
        errors = ((k, self.outcomes[k].error) for k in range(min(place, len(self.outcomes))))
        return next(((k, error) for k, error in errors if error), None)

    def stop(self):
        if self.kernel is not None and self.kernel.is_alive():
            self.kernel.stop()
        self.kernel = None

    def _next(self):
        step = self.steps[len(self.outcomes)]
        if self.stopped:
            return Outcome()
        if not step.source.strip():  # Jupyter does not send these
            return Outcome(Area())
        started = time.monotonic()
        area = None
        try:
            if self.kernel is None:
                self.kernel = self.new_kernel()
            if step.skip:
                self.kernel.pass_cell()
                return Outcome(Area())
            msg_id = self.kernel.start_cell(step.source)
            area = self.screen.areas[msg_id]
            self.kernel.finish_cell(msg_id, min(step.seconds, self.seconds - self.spent), self.screen.handle)
            self.screen.tell_widgets(self.kernel)
        except KernelStopped as stop:
            self.stopped = str(stop)
        except CellTimedOut:
            self.stopped = self._timeout_sentence(step)
        self.spent += time.monotonic() - started
        return Outcome(area, self.stopped)

    def _timeout_sentence(self, step):
        if step.seconds <= self.seconds - self.spent:
            return f"it did not end within {step.seconds:g} seconds"
        return f"the notebook did not end within {self.seconds:g} seconds"
