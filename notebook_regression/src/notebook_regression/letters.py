"""Whether two figures were drawn by the same libraries: then most letters are the same, to the pixel.

Hinting, spacing and smoothing of letters change with FreeType and Matplotlib, everywhere in a figure; what a notebook
computes otherwise changes some of its words. H, W: height and width in pixels.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import find_objects, label

LEAST_CONTRAST = 25.0  # of lightness, between ink and page
LEAST_TONE, LEAST_FILLED = 3.0, 0.7  # the same for a picture as dark as the page; share of its box that it fills
LEAST_LETTER, LARGEST_LETTER = 4, 48  # pixels, of the longer side
TILE = 16  # pixels along a piece of a picture without letters
MAX_SHIFT = 6  # pixels that a letter may stand aside
SAME = 0.35  # mean difference of lightness up to which a letter is the same
LEAST_SHARE = 0.25  # of letters that are the same when the libraries are, beyond one of them
LEAST_TILES = 0.8  # the same of pieces of a picture without letters
FEWEST, MOST = 4, 150  # letters that say something; letters that are enough


def same_letters(one, other):
    """Whether enough letters of one (H, W) lightness stand in another, to the pixel; in either direction."""
    return _enough_recur(one, other) or _enough_recur(other, one)


def _enough_recur(one, other):
    """Whether letters of one picture are in the other; without letters, pieces of the picture."""
    boxes, share = _letters(one), LEAST_SHARE
    if len(boxes) < FEWEST:
        boxes, share = _tiles(one), LEAST_TILES
    boxes = boxes[:: max(-(-len(boxes) // MOST), 1)]
    return sum(_recurs(one, other, box) for box in boxes) > 1 + share * len(boxes)


def _letters(lightness):
    """Boxes (slices of rows and columns) of connected ink as small as letters; those outside of panels, if any."""
    edge = np.concatenate([lightness[[0, -1]].ravel(), lightness[:, [0, -1]].ravel()])
    page = np.bincount(np.rint(edge).astype(int)).argmax()
    difference = np.abs(lightness - page)
    ink = list(_boxes(difference > LEAST_CONTRAST))
    panels = [box for box, (short, _) in ink if short > LARGEST_LETTER]
    panels += [box for box, (short, _) in _boxes(difference > LEAST_TONE, LEAST_FILLED) if short > LARGEST_LETTER]
    small = [box for box, (_, long) in ink if LEAST_LETTER <= long <= LARGEST_LETTER]
    return [box for box in small if not any(_holds(panel, box) for panel in panels)] or small


def _boxes(mask, least_filled=0.0):
    """(box, its shorter and longer side) of the connected parts that fill their box so far."""
    labels, count = label(mask, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    for box, area in zip(find_objects(labels), areas, strict=True):
        short, long = sorted(side.stop - side.start for side in box)
        if area >= least_filled * short * long:
            yield box, (short, long)


def _holds(outer, inner):
    return all(a.start <= b.start and b.stop <= a.stop for a, b in zip(outer, inner, strict=True))


def _tiles(lightness):
    """Boxes of the pieces that show something."""
    starts = np.ndindex(*(n // TILE for n in lightness.shape))
    boxes = [tuple(slice(TILE * k, TILE * (k + 1)) for k in start) for start in starts]
    return [box for box in boxes if lightness[box].std() > LEAST_TONE]


def _recurs(stored, new, box):
    """Whether what stands in a box of one picture stands in the other, a few pixels aside at most."""
    rows, columns = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    letter = stored[rows, columns]
    top, left = max(rows.start - MAX_SHIFT, 0), max(columns.start - MAX_SHIFT, 0)
    around = new[top : rows.stop + MAX_SHIFT, left : columns.stop + MAX_SHIFT]
    places = sliding_window_view(around, letter.shape)
    return bool(np.abs(places - letter).mean(axis=(2, 3)).min() < SAME)
