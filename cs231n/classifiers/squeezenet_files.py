"""Weights of SqueezeNet, in five formats: TensorFlow 1 and 2 checkpoints, PyTorch, safetensors, Deep Compression."""

import re
from pathlib import Path

import numpy as np

from cs231n.classifiers import weight_files
from cs231n.classifiers.weight_files import checked_array
from cs231n.files import user_path
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD

_CAFFE_MEAN = np.float32([104, 117, 123])  # blue, green, red


def read_squeezenet(path, shapes):
    """Kernel and bias of each convolution, from a file in any of the formats of `SqueezeNet.load_weights`.

    Args:
        path: file, or the prefix of a checkpoint; its ending tells the format.
        shapes: dict from a convolution's name (torchvision's, as "features.3.squeeze") to the shape of its kernel,
            (height, width, in, out), in the order of the network's weights.

    Returns:
        list of float32 arrays: kernel, bias, kernel, bias, ... in the order of `shapes`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or made for another network; says what is missing or of the wrong shape.
    """
    path = user_path(re.sub(r"\.(index|data-\d{5}-of-\d{5})$", "", str(path)))  # one file stands for the checkpoint
    if path.suffix in weight_files.TENSOR_FILES:
        arrays, names = _keras_layout(weight_files.read_tensors(path)), _torchvision_names(shapes)
    elif path.suffix == ".net":
        arrays, names = _keras_layout(_read_caffe(path, shapes)), _torchvision_names(shapes)
    elif path.is_file() and not Path(f"{path}.index").exists():
        raise ValueError(
            f"weights are read from {weight_files.ENDINGS} and .net files and TensorFlow checkpoints, not from {path}"
        )
    else:
        arrays = weight_files.read_checkpoint(path)
        of_objects = any("layer_with_weights" in name for name in arrays)
        names = _tf2_names(shapes, arrays) if of_objects else _tf1_names(shapes)
    weights = []
    for name, shape in shapes.items():
        kernel, bias = names[name]
        weights += [checked_array(arrays, kernel, shape, path), checked_array(arrays, bias, shape[3:], path)]
    return weights


# Each of these functions returns a dict: name of a convolution -> names of its kernel and bias in the file.


def _torchvision_names(shapes):
    return {name: (f"{name}.weight", f"{name}.bias") for name in shapes}


def _tf1_names(shapes):
    names = {}
    for name in shapes:
        part, k, *of_fire = name.replace("expand1x1", "e11").replace("expand3x3", "e33").split(".")
        scope = "/".join([part, f"layer{k}", *(["fire", *of_fire] if of_fire else [])])
        names[name] = (f"{scope}/weights", f"{scope}/bias")
    return names


def _tf2_names(shapes, arrays):
    """Layers are numbered in this file; within a fire module, the shape tells which convolution it is."""
    scopes = {}  # (number of the layer, shape of the kernel) -> beginning of its names
    for key, array in arrays.items():
        match = re.fullmatch(r"(.*\blayer_with_weights-(\d+)/.*)kernel/\.ATTRIBUTES/VARIABLE_VALUE", key)
        if match:
            scopes[int(match[2]), array.shape] = match[1]
    names, numbers = {}, {}
    for name, shape in shapes.items():
        layer = ".".join(name.split(".")[:2])
        number = numbers.setdefault(layer, len(numbers))
        scope = scopes.get((number, shape), f"layer_with_weights-{number} with {shape} ")
        names[name] = tuple(f"{scope}{part}/.ATTRIBUTES/VARIABLE_VALUE" for part in ("kernel", "bias"))
    return names


def _read_caffe(path, shapes):
    """The weights of a `.net` file, changed so that they take images as `preprocess_image` makes them.

    The network was trained on images with the channels blue, green, red in 0..255, minus a mean. Its first convolution
    has no padding, so a change of kernel and bias has exactly the effect of this change of units.
    """
    arrays = weight_files.read_deep_compression(path, {name: (o, i, h, w) for name, (h, w, i, o) in shapes.items()})
    kernel = arrays["features.0.weight"][:, ::-1]  # to red, green, blue
    shift = 255 * SQUEEZENET_MEAN - _CAFFE_MEAN[::-1]  # the difference of the two means
    arrays["features.0.bias"] = arrays["features.0.bias"] + np.einsum("ocij,c->o", kernel, shift)
    arrays["features.0.weight"] = kernel * (255 * SQUEEZENET_STD)[:, None, None]
    return arrays


def _keras_layout(arrays):
    """Kernels from (out, in, height, width) to (height, width, in, out); everything else as it is."""
    return {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in arrays.items()}
