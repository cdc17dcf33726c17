"""For loops that run for minutes: a progress bar, Ctrl-C that waits for the end of a step, memory that is kept."""

import contextlib
import os
import signal
import threading

import numpy as np
from tqdm.auto import tqdm

_LARGEST_BLOCK = 32 * 2**20 - 2**16  # bytes; with what the C library adds to it, not above its limit of 32 MB


def progress(iterable, description):
    """`iterable` with a progress bar that disappears at the end; without a bar if $TQDM_DISABLE is set, as in tests."""
    # In a notebook tqdm ignores the variable, so it is read here.
    return tqdm(iterable, desc=description, leave=False, disable=not is_watched())


def is_watched():
    """Whether a person watches the progress; not if $TQDM_DISABLE is set, as in tests."""
    return os.environ.get("TQDM_DISABLE", "0") == "0"


def keep_freed_memory():
    """Let the process keep the memory of freed arrays, up to 64 MB, for those that it makes next. Only Linux needs it.

    A training step makes and frees dozens of arrays. Linux's C library returns what is freed to the system as soon as
    it is more than a certain size, and gets it back page by page, each filled with zeros: a quarter of the time of a
    step of the captioning Transformer. When a block of up to 32 MB is freed that was fetched for itself alone, the
    library raises that size to twice the block's ("dynamic threshold", `man 3 mallopt`). So one block is enough.
    """
    np.empty(_LARGEST_BLOCK, np.uint8)


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
