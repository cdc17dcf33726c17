"""Stored and new pictures compared as a reader would: what is drawn and in which colour, not which pixel is which.

Whoever draws a figure again with the same libraries gets the same letters, to the pixel; only what was computed anew
may lie a little elsewhere. Another Matplotlib or FreeType sets all letters otherwise. So the letters say which of two
measures holds, a close one or a loose one (see picture_measures). H, W: height and width in pixels.
"""

from typing import NamedTuple

import numpy as np
from skimage.color import rgb2lab

from . import picture_measures
from .letters import same_letters

SIZE_TOLERANCE = 8  # pixels, in height and in width
VARYING_SIZE_TOLERANCE = 24  # of pictures that are never the same: other ticks have labels of another width
BLANK = 3.0  # standard deviation in grey levels below which a picture shows nothing


class Limit(NamedTuple):
    """How far two pictures may be apart in one number; docs/regression.md has the measurements behind it."""

    name: str  # of a function in picture_measures
    value: float
    words: str  # when it is overstepped
    similarity: bool = False  # 1 when the same, and at least `value`; else a distance, 0 when the same, and at most

    def wider(self, factor):
        """The limit that lets pictures be so many times as far apart."""
        return self._replace(value=1 - factor * (1 - self.value) if self.similarity else factor * self.value)

    def oversteps(self, measured):
        return measured < self.value if self.similarity else measured > self.value

    def sentence(self, measured):
        least = "at least" if self.similarity else "at most"
        return f"{self.words} ({measured:.3g}, {least} {self.value:.3g})"


CLOSE = (
    Limit("detail", 10.0, "a detail differs"),
    Limit("colour", 2.0, "colour of a part differs"),
    Limit("tint", 0.3, "colour of the whole differs"),
)
LOOSE = (
    Limit("structure", 0.4, "shapes differ", similarity=True),
    Limit("outline", 0.55, "outlines or words differ", similarity=True),
    Limit("loose_colour", 3.0, "colour of a part differs"),
    Limit("loose_detail", 6.5, "a detail differs"),
    Limit("tint", 1.0, "colour of the whole differs"),
)
REDRAWN = "it is drawn anew throughout, as by another Matplotlib, and so compared loosely"


def is_blank(picture):
    """Whether a (H, W, 3) uint8 picture shows one colour only."""
    return float(picture.mean(axis=2).std()) < BLANK


def size_difference(stored, new, tolerance=SIZE_TOLERANCE):
    """A sentence when the sizes are too far apart to be those of one picture, else None."""
    if max(abs(a - b) for a, b in zip(stored.shape, new.shape, strict=True)) <= tolerance:
        return None
    sizes = ["{1} x {0} pixels".format(*picture.shape) for picture in (stored, new)]
    return f"it was {sizes[0]}, now it is {sizes[1]}"


def differences(stored, new, factor=1.0):
    """(sentences, moved): what tells two (H, W, 3) uint8 pictures apart; what passes and is not the same, or None.

    Args:
        factor: how many times as far as usual the pictures may be apart.
    """
    size = size_difference(stored, new)
    if size:
        return [size], None
    if is_blank(new) and not is_blank(stored):
        return ["it is blank"], None
    limits, values = measure(stored, new)
    limits = [limit.wider(factor) for limit in limits]
    sentences = [limit.sentence(value) for limit, value in zip(limits, values, strict=True) if limit.oversteps(value)]
    if sentences:
        return sentences, None
    if limits[0].name == LOOSE[0].name:
        return [], REDRAWN
    halfway = any(limit.wider(0.5).oversteps(value) for limit, value in zip(limits, values, strict=True))
    return [], "it is a little different" if halfway else None


def measure(stored, new):
    """(limits, numbers): the limits that hold for two pictures of nearly one size, and a number for each."""
    if stored.shape == new.shape and np.array_equal(stored, new):
        return CLOSE, [0.0] * len(CLOSE)
    pair = [rgb2lab(picture) for picture in picture_measures.overlap(stored, new)]
    limits = CLOSE if same_letters(*(picture[..., 0] for picture in pair)) else LOOSE
    return limits, [getattr(picture_measures, limit.name)(*pair) for limit in limits]


def side_by_side(stored, new):
    """A picture of three: stored, new, and their difference, dark where they differ; uint8."""
    height = max(stored.shape[0], new.shape[0])
    width = max(stored.shape[1], new.shape[1])
    stored, new = (_padded(picture, height, width) for picture in (stored, new))
    gap = np.full((height, 8, 3), 128, np.uint8)
    difference = 255 - np.minimum(3 * np.abs(stored.astype(int) - new), 255).astype(np.uint8)
    return np.concatenate([stored, gap, new, gap, difference], axis=1)


def _padded(picture, height, width):
    rest = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
    return np.pad(picture, rest, constant_values=255)
