"""The command `python -m cs231n.caption`, on scenes so few that training takes a second."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_scenes import outputs

from cs231n import caption
from cs231n.image_utils import load_image
from cs231n.scenes import Scene, captioner, scene_of_caption
from cs231n.scenes.features import load_reduction

ROOT = Path(__file__).parents[1]
SETTINGS = {"update_rule": "adam", "optim_config": {"learning_rate": 5e-3}, "batch_size": 20, "num_epochs": 1}


@pytest.fixture
def small(data_with_scenes, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(data_with_scenes))
    monkeypatch.setattr(captioner, "_WORDVEC_DIM", 8)
    monkeypatch.setattr(captioner, "_HIDDEN_DIM", 16)
    monkeypatch.setattr(captioner, "SCENES_SETTINGS", {"lstm": SETTINGS})
    monkeypatch.setattr(captioner, "efficientnet_outputs", lambda: outputs)
    return data_with_scenes


def test_a_captioner_is_trained_once(small, capsys):
    first, second = captioner.load_captioner(), captioner.load_captioner()
    assert capsys.readouterr().out.count("it is trained once on the drawn scenes") == 1
    assert all(np.array_equal(first.params[name], second.params[name]) for name in first.params)
    more = captioner.load_captioner(SETTINGS | {"num_epochs": 2})
    assert not np.array_equal(first.params["Wx"], more.params["Wx"])


def test_a_stopped_training_keeps_nothing(small, monkeypatch):
    captioner.load_captioner()
    before = sorted((small / "captioner").iterdir())
    monkeypatch.setattr(captioner.CaptioningSolver, "train", lambda solver: solver.loss_history.append(1.0))
    with pytest.raises(KeyboardInterrupt):
        captioner.load_captioner(SETTINGS | {"batch_size": 7})
    assert sorted((small / "captioner").iterdir()) == before


def test_a_damaged_captioner_is_named_with_the_remedy(small):
    settings = SETTINGS | {"batch_size": 19}
    captioner.load_captioner(settings)
    newest = max((small / "captioner").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.raises(ValueError, match=f"{newest.name} is damaged .*; delete it, and the next call trains it again"):
        captioner.load_captioner(settings)
    newest.unlink()
    captioner.load_captioner(settings)


def test_a_caption_is_of_the_scene_and_judged(small):
    model, asked = captioner.load_captioner(), []
    scene = scene_of_caption("two red boats at sea", 8172)

    def sample(features):
        asked.append(features)
        return np.array([[model.word_to_idx[word] for word in ["<START>", *words.split(), "<END>"]]])

    model.sample = sample
    for words, is_true in (("a boat at sea", False), ("two red boats at sea", True)):
        if all(word in model.word_to_idx for word in words.split()):
            assert captioner.caption_scene(scene, model, describe=outputs) == (words, is_true)
    expected = load_reduction().features(outputs(captioner.draw_scene(scene)[None]))
    np.testing.assert_allclose(asked[0], expected, rtol=1e-5)


@pytest.mark.parametrize("words", ["Two red boats at sea.", "scene:sea/alone/2-red-boat/231"])
def test_the_command_draws_and_captions_a_sentence_or_an_address(small, tmp_path, capsys, words):
    caption.main([words, "-o", str(tmp_path / "a.png")])
    lines = capsys.readouterr().out.splitlines()
    assert (
        "scene:sea/alone/2-red-boat/231" in lines and lines[-1] == f"{tmp_path / 'a.png'}: the scene with its caption"
    )
    assert lines[-2].startswith(("true: ", "false: ")) and min(load_image(tmp_path / "a.png").shape[:2]) > 200


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["a spaceship"], "caption: 'a spaceship' is no sentence about a scene (unknown here: spaceship); try"),
        (["scene:moon"], "caption: no scene has the address 'scene:moon'"),
        (["a cat", "--seed", "-1"], "caption: seed must be a whole number from 0"),
        (["a cat", "-o", "a.txt"], "caption: a picture to write ends in"),
    ],
)
def test_what_cannot_be_captioned_is_said_in_a_sentence(small, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ending:
        caption.main(arguments)
    assert message in ending.value.code and "\n" not in ending.value.code and list(tmp_path.iterdir()) == []


def test_without_scenes_the_command_says_how_to_draw_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="python -m cs231n.scenes"):
        caption.main([Scene.from_address("scene:sea/alone/2-red-boat/231").address])
    assert list(tmp_path.iterdir()) == []


def test_help_has_an_example_and_needs_no_tensorflow():
    code = "import sys, cs231n.caption as c\ntry: c.main(['--help'])\nfinally: assert 'tensorflow' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and 'python -m cs231n.caption "two red boats' in run.stdout and run.stderr == ""
