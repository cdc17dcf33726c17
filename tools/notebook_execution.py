"""Run one notebook in a kernel of this very Python, with a limit on silence, and say where and why it stopped."""

import asyncio
import os
import time

from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_output

from tools.notebook_files import code_cells, joined_streams

SILENCE = 1800  # seconds without a message from the kernel, after which a cell counts as stuck


class CellFailed(Exception):
    """One sentence: which cell of which notebook failed, and why."""


class _Stuck(Exception):
    """The kernel has sent nothing for SILENCE seconds."""


def execute(notebook, path, on_cell, environment=None):
    """Run the cells of a notebook from top to bottom in a new kernel, in the folder of its file; changes the notebook.

    Args:
        notebook: a notebook as nbformat has it; path: Path of its file.
        on_cell: function that is called with the number of each code cell, from 1, when the cell begins.
        environment: dict, the environment variables of the kernel; None for those of this process.

    Raises:
        CellFailed: if a cell raises an error, is stuck or ends the kernel. The error is then the last output of that
            cell, and later cells do not run.
    """
    cells = code_cells(notebook)
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    number = 0

    def begin(cell, cell_index):
        nonlocal number
        if cell.cell_type == "code":
            number += 1
            on_cell(number)

    client = _Client(
        notebook,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=begin,
        record_timing=False,
    )
    try:
        client.execute(env=environment or {**os.environ})
    except CellExecutionError as error:
        raise CellFailed(f"{path.name}, cell {number}: {error.ename}: {error.evalue}") from error
    except DeadKernelError as error:
        raise _failed(cells, number, path, "its kernel died, which most often means that memory ran out") from error
    except _Stuck as error:
        raise _failed(cells, number, path, f"it was silent for {SILENCE // 60} minutes") from error
    finally:
        for cell in cells:
            cell.outputs = joined_streams(cell.outputs)


def _failed(cells, number, path, reason):
    """A CellFailed for a failure without an output; adds one to the cell, so that the page shows the reason."""
    message = f"The notebook stopped here: {reason}."
    if number:
        cells[number - 1].outputs.append(new_output("error", ename="Stopped", evalue=reason, traceback=[message]))
    return CellFailed(f"{path.name}, cell {number}: {reason}")


class _OwnKernel(AsyncKernelManager):
    """Starts kernels of this Python; Jupyter's `python3` may be a kernel of another one, registered for the user."""

    @property
    def kernel_spec(self):
        return KernelSpec(argv=make_ipkernel_cmd(), display_name="Python 3", language="python")


class _Client(NotebookClient):
    """Gives up on a cell after SILENCE seconds without a message; a cell that prints may run for hours."""

    def __init__(self, notebook, **settings):
        super().__init__(notebook, kernel_manager_class=_OwnKernel, timeout=None, **settings)
        self._last_message = time.monotonic()

    def process_message(self, msg, cell, cell_index):
        self._last_message = time.monotonic()
        return super().process_message(msg, cell, cell_index)

    async def async_execute_cell(self, cell, cell_index, **options):
        self._last_message = time.monotonic()
        execution = asyncio.ensure_future(super().async_execute_cell(cell, cell_index, **options))
        while not execution.done():
            await asyncio.wait({execution}, timeout=1)
            if time.monotonic() - self._last_message > SILENCE:
                execution.cancel()
                await asyncio.wait({execution})
                raise _Stuck
        return execution.result()
