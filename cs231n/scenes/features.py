"""Features of pictures: the outputs of some layers of an image network over a grid, reduced to 512 numbers a picture.

They are also reduced to 64 numbers a cell of the grid, by a reduction of the cells' own.

The course took layer fc7 of VGG-16 and a principal component analysis; this module does something similar. Here the
network is EfficientNet-Lite0. The outputs of some layers are averaged over a grid of 4 x 4 cells: the channels tell
colours and shapes, and the grid tells places. Both reductions are fitted to the training split of the scenes and saved
with them, so that any other picture can be described in the same terms.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cs231n.data_sets import NUM_CELLS, data_dir
from cs231n.files import atomic_write, user_path
from cs231n.image_utils import preprocess_image
from cs231n.quiet_tensorflow import quiet_tensorflow
from cs231n.scenes.drawing import PICTURE_SIZE
from cs231n.scenes.settings import FEATURE_STD
from cs231n.untrusted_files import read_npz, untrusted_file

NUM_FEATURES = 512  # of a picture
NUM_CELL_FEATURES = 64  # of a cell of its grid
REDUCTION_FILE, GRID_REDUCTION_FILE = "reduction.npz", "reduction_grid.npz"  # in the folder of the scenes

_BATCH = 100  # pictures that the network sees at a time
_BLOCKS = (2, 4, 10)  # of the network, whose outputs are kept: 1/4, 1/8 and 1/16 of the picture's side
_GRID = 4  # cells a side
_LEAST_SPREAD = 0.05  # share of a layer's, added to a channel's, so that no channel is divided by almost 0; not tuned


class Reduction(NamedTuple):
    """How the K outputs of the network become D features: minus mean, divided by divisor, times projection.

    D is NUM_FEATURES for pictures, and NUM_CELL_FEATURES for cells.
    """

    mean: np.ndarray  # (K,) float32
    divisor: np.ndarray  # (K,) float32, positive
    projection: np.ndarray  # (K, D) float32

    def features(self, layers):
        """Features (N, D) float32 from a list of outputs (N, K_l) float32, one for each layer."""
        return self.scaled(np.concatenate(layers, axis=1)) @ self.projection

    def grids(self, layers):
        """Features of each cell, (N, 16, D) float32, by a reduction of cells, from outputs (N, 16 C_l) of pictures."""
        return self.features(cell_outputs(layers)).reshape(-1, NUM_CELLS, self.projection.shape[1])

    def scaled(self, rows):
        """Outputs (N, K) minus their mean, divided by their divisor."""
        return (rows - self.mean) / self.divisor


def cell_outputs(layers):
    """List of outputs (16 N, C_l) of cells, each as if it were a picture, from the outputs (N, 16 C_l) of pictures."""
    return [layer.reshape(len(layer) * NUM_CELLS, -1) for layer in layers]


def fit_reduction(layers, num_features=NUM_FEATURES):
    """The `Reduction` onto the principal components of all layers together.

    The divisors give all layers the same weight, whatever their size. Components of little variance, which tell
    colours and counts, are enlarged: the standard deviation of a component becomes its square root.

    Args:
        layers: list of (N, K_l) float32 outputs, one for each layer, of the pictures whose components are wanted.
        num_features: number of components.
    """
    scaling = _scaling(layers)
    rows = scaling.scaled(np.concatenate(layers, axis=1))
    variances, components = np.linalg.eigh((rows.T @ rows / len(rows)).astype(np.float64))
    largest = slice(-1, -1 - num_features, -1)  # eigh puts the largest last
    # In trials without this factor, a few per cent fewer captions were true.
    projection = components[:, largest] * variances[largest] ** -0.25
    projection *= FEATURE_STD / np.sqrt(np.mean(np.sqrt(variances[largest])))
    return scaling._replace(projection=projection.astype(np.float32))


def _scaling(layers):
    """A `Reduction` without its projection: mean and divisor of every output."""
    divisors = []
    for layer in layers:
        spread = layer.std(axis=0) + _LEAST_SPREAD * layer.std()
        weight = np.sqrt(np.mean((layer.std(axis=0) / spread) ** 2) * layer.shape[1])  # RMS length of a row
        divisors.append(spread * weight)
    return Reduction(np.concatenate([layer.mean(axis=0) for layer in layers]), np.concatenate(divisors), None)


# ---------------------------------------------------------------- the network


def efficientnet_outputs():
    """A function from pictures to the outputs of some of EfficientNet-Lite0's layers, averaged over a grid.

    Returns:
        function of (N, 128, 128, 3) uint8 pictures that returns a list of (N, K_l) float32 arrays, one for each layer.

    Raises:
        FileNotFoundError: if the weights are not on this machine; the message names the command that fetches them.
    """
    if "tensorflow" not in sys.modules:
        quiet_tensorflow()
    import tensorflow as tf  # only here: everything else works without TensorFlow

    from cs231n.classifiers.pretrained import load_pretrained

    model = load_pretrained("efficientnet_lite0")

    @tf.function(input_signature=[tf.TensorSpec((None, PICTURE_SIZE, PICTURE_SIZE, 3))])
    def grids(images):
        outputs = model.block_outputs(images)
        means = [
            tf.nn.avg_pool2d(outputs[k], outputs[k].shape[1] // _GRID, outputs[k].shape[1] // _GRID, "VALID")
            for k in _BLOCKS
        ]
        return [tf.reshape(mean, (-1, _GRID * _GRID * mean.shape[3])) for mean in means]

    def describe(pictures):
        parts = [pictures[k : k + _BATCH] for k in range(0, len(pictures), _BATCH)]
        with ThreadPoolExecutor(2) as pool:  # what one batch leaves idle, between its layers, serves the other
            batches = pool.map(lambda part: grids(preprocess_image(part)), parts)
        return [np.concatenate(layer) for layer in zip(*batches, strict=True)]

    return describe


@lru_cache(maxsize=1)
def _worker_network():
    return efficientnet_outputs()


def worker_outputs(pictures):
    """The outputs for pictures (N, 128, 128, 3) uint8, on a worker of a cluster, which loads the network only once."""
    return _worker_network()(pictures)


# ---------------------------------------------------------------- the reductions on the disk


def save_reduction(reduction, folder, name=REDUCTION_FILE):
    """Write a `Reduction` to the file `name` in the folder of the scenes, atomically."""
    with atomic_write(folder / name) as file:
        np.savez(file, **reduction._asdict())


def load_reduction(folder=None, name=REDUCTION_FILE):
    """The `Reduction` that the features of the scenes were made with.

    Args:
        folder: path of the scenes; None for `scenes` among the data sets.
        name: GRID_REDUCTION_FILE for the reduction that the features of their cells were made with.

    Raises:
        FileNotFoundError: if there are no scenes, or those of an older version; the message names the command that
            makes them.
        ValueError: if the file is damaged.
    """
    path = (data_dir() / "scenes" if folder is None else user_path(folder)) / name
    if not path.exists():
        older = name == GRID_REDUCTION_FILE and path.with_name(REDUCTION_FILE).exists()
        remedy = "an older version made the scenes; bring them up to date with" if older else "draw the scenes with"
        raise FileNotFoundError(f"{path} is missing; {remedy}: python -m cs231n.scenes")
    with untrusted_file(path, "the reduction of the scenes", "delete it and run: python -m cs231n.scenes"):
        return Reduction(**read_npz(path))
