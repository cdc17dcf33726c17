"""For loops that run for minutes: a progress bar, Ctrl-C that waits for the end of a step, memory that is kept."""

import contextlib
import ctypes
import os
import signal
import sys
import threading

from tqdm.auto import tqdm

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h


def progress(iterable, description):
    """`iterable` with a progress bar that disappears at the end; without a bar if $TQDM_DISABLE is set, as in tests."""
    # In a notebook tqdm ignores the variable, so it is read here.
    return tqdm(iterable, desc=description, leave=False, disable=not is_watched())


def is_watched():
    """Whether a person watches the progress; not if $TQDM_DISABLE is set, as in tests."""
    return os.environ.get("TQDM_DISABLE", "0") == "0"


def keep_freed_memory():
    """Let the process keep the memory of freed arrays, up to 1 GB, for those that it makes next. Only Linux needs it.

    A training step makes and frees dozens of arrays. The GNU C library returns what is freed to the system when it is
    more than 128 kB, and gets it back page by page, each filled with zeros: a quarter of the time of a step of the
    captioning Transformer. Arrays of more than 32 MB still go back (`man 3 mallopt`).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # other C libraries, such as musl, have no such setting
        mallopt(_TRIM_THRESHOLD, 2**30)
        mallopt(_MMAP_THRESHOLD, 32 * 2**20)


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
