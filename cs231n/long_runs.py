"""For loops that run for minutes: a progress bar, and Ctrl-C that waits for the end of a step."""

import contextlib
import os
import signal
import threading

from tqdm.auto import tqdm


def progress(iterable, description):
    """`iterable` with a progress bar that disappears at the end; without a bar if $TQDM_DISABLE is set, as in tests."""
    # In a notebook tqdm ignores the variable, so it is read here.
    return tqdm(iterable, desc=description, leave=False, disable=not is_watched())


def is_watched():
    """Whether a person watches the progress; not if $TQDM_DISABLE is set, as in tests."""
    return os.environ.get("TQDM_DISABLE", "0") == "0"


@contextlib.contextmanager
def postponed_interrupt():
    """Postpone Ctrl-C, or Jupyter's stop button: `with postponed_interrupt() as interrupted`.

    Inside the block `interrupted()` is True once Ctrl-C was pressed, so that a loop can end after a complete step. A
    second Ctrl-C interrupts at once. Outside the main thread, where Python delivers no signals, `interrupted()` is
    always False.
    """
    pressed = []

    def note(signum, frame):
        if pressed:
            raise KeyboardInterrupt
        pressed.append(signum)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
