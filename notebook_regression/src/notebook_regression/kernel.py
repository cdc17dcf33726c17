"""nbval's kernel, watched: it may die, hang or eat memory, and the run says so in a sentence and goes on."""

import time
from queue import Empty

import psutil
from jupyter_client.kernelspec import NoSuchKernel

from .nbval_parts import CURRENT_ENV_KERNEL_NAME, RunningKernel, setup_coverage, teardown_coverage

POLL = 0.2  # seconds to wait for a message
MEMORY_POLL = 0.5  # seconds between two looks at the memory of a kernel that works
GRACE = 5  # seconds that a kernel has to end a cell that was interrupted


class KernelStopped(Exception):
    """One sentence: why no cell can run any more."""


class CellTimedOut(Exception):
    """A cell did not end within its time."""


class Kernel(RunningKernel):
    """A running kernel.

    Args:
        name: name of the kernel, as in `jupyter kernelspec list`, or nbval's name for that of this environment.
        folder: it starts in.
        startup_timeout: seconds.
        memory: bytes that it and its children may hold.

    Raises:
        KernelStopped: if there is no such kernel, or if it does not start.
    """

    def __init__(self, name, folder, startup_timeout, memory):
        self.memory, self.memory_seen = memory, 0.0
        title = "of this environment" if name == CURRENT_ENV_KERNEL_NAME else repr(name)
        try:
            super().__init__(name, cwd=folder, startup_timeout=startup_timeout)
        except NoSuchKernel as error:
            raise KernelStopped(
                f"there is no kernel {title}; `jupyter kernelspec list` shows which there are, "
                "and --nbval-current-env runs Python as in this environment"
            ) from error
        except (RuntimeError, OSError) as error:
            raise KernelStopped(f"the kernel {title} did not start: {error}") from error

    def start_cell(self, source):
        """Send the code of a cell; returns the id that its messages name as their parent.

        Unlike nbval, with `store_history`: `Out[1]`, `_`, `%history` and a `;` at the end work as in Jupyter.
        """
        return self.kc.execute(source, store_history=True, allow_stdin=False, stop_on_error=False)

    def finish_cell(self, msg_id, seconds, handle):
        """Give every message to `handle` until the cell has ended.

        Raises:
            CellTimedOut: if the cell did not end within `seconds`; it was interrupted, or the kernel was ended.
            KernelStopped: if the kernel is dead, or was ended because of its memory.
        """
        end, interrupted = time.monotonic() + seconds, False
        while True:
            try:
                message = self.kc.get_iopub_msg(timeout=POLL)
            except Empty:
                message = None
                self.check_alive()
            self.check_memory()
            if message is not None:
                handle(message)
                if _tells_the_end(message, msg_id):
                    break
            if time.monotonic() >= end:
                if interrupted:
                    self.stop()
                    raise CellTimedOut
                self.interrupt()
                end, interrupted = time.monotonic() + GRACE, True
        if interrupted:
            raise CellTimedOut
        self.wait_for_reply(msg_id)

    def wait_for_reply(self, msg_id):
        try:
            self.await_reply(msg_id, timeout=GRACE)
        except Empty:
            self.check_alive()

    def pass_cell(self):
        """Count a cell that is skipped, so that the numbers of the cells after it are those of Jupyter."""
        if (self.language or "").startswith("python"):
            self.finish_cell(self.start_cell("pass"), GRACE, lambda message: None)

    def send_comm(self, comm_id, data):
        """Tell a widget's model in the kernel what a front end would."""
        content = {"comm_id": comm_id, "data": data}
        self.kc.shell_channel.send(self.kc.session.msg("comm_msg", content))

    def check_alive(self):
        if not self.is_alive():
            raise KernelStopped("the kernel died, which most often means that memory ran out")

    def check_memory(self):
        now = time.monotonic()
        if now - self.memory_seen < MEMORY_POLL:
            return
        self.memory_seen = now
        used = self.used_memory()
        if used > self.memory:
            self.stop()
            limit = f"{self.memory / 2**30:.3g} GiB"
            raise KernelStopped(f"the kernel held {used / 2**30:.1f} GiB, more than the {limit} allowed")

    def used_memory(self):
        """Bytes in memory, of the kernel and its children."""
        try:
            kernel = psutil.Process(self.km.provisioner.pid)
            return sum(_resident(process) for process in (kernel, *kernel.children(recursive=True)))
        except (psutil.Error, AttributeError):  # a kernel elsewhere has no process here
            return 0

    def start_coverage(self, config, path):
        setup_coverage(config, _Silent(self), str(path))

    def stop_coverage(self, config):
        teardown_coverage(config, _Silent(self))


class _Silent:
    """A kernel that executes without a trace in the numbers of the cells and in the history."""

    def __init__(self, kernel):
        self.kernel, self.language, self.kc = kernel, kernel.language, self

    def execute(self, code, **options):
        return self.kernel.kc.execute(code, silent=True, **options)

    def await_idle(self, msg_id, timeout):
        self.kernel.await_idle(msg_id, timeout)


def _tells_the_end(message, msg_id):
    return (
        message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
        and message["parent_header"].get("msg_id") == msg_id
    )


def _resident(process):
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
