"""load_pretrained: which network it loads, what it prints, and its error where no weights are present."""

import numpy as np
import pytest
from weight_writers import write_torch

from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.pretrained import load_pretrained
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.download import find

needs_weights = pytest.mark.skipif(
    find("efficientnet_lite0") is None, reason="weights absent: python -m cs231n.download efficientnet_lite0"
)


@needs_weights
def test_efficientnet_comes_frozen_and_says_so(capsys):
    model = load_pretrained("efficientnet_lite0")
    assert capsys.readouterr().out.startswith("EfficientNet-Lite0 with ImageNet weights")
    assert isinstance(model, EfficientNetLite0)
    assert model.trainable_weights == [] and len(model.weights) == 100
    assert model.image_size == 224 and model.class_names[285] == "Egyptian cat"


def test_squeezenet_is_preferred_where_it_is(tmp_path, monkeypatch, capsys):
    source = SqueezeNet()
    arrays = {}
    for name, layer in source.named_layers().items():
        arrays[f"{name}.weight"] = np.ascontiguousarray(layer.kernel.numpy().transpose(3, 2, 0, 1))
        arrays[f"{name}.bias"] = layer.bias.numpy()
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)
    (tmp_path / "squeezenet").mkdir()
    write_torch(tmp_path / "squeezenet/squeezenet1_1-b8a52dc0.pth", arrays)
    (tmp_path / "squeezenet/squeezenet.ckpt.index").write_bytes(b"of a checkpoint that did not come whole")
    model = load_pretrained()
    assert capsys.readouterr().out == (
        "SqueezeNet v1.1 with ImageNet weights from squeezenet/squeezenet1_1-b8a52dc0.pth\n"
    )
    for got, array in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(got, array)


def test_a_checkpoint_is_named_by_what_its_files_begin_with(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)
    (tmp_path / "squeezenet").mkdir()
    for ending in ("index", "data-00000-of-00001"):
        (tmp_path / f"squeezenet/squeezenet_tf2.ckpt.{ending}").write_bytes(b"part of a checkpoint")
    paths = []
    monkeypatch.setattr(SqueezeNet, "load_weights", lambda self, path: paths.append(path))
    load_pretrained("squeezenet")
    assert paths == [tmp_path / "squeezenet/squeezenet_tf2.ckpt"]
    assert capsys.readouterr().out == "SqueezeNet v1.1 with ImageNet weights from squeezenet/squeezenet_tf2.ckpt\n"


@pytest.mark.parametrize("name, set_name", [(None, "efficientnet_lite0"), ("squeezenet10", "squeezenet10")])
def test_empty_machine_is_told_the_command(tmp_path, monkeypatch, name, set_name):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"python -m cs231n.download {set_name}") as error:
        load_pretrained(name)
    assert "\n" not in str(error.value)


def test_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="'resnet'.*squeezenet, efficientnet_lite0, squeezenet10"):
        load_pretrained("resnet")
