"""Animations are read back with Pillow, which did not write the film and does not know how it was made."""

import importlib.util

import numpy as np
import pytest
from PIL import Image, ImageSequence

from cs231n import animation
from cs231n.animation import check_animation_path, save_animation
from cs231n.figures import collected_shots, show_development

COLOURS = [(230, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)]
FRAMES = [np.full((12, 17, 3), colour, np.uint8) for colour in COLOURS]


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "FILM.GIF"])
def test_frames_come_back_in_order_and_for_their_time(tmp_path, name):
    save_animation(FRAMES, tmp_path / name, seconds=2)
    with Image.open(tmp_path / name) as film:
        frames = [(np.asarray(one.convert("RGB")), one.info["duration"]) for one in ImageSequence.Iterator(film)]
        assert film.info["loop"] == 0
    assert [duration for _, duration in frames] == 4 * [500]
    for (frame, _), expected in zip(frames, FRAMES, strict=True):
        assert frame.shape == (12, 17, 3) and np.abs(frame.astype(int) - expected).max() < 9


def test_a_missing_folder_is_made(tmp_path):
    save_animation(FRAMES, tmp_path / "build" / "films" / "a.webp", 1)
    assert [path.name for path in (tmp_path / "build" / "films").iterdir()] == ["a.webp"]


def test_grey_frames_are_colour_with_equal_channels(tmp_path):
    save_animation([np.full((6, 8), grey, np.uint8) for grey in (10, 200)], tmp_path / "a.gif", 1)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 2 and film.convert("RGB").getpixel((0, 0)) == (10, 10, 10)


def test_a_film_needs_a_codec(tmp_path, monkeypatch):
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        with pytest.raises(ValueError, match="MP4 needs a codec: pip install imageio-ffmpeg"):
            save_animation(FRAMES, tmp_path / "a.mp4", 2)
    else:
        save_animation(FRAMES, tmp_path / "a.mp4", 2)
        assert (tmp_path / "a.mp4").stat().st_size > 500


@pytest.mark.parametrize("name", ["a.png", "a", "gif"])
def test_other_endings_are_refused(name):
    with pytest.raises(ValueError, match=rf"an animation ends in .gif, .webp, .mp4, got {name}"):
        check_animation_path(name)


@pytest.mark.parametrize(
    "frames, seconds, message",
    [
        ([], 1, "at least one frame, got none"),
        (
            [np.zeros((2, 3, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)],
            1,
            r"one shape, got \(2, 3, 3\) and \(3, 3, 3\)",
        ),
        ([np.zeros((2, 3, 4), np.uint8)], 1, r"a frame is .* got \(2, 3, 4\) uint8"),
        ([np.zeros((2, 3, 3))], 1, r"a frame is .* got \(2, 3, 3\) float64"),
        (FRAMES, 0, "seconds must be positive, got 0"),
    ],
)
def test_what_is_no_animation_is_refused(tmp_path, frames, seconds, message):
    with pytest.raises(ValueError, match=message):
        save_animation(frames, tmp_path / "a.gif", seconds)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    class Full:
        def __enter__(self):
            raise OSError(28, "No space left on device")

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(animation, "atomic_write", lambda path: Full())
    with pytest.raises(OSError, match="No space left"):
        save_animation(FRAMES, tmp_path / "a.gif", 1)
    assert list(tmp_path.iterdir()) == []


def test_shots_are_collected_instead_of_shown():
    first, second = {1: FRAMES[:2], 5: FRAMES[2:]}, {1: FRAMES[:1]}
    with collected_shots() as shots:
        show_development(first)
        with collected_shots() as inner:
            show_development(second)
    assert shots == [first] and inner == [second]
