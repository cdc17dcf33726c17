"""nbval's kernel, watched: it may die, hang or eat memory, and the run says so in a sentence and goes on."""

import time
from queue import Empty

import psutil
from jupyter_client.kernelspec import NoSuchKernel
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

POLL = 0.2  # seconds between two looks at a kernel that works


class KernelStopped(Exception):
    """One sentence: why no cell can run any more."""


class Kernel(RunningKernel):
    """A running kernel.

    Args:
        name: of the kernel, as in `jupyter kernelspec list`, or nbval's name for that of this environment.
        folder: it starts in.
        startup_timeout: seconds.
        memory: bytes that it and its children may hold.

    Raises:
        KernelStopped: there is no such kernel, or it does not start.
    """

    def __init__(self, name, folder, startup_timeout, memory):
        self.memory = memory
        shown = "of this environment" if name == CURRENT_ENV_KERNEL_NAME else repr(name)
        try:
            super().__init__(name, cwd=folder, startup_timeout=startup_timeout)
        except NoSuchKernel as error:
            raise KernelStopped(
                f"there is no kernel {shown}; `jupyter kernelspec list` shows which there are"
            ) from error
        except RuntimeError as error:
            raise KernelStopped(f"the kernel {shown} did not start: {error}") from error

    def await_reply(self, msg_id, timeout=None):
        """As nbval's, but gives up as soon as the kernel is dead or holds too much.

        Raises:
            Empty: `timeout` seconds are over.
            KernelStopped: the kernel is dead, or was ended because of its memory.
        """
        end = time.monotonic() + timeout if timeout is not None else float("inf")
        while True:
            try:
                return super().await_reply(msg_id, timeout=min(POLL, max(end - time.monotonic(), 0.001)))
            except Empty:
                if not self.is_alive():
                    raise KernelStopped("the kernel died, which most often means that memory ran out") from None
                held = self.held()
                if held > self.memory:
                    self.stop()
                    limit = f"{self.memory / 2**30:.3g} GiB"
                    raise KernelStopped(
                        f"the kernel held {held / 2**30:.1f} GiB, more than the {limit} allowed"
                    ) from None
                if time.monotonic() >= end:
                    raise

    def held(self):
        """Bytes in memory, of the kernel and its children."""
        try:
            kernel = psutil.Process(self.km.provisioner.pid)
            return sum(_resident(process) for process in (kernel, *kernel.children(recursive=True)))
        except psutil.Error:
            return 0


def _resident(process):
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
