"""Stored and new pictures compared as a person would: what is drawn and in which colour, not which pixel is which.

Both are reduced four times to CIELAB. For every tile the best of nine shifts by up to four pixels counts, so that a
glyph or an axis that another FreeType puts a pixel aside does not. H, W: height and width in pixels.
"""

import base64
import binascii
import io
from typing import NamedTuple

import numpy as np
from PIL import Image
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity
from skimage.transform import downscale_local_mean

KINDS = ("image/png", "image/jpeg")
SIZE_TOLERANCE = 8  # pixels, in height and in width
REDUCTION = 4  # pixels of the picture to one that is compared
LARGE, SMALL = 8, 4  # compared pixels along a tile: 32 and 16 of the picture
SHIFTS = [(0, 0)] + [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
BLANK = 3.0  # standard deviation in grey levels below which a picture shows nothing


class Limits(NamedTuple):
    """How far two pictures may be apart; docs/regression.md has the measurements behind the numbers."""

    structure: float = 0.5  # structural similarity of the worst large tile, at least
    colour: float = 3.0  # difference of the mean colours of a large tile, at most, in CIELAB units
    detail: float = 5.0  # the same of a small tile: a label that went or came
    tint: float = 0.3  # difference of the mean colours of the whole picture


class PictureError(ValueError):
    """One sentence: why a picture cannot be read."""


def decode(data):
    """(H, W, 3) uint8 of a picture as notebooks keep it, base64 text; transparent parts become white.

    Raises:
        PictureError: the text holds no picture.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode("".join(data), validate=False))) as image:
            picture = image.convert("RGBA")
    except (binascii.Error, OSError) as error:
        raise PictureError("it cannot be decoded") from error
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def is_blank(picture):
    """Whether a (H, W, 3) uint8 picture shows one colour only."""
    return float(picture.mean(axis=2).std()) < BLANK


def size_difference(stored, new):
    """A sentence when the sizes are too far apart to be those of one picture, else None."""
    if max(abs(a - b) for a, b in zip(stored.shape, new.shape, strict=True)) <= SIZE_TOLERANCE:
        return None
    sizes = ["{1} x {0} pixels".format(*picture.shape) for picture in (stored, new)]
    return f"it was {sizes[0]}, now it is {sizes[1]}"


def distances(stored, new):
    """Limits that two (H, W, 3) uint8 pictures just meet: their structure, colour, detail and tint."""
    if stored.shape == new.shape and np.array_equal(stored, new):
        return Limits(structure=1.0, colour=0.0, detail=0.0, tint=0.0)
    a, b = (_reduced(picture) for picture in _overlap(stored, new))
    tint = np.linalg.norm((a - b).mean(axis=(0, 1)))
    structure, colour, detail = -np.inf, np.inf, np.inf
    for shift in SHIFTS:
        shifted = np.roll(b, shift, axis=(0, 1))
        _, similarity = structural_similarity(a[..., 0], shifted[..., 0], data_range=100, full=True)
        structure = np.maximum(structure, _tiles(similarity, LARGE))
        colour = np.minimum(colour, np.linalg.norm(_tiles(a - shifted, LARGE), axis=-1))
        detail = np.minimum(detail, np.linalg.norm(_tiles(a - shifted, SMALL), axis=-1))
    return Limits(float(structure.min()), float(colour.max()), float(detail.max()), float(tint))


def differences(stored, new, limits=None):
    """(sentences, distances): what tells two pictures apart, nothing when they are alike; distances None by size."""
    limits = limits or Limits()
    size = size_difference(stored, new)
    if size:
        return [size], None
    if is_blank(new) and not is_blank(stored):
        return ["it is blank"], None
    found = distances(stored, new)
    sentences = []
    if found.structure < limits.structure:
        sentences.append(
            f"shapes differ (similarity of the worst part {found.structure:.2f}, least {limits.structure:g})"
        )
    for name, words in (("colour", "colour of a part"), ("detail", "a detail"), ("tint", "colour of the whole")):
        value, limit = getattr(found, name), getattr(limits, name)
        if value > limit:
            sentences.append(f"{words} differs (by {value:.1f}, at most {limit:g})")
    return sentences, found


def moved(found, limits=None):
    """Whether pictures that count as alike are more than halfway to the limits."""
    limits = limits or Limits()
    return found.structure < (1 + limits.structure) / 2 or any(
        getattr(found, name) > getattr(limits, name) / 2 for name in ("colour", "detail", "tint")
    )


def side_by_side(stored, new):
    """A picture of three: stored, new, and their difference, dark where they differ; uint8."""
    height = max(stored.shape[0], new.shape[0])
    width = max(stored.shape[1], new.shape[1])
    stored, new = (_padded(picture, height, width) for picture in (stored, new))
    gap = np.full((height, 8, 3), 128, np.uint8)
    difference = 255 - np.minimum(3 * np.abs(stored.astype(int) - new), 255).astype(np.uint8)
    return np.concatenate([stored, gap, new, gap, difference], axis=1)


def _overlap(a, b):
    """The parts of two pictures of nearly one size that lie on each other best."""
    height, width = np.minimum(a.shape[:2], b.shape[:2])
    spare_y, spare_x = a.shape[0] - b.shape[0], a.shape[1] - b.shape[1]

    def cut(y, x):
        top_a, top_b = (y, 0) if spare_y > 0 else (0, y)
        left_a, left_b = (x, 0) if spare_x > 0 else (0, x)
        return (
            a[top_a : top_a + height, left_a : left_a + width],
            b[top_b : top_b + height, left_b : left_b + width],
        )

    def gap(places):
        one, other = cut(*places)
        return np.abs(one[::2, ::2].astype(np.int16) - other[::2, ::2]).mean()

    places = [(y, x) for y in range(abs(spare_y) + 1) for x in range(abs(spare_x) + 1)]
    return cut(*min(places, key=gap)) if len(places) > 1 else (a, b)


def _reduced(picture):
    """(H/4 + 2, W/4 + 2, 3) in CIELAB, with a rim for the shifts."""
    small = _tiles(picture / 255.0, REDUCTION)
    return rgb2lab(np.pad(small, ((1, 1), (1, 1), (0, 0)), mode="edge"))


def _tiles(values, size):
    """Means over tiles of size x size; the last row and column are repeated where they do not fill one."""
    rest = [(0, -n % size) for n in values.shape[:2]] + [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, rest, mode="edge")
    return downscale_local_mean(padded, (size, size) + (1,) * (values.ndim - 2))


def _padded(picture, height, width):
    rest = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
    return np.pad(picture, rest, constant_values=255)
