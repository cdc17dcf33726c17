"""Text under a declared tolerance: what is the same to a reader passes, and every number counts by itself."""

import time

import numpy as np
import pytest

from notebook_regression.text import text_difference
from notebook_regression.tolerance import Tolerance, count_numbers, read_tolerance

THOUSANDTH = Tolerance(1e-3)

ALIKE = {
    "a number within the tolerance": ("loss 1.25, 3 steps", "loss 1.2501, 3 steps"),
    "an exponent": ("error 1.000e-3", "error 1.0001e-3"),
    "thousands with a fraction": ("1,999.9999 files", "2,000.0001 files"),
    "a sentence's full stop": ("a loss of 1.25.", "a loss of 1.2501."),
    "blanks in an array": ("[0.99999994 0.5       ]", "[1.  0.5]"),
    "blanks after a bracket": ("array([ 0.5, -0. ])", "array([0.5, 0. ])"),
    "an array that breaks elsewhere": ("[0.99999994 0.5\n 0.25]", "[1. 0.5 0.25]"),
    "a table of other width": ("   a   b\n----------\n 0.5  1.00001", "  a  b\n------\n0.5  1.0"),
    "blanks at the ends": ("loss  1.25  \n", "loss 1.25"),
    "noise around zero": ("[1.2e-17 1.0]", "[-3.4e-16 1.0]"),
    "noise and a zero": ("x = 1.1e-16", "x = 0"),
    "a unit right after the number": ("1.25ms", "1.2501ms"),
    "a colour of the terminal": ("\x1b[31m1.25\x1b[0m\na", "\x1b[31m1.2501\x1b[0m\na"),
}

DIFFERENT = {
    "a number beyond the tolerance": ("loss 1.25", "loss 1.26"),
    "a word": ("loss 1.25", "cost 1.25"),
    "a list without blanks": ("(1,23)", "(12,3)"),
    "a part of a list without blanks": ("(1,234.5)", "(1,235.5)"),
    "a list that is no number": ("5000,10", "5000,20"),
    "a list of groups of three": ("0.5,125,250.5", "0.5,126,250.5"),
    "a year": ("in 2024", "in 2025"),
    "a year at the end of a sentence": ("in 2024.", "in 2025."),
    "a whole number in thousands": ("24,000 files", "24,001 files"),
    "a whole number of twenty digits": ("12345678901234567890", "12345678901234567891"),
    "zeros before a whole number": ("007", "7"),
    "a number in a name": ("cat1000", "cat1001"),
    "a version": ("Python 3.1.400", "Python 3.1.401"),
    "a day": ("2024-01-05", "2024-01-06"),
    "a hash that looks like a number": ("12e4567", "12e4568"),
    "two numbers that grew together": ("[1 2]", "[12]"),
    "two words that grew together": ("a b", "ab"),
    "a type": ("[1 2]", "[1. 2.]"),
    "a sign": ("x = -1.25", "x = 1.25"),
    "not a number": ("loss nan", "loss 1.25"),
    "infinity": ("loss inf", "loss 1e999"),
    "a number out of range": ("loss 1e998", "loss 1e999"),
    "a line's end": ("a\nb", "a b"),
    "an empty line": ("a\n\nb", "a\nb"),
    "another name for an index": ("x1.5", "x1.5001"),
    "a full stop": ("3.", "3"),
}


@pytest.mark.parametrize("one, other", ALIKE.values(), ids=ALIKE)
def test_what_is_the_same_to_a_reader_passes_in_both_directions(one, other):
    assert text_difference(one, other, THOUSANDTH) is None
    assert text_difference(other, one, THOUSANDTH) is None
    assert text_difference(one, other) is not None


@pytest.mark.parametrize("one, other", DIFFERENT.values(), ids=DIFFERENT)
def test_what_a_reader_would_notice_fails_in_both_directions(one, other):
    assert text_difference(one, other, THOUSANDTH) is not None
    assert text_difference(other, one, THOUSANDTH) is not None


@pytest.mark.parametrize(
    "stored, new, difference",
    [
        ("a\nloss 1.25\nb", "a\nloss 1.26\nb", ("loss 1.25", "loss 1.26")),
        ("a", "a\nb", ("(nothing)", "b")),
        ("a\nb", "a", ("b", "(nothing)")),
        ("a", "a b", ("a", "a b")),
        ("", "a", ("", "a")),
        ("[0.5\n 0.25]\nb", "[0.5 0.25]\nc", ("b", "c")),
    ],
)
def test_the_first_lines_that_differ_are_shown(stored, new, difference):
    assert text_difference(stored, new, THOUSANDTH) == difference


def test_a_tag_may_let_whole_numbers_differ_and_noise_be_larger():
    assert text_difference("in 2024", "in 2025", Tolerance(1e-3, integers=True)) is None
    assert text_difference("in 2024", "in 2034", Tolerance(1e-3, integers=True)) is not None
    assert text_difference("[1. 2e-8]", "[1. 3e-9]", THOUSANDTH) is not None
    assert text_difference("[1. 2e-8]", "[1. 3e-9]", Tolerance(1e-3, absolute=1e-7)) is None


def test_a_rounded_array_passes_whatever_way_numpy_sets_it():
    rng = np.random.RandomState(231)
    exact = rng.randn(7, 9).round(1).astype(np.float32)
    noisy = (exact * (1 + 1e-7 * rng.randn(7, 9))).astype(np.float32)
    assert str(exact) != str(noisy)
    assert text_difference(repr(exact), repr(noisy), THOUSANDTH) is None
    assert text_difference(str(exact), str(noisy + 0.01), THOUSANDTH) is not None


@pytest.mark.parametrize(
    "words, tolerance",
    [
        ("1e-3", Tolerance(1e-3)),
        ("1e-3 integers", Tolerance(1e-3, integers=True)),
        ("0.01 absolute 1e-6", Tolerance(0.01, 1e-6)),
        ("0.01 absolute 1e-6 integers", Tolerance(0.01, 1e-6, True)),
    ],
)
def test_a_tag_declares_a_tolerance(words, tolerance):
    assert read_tolerance(words) == tolerance


@pytest.mark.parametrize("words", ["", "few", "-1", "nan", "1e-3 absolute", "1e-3 absolute 0", "1e-3 numbers"])
def test_a_tag_without_a_positive_number_is_refused(words):
    with pytest.raises(ValueError):
        read_tolerance(words)


def test_numbers_are_counted():
    assert count_numbers("conv1_2: [1. 2.5], 24,000 files and 1,23") == 5


@pytest.mark.parametrize("piece", ["a", "1", "1,", "123,", "1.", "-", "(", "1e5a", "a1.5 ", "\n", "\x1b[3"])
def test_a_long_text_takes_no_longer_than_its_length_says(piece):
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    text_difference(text + "x", text + "y", THOUSANDTH)
    assert time.process_time() - started < 10
