"""Weight files: those of the real libraries and of our own writers are read, damaged and hostile ones refused."""

import re
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weight_writers import (
    name_of,
    pickled,
    pickled_dict,
    pickled_tensor,
    write_deep_compression,
    write_safetensors,
    write_tf1,
    write_tf2,
    write_torch,
    write_torch_parts,
)

from cs231n.classifiers.weight_files import (
    checked_array,
    read_checkpoint,
    read_deep_compression,
    read_tensors,
    read_torch,
)

both_formats = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def some_arrays():
    rng = np.random.RandomState(231)
    return {
        "features.0.weight": rng.randn(5, 3, 2, 4).astype("<f4"),
        "features.0.bias": rng.randn(5).astype("<f8"),
        "half": rng.randn(2, 7).astype("<f2"),
        "counter": np.array(17, "<i8"),
    }


def assert_same(got, arrays):
    assert list(got) == list(arrays)
    for name, array in arrays.items():
        assert got[name].dtype == np.float32
        np.testing.assert_array_equal(got[name], array.astype(np.float32))


def refused(read, path, *args):
    """The message with which `read` refuses the file: one line that names the file."""
    with pytest.raises(ValueError) as error:
        read(path, *args)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message


# ---------------------------------------------------------------- PyTorch


@both_formats
def test_torch_file_reads_back(tmp_path, zipped):
    write_torch(tmp_path / "w.pth", some_arrays(), zipped)
    assert_same(read_torch(tmp_path / "w.pth"), some_arrays())


@both_formats
def test_torch_itself_agrees(tmp_path, zipped):
    torch = pytest.importorskip("torch", reason="torch, the peer, is not installed")
    tensors = {name: torch.from_numpy(array) for name, array in some_arrays().items()}
    tensors["transposed"] = tensors["features.0.weight"].permute(2, 3, 1, 0)
    tensors["part"] = tensors["features.0.weight"][1:4, :, 1]  # a view that begins inside another tensor's storage
    torch.save(tensors, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    assert_same(read_torch(tmp_path / "w.pth"), {name: tensor.numpy() for name, tensor in tensors.items()})
    write_torch(tmp_path / "ours.pth", some_arrays(), zipped)  # and torch reads the file of our writer
    ours = torch.load(tmp_path / "ours.pth", weights_only=True)
    assert_same({name: tensor.float().numpy() for name, tensor in ours.items()}, some_arrays())


@both_formats
@pytest.mark.parametrize(
    "module, name",
    [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("collections", "UserDict"), ("numpy", "load")],
)
def test_code_in_a_torch_file_is_refused_by_name(tmp_path, zipped, module, name):
    canary = tmp_path / "canary"
    call = name_of(module, name) + pickled((f"touch {canary}",)) + b"R"
    write_torch_parts(tmp_path / "w.pth", pickled_dict({"features.0.weight": call}), {}, zipped)
    assert f"{module}.{name}" in refused(read_torch, tmp_path / "w.pth")
    assert not canary.exists()


def test_code_is_refused_wherever_it_stands_in_the_legacy_format(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"\x80\x02" + name_of("os", "system") + pickled(("true",)) + b"R.")
    assert "os.system" in refused(read_torch, path)


@both_formats
@pytest.mark.parametrize(
    "offset, shape, strides",
    [
        (0, (3, 5), (5, 1)),
        (13, (2,), (1,)),
        (0, (2, 2), (13, 1)),
        (3, (2,), (-1,)),
        (0, (999, 999), (0, 0)),
        (0, (2,), ()),
    ],
    ids=["larger", "offset", "stride", "backwards", "repeated", "rank"],
)
def test_tensor_beyond_its_storage_is_refused(tmp_path, zipped, offset, shape, strides):
    storage = np.arange(14, dtype="<f4")
    pickle = pickled_dict({"w": pickled_tensor("0", 14, offset, shape, strides, zipped=zipped)})
    write_torch_parts(tmp_path / "w.pth", pickle, {"0": storage}, zipped)
    refused(read_torch, tmp_path / "w.pth")


def test_other_things_than_tensors_are_refused(tmp_path):
    for k, pickle in enumerate([pickled_dict({"epoch": 3}), b"\x80\x02]."]):
        write_torch_parts(tmp_path / f"{k}.pth", pickle, {})
        assert "other than tensors" in refused(read_torch, tmp_path / f"{k}.pth")


def test_compressed_torch_file_is_refused(tmp_path):
    pickle = pickled_dict({"w": pickled_tensor("0", 10**6, 0, (10**6,), (1,))})
    write_torch_parts(tmp_path / "w.pth", pickle, {"0": np.zeros(10**6, "<f4")}, compression=zipfile.ZIP_DEFLATED)
    assert "compressed" in refused(read_torch, tmp_path / "w.pth")


@both_formats
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_torch_file_cut_anywhere_is_refused(tmp_path_factory, zipped, share):
    path = tmp_path_factory.mktemp("cut") / "w.pth"
    write_torch(path, some_arrays(), zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    refused(read_torch, path)


@pytest.mark.parametrize("part", ["state_dict", "model_state_dict", "model"])
def test_the_weights_of_a_training_checkpoint_are_read(tmp_path, part):
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 3, part: model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.5, "name": None}
    for zipped in (True, False):
        torch.save(checkpoint, tmp_path / "w.pt", _use_new_zipfile_serialization=zipped)
        assert_same(read_tensors(tmp_path / "w.pt"), {k: v.numpy() for k, v in model.state_dict().items()})
    torch.save(dict(model.named_parameters()), tmp_path / "w.pt")  # of Parameters, not of tensors
    assert set(read_tensors(tmp_path / "w.pt")) == {"0.weight", "0.bias", "1.weight", "1.bias"}


def test_names_of_data_parallel_training_are_the_usual_ones(tmp_path):
    write_torch(tmp_path / "w.pth", {f"module.{name}": array for name, array in some_arrays().items()})
    assert_same(read_tensors(tmp_path / "w.pth"), some_arrays())
    mixed = {"module.a": some_arrays()["half"], "b": some_arrays()["half"]}
    write_torch(tmp_path / "w.pth", mixed)
    assert_same(read_tensors(tmp_path / "w.pth"), mixed)


# ---------------------------------------------------------------- safetensors


def test_safetensors_read_back(tmp_path):
    write_safetensors(tmp_path / "w.safetensors", some_arrays())
    assert_same(read_tensors(tmp_path / "w.safetensors"), some_arrays())


def test_safetensors_of_the_real_library_are_read(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    library.save_file(some_arrays(), tmp_path / "w.safetensors")
    got = read_tensors(tmp_path / "w.safetensors")
    assert_same({name: got[name] for name in some_arrays()}, some_arrays())


def test_damaged_and_unknown_safetensors_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    write_safetensors(path, some_arrays())
    whole = path.read_bytes()
    for length in (*range(0, len(whole), 7), len(whole) - 1):
        path.write_bytes(whole[:length])
        assert "damaged or not a file of safetensors" in refused(read_tensors, path)
    for old, new in (
        (b'"F32"', b'"U32"'),
        (b'"shape"', b'"shame"'),
        (b"[0, 480]", b"[0, 999]"),
        (b"[0, 480]", b"[9,-480]"),
    ):
        path.write_bytes(whole.replace(old, new, 1))
        refused(read_tensors, path)


def test_a_file_of_another_kind_is_not_called_damaged(tmp_path):
    for content in (b"my notes", b"", b"\x89HDF\r\n"):
        (tmp_path / "w.pth").write_bytes(content)
        assert refused(read_torch, tmp_path / "w.pth") == f"{tmp_path / 'w.pth'} is not a file of PyTorch weights"


# ---------------------------------------------------------------- TensorFlow


def float_arrays():
    return {name: a.astype(np.float32) for name, a in some_arrays().items() if name != "counter"}


def test_tf1_checkpoint_reads_back(tmp_path):
    write_tf1(tmp_path / "w.ckpt", {**float_arrays(), "step": np.array(3, np.int64)})
    got = read_checkpoint(tmp_path / "w.ckpt")
    assert_same({name: got[name] for name in float_arrays()}, float_arrays())
    assert "step" not in got


def test_tf2_checkpoint_reads_back(tmp_path):
    write_tf2(tmp_path / "w.ckpt", {"net/layer_with_weights-0/kernel": float_arrays()["half"]})
    got = read_checkpoint(tmp_path / "w.ckpt")
    array = got["net/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"]
    np.testing.assert_array_equal(array, float_arrays()["half"])


def test_half_a_checkpoint_names_the_missing_file(tmp_path):
    write_tf1(tmp_path / "w.ckpt", float_arrays())
    data = tmp_path / "w.ckpt.data-00000-of-00001"
    content = data.read_bytes()
    data.write_bytes(content[: len(content) // 2])
    refused(read_checkpoint, tmp_path / "w.ckpt")
    data.unlink()
    with pytest.raises(FileNotFoundError, match=r"w\.ckpt\.data-00000-of-00001 is missing"):
        read_checkpoint(tmp_path / "w.ckpt")
    (tmp_path / "w.ckpt.index").unlink()
    with pytest.raises(FileNotFoundError, match=r"w\.ckpt\.index"):
        read_checkpoint(tmp_path / "w.ckpt")


def test_damaged_index_of_a_checkpoint_is_refused(tmp_path):
    write_tf1(tmp_path / "w.ckpt", float_arrays())
    (tmp_path / "w.ckpt.index").write_bytes(b"no index")
    refused(read_checkpoint, tmp_path / "w.ckpt")


# ---------------------------------------------------------------- Deep Compression


@settings(max_examples=20, deadline=None)
@given(density=st.sampled_from([0.0, 0.01, 0.1, 0.9, 1.0]), seed=st.integers(0, 2**31))
def test_deep_compression_reads_back(tmp_path_factory, density, seed):
    path = tmp_path_factory.mktemp("net") / "w.net"
    rng = np.random.RandomState(seed)
    values = rng.randn(255).astype(np.float32)
    shapes = {"a": (7, 3, 5, 2), "b": (11, 7, 1, 1)}
    layers = [
        (rng.choice(values, shape) * (rng.rand(*shape) < density), rng.randn(shape[0]).astype(np.float32))
        for shape in shapes.values()
    ]
    write_deep_compression(path, layers)
    got = read_deep_compression(path, shapes)
    assert list(got) == ["a.bias", "a.weight", "b.bias", "b.weight"]
    for name, (kernel, bias) in zip(shapes, layers, strict=True):
        np.testing.assert_array_equal(got[f"{name}.weight"], kernel)
        np.testing.assert_array_equal(got[f"{name}.bias"], bias)


def test_damaged_deep_compression_is_refused(tmp_path):
    path, shapes = tmp_path / "w.net", {"a": (4, 3, 2, 2)}
    write_deep_compression(path, [(np.ones(shapes["a"], np.float32), np.zeros(4))])
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert "too early" in refused(read_deep_compression, path, shapes)
    path.write_bytes(whole + b"!")
    assert "1 bytes too long" in refused(read_deep_compression, path, shapes)
    path.write_bytes(whole)
    assert "a holds too many" in refused(read_deep_compression, path, {"a": (4, 3, 2, 1)})


# ---------------------------------------------------------------- all


@pytest.mark.parametrize("read", [read_torch, read_checkpoint, lambda path: read_deep_compression(path, {})])
def test_missing_file_and_folder(tmp_path, read):
    with pytest.raises(FileNotFoundError, match="there is no file " + re.escape(str(tmp_path / "absent"))):
        read(tmp_path / "absent")
    assert "folder" in refused(read, tmp_path)


def test_checked_says_what_is_wrong():
    arrays = {"w": np.zeros((2, 3))}
    assert checked_array(arrays, "w", (2, 3), "file") is arrays["w"]
    with pytest.raises(ValueError, match="file does not fit the network: v is missing"):
        checked_array(arrays, "v", (2, 3), "file")
    with pytest.raises(ValueError, match=r"w has the shape \(2, 3\), not \(3, 2\)"):
        checked_array(arrays, "w", (3, 2), "file")
