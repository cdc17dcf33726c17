"""The command `python -m cs231n.animate` and its kinds of frames, with few steps."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cs231n import animate

ROOT = Path(__file__).parents[1]


def test_digits_come_from_their_training_and_change():
    pytest.importorskip("tensorflow")
    from cs231n import gan

    images = np.random.RandomState(231).uniform(-1, 1, (128, 784)).astype(np.float32)
    frames = animate.digits_frames("vanilla", num_steps=5, every=2, images=images)
    trained = gan.train_gan("vanilla", 5, images=images, callbacks=[gan.callbacks.take_shots(2)])
    assert len(frames) == 4  # after steps 1, 2, 4 and 5
    for frame, digits in zip(frames, trained.shots.values(), strict=True):
        np.testing.assert_array_equal(frame[::3, ::3], gan.mosaic(digits))
    assert (frames[0] != frames[-1]).any()


def test_a_walk_goes_from_stop_to_stop_and_ends_where_it_began():
    pytest.importorskip("tensorflow")
    from cs231n import gan
    from cs231n.gan.trained import load_trained_generator

    frames = animate.walk_frames("vanilla", num_stops=2, frames_between=3)
    stops = gan.generate(load_trained_generator("vanilla"), 32)
    assert len(frames) == 6
    for frame, digits in ((frames[0], stops[:16]), (frames[3], stops[16:])):
        assert np.abs(frame[::3, ::3].astype(int) - gan.mosaic(digits)).max() <= 1
    assert np.abs(frames[5].astype(int) - frames[1]).max() <= 1  # as far from the first stop, on the way back


def test_a_class_grows_from_grey_into_what_render_classes_draws():
    pytest.importorskip("tensorflow")
    import tensorflow as tf

    from cs231n.image_utils import deprocess_image
    from cs231n.network_visualization import render_classes

    def model(images):  # redder is more like class 113, a snail
        return tf.one_hot([113], 1000) * tf.reduce_mean(images[..., 0] - images[..., 1], axis=(1, 2))[:, None]

    frames = animate.class_frames("snail", num_iterations=6, every=3, model=model)
    assert len(frames) == 3 and frames[0].shape == (160, 160, 3)
    np.testing.assert_array_equal(frames[-1], deprocess_image(render_classes([113], model, 6)[0]))
    assert frames[0].std() < 12 < 60 < frames[0].mean() < 200


def test_each_word_has_a_frame_that_is_bright_where_the_network_looks():
    weights = np.full((2, 4, 4), 1 / 16)
    weights[1] = 0
    weights[1, 0, 3] = 1
    even, looking = animate.words_frames(np.full((64, 64, 3), 255, np.uint8), ["red", "boat"], weights)
    assert even.shape == looking.shape == (234, 192, 3) and even.dtype == np.uint8
    assert (even[:192] == 128).all() and (looking[:48, 144:] == 255).all() and (looking[48:192] == 51).all()
    assert (even[192:] != looking[192:]).any() and even[192:].max() == looking[192:].max() == 255  # two words, white


@pytest.mark.parametrize("words", [[], ["a", "boat"]])
def test_words_without_weights_have_no_frames(words):
    with pytest.raises(ValueError, match=f"each word needs its weights, got {len(words)} words and weights of 3"):
        animate.words_frames(np.zeros((8, 8, 3), np.uint8), words, np.full((3, 4, 4), 1 / 16))


def test_the_command_writes_a_film(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(animate, "walk_frames", lambda kind: [np.full((8, 8), 60 * k, np.uint8) for k in range(4)])
    animate.main(["walk", "-o", str(tmp_path / "a.gif"), "--seconds", "3"])
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 4  # the last one, repeated, is stored once
    assert capsys.readouterr().out == f"{tmp_path / 'a.gif'}: 4 frames\n"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["class"], "animate: class needs a name, as in: animate class snail"),
        (["walk", "snail"], "digits and walk take none"),
        (["walk", "--seconds", "nan"], "animate: seconds must be positive, got nan"),
        (["class", "snial"], "animate: no class is called 'snial'"),
        (["walk", "-o", "a.png"], "animate: an animation ends in .gif, .webp, .mp4"),
        (["walk", "-o", "nowhere/a.gif"], "animate: there is no folder nowhere"),
    ],
)
def test_what_cannot_be_animated_is_said_in_a_sentence(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ending:
        animate.main(arguments)
    assert message in ending.value.code and "\n" not in ending.value.code and list(tmp_path.iterdir()) == []


def test_help_has_an_example_and_needs_no_tensorflow():
    code = "import sys, cs231n.animate as a\ntry: a.main(['--help'])\nfinally: assert 'tensorflow' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and "python -m cs231n.animate class snail" in run.stdout and run.stderr == ""
