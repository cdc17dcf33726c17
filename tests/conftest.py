"""What several test files share."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from references import make_rnn_references


@pytest.fixture(scope="session")
def installed_torch(tmp_path_factory):
    """The arrays of rnn_references.npz as the PyTorch that is installed computes them; skips where there is none.

    In a process of its own: beside TensorFlow, a PyTorch built for GPUs can end the process.
    """
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: pip install -r requirements-torch.txt")
    path = tmp_path_factory.mktemp("torch") / "references.npz"
    subprocess.run([sys.executable, make_rnn_references.__file__, str(path)], check=True)
    with np.load(path) as arrays:
        return dict(arrays)
