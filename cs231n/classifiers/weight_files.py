"""Weight files of several makes, read into dicts: name -> float32 array.

Nothing in a file is ever executed, and PyTorch is not needed for PyTorch's files. A file that is missing
raises FileNotFoundError; one that is damaged, or that asks for code to be run, ValueError; both in a sentence.
"""

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import numpy as np


def existing(path):
    """`path` as a Path; FileNotFoundError or, if it is a folder, ValueError."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a file of weights")
    if not path.exists():
        raise FileNotFoundError(f"there is no file of weights {path}")
    return path


def checked(arrays, name, shape, path):
    """`arrays[name]`; ValueError naming the file if it is missing or not of that shape."""
    if name not in arrays:
        raise ValueError(f"{path} does not fit the network: {name} is missing")
    if arrays[name].shape != tuple(shape):
        raise ValueError(f"{path} does not fit the network: {name} has the shape {arrays[name].shape}, not {shape}")
    return arrays[name]


# ---------------------------------------------------------------- PyTorch

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
}


def read_torch(path):
    """The tensors of a state dict that `torch.save` wrote, in the zip format or the one before it."""
    path = existing(path)
    try:
        with path.open("rb") as file:
            zipped = file.read(4) == b"PK\3\4"
            file.seek(0)
            tensors, storages = _open_zip(file) if zipped else _open_legacy(file)
        if not isinstance(tensors, dict) or not all(isinstance(tensor, _Tensor) for tensor in tensors.values()):
            raise ValueError("it holds something other than tensors by their names")
        return {name: _strided(tensor, storages).astype(np.float32) for name, tensor in tensors.items()}
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise ValueError(f"{path} is not a file of PyTorch weights, or is damaged: {error}") from None


class _Tensor(NamedTuple):
    """Where a tensor lies in its storage; offset and strides count elements."""

    storage: str
    offset: int
    shape: tuple
    strides: tuple


class _Unpickler(pickle.Unpickler):
    """Knows the few names that a file of tensors needs, and refuses every other."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}  # key -> (dtype, number of elements), as announced in the pickle

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            # Made anew each time: a pickle may set attributes of what it is given.
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
        if module == "torch" and name in _DTYPES:
            return name  # a mere word: nothing that could be called or changed
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which weights do not need")

    def persistent_load(self, pid):
        _storage, dtype, key, _device, count, *_view = pid
        self.storages[key] = (_DTYPES[dtype], count)
        return key


def _open_zip(file):
    """Tensors and storages of the format since PyTorch 1.6: a zip of data.pkl and one member per storage."""
    with zipfile.ZipFile(file) as archive:
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ValueError("its parts are compressed, as PyTorch never does")
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError("it has no data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        unpickler = _Unpickler(io.BytesIO(archive.read(pickles[0])))
        tensors = unpickler.load()
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise ValueError("its numbers are big-endian")
        storages = {
            key: _storage(archive.read(f"{folder}data/{key}"), dtype, count)
            for key, (dtype, count) in unpickler.storages.items()
        }
    return tensors, storages


def _open_legacy(file):
    """Tensors and storages of the older format: five pickles in a row, then each storage after its length."""
    if _Unpickler(file).load() != _LEGACY_MAGIC:
        raise ValueError("it does not begin as one")
    _Unpickler(file).load()  # protocol version
    if not _Unpickler(file).load()["little_endian"]:
        raise ValueError("its numbers are big-endian")
    unpickler = _Unpickler(file)
    tensors = unpickler.load()
    storages = {}
    for key in _Unpickler(file).load():
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
    """The tensor's own array; its strides must not lead out of its storage, nor visit more than it holds."""
    storage = storages[tensor.storage]
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    negative = any(number < 0 for number in (tensor.offset, *tensor.shape, *tensor.strides))
    if negative or max(last + 1, math.prod(tensor.shape)) > len(storage):
        raise ValueError("a tensor reaches beyond its storage")
    strides = [step * storage.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)


# ---------------------------------------------------------------- NumPy


def read_npz(path):
    """The arrays of a file that `numpy.savez` wrote; pickled objects in it are refused."""
    path = existing(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name].astype(np.float32) for name in file.files}
    except Exception as error:  # zip, zlib and NumPy each have their own
        raise ValueError(f"{path} is not a file of NumPy arrays, or is damaged: {error}") from None


# ---------------------------------------------------------------- TensorFlow


def read_checkpoint(prefix):
    """The floating-point variables of a TensorFlow 1 or 2 checkpoint, by the names they have in it.

    `prefix` is what the files `<prefix>.index` and `<prefix>.data-00000-of-00001` begin with.
    """
    import tensorflow as tf

    if Path(prefix).is_dir():
        raise ValueError(f"{prefix} is a folder; a checkpoint is named by what its files' names begin with")
    existing(f"{prefix}.index")
    if not list(Path(prefix).parent.glob(f"{Path(prefix).name}.data-*")):
        raise FileNotFoundError(f"{prefix}.index is there, but {prefix}.data-00000-of-00001 is missing beside it")
    try:
        checkpoint = tf.train.load_checkpoint(str(prefix))
        floats = [k for k, dtype in checkpoint.get_variable_to_dtype_map().items() if dtype.is_floating]
        return {name: checkpoint.get_tensor(name).astype(np.float32) for name in floats}
    except Exception as error:  # of TensorFlow's own and of Python's, IndexError among them
        reason = str(error).strip().split("\n")[0]
        raise ValueError(f"{prefix} is not a checkpoint of TensorFlow, or is damaged: {reason}") from None


# ---------------------------------------------------------------- Deep Compression


def read_deep_compression(path, shapes):
    """Weights pruned and quantized to 8 bits (Han et al. 2016, arXiv:1510.00149), in full again.

    The file names nothing: all numbers of non-zero weights come first, then for each layer a codebook of 256
    floats, the bias, one byte per non-zero weight that points into the codebook, and how many zeros come before each
    (4 bits, two to a byte, low half first; a longer run passes through weights whose code stands for 0).

    Args:
        path: the file; shapes: dict name -> shape of the kernel, (out, in, height, width), in the file's order.

    Returns:
        dict with `<name>.weight` in that shape and `<name>.bias` for each name.
    """
    path = existing(path)
    data = np.frombuffer(path.read_bytes(), np.uint8)
    begin = 0

    def take(count, dtype):
        nonlocal begin
        piece = data[begin : begin + count * np.dtype(dtype).itemsize]
        begin += count * np.dtype(dtype).itemsize
        if begin > len(data):
            raise ValueError(f"{path} is not Deep-Compression weights of this network: it ends too early")
        return piece.view(dtype)

    arrays = {}
    for (name, shape), count in zip(shapes.items(), take(len(shapes), "<u4").tolist(), strict=True):
        codebook = take(256, "<f4")
        arrays[f"{name}.bias"] = take(shape[0], "<f4")
        codes = take(count, np.uint8)
        halves = take((count + 1) // 2, np.uint8)
        zeros_before = np.stack([halves & 15, halves >> 4], axis=1).ravel()[:count]
        positions = np.cumsum(zeros_before.astype(np.int64) + 1) - 1
        if count and positions[-1] >= math.prod(shape):
            raise ValueError(f"{path} is not Deep-Compression weights of this network: {name} holds too many")
        kernel = np.zeros(math.prod(shape), np.float32)
        kernel[positions] = codebook[codes]
        arrays[f"{name}.weight"] = kernel.reshape(shape)
    if begin != len(data):
        raise ValueError(
            f"{path} is not Deep-Compression weights of this network: it is {len(data) - begin} bytes too long"
        )
    return arrays
