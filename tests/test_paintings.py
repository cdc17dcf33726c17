"""Paintings: repeatable, of one size, different in style; which photographs and style pictures are loaded."""

import numpy as np
import pytest
from PIL import Image

from cs231n.paintings import HEIGHT, WIDTH, dots, facets, load_photographs, load_styles, swirls, woodcut

OWN = {painting.__name__: painting for painting in (swirls, facets, dots, woodcut)}
COURSE = ("composition_vii", "the_scream", "starry_night")


@pytest.fixture(scope="module")
def paintings():
    return {name: painting() for name, painting in OWN.items()}


def luminance(picture):
    return picture @ np.array([0.299, 0.587, 0.114])


@pytest.mark.parametrize("name", OWN)
def test_a_painting_is_colourful_and_full_of_contrast(paintings, name):
    picture = paintings[name]
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.dtype == np.uint8
    assert luminance(picture).std() > 25
    saturation = np.ptp(picture.astype(int), axis=2)
    assert saturation.mean() > 50


@pytest.mark.parametrize("name", OWN)
def test_a_manner_is_everywhere(paintings, name):
    """Each of twelve parts has strokes, because style transfer would copy an empty corner too."""
    slopes = np.abs(np.diff(luminance(paintings[name]), axis=1))
    parts = [part for row in np.array_split(slopes, 3) for part in np.array_split(row, 4, axis=1)]
    assert min(part.mean() for part in parts) > 1.5


@pytest.mark.parametrize("name", OWN)
def test_a_painting_is_the_same_again_whatever_the_seed_of_numpy(paintings, name):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    np.testing.assert_array_equal(OWN[name](), paintings[name])
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_palettes_differ(paintings):
    """The histograms (4 x 4 x 4 colours) of any two paintings overlap by less than half."""
    histograms = {}
    for name, picture in paintings.items():
        bins = (picture // 64).reshape(-1, 3) @ np.array([16, 4, 1])
        histograms[name] = np.bincount(bins, minlength=64) / bins.size
    names = list(histograms)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            assert np.minimum(histograms[first], histograms[second]).sum() < 0.5, (first, second)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)
    (tmp_path / "styles").mkdir()
    return tmp_path / "styles"


def save(folder, names):
    for name in names:
        Image.new("RGB", (8, 6), "red").save(folder / f"{name}.jpg")


def test_our_own_are_taken_where_the_course_s_are_not(folder, paintings):
    save(folder, COURSE[:2])  # one is missing
    styles = load_styles()
    assert list(styles) == list(OWN)
    for name, picture in styles.items():
        np.testing.assert_array_equal(picture, paintings[name])


def test_the_course_s_are_preferred(folder, monkeypatch):
    save(folder, COURSE)
    styles = load_styles()
    assert tuple(styles) == COURSE and all(picture.shape == (6, 8, 3) for picture in styles.values())
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "1")
    assert list(load_styles()) == list(OWN)


def test_photographs_are_four_by_three(folder):
    photographs = load_photographs()
    assert list(photographs) == ["palace", "cup", "astronaut"]
    for picture in photographs.values():
        assert picture.dtype == np.uint8 and picture.shape[1] / picture.shape[0] == pytest.approx(4 / 3, abs=0.01)


def test_the_course_s_photograph_comes_first(folder, monkeypatch):
    save(folder, ["tubingen"])
    assert list(load_photographs()) == ["tubingen", "palace", "cup", "astronaut"]
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "1")
    assert "tubingen" not in load_photographs()
