"""What several test files share."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from references import make_rnn_references
from small_scenes import draw_small_scenes


@pytest.fixture(scope="session")
def computed_by_torch(tmp_path_factory):
    """A function from a module of `references` to its arrays as the installed PyTorch computes them; skips without it.

    In a process of its own: beside TensorFlow, a PyTorch built for GPUs can end the process.
    """

    def arrays_of(module):
        if importlib.util.find_spec("torch") is None:
            pytest.skip("PyTorch is not installed: pip install -r requirements-torch.txt")
        path = tmp_path_factory.mktemp("torch") / "references.npz"
        subprocess.run([sys.executable, module.__file__, str(path)], check=True)
        with np.load(path) as arrays:
            return dict(arrays)

    return arrays_of


@pytest.fixture(scope="session")
def installed_torch(computed_by_torch):
    """The arrays of rnn_references.npz as the PyTorch that is installed computes them; skips where there is none."""
    return computed_by_torch(make_rnn_references)


@pytest.fixture(scope="session")
def data_with_scenes(tmp_path_factory):
    """A folder of data sets with small scenes."""
    folder = tmp_path_factory.mktemp("data")
    draw_small_scenes(folder / "scenes")
    return folder
