"""Loops that run for minutes: a progress bar where a person waits, and Ctrl-C that leaves everything whole."""

import contextlib
import os
import signal
import threading

from tqdm.auto import tqdm


def progress(iterable, description):
    """`iterable` with a progress bar that goes when it ends; no bar where $TQDM_DISABLE is set, as in tests."""
    # In a notebook tqdm itself does not heed the variable.
    return tqdm(iterable, desc=description, leave=False, disable=os.environ.get("TQDM_DISABLE", "0") != "0")


@contextlib.contextmanager
def postponed_interrupt():
    """Let Ctrl-C, or Jupyter's stop button, wait for a good moment: `with postponed_interrupt() as interrupted`.

    Inside, `interrupted()` tells whether it was pressed, so that a loop can end between two steps with everything
    whole. A second time interrupts at once, as ever. Outside the main thread, where Python has no signals, it never
    tells so.
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
