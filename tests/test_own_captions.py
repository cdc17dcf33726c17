"""A data set of one's own pictures, described by a small stand-in of the network unless a test says otherwise."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_scenes import outputs

from cs231n import own_captions
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.image_utils import photograph
from cs231n.own_captions import main, make_own_captions, read_captions
from cs231n.scenes import features
from cs231n.scenes.pictures import load_picture

ROOT = Path(__file__).parents[1]


@pytest.fixture
def reduction(data_with_scenes, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(data_with_scenes))
    monkeypatch.setattr(own_captions, "_PIECE", 4)
    return features.load_reduction()


@pytest.fixture
def of_cells(reduction):
    return features.load_reduction(name=features.GRID_REDUCTION_FILE)


@pytest.fixture
def folder(tmp_path):
    """Eleven pictures of one colour each, of several formats, with captions.json."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    captions = {}
    for k in range(11):
        name = f"{k:02d}.{('png', 'jpg', 'webp')[k % 3]}"
        Image.new("RGB", (200 + k, 150), (20 * k, 255 - 20 * k, 99)).save(folder / name)
        captions[name] = [f"Picture number {k}.", f"the {k} of eleven"]
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    return folder


def no_network(pictures):
    raise AssertionError("everything is described already")


def test_a_data_set_has_the_features_of_the_scenes_captions_and_paths(folder, reduction, of_cells, tmp_path, capsys):
    assert make_own_captions(folder, tmp_path / "own", describe=outputs) == {}
    data, with_grids = load_coco_data(tmp_path / "own"), load_coco_data(tmp_path / "own", grid=True)
    assert [Path(url).name for url in data["val_urls"]] == ["00.png", "10.jpg"] and len(data["train_urls"]) == 9
    for split in ("train", "val"):
        rows = zip(data[f"{split}_features"], with_grids[f"{split}_features"], strict=True)
        for url, (row, grid) in zip(data[f"{split}_urls"], rows, strict=True):
            layers = outputs(photograph(url, 128, square=True)[None])
            np.testing.assert_allclose(row, reduction.features(layers)[0], rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(grid, of_cells.grids(layers)[0], rtol=1e-3, atol=1e-3)  # float16
            assert load_picture(url).shape[0] == 150
    captions = decode_captions(data["val_captions"], data["idx_to_word"], plain=True)
    assert captions == ["picture number 0", "the 0 of eleven", "picture number 10", "the 10 of eleven"]
    assert capsys.readouterr().out.endswith(f"{tmp_path / 'own'}: 11 pictures (9 for train, 2 for val), 0 left out\n")
    assert {path.name for path in tmp_path.iterdir()} == {"pictures", "own", ".own.lock"}


def test_broken_pictures_are_named_left_out_and_counted(folder, reduction, tmp_path, capsys):
    for k, name in enumerate(("01.jpg", "02.webp")):
        (folder / name).write_bytes((folder / name).read_bytes()[: 40 * k])
    (folder / "05.webp").unlink()
    broken = make_own_captions(folder, tmp_path / "own", describe=outputs)
    assert sorted(broken) == ["01.jpg", "02.webp", "05.webp"]
    out = capsys.readouterr().out
    assert all(f"left out: {reason}\n" in out for reason in broken.values()) and "01.jpg cannot be shown" in out
    assert "there is no image" in broken["05.webp"] and out.endswith(
        "8 pictures (7 for train, 1 for val), 3 left out\n"
    )
    data = load_coco_data(tmp_path / "own")
    assert len(data["train_urls"]) + len(data["val_urls"]) == 8


def test_a_stopped_run_goes_on_where_it_was(folder, reduction, tmp_path, capsys):
    (folder / "01.jpg").write_bytes(b"broken")
    calls = []

    def stops(pictures):
        calls.append(len(pictures))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return outputs(pictures)

    with pytest.raises(KeyboardInterrupt):
        make_own_captions(folder, tmp_path / "own", describe=stops)
    assert calls == [3, 4, 3] and not (tmp_path / "own").exists()
    capsys.readouterr()
    assert sorted(make_own_captions(folder, tmp_path / "own", describe=stops)) == ["01.jpg"]
    assert calls == [3, 4, 3, 3] and "11 pictures, 3 to be described" in capsys.readouterr().out
    make_own_captions(folder, tmp_path / "straight", describe=outputs)
    for grid in (False, True):
        one, two = (load_coco_data(tmp_path / name, grid=grid) for name in ("own", "straight"))
        assert np.array_equal(one["train_features"], two["train_features"])


def test_scenes_of_an_older_version_are_told_in_a_sentence(folder, reduction, tmp_path, data_with_scenes, monkeypatch):
    shutil.copytree(data_with_scenes / "scenes", tmp_path / "data" / "scenes")
    (tmp_path / "data" / "scenes" / features.GRID_REDUCTION_FILE).unlink()
    monkeypatch.setenv("CS231N_DATA", str(tmp_path / "data"))
    with pytest.raises(SystemExit, match="older version made the scenes; bring them up to date with: python -m cs231n"):
        main([str(folder)])


def test_pictures_that_changed_after_a_stopped_run_are_described_again(folder, reduction, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(own_captions, "write_coco_data", lambda *_, **__: exec("raise OSError(28, 'No space')"))
        with pytest.raises(OSError, match="No space"):
            make_own_captions(folder, tmp_path / "own", describe=outputs)
    before = [path for path in (tmp_path / ".own.pieces").iterdir()]
    assert len(before) == 3
    Image.new("RGB", (300, 300), "white").save(folder / "00.png")
    os.utime(folder / "00.png", (1, 1))
    seen = []
    make_own_captions(
        folder, tmp_path / "own", describe=lambda pictures: seen.append(len(pictures)) or outputs(pictures)
    )
    assert seen == [4]
    white = reduction.features(outputs(np.full((1, 128, 128, 3), 255, np.uint8)))
    np.testing.assert_allclose(load_coco_data(tmp_path / "own")["val_features"][0], white[0], rtol=1e-5, atol=1e-6)


def test_a_folder_of_something_else_is_not_replaced(folder, reduction, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "diary.txt").write_text("dear diary")
    with pytest.raises(ValueError, match="diary.txt"):
        make_own_captions(folder, tmp_path / "own", describe=lambda pictures: pytest.fail("described"))
    assert (tmp_path / "own" / "diary.txt").read_text() == "dear diary"


def test_one_picture_is_not_enough(folder, reduction, tmp_path):
    (folder / "captions.json").write_text(json.dumps({"00.png": "one", "absent.png": "two"}))
    with pytest.raises(ValueError, match="needs two pictures that can be read, got 1 of 2"):
        make_own_captions(folder, tmp_path / "own", describe=outputs)


# ---------------------------------------------------------------- captions


TABLE = 'name,caption\n a.jpg ,Ein Café\na.jpg,zwei\nb.jpg,"eins, zwei"\n\n'
EXPECTED = {"a.jpg": ["Ein Café", "zwei"], "b.jpg": ["eins, zwei"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize(
    "change", [str, lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("name", "Name")]
)
def test_tables_are_read_in_every_common_encoding(tmp_path, capsys, encoding, change):
    (tmp_path / "captions.csv").write_bytes(change(TABLE).encode(encoding))
    assert read_captions(tmp_path) == EXPECTED
    noted = "captions.csv is not in UTF-8; it is read as Windows-1252\n"
    assert capsys.readouterr().out == (noted if encoding == "cp1252" else "")


def test_tables_of_spreadsheets_have_semicolons_or_tabs_and_more_columns(tmp_path):
    (tmp_path / "captions.csv").write_text("number;caption;name\n1;eins, zwei;b.jpg\n", encoding="utf-8")
    assert read_captions(tmp_path) == {"b.jpg": ["eins, zwei"]}
    (tmp_path / "captions.csv").write_text("name\tcaption\nb.jpg\teins, zwei\n", encoding="utf-8")
    assert read_captions(tmp_path) == {"b.jpg": ["eins, zwei"]}


def test_json_may_have_one_caption_or_several_and_comes_first(tmp_path):
    (tmp_path / "captions.csv").write_text("x")
    (tmp_path / "captions.json").write_bytes(b"\xef\xbb\xbf" + '{"a.jpg": "Café", "b.jpg": ["x", "y"]}'.encode())
    assert read_captions(tmp_path) == {"a.jpg": ["Café"], "b.jpg": ["x", "y"]}


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("captions.csv", b"name,caption\n,words\n", "line 2 has no name, got ''"),
        ("captions.csv", b"name,caption\na.jpg,words\nb.jpg\n", "line 3 has no caption, got None"),
        ("captions.csv", b"name,caption\na.jpg, . \n", "line 2 has no caption, got ' . '"),
        ("captions.csv", b"a.jpg,words\n", "needs the columns name and caption in its first row, got 'a.jpg,words'"),
        ("captions.csv", b"", "needs the columns name and caption in its first row, got ''"),
        ("captions.csv", b"name,caption\n", "has no captions"),
        ("captions.csv", b'name,caption\na.jpg,"' + b"b.jpg,words\n" * 20_000, "is no table at line"),
        ("captions.csv", b"\xff\xfea", "is neither in UTF-8 nor in UTF-16 nor in Windows-1252"),
        ("captions.csv", b"name,caption\na.jpg,\x81\n", "is neither in UTF-8 nor in UTF-16 nor in Windows-1252"),
        ("captions.json", b"{", "is not JSON"),
        ("captions.json", b"[]", "must be an object such as"),
        ("captions.json", b'{"a.jpg": []}', "the entry 'a.jpg' has no caption, got None"),
        ("captions.json", b'{"a.jpg": [3]}', "the entry 'a.jpg' has no caption, got 3"),
        ("captions.json", b'{"": ["words"]}', "the entry '' has no name, got ''"),
    ],
)
def test_captions_that_cannot_be_understood_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as refusal:
        read_captions(tmp_path)
    assert message in str(refusal.value) and name in str(refusal.value) and "\n" not in str(refusal.value)


# ---------------------------------------------------------------- clusters and the command


def test_a_cluster_describes_the_pictures(folder, reduction, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(features, "_worker_network", lambda: outputs)
    (folder / "01.jpg").write_bytes(b"broken")
    with distributed.LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        assert sorted(make_own_captions(folder, tmp_path / "own", cluster.scheduler_address)) == ["01.jpg"]
    make_own_captions(folder, tmp_path / "here", describe=outputs)
    one, two = load_coco_data(tmp_path / "own"), load_coco_data(tmp_path / "here")
    assert np.array_equal(one["train_features"], two["train_features"])
    assert np.array_equal(one["train_captions"], two["train_captions"])


def test_clusters_that_are_not_there_are_told_in_a_sentence(folder, reduction, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r'needs the package Dask: pip install "dask\[distributed\]"'):
        make_own_captions(folder, tmp_path / "own", "tcp://127.0.0.1:1")


def test_the_command_says_what_is_wrong_in_a_sentence(tmp_path, data_with_scenes, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_DATA", str(data_with_scenes))
    for arguments, message in (
        ([tmp_path / "absent"], "own_captions: .*absent: no such folder; python -m cs231n.own_captions --help"),
        ([tmp_path], "neither captions.json nor captions.csv"),
    ):
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        assert re.search(message, ending.value.code) and "\n" not in ending.value.code


def test_without_scenes_the_command_says_how_to_draw_them(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path / "empty"))
    with pytest.raises(SystemExit) as ending:
        main([str(folder)])
    assert "python -m cs231n.scenes" in ending.value.code and not (tmp_path / "empty").exists()


def test_help_has_an_example_and_needs_no_tensorflow():
    code = (
        "import sys, cs231n.own_captions as c\ntry: c.main(['--help'])\nfinally: assert 'tensorflow' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and "python -m cs231n.own_captions holiday" in run.stdout and run.stderr == ""
