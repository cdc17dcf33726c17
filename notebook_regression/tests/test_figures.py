"""The comparison of figures: what a reader would see fails in both directions, what no reader would see passes."""

import functools

import numpy as np
import pytest
from figure_gallery import DRAWINGS, HINTINGS, drawn

from notebook_regression import figures, letters, picture_measures

HERE, DEFAULT = "here", "default"  # JPEG and PNG
# Of each kind of change one or two; tools/measure_figures.py compares all.
SEEN = {
    "lines": ("dashed", "transparent", "thinner", "a point", "3 % smaller", "a letter"),
    "wave": ("3 % smaller", "a tick lost"),
    "logarithms": ("crosses",),
    "scatter": ("a point lost", "triangles", "moved"),
    "bars": ("labels exchanged", "a letter", "a digit", "a colour"),
    "speed": ("a digit", "a unit"),
    "heat map": ("a cell by little", "a letter"),
    "photos": ("mirrored", "slightly bluer", "blurred"),
    "edges": ("one direction",),
    "digits": ("two exchanged",),
    "table": ("a percent",),
    "unrolled": ("an arrow lost", "paler"),
    "bands": ("no caps",),
    "panels": ("one moved",),
}
UNSEEN = (("logarithms", "squares"), ("edges", "Prewitt for Sobel"))  # docs/regression.md lists all
STYLED = pytest.mark.parametrize("style", [HERE, DEFAULT])


@functools.cache
def plain(name, style):
    return drawn(name, style)


def with_fault(name, style, fault):
    return drawn(name, style, DRAWINGS[name].faults[fault])


def sentences_both_ways(one, other):
    there, back = figures.differences(one, other), figures.differences(other, one)
    assert bool(there[0]) == bool(back[0])
    return there[0]


@STYLED
@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, faults in SEEN.items() for fault in faults])
def test_a_change_that_a_reader_would_see_fails_added_as_well_as_erased(name, fault, style):
    assert sentences_both_ways(plain(name, style), with_fault(name, style, fault))


@pytest.mark.parametrize(("name", "fault"), UNSEEN)
def test_what_the_docs_say_is_not_seen_is_not_seen(name, fault):
    assert sentences_both_ways(plain(name, HERE), with_fault(name, HERE, fault)) == []


@STYLED
@pytest.mark.parametrize("name", [name for name, drawing in DRAWINGS.items() if drawing.rounding])
def test_what_rounding_leaves_behind_passes(name, style):
    for change in DRAWINGS[name].rounding.values():
        assert sentences_both_ways(plain(name, style), drawn(name, style, change)) == []


@pytest.mark.parametrize("hinting", HINTINGS)
@pytest.mark.parametrize("name", ["lines", "bars", "photos", "table", "unrolled"])
def test_letters_of_another_freetype_pass(name, hinting):
    other = drawn(name, DEFAULT, settings={"text.hinting": hinting})
    assert figures.differences(plain(name, DEFAULT), other) == ([], figures.REDRAWN)


@pytest.mark.parametrize("quality", [70, 90])
def test_another_quality_passes(quality):
    assert sentences_both_ways(plain("lines", HERE), drawn("lines", HERE, quality=quality)) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (12, 12), (33, 20)])
def test_small_pictures_are_compared(size):
    one, other = np.random.RandomState(231).randint(0, 256, (2, *size, 3)).astype(np.uint8)
    assert figures.differences(one, one) == ([], None)
    assert sentences_both_ways(one, other)


def test_swapped_pictures_give_the_same_numbers():
    page = plain("lines", HERE)
    dotted = page.copy()
    dotted[100:105, 200:205] = [200, 30, 30]
    assert figures.measure(page, dotted) == figures.measure(dotted, page)
    assert sentences_both_ways(page, dotted)


@pytest.mark.parametrize("name", [limit.name for limit in figures.CLOSE + figures.LOOSE[:-1]])
def test_every_number_is_the_same_in_both_directions(name):
    one, other = (np.random.RandomState(k).uniform(0, 100, (70, 90, 3)) for k in (1, 2))
    measure = getattr(picture_measures, name)
    assert measure(one, other) == pytest.approx(measure(other, one))


def test_letters_tell_who_drew_a_figure():
    table, speed = (plain(name, DEFAULT)[:150, :400, 0] / 2.55 for name in ("table", "speed"))
    assert letters.same_letters(table, table)
    assert letters.same_letters(table, np.roll(table, (2, 3), axis=(0, 1)))
    assert not letters.same_letters(table, speed)
    noise = np.random.RandomState(231).uniform(0, 100, (2, 64, 64))
    assert letters.same_letters(noise[0], noise[0]) and not letters.same_letters(*noise)


def test_a_factor_widens_distances_and_similarities():
    distance, similarity = figures.LOOSE[2], figures.LOOSE[0]
    assert distance.wider(2).value == 2 * distance.value
    assert similarity.wider(1.5).value == pytest.approx(1 - 1.5 * (1 - similarity.value))
    page, bluer = plain("photos", HERE), with_fault("photos", HERE, "slightly bluer")
    assert figures.differences(page, bluer)[0] and not figures.differences(page, bluer, factor=4)[0]
