"""The command lines `python -m cs231n.paint` and `python -m cs231n.explain`, with few steps and small pictures."""

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cs231n import data_utils, explain, paint
from cs231n.command_line import check_output, command_line
from cs231n.download import find
from cs231n.image_utils import load_image, photograph

ROOT = Path(__file__).parents[1]
CAT = Path(importlib.util.find_spec("skimage").origin).parent / "data" / "chelsea.png"
needs_weights = pytest.mark.skipif(
    find("efficientnet_lite0") is None, reason="no weights: python -m cs231n.download efficientnet_lite0"
)


def sentence(capsys, main, *arguments):
    """What a command that ends with an error says, after a check that it is one line."""
    with pytest.raises(SystemExit) as ending:
        main([str(argument) for argument in arguments])
    message = str(ending.value.code)
    assert isinstance(ending.value.code, str) and "\n" not in message and "Traceback" not in capsys.readouterr().err
    return message


@pytest.fixture
def few_steps(monkeypatch):
    """Paintings in two steps at each size."""
    pytest.importorskip("tensorflow")
    from cs231n import style_transfer
    from cs231n.style_presets import painting_presets

    def short(model):
        presets = painting_presets(model)
        return {
            name: preset | {"stages": tuple(stage._replace(num_iterations=2) for stage in preset["stages"])}
            for name, preset in presets.items()
        }

    monkeypatch.setattr(style_transfer, "painting_presets", short)
    monkeypatch.setattr(paint, "_STEPS_OF_A_FRAME", 1)


# ---------------------------------------------------------------- painting


@needs_weights
def test_a_photograph_is_painted_and_animated(tmp_path, few_steps, capsys):
    out, film = tmp_path / "painted.png", tmp_path / "film.gif"
    paint.main([str(CAT), "--style", "dots", "--size", "64", "-o", str(out), "--animation", str(film)])
    painted, original = load_image(out), photograph(CAT, 64)
    assert painted.shape == original.shape == (64, 96, 3)
    assert 5 < np.abs(painted.astype(int) - original).mean() < 80
    with Image.open(film) as animation:
        assert animation.size == (96, 64) and animation.n_frames >= 5  # the photograph, 2 x 2 steps; the end may merge
        assert np.abs(np.asarray(animation.convert("RGB")).astype(int) - original).mean() < 12
    assert capsys.readouterr().out.endswith(f"{out}: 96 x 64 pixels\n{film}: 6 frames\n")


@pytest.fixture
def without_painting(monkeypatch):
    """The list of the style pictures of all paintings; each is the photograph itself, at once."""
    pytest.importorskip("tensorflow")
    from cs231n import style_transfer

    paintings = []

    def paint_at_once(photograph, painting, *_):
        paintings.append(painting)
        return photograph, []

    monkeypatch.setattr(style_transfer, "paint", paint_at_once)
    return paintings


@needs_weights
def test_a_style_may_be_any_picture_but_the_photograph_itself(tmp_path, without_painting, capsys):
    facets = data_utils.load_styles()["facets"]
    Image.fromarray(facets).save(tmp_path / "style.png")
    paint.main([str(CAT), "--style", str(tmp_path / "style.png"), "--size", "64", "-o", str(tmp_path / "a.png")])
    assert load_image(tmp_path / "a.png").shape == (64, 96, 3)
    assert len(without_painting) == 1 and np.array_equal(without_painting[0], photograph(facets, 128))
    Image.open(CAT).save(tmp_path / "same.jpg", quality=80)
    message = sentence(
        capsys, paint.main, CAT, "--style", tmp_path / "same.jpg", "--size", 64, "-o", tmp_path / "b.png"
    )
    assert message == "paint: the style is the same picture as the photograph; take another painting"
    assert not (tmp_path / "b.png").exists() and len(without_painting) == 1


@needs_weights
def test_ctrl_c_keeps_the_picture_painted_so_far(few_steps, monkeypatch):
    from cs231n import style_transfer

    calls = []

    def interrupted(*arguments, **settings):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments, **settings)

    original = style_transfer.style_transfer
    monkeypatch.setattr(style_transfer, "style_transfer", interrupted)
    frames = paint.paint_photograph(CAT, "swirls", 64)
    assert len(frames) == 3 and all(frame.shape == (64, 96, 3) for frame in frames)
    calls.append(0)
    monkeypatch.setattr(style_transfer, "style_transfer", lambda *_, **__: exec("raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        paint.paint_photograph(CAT, "swirls", 64)


@needs_weights
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole groups of processes")
def test_ctrl_c_in_a_terminal_writes_the_picture(tmp_path):
    command = [sys.executable, "-m", "cs231n.paint", str(CAT), "--size", "256", "-o", str(tmp_path / "a.png")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "EfficientNet" in process.stdout.readline()
        time.sleep(4)  # into the steps, or before them on a slow machine
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert "Traceback" not in err
    if process.returncode == 0:
        assert load_image(tmp_path / "a.png").shape == (256, 384, 3) and "a.png: 384 x 256 pixels" in out
    else:
        assert process.returncode == 130 and not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["absent.png"], "paint: there is no image absent.png"),
        ([CAT, "--size", "0"], "paint: size must be a positive whole number, got 0"),
        (
            [CAT, "--style", "smears"],
            "paint: no style or picture is called smears; there are the styles swirls, facets",
        ),
        ([CAT, "-o", "painted.txt"], "paint: a picture to write ends in .png, .jpg, .jpeg, .webp, got painted.txt"),
        ([CAT, "-o", "no/such/a.png"], "paint: there is no folder no/such to write a.png to"),
        ([CAT, "-o", CAT], "would replace the picture that is read; name another file with -o"),
        (
            [CAT, "-o", "a.webp", "--animation", "./a.webp"],
            "paint: the picture and the animation need files of their own",
        ),
        ([CAT, "--animation", "a.avi"], "paint: an animation ends in .gif, .webp, .mp4, got a.avi"),
    ],
)
def test_what_cannot_be_painted_is_said_in_a_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    assert message in sentence(capsys, paint.main, *arguments)
    assert list(tmp_path.iterdir()) == []


@needs_weights
def test_a_size_beyond_the_memory_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    import psutil

    Image.new("RGB", (40, 30), "red").save(tmp_path / "style.png")
    available = psutil.virtual_memory()._replace(available=2_000_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: available)
    arguments = [CAT, "--size", 5000, "--style", tmp_path / "style.png", "-o", tmp_path / "a.png"]
    message = sentence(capsys, paint.main, *arguments)
    assert message.startswith("paint: a picture of 5000 x 7516 pixels needs") and message.endswith("pixels fits")
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("main", [paint.main, explain.main])
def test_without_weights_the_command_says_how_to_get_them(tmp_path, monkeypatch, capsys, main):
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    assert "python -m cs231n.download efficientnet_lite0" in sentence(capsys, main, CAT)


@needs_weights
def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(tmp_path, without_painting, monkeypatch, capsys):
    def full(image, file, *_, **__):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    message = sentence(capsys, paint.main, CAT, "--size", 64, "-o", tmp_path / "a.png")
    assert message == f"paint: {tmp_path / 'a.png'} cannot be used: No space left on device"
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- explaining


@needs_weights
def test_a_photograph_is_explained(tmp_path, capsys):
    explain.main([str(CAT), "-o", str(tmp_path / "a.png")])
    figure = load_image(tmp_path / "a.png")
    assert figure.shape[1] > 3 * figure.shape[0] > 600
    out = capsys.readouterr().out
    assert "cat" in out.splitlines()[-2] and "the fooling image is goldfish 9" in out


@needs_weights
def test_an_explanation_is_of_the_class_that_is_asked_for(monkeypatch):
    from cs231n.explanation_figures import explain_photograph

    titles = []
    monkeypatch.setattr("cs231n.explanation_figures.show_images", lambda pictures, names, **_: titles.extend(names))
    explanation = explain_photograph(CAT, "Lynx")
    assert explanation.fooling_guess[0] == "lynx" and explanation.fooling_guess[1] > 0.9
    assert explanation.photograph.shape == explanation.fooling_image.shape == (224, 224, 3)
    assert np.abs(explanation.photograph.astype(int) - explanation.fooling_image).mean() < 4
    assert explanation.saliency.shape == explanation.smooth_saliency.shape == (224, 224)
    assert titles[1:] == ["saliency\nlynx", "SmoothGrad\nlynx", titles[3]] and titles[3].startswith(
        "fooling image\nlynx"
    )
    own = explain_photograph(CAT)
    assert np.abs(own.saliency - explanation.saliency).max() > 0


def test_classes_have_numbers():
    assert data_utils.class_number("TABBY cat") == 281 and data_utils.class_number("goldfish") == 1
    messages = {
        "cat": "no class is called 'cat'; there are: .*tabby",
        "crane": "several classes are called 'crane'; there are: crane",
        "": "no class is called ''; look among",
        "goldfsh": "no class is called 'goldfsh'; there are: goldfish",
        "xyzzy": "no class is called 'xyzzy'; look among",
    }
    for name, message in messages.items():
        with pytest.raises(ValueError, match=message):
            data_utils.class_number(name)


def test_an_unknown_class_is_told_before_the_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert "no class is called 'kitty'" in sentence(capsys, explain.main, CAT, "--class", "kitty")


# ---------------------------------------------------------------- all commands


@pytest.mark.parametrize("command", ["paint", "explain"])
def test_help_has_an_example_and_needs_no_tensorflow(command):
    code = (
        f"import sys, cs231n.{command} as c\ntry: c.main(['--help'])\nfinally: assert 'tensorflow' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and f"python -m cs231n.{command} " in run.stdout and run.stderr == ""


def test_ctrl_c_and_errors_end_a_command_in_a_line(capsys):
    for error, code in ((KeyboardInterrupt(), 130), (ValueError("bad"), "x: bad"), (MemoryError("much"), "x: much")):
        with pytest.raises(SystemExit) as ending, command_line("x"):
            raise error
        assert ending.value.code == code
    assert capsys.readouterr().err == "\nx: stopped\n"


def test_an_output_needs_a_folder_and_replaces_no_source(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    check_output(tmp_path / "b.png", [tmp_path / "a.png", "https://example.com/a.png"])
    check_output(tmp_path / "a.png", ["swirls"])
    with pytest.raises(ValueError, match="would replace"):
        check_output(tmp_path / "a.png", [str(tmp_path / "a.png")])
    with pytest.raises(ValueError, match="is a folder; name a file"):
        check_output(tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_result_that_cannot_be_written_is_told_before_the_work(tmp_path):
    code = (
        "import resource, sys; from cs231n import paint; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)); "
        "paint.main([sys.argv[1], '--size', '32', '-o', sys.argv[2]])"
    )
    command = [sys.executable, "-c", code, str(CAT), str(tmp_path / "a.png")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1 and "a.png cannot be used: File too large" in run.stderr.splitlines()[0]
    assert list(tmp_path.iterdir()) == []
