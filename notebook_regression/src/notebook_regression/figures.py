"""Stored and new pictures compared as a person would: what is drawn and in which colour, not which pixel is which.

Pictures are laid over each other tile by tile, and of shifts by a few pixels the best counts, so that a glyph or an
axis that another FreeType puts a pixel aside does not. Colours are in CIELAB, where a difference of 2 is just seen.
H, W: height and width in pixels.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab
from skimage.feature import match_template
from skimage.metrics import structural_similarity
from skimage.transform import downscale_local_mean

SIZE_TOLERANCE = 8  # pixels, in height and in width
VARYING_SIZE_TOLERANCE = 24  # of pictures that are never the same: other ticks have labels of another width
LARGE, SMALL = 32, 16  # pixels along a tile
LETTERS = (16, 32)  # height and width of a tile that holds a few letters
LEAST_CONTRAST = 10.0  # standard deviation of lightness below which a tile has no outlines to compare
LEAST_DIFFERENCE = 6.0  # of lightness at any place, below which a tile is the same at a glance
MAX_SHIFT = 6  # pixels that what is in a tile may be found aside
REDUCTION = 4  # pixels of the picture to one whose structure is compared, which may be one of those aside
BLANK = 3.0  # standard deviation in grey levels below which a picture shows nothing


class Limits(NamedTuple):
    """How far two pictures may be apart; docs/regression.md has the measurements behind the numbers."""

    structure: float = 0.5  # structural similarity of the worst large tile, at least
    outline: float = 0.83  # correlation of lightness in the worst tile of a few letters, at least
    colour: float = 2.0  # difference of the mean colours of a large tile, at most, in CIELAB units
    detail: float = 4.5  # the same of a small tile: a label that came or went
    tint: float = 0.3  # difference of the mean colours of the whole picture

    def wider(self, factor):
        """Limits that let pictures be so many times as far apart."""
        alike = (1 - factor * (1 - value) for value in (self.structure, self.outline))
        return Limits(*alike, *(factor * value for value in (self.colour, self.detail, self.tint)))


def is_blank(picture):
    """Whether a (H, W, 3) uint8 picture shows one colour only."""
    return float(picture.mean(axis=2).std()) < BLANK


def size_difference(stored, new, tolerance=SIZE_TOLERANCE):
    """A sentence when the sizes are too far apart to be those of one picture, else None."""
    if max(abs(a - b) for a, b in zip(stored.shape, new.shape, strict=True)) <= tolerance:
        return None
    sizes = ["{1} x {0} pixels".format(*picture.shape) for picture in (stored, new)]
    return f"it was {sizes[0]}, now it is {sizes[1]}"


def distances(stored, new):
    """Limits that two (H, W, 3) uint8 pictures just meet: their structure, colour, detail and tint."""
    if stored.shape == new.shape and np.array_equal(stored, new):
        return Limits(structure=1.0, outline=1.0, colour=0.0, detail=0.0, tint=0.0)
    a, b = (rgb2lab(picture) for picture in _overlap(stored, new))
    tint = np.linalg.norm((a - b).mean(axis=(0, 1)))
    light = a[..., 0], b[..., 0]
    return Limits(_structure(*light), _outline(*light), _colour(a, b, LARGE), _colour(a, b, SMALL), float(tint))


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
    for name, words in (("structure", "shapes differ"), ("outline", "outlines or words differ")):
        value, limit = getattr(found, name), getattr(limits, name)
        if value < limit:
            sentences.append(f"{words} (similarity of the worst part {value:.2f}, at least {limit:g})")
    for name, words in (("colour", "colour of a part"), ("detail", "a detail"), ("tint", "colour of the whole")):
        value, limit = getattr(found, name), getattr(limits, name)
        if value > limit:
            sentences.append(f"{words} differs (by {value:.1f}, at most {limit:g})")
    return sentences, found


def moved(found, limits=None):
    """Whether pictures that count as alike are more than halfway to the limits."""
    limits = limits or Limits()
    alike = all(getattr(found, name) >= (1 + getattr(limits, name)) / 2 for name in ("structure", "outline"))
    return not alike or any(getattr(found, name) > getattr(limits, name) / 2 for name in ("colour", "detail", "tint"))


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


def _structure(a, b):
    """Structural similarity of the worst large tile of two (H, W) lightnesses; of nine shifts the best counts."""
    a, b = (np.pad(_means(lightness, REDUCTION), 1, mode="edge") for lightness in (a, b))
    best = -np.inf
    for shift in np.ndindex(3, 3):
        shifted = np.roll(b, np.subtract(shift, 1), axis=(0, 1))
        _, similarity = structural_similarity(a, shifted, data_range=100, full=True)
        best = np.maximum(best, _means(similarity, LARGE // REDUCTION))
    return float(best.min())


def _outline(a, b):
    """Correlation in the worst tile of a few letters of two (H, W) lightnesses; of all shifts the best counts."""
    height, width = np.minimum(LETTERS, a.shape)
    a, b = (gaussian_filter(lightness, 1) for lightness in (a, b))
    around = np.pad(b, MAX_SHIFT, mode="edge")
    worst = 1.0
    for top in np.minimum(np.arange(0, a.shape[0], height), a.shape[0] - height):
        for left in np.minimum(np.arange(0, a.shape[1], width), a.shape[1] - width):
            tile = a[top : top + height, left : left + width]
            if np.abs(tile - b[top : top + height, left : left + width]).max() < LEAST_DIFFERENCE:
                continue
            window = around[top : top + height + 2 * MAX_SHIFT, left : left + width + 2 * MAX_SHIFT]
            if min(tile.std(), window.std()) >= LEAST_CONTRAST:
                worst = min(worst, float(match_template(window, tile).max()))
    return worst


def _colour(a, b, size):
    """Largest difference of the mean colours of a tile of (H, W, 3) pictures; of all shifts the least counts."""
    size = min(size, *a.shape[:2])
    rows, columns = (np.minimum(np.arange(0, n, size), n - size) for n in a.shape[:2])
    sums = _summed(a), _summed(np.pad(b, ((MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0)), mode="edge"))
    wanted = _tile_means(sums[0], rows, columns, size)
    least = np.inf
    for y, x in np.ndindex(2 * MAX_SHIFT + 1, 2 * MAX_SHIFT + 1):
        found = _tile_means(sums[1], rows + y, columns + x, size)
        least = np.minimum(least, np.linalg.norm(wanted - found, axis=-1))
    return float(least.max())


def _summed(picture):
    """(H + 1, W + 1, 3): at y, x the sum of all above and left of it."""
    return np.pad(picture.astype(np.float64), ((1, 0), (1, 0), (0, 0))).cumsum(axis=0).cumsum(axis=1)


def _tile_means(sums, rows, columns, size):
    """Mean colours (rows, columns, 3) of the tiles whose upper left corners stand there."""
    top, bottom = sums[rows], sums[rows + size]
    return (bottom[:, columns + size] - bottom[:, columns] - top[:, columns + size] + top[:, columns]) / size**2


def _means(values, size):
    """Means over tiles of (H, W) values; the last row and column are repeated where they do not fill one."""
    padded = np.pad(values, [(0, -n % size) for n in values.shape], mode="edge")
    return downscale_local_mean(padded, (size, size))


def _padded(picture, height, width):
    rest = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
    return np.pad(picture, rest, constant_values=255)
