"""What students hand in: every layout is understood in one way, or refused in a sentence; no file is overlooked."""

import io
import tarfile
import zipfile

import pytest

from classroom.exercises import (
    ATTENTION_PY,
    GAN_LOSSES_PY,
    GAN_NETWORKS_PY,
    GANS,
    NETWORK_VISUALIZATION,
    RNN_LAYERS_PY,
    RNN_PY,
)
from classroom.exercises import NETWORK_VISUALIZATION_PY as VISUALIZATION_PY
from classroom.grading import archives, class_folder, submission

LAYERS, MODEL = b"layers = 1\n", b"model = 1\n"


def zipped(entries):
    """The bytes of a zip. `entries`: dict path -> bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo()  # its constructor would turn backslashes round on Windows
            info.filename = name
            archive.writestr(info, data)
    return file.getvalue()


def tarred(entries, mode):
    """The bytes of a tar; mode as of `tarfile.open`."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def lay(folder, entries):
    """Write a dict path -> bytes into a folder."""
    for name, data in entries.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


PACKAGE = {RNN_LAYERS_PY: LAYERS, RNN_PY: MODEL}
INNER = zipped(PACKAGE)

# Files of the course's PyTorch edition, and a module of a student's own, with names of files beyond the course.
TORCH = b"import torch\n\nclass CaptioningTransformer(torch.nn.Module):\n    def forward(self, x): pass\n"
PYTORCH = {"cs231n/rnn_layers_pytorch.py": b"import torch", "cs231n/transformer_layers.py": TORCH}
PYTORCH |= {"cs231n/classifiers/transformer.py": TORCH}


def test_files_of_the_same_names_as_those_beyond_the_course_change_nothing(tmp_path):
    with pytest.raises(ValueError, match="rnn_layers_pytorch.py belongs to the course's PyTorch edition"):
        submission.read(lay(tmp_path / "pytorch", PYTORCH))
    read = submission.read(lay(tmp_path / "both", PACKAGE | PYTORCH))
    assert read.files == PACKAGE | PYTORCH and not submission.is_beyond(read.files)
    own = {"q/rnn_layers.py": LAYERS, "q/attention.py": b"own = 1", "old/attention.py": b"own = 2"}
    read = submission.read(lay(tmp_path / "own", own))
    assert read.files == {RNN_LAYERS_PY: LAYERS, "cs231n/attention.py": b"own = 1"}
    right = {"attention.py": b"class AttentionLSTM:\n    def loss(self): pass", "old/attention.py": b"own = 2"}
    read = submission.read(lay(tmp_path / "right", right))
    assert set(read.files) == {ATTENTION_PY} and submission.is_beyond(read.files)


# what it is -> (files in the student's folder, part of a note or "")
UNDERSTOOD = {
    "a folder": (PACKAGE, ""),
    "a zip in a folder": ({"a3.zip": INNER}, ""),
    "a zip in a zip": ({"a3.zip": zipped({"assignment3/jane.zip": INNER})}, ""),
    "a zip beside the same folder": (PACKAGE | {"a3.zip": INNER}, ""),
    "loose files": ({"rnn_layers.py": LAYERS, "rnn.py": MODEL}, "rnn.py, rnn_layers.py are read as modules of cs231n"),
    "loose files in a zip": ({"a.zip": zipped({"rnn_layers.py": LAYERS, "rnn.py": MODEL})}, "read as modules"),
    "the package without its name": ({"src/rnn_layers.py": LAYERS, "src/classifiers/rnn.py": MODEL}, "read as modules"),
    "loose files in two folders": ({"q1/rnn_layers.py": LAYERS, "q2/rnn.py": MODEL}, "read as modules"),
    "a folder CS231n": (
        {"CS231n/rnn_layers.py": LAYERS, "CS231n/classifiers/rnn.py": MODEL},
        "the folder CS231n is read as cs231n",
    ),
    "a second download": (
        {"cs231n (1)/rnn_layers.py": LAYERS, "cs231n (1)/classifiers/rnn.py": MODEL},
        "the folder cs231n (1) is read as cs231n",
    ),
    "a copy of a file": (
        {"cs231n/rnn_layers (1).py": LAYERS, RNN_PY: MODEL},
        "cs231n/rnn_layers (1).py is read as cs231n/rnn_layers.py",
    ),
    "a loose copy": ({"rnn_layers-1.py": LAYERS, "rnn - Copy.py": MODEL}, "rnn_layers-1.py is read as"),
    "a copy in a cloud": (
        {"cs231n/Copy of rnn_layers.py": LAYERS, RNN_PY: MODEL},
        "cs231n/Copy of rnn_layers.py is read as cs231n/rnn_layers.py",
    ),
    "a copy in German": ({"rnn_layers - Kopie (2).py": LAYERS, "rnn.py": MODEL}, "Kopie (2).py is read as"),
    "names that a mail program changed": (
        {"cs231n/rnn_layers.py.txt": LAYERS, RNN_PY: MODEL, "notes.txt": b"", "losses.txt": b"1.5"},
        "cs231n/rnn_layers.py.txt is read as cs231n/rnn_layers.py",
    ),
    "capitals": ({"RNN_Layers.PY": LAYERS, "Rnn.py": MODEL}, "RNN_Layers.PY is read as cs231n/rnn_layers.py"),
    "a drive and backslashes": ({"a.zip": zipped({f"C:\\me\\{n}": PACKAGE[n] for n in PACKAGE})}, ""),
    "a path from the root in a zip": ({"a.zip": zipped({f"/home/me/{n}": PACKAGE[n] for n in PACKAGE})}, ""),
    "a package in a package": ({f"cs231n/{name}": PACKAGE[name] for name in PACKAGE}, ""),
    "two zips alike": ({"a.zip": zipped(PACKAGE), "b.zip": zipped(PACKAGE)}, ""),
    "a zip that is called tar.gz": ({"a.tar.gz": zipped(PACKAGE)}, ""),
    "a downloaded branch": ({f"cs231n-main/{name}": PACKAGE[name] for name in PACKAGE}, ""),
    "backslashes in a zip": ({"a.zip": zipped({name.replace("/", "\\"): PACKAGE[name] for name in PACKAGE})}, ""),
    "a tar.gz": ({"a3.tar.gz": tarred(PACKAGE, "w:gz")}, ""),
    "a tgz in capitals": ({"A3.TGZ": tarred(PACKAGE, "w:gz")}, ""),
    "a tar.xz in a zip": ({"a.zip": zipped({"a.tar.xz": tarred(PACKAGE, "w:xz")})}, ""),
    "a tar that is called zip": ({"a.zip": tarred(PACKAGE, "w")}, ""),
    "UTF-16": (
        {RNN_LAYERS_PY: LAYERS.decode().encode("utf-16"), RNN_PY: MODEL.decode().encode("utf-16-be")},
        "cs231n/rnn_layers.py is UTF-16, and is read as such",
    ),
    "files that belong to systems": (
        PACKAGE | {"__MACOSX/cs231n/rnn_layers.py": b"x", "cs231n/._rnn_layers.py": b"x", ".git/cs231n/rnn.py": b"x"},
        "",
    ),
    "an environment of Python": (
        PACKAGE | {f"{env}/lib/site-packages/keras/rnn_layers.py": env.encode() for env in (".venv", "my env")},
        "",
    ),
    "an older version farther down": (
        PACKAGE | {"backup/old/cs231n/rnn_layers.py": b"old"},
        "backup/old/cs231n/rnn_layers.py is left aside",
    ),
    "a copy beside the file": (
        PACKAGE | {"cs231n/rnn_layers copy.py": b"old"},
        "cs231n/rnn_layers copy.py is left aside",
    ),
    "a damaged zip beside the files": (PACKAGE | {"a3.zip": b"PK no zip"}, "a3.zip is not a readable zip"),
    "other files": (PACKAGE | {"report.pdf": b"%PDF", "notebooks/GANs.ipynb": b"{}"}, ""),
}


@pytest.mark.parametrize("layout", UNDERSTOOD)
def test_a_layout_with_one_meaning_is_understood(layout, tmp_path):
    files, note = UNDERSTOOD[layout]
    handed_in = submission.read(lay(tmp_path / "jane", files))
    assert handed_in.files == PACKAGE
    assert note in "\n".join(handed_in.notes) and bool(note) == bool(handed_in.notes)


@pytest.mark.parametrize(
    "name", ["jane.zip", "jane.tar.gz", "rnn_layers.py", "rnn_layers (2).py", "jane.d/rnn_layers.py"]
)
def test_a_submission_may_be_a_single_file(name, tmp_path):
    data = {"jane.zip": INNER, "jane.tar.gz": tarred(PACKAGE, "w:gz")}.get(name, LAYERS)
    handed_in = submission.read(lay(tmp_path, {name: data}) / name)
    assert handed_in.files[RNN_LAYERS_PY] == LAYERS


# what it is -> (files in the student's folder, part of the sentence)
REFUSED = {
    "nothing": ({}, "it holds no files; expected is a folder cs231n with cs231n/rnn_layers.py"),
    "a notebook alone": (
        {"RNN_Captioning.ipynb": b"{}"},
        "it holds only RNN_Captioning.ipynb, and functions are not read from notebooks; expected is a folder",
    ),
    "a report": ({"report.pdf": b"%PDF"}, "it holds report.pdf; expected is"),
    "a rar": ({"a3.rar": b"Rar!"}, r"a3.rar is an archive of a kind that is not read \(a zip is\)"),
    "PyTorch": ({"cs231n/gan_pytorch.py": b""}, "belongs to the course's PyTorch edition, which is not graded here"),
    "a damaged zip": ({"a3.zip": INNER[: len(INNER) // 2]}, "a3.zip is not a readable zip"),
    "two packages": (
        {"a/cs231n/rnn.py": b"", f"a/{RNN_LAYERS_PY}": b"1", f"b/{RNN_LAYERS_PY}": b"2"},
        f"holds more than one {RNN_LAYERS_PY}, and they differ: a/{RNN_LAYERS_PY} and b/{RNN_LAYERS_PY}; leave one",
    ),
    "a folder and another download": (
        {RNN_LAYERS_PY: b"1", "cs231n (1)/rnn_layers.py": b"2"},
        r"they differ: cs231n \(1\)/rnn_layers.py and cs231n/rnn_layers.py",
    ),
    "two copies": (
        {"cs231n/rnn_layers (1).py": b"1", "cs231n/rnn_layers (2).py": b"2"},
        r"they differ: cs231n/rnn_layers \(1\).py and cs231n/rnn_layers \(2\).py",
    ),
    "an archive in too many": (
        {"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.zip": INNER})})})},
        "a.zip/b.zip/c.zip/d.zip is not read",
    ),
    "a zip with a password": (
        {"a.zip": INNER.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
        )},
        "has a password",
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", REFUSED)
def test_another_layout_is_refused_in_a_sentence(layout, tmp_path):
    files, sentence = REFUSED[layout]
    (tmp_path / "jane").mkdir()
    with pytest.raises(ValueError, match=sentence):
        submission.read(lay(tmp_path / "jane", files))


def test_bombs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr(archives, "MOST_FILES", 50)
    zeros = b"\0" * 3_000_000
    for name, data, sentence in (
        ("a.zip", zeros, "a.zip is too large for a submission: more than 100,000 bytes"),
        ("a.tar.gz", tarred({"a": zeros, "b": b""}, "w:gz"), "an archive is too large for a submission"),
        ("b.zip", zipped({f"{k}.txt": b"" for k in range(51)}), "more than 50 files are too many for a submission"),
        ("c.zip", zipped({"d.zip": zeros[:90_000], "e.zip": zeros[:90_000]}), "c.zip"),
    ):
        with pytest.raises(ValueError, match=sentence):
            submission.read(lay(tmp_path, {name: data}) / name)


# ---------------------------------------------------------------- the course's own layout


def test_modules_of_the_course_get_stand_ins(tmp_path):
    own = {"cs231n/gan_tf.py": b"gan = 1\n", "cs231n/net_visualization_tensorflow.py": b"net = 1\n"}
    handed_in = submission.read(lay(tmp_path / "jane", PACKAGE | own))
    assert set(handed_in.files) == {*PACKAGE, *own, GAN_NETWORKS_PY, GAN_LOSSES_PY, VISUALIZATION_PY} | {
        "cs231n/course_visualization.py"
    }
    assert handed_in.course == {GANS, NETWORK_VISUALIZATION}
    assert "cs231n/gan_tf.py is the course's" in "\n".join(handed_in.notes)
    both = submission.read(lay(tmp_path / "jane", {GAN_NETWORKS_PY: b"x = 1\n", GAN_LOSSES_PY: b"x = 1\n"}))
    assert both.course == {NETWORK_VISUALIZATION} and both.files[GAN_NETWORKS_PY] == b"x = 1\n"


def test_a_former_edition_is_recognised_by_its_files(tmp_path):
    handed_in = submission.read(lay(tmp_path / "jane", {"cs231n/gan.py": b"gan = 1\n"}))
    assert handed_in == ({"cs231n/gan.py": b"gan = 1\n"}, (), frozenset())


# ---------------------------------------------------------------- a folder of submissions


def test_downloads_of_learning_management_systems_are_sorted_by_student(tmp_path):
    lay(
        tmp_path,
        {
            "Jane Doe_12345_assignsubmission_file/a3.zip": INNER,
            "Jane Doe_12345_assignsubmission_onlinetext/onlinetext.html": b"see the zip",
            "李 雷_12346_assignsubmission_file_a3.zip": INNER,
            "doejohn_LATE_501_9001_rnn_layers.py": LAYERS,
            "doejohn_LATE_501_9002_rnn-1.py": MODEL,
            "roemary_502_9003_a3-2.zip": INNER,
            "HW 3_alan_attempt_2024-05-01-12-00-00.txt": b"Name: Alan",
            "HW 3_alan_attempt_2024-05-01-12-00-00_a3.zip": zipped({RNN_LAYERS_PY: b"old"}),
            "HW 3_alan_attempt_2024-05-02-12-00-00.txt": b"Name: Alan",
            "HW 3_alan_attempt_2024-05-02-12-00-00_a3.zip": INNER,
            "submission_77/cs231n/rnn_layers.py": LAYERS,
            "submission_77/cs231n/classifiers/rnn.py": MODEL,
            "submission_metadata.yml": b"",
            "kim_rnn_layers.py": LAYERS,
            "ada/cs231n/rnn_layers.py": LAYERS,
            "ada.zip": INNER,
            "ADA.tar.gz": tarred(PACKAGE, "w:gz"),
            "index.zip": INNER,
            "notes.txt": b"",
            "rnn.py": MODEL,
            ".DS_Store": b"",
            "Thumbs.db": b"",
        },
    )
    entries = {entry.name: entry for entry in class_folder.entries(tmp_path)}
    good = {"Jane Doe_12345", "李 雷_12346", "doejohn_501", "roemary_502", "alan", "submission_77", "kim"}
    good |= {"ADA", "ada (2)", "ada (3)", "index (2)"}
    assert {name for name, entry in entries.items() if not entry.problem} == good
    for name in good - {"kim", "ada (2)"}:
        assert submission.read(entries[name].parts).files == PACKAGE, name
    assert entries["alan"].notes == ("the last of 2 attempts, 2024-05-02-12-00-00",)
    assert entries["index (2)"].notes == ("handed in as index.zip",)
    assert {name: entry.problem for name, entry in entries.items() if entry.problem} == {
        "notes.txt": "notes.txt is neither a folder, nor a zip, nor a Python file",
        "submission_metadata.yml": "submission_metadata.yml is neither a folder, nor a zip, nor a Python file",
        "rnn.py": "rnn.py belongs to no student; if the folder is a single submission, name the folder around it",
    }


def test_a_folder_that_is_one_submission_says_so_in_every_row(tmp_path):
    entries = class_folder.entries(lay(tmp_path, PACKAGE))
    assert [entry.name for entry in entries] == ["cs231n"]
    assert "cs231n belongs to no student; if the folder is a single submission" in entries[0].problem


def test_names_of_submissions_fit_for_files_of_every_system(tmp_path):
    long = "x" * 200
    lay(tmp_path, {f"{long}.zip": INNER, f"{long}y.zip": INNER, "a?b\udcff\n.zip": INNER, "  .zip": INNER})
    names = [entry.name for entry in class_folder.entries(tmp_path)]
    assert sorted(names) == sorted(["_", "a_b__", "x" * 120, "x" * 120 + " (2)"])
