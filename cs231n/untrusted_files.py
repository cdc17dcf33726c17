"""Files that may come from anywhere: .npz and pickle files, read without running anything that they contain.

Call a reader inside `with untrusted_file(path, ...)`. A damaged file can make a reader raise errors of many types; the
`with` block turns each of them into a ValueError that names the file and what to do.
"""

import contextlib
import io
import pickle
import pickletools
import zipfile

import numpy as np

from cs231n.files import user_path

_MAX_ARRAY_BYTES = 1 << 28  # of one array, unpacked


@contextlib.contextmanager
def untrusted_file(path, what, advice=None, begins=(b"",)):
    """Read a file in a `with` block that gives its Path; any error of the block becomes a ValueError about the file.

    Args:
        path: file to read.
        what: what the file should be, for the message: "is damaged or not ...".
        advice: what the user can do about it, for the end of the message.
        begins: tuple of bytes, the ways in which such a file can begin. A file that begins otherwise is not called
            damaged in the message.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if `path` is a folder or begins otherwise, or if the block raises: zipfile, zlib, pickle and NumPy
            raise many types.
    """
    path = user_path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a file")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    ending = f"; {advice}" if advice else ""
    with path.open("rb") as file:
        if not file.read(8).startswith(begins):
            raise ValueError(f"{path} is not {what}{ending}")
    try:
        yield path
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise ValueError(f"{path} is damaged or not {what} ({reason}){ending}") from None


def read_npz(path, names=None):
    """The arrays of an .npz file as a dict, name -> array.

    Args:
        path: file as `numpy.savez` and `numpy.savez_compressed` write it.
        names: names of the arrays to read; None for all.

    Raises:
        Exception: if the file is damaged or lacks a name, if an array holds Python objects, or if an array unpacks to
            more than 256 MB. It can be of many types, so call this function within `with untrusted_file(...)`, which
            turns them into one.
    """
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()] if names is None else names
        arrays = {}
        for name in names:
            with _npz_member(archive, name) as file:
                arrays[name] = np.lib.format.read_array(file, allow_pickle=False)
    return arrays


def read_npz_dict(path, name):
    """A dict in an .npz file: NumPy wraps it into an array without axes and pickles that.

    Raises:
        Exception: if the file is damaged, lacks the name, or asks for anything but arrays and dicts; the error can
            be of many types.
    """
    with zipfile.ZipFile(path) as archive, _npz_member(archive, name) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError(f"{name} is in an unknown format of NumPy's")
        np.lib.format.read_array_header_1_0(file)
        pickled = file.read()
    for opcode, argument, _ in pickletools.genops(pickled):  # refuses strings longer than the file
        if opcode.name.endswith("PUT") and argument > len(pickled):
            raise ValueError(f"{name} counts more objects than it can hold")  # loading would make room for them all
    wrapped = read_pickle(io.BytesIO(pickled), encoding="latin1")  # of Python 2, where strings may be bytes
    if not isinstance(wrapped, PickledArray) or [type(entry) for entry in wrapped.data] != [dict]:
        raise ValueError(f"{name} is not one dict")
    return wrapped.data[0]


def _npz_member(archive, name):
    if archive.getinfo(f"{name}.npy").file_size > _MAX_ARRAY_BYTES:
        raise ValueError(f"{name} has more than {_MAX_ARRAY_BYTES} bytes")
    return archive.open(f"{name}.npy")


def read_pickle(file, encoding):
    """The content of an open pickle file, as plain Python objects; a NumPy array becomes a `PickledArray`.

    Args:
        file: binary file; encoding: name of the encoding of Python 2's strings, as for `pickle.load`.

    Raises:
        Exception: if the pickle is damaged, or asks for anything but arrays and plain objects; the error can be of
            many types.
    """
    return RestrictedUnpickler(file, _ARRAY_PARTS, encoding=encoding).load()


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that accepts a few names and refuses all others, so that no code from a file is run.

    Args:
        file: binary file.
        known: dict from "module.name" to a function without arguments that returns what stands in for that name.
            It is called at every occurrence, because a pickle may set attributes of what it gets.
        options: keyword arguments of `pickle.Unpickler`.
    """

    def __init__(self, file, known, **options):
        super().__init__(file, **options)
        self._known = known

    def find_class(self, module, name):
        if f"{module}.{name}" not in self._known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no data need")
        return self._known[f"{module}.{name}"]()


class _PickledDtype:
    """Stands in for `numpy.dtype` in a pickle: its byte order and code, as b"<" and b"f4"."""

    def __init__(self, code):
        self.code = code

    def __setstate__(self, state):
        self.order = state[1]


class PickledArray:
    """Stands in for `numpy.ndarray` in a pickle: NumPy's own would trust any size that the pickle states."""

    def __setstate__(self, state):
        _version, self.shape, self.dtype, _in_columns, self.data = state

    def array(self):
        """The array itself, if its entries are float32 or int64."""
        if self.dtype.code not in (b"f4", b"i8"):
            raise ValueError(f"it has an array of {self.dtype.code!r}")
        return np.frombuffer(self.data, (self.dtype.order + self.dtype.code).decode()).reshape(self.shape)


_ARRAY_PARTS = {
    "numpy.core.multiarray._reconstruct": lambda: lambda *_: PickledArray(),
    "numpy._core.multiarray._reconstruct": lambda: lambda *_: PickledArray(),
    "numpy.dtype": lambda: lambda code, *_: _PickledDtype(code),
    "numpy.ndarray": lambda: None,  # only ever named, as what to reconstruct
    "_codecs.encode": lambda: lambda text, _: text.encode("latin1"),  # how Python 3 writes bytes for Python 2
}
