"""Weight files of other libraries, read into dicts: name -> float32 array.

Nothing in a file is ever executed, and PyTorch is not needed for PyTorch's files. Every reader raises
FileNotFoundError if there is no such file, and ValueError if the file is damaged or asks for code to be run.
"""

import io
import json
import math
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cs231n.untrusted_files import RestrictedUnpickler, untrusted_file


def checked_array(arrays, name, shape, path):
    """`arrays[name]`; ValueError that names the file if the array is missing or has another shape."""
    if name not in arrays:
        raise ValueError(f"{path} does not fit the network: {name} is missing")
    if arrays[name].shape != tuple(shape):
        raise ValueError(f"{path} does not fit the network: {name} has the shape {arrays[name].shape}, not {shape}")
    return arrays[name]


TENSOR_FILES = (".pth", ".pt", ".safetensors")  # endings of files for `read_tensors`
ENDINGS = ", ".join((*TENSOR_FILES, ".npz", ".weights.h5"))


def read_tensors(path):
    """The tensors of a file of PyTorch or safetensors, by names without the `module.` of data-parallel training."""
    arrays = _read_safetensors(path) if Path(path).suffix == ".safetensors" else read_torch(path)
    parallel = all(name.startswith("module.") for name in arrays)
    return {name.removeprefix("module.") if parallel else name: array for name, array in arrays.items()}


# ---------------------------------------------------------------- safetensors

_SAFE_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}


def _read_safetensors(path):
    """The tensors of a file: 8 bytes, the length of a header; the header (JSON: dtype, shape, place); the numbers."""
    with untrusted_file(path, "a file of safetensors") as path:
        content = path.read_bytes()
        begin = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:begin])
        header.pop("__metadata__", None)
        numbers = memoryview(content)[begin:]
        return {name: _safe_tensor(numbers, **entry) for name, entry in header.items()}


def _safe_tensor(numbers, dtype, shape, data_offsets):
    begin, end = data_offsets
    if not 0 <= begin <= end <= len(numbers):
        raise ValueError("a tensor reaches beyond the file")
    if dtype not in _SAFE_DTYPES:
        raise ValueError(f"its numbers are {dtype}, and {', '.join(_SAFE_DTYPES)} are read")
    return np.frombuffer(numbers[begin:end], _SAFE_DTYPES[dtype]).reshape(shape).astype(np.float32)


# ---------------------------------------------------------------- PyTorch

_BEGINNINGS = (b"PK\3\4", b"\x80")  # of a zip file, of a pickle
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "BoolStorage": np.dtype("?"),
}
_CHECKPOINT_PARTS = ("state_dict", "model_state_dict", "model")  # where training checkpoints have the tensors


def read_torch(path):
    """The tensors of a state dict that `torch.save` wrote, in the zip format or the older one.

    In a training checkpoint, which holds an optimizer and counters too, the state dict is looked for under its usual
    names.
    """
    with untrusted_file(path, "a file of PyTorch weights", begins=_BEGINNINGS) as path, path.open("rb") as file:
        zipped = file.read(4) == b"PK\3\4"
        file.seek(0)
        tensors, storages = _open_zip(file) if zipped else _open_legacy(file)
        if isinstance(tensors, dict):
            tensors = next((tensors[part] for part in _CHECKPOINT_PARTS if part in tensors), tensors)
        if not isinstance(tensors, dict) or not all(isinstance(tensor, _Tensor) for tensor in tensors.values()):
            raise ValueError("it holds something other than tensors by their names")
        return {name: _strided(tensor, storages).astype(np.float32) for name, tensor in tensors.items()}


class _Tensor(NamedTuple):
    """Position of a tensor in its storage; offset and strides count elements."""

    storage: str
    offset: int
    shape: tuple
    strides: tuple


class _TensorUnpickler(RestrictedUnpickler):
    """Knows the names that a file of tensors needs, and notes the storages that it announces."""

    def __init__(self, file):
        super().__init__(file, _TENSOR_PARTS)
        self.storages = {}  # key -> (dtype, number of elements)

    def persistent_load(self, pid):
        _storage, dtype, key, _device, count, *_view = pid
        self.storages[key] = (_DTYPES[dtype], count)
        return key


_TENSOR_PARTS = {
    "collections.OrderedDict": lambda: OrderedDict,
    "torch._utils._rebuild_tensor_v2": lambda: (
        lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
    ),
    "torch._utils._rebuild_parameter": lambda: lambda tensor, *_: tensor,
} | {f"torch.{name}": lambda name=name: name for name in _DTYPES}  # a type of storage becomes a plain str


def _open_zip(file):
    """Tensors and storages in the format since PyTorch 1.6: a zip file of data.pkl and one member for each storage."""
    with zipfile.ZipFile(file) as archive:
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ValueError("its parts are compressed, as PyTorch never does")
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError("it has no data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        unpickler = _TensorUnpickler(io.BytesIO(archive.read(pickles[0])))
        tensors = unpickler.load()
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise ValueError("its numbers are big-endian")
        storages = {
            key: _storage(archive.read(f"{folder}data/{key}"), dtype, count)
            for key, (dtype, count) in unpickler.storages.items()
        }
    return tensors, storages


def _open_legacy(file):
    """Tensors and storages in the older format: five pickles in a row, then each storage after its length."""
    if _TensorUnpickler(file).load() != _LEGACY_MAGIC:
        raise ValueError("it does not begin as one")
    _TensorUnpickler(file).load()  # protocol version
    if not _TensorUnpickler(file).load()["little_endian"]:
        raise ValueError("its numbers are big-endian")
    unpickler = _TensorUnpickler(file)
    tensors = unpickler.load()
    storages = {}
    for key in _TensorUnpickler(file).load():
        dtype, count = unpickler.storages[key]
        if int.from_bytes(file.read(8), "little") != count:
            raise ValueError(f"storage {key} is not of the size announced")
        storages[key] = _storage(file.read(count * dtype.itemsize), dtype, count)
    return tensors, storages


def _storage(data, dtype, count):
    if len(data) != count * dtype.itemsize:
        raise ValueError(f"{count * dtype.itemsize} bytes were announced, {len(data)} are there")
    return np.frombuffer(data, dtype)


def _strided(tensor, storages):
    """The array of a tensor; ValueError if its strides lead out of its storage or visit more than the storage holds."""
    storage = storages[tensor.storage]
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    negative = any(number < 0 for number in (tensor.offset, *tensor.shape, *tensor.strides))
    if negative or max(last + 1, math.prod(tensor.shape)) > len(storage):
        raise ValueError("a tensor reaches beyond its storage")
    strides = [step * storage.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)


# ---------------------------------------------------------------- TensorFlow


def read_checkpoint(prefix):
    """The floating-point variables of a TensorFlow 1 or 2 checkpoint, by the names they have in it.

    Args:
        prefix: path that the files `<prefix>.index` and `<prefix>.data-00000-of-00001` begin with.
    """
    import tensorflow as tf

    if Path(prefix).is_dir():
        raise ValueError(f"{prefix} is a folder; a checkpoint is named by what its files' names begin with")
    index = Path(f"{prefix}.index")
    if index.exists() and not list(index.parent.glob(f"{index.stem}.data-*")):
        raise FileNotFoundError(f"{index} is there, but {prefix}.data-00000-of-00001 is missing beside it")
    with untrusted_file(index, "the index of a TensorFlow checkpoint"):
        checkpoint = tf.train.load_checkpoint(str(prefix))
        floats = [k for k, dtype in checkpoint.get_variable_to_dtype_map().items() if dtype.is_floating]
        return {name: checkpoint.get_tensor(name).astype(np.float32) for name in floats}


# ---------------------------------------------------------------- Deep Compression


def read_deep_compression(path, shapes):
    """Weights that were pruned and quantized to 8 bits (Han et al. 2016, arXiv:1510.00149), as full kernels again.

    The file holds no names. It begins with the number of non-zero weights of every layer. Then come, for each layer, a
    codebook of 256 floats; the bias; for each non-zero weight one byte, its index in the codebook; and for each
    non-zero weight the number of zeros before it (4 bits, two to a byte, low half first; a longer run of zeros is
    interrupted by weights whose code stands for 0).

    Args:
        path: file; shapes: dict name -> shape of the kernel, (out, in, height, width), in the file's order.

    Returns:
        dict with `<name>.weight` in that shape and `<name>.bias` for each name.
    """
    with untrusted_file(path, "Deep-Compression weights of this network") as path:
        file = io.BytesIO(path.read_bytes())
        arrays = {}
        for (name, shape), count in zip(shapes.items(), _take(file, len(shapes), "<u4").tolist(), strict=True):
            codebook = _take(file, 256, "<f4")
            arrays[f"{name}.bias"] = _take(file, shape[0], "<f4")
            codes = _take(file, count, np.uint8)
            halves = _take(file, (count + 1) // 2, np.uint8)
            zeros_before = np.stack([halves & 15, halves >> 4], axis=1).ravel()[:count]
            positions = np.cumsum(zeros_before.astype(np.int64) + 1) - 1
            if count and positions[-1] >= math.prod(shape):
                raise ValueError(f"{name} holds too many")
            kernel = np.zeros(math.prod(shape), np.float32)
            kernel[positions] = codebook[codes]
            arrays[f"{name}.weight"] = kernel.reshape(shape)
        if rest := file.read():
            raise ValueError(f"it is {len(rest)} bytes too long")
    return arrays


def _take(file, count, dtype):
    """The next `count` numbers of an open file, as an array; ValueError if the file ends before them."""
    data = file.read(count * np.dtype(dtype).itemsize)
    if len(data) < count * np.dtype(dtype).itemsize:
        raise ValueError("it ends too early")
    return np.frombuffer(data, dtype)
