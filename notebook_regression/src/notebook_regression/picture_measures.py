"""Numbers for how far two pictures are apart, the same in both directions.

Pictures are (H, W, 3) in CIELAB, where a difference of 2 is just seen. The close numbers let what is drawn be a pixel
aside: detail, colour, tint. The loose ones let it be several pixels aside, as another FreeType sets it: structure,
outline, loose_colour, loose_detail, and tint again. H, W: height and width in pixels.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter, uniform_filter
from skimage.feature import match_template
from skimage.metrics import structural_similarity
from skimage.transform import downscale_local_mean

LARGE, SMALL = 32, 16  # pixels along a tile
REACH = LARGE + 4  # pixels around what differs that its smoothed colours, and those a pixel aside, depend on
LETTERS = (16, 32)  # height and width of a tile that holds a few letters
LEAST_CONTRAST = 10.0  # standard deviation of lightness below which a tile has no outlines to compare
LEAST_DIFFERENCE = 6.0  # of lightness at any place, below which a tile is the same at a glance
MAX_SHIFT = 6  # pixels that what is in a tile may be found aside
SMALLEST = 7  # pixels along a picture that has a structure
REDUCTION = 4  # pixels of the picture to one whose structure is compared, which may be one of those aside


def detail(a, b):
    """Largest difference at a place of the blurred pictures, beyond what the other has within a pixel of it."""
    return _unexplained(a, b, lambda picture: gaussian_filter(picture, (1, 1, 0)))


def colour(a, b):
    """The same of the mean colours of large squares."""
    return _unexplained(a, b, lambda picture: uniform_filter(picture, (LARGE, LARGE, 1)))


def tint(a, b):
    """Difference of the mean colours of the whole pictures."""
    return float(np.linalg.norm((a - b).mean(axis=(0, 1))))


def structure(a, b):
    """Structural similarity of the worst large tile of the lightness; of nine shifts the best counts."""
    a, b = (_at_least(SMALLEST, np.pad(_means(picture[..., 0], REDUCTION), 1, mode="edge")) for picture in (a, b))
    return min(_structure(a, b), _structure(b, a))


def outline(a, b):
    """Correlation of lightness in the worst tile of a few letters; of all shifts the best counts."""
    a, b = (gaussian_filter(picture[..., 0], 1) for picture in (a, b))
    return min(_outline(a, b), _outline(b, a))


def loose_colour(a, b):
    """Largest difference of the mean colours of a large tile; of all shifts the least counts."""
    return max(_shifted_colour(a, b, LARGE), _shifted_colour(b, a, LARGE))


def loose_detail(a, b):
    """The same of a small tile: a label that came or went."""
    return max(_shifted_colour(a, b, SMALL), _shifted_colour(b, a, SMALL))


def overlap(a, b):
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


def _unexplained(a, b, smooth):
    """Largest distance of a colour of one smoothed picture from the range of the other's within a pixel."""
    differing = np.argwhere(np.abs(a - b).max(axis=2) > 0)
    if not len(differing):
        return 0.0
    least, most = differing.min(axis=0), differing.max(axis=0)
    part = tuple(slice(max(low - REACH, 0), high + REACH) for low, high in zip(least, most, strict=True))
    margin = _margin(a, b)
    around = ((REACH, REACH), (REACH, REACH), (0, 0))
    a, b = (smooth(np.pad(picture[part] - margin, around)) for picture in (a, b))
    return float(max(_beyond_range(a, b), _beyond_range(b, a)))


def _margin(a, b):
    """Colour along the edges of both pictures. With more of it around, what is moved by a pixel has the same means."""
    edges = [rows.reshape(-1, 3) for picture in (a, b) for rows in (picture[[0, -1]], picture[:, [0, -1]])]
    return np.median(np.concatenate(edges), axis=0)


def _beyond_range(a, b):
    high, low = maximum_filter(b, (3, 3, 1)), minimum_filter(b, (3, 3, 1))
    return np.linalg.norm(np.maximum(np.maximum(a - high, low - a), 0), axis=2).max()


def _structure(a, b):
    best = -np.inf
    for shift in np.ndindex(3, 3):
        shifted = np.roll(b, np.subtract(shift, 1), axis=(0, 1))
        _, similarity = structural_similarity(a, shifted, data_range=100, full=True)
        best = np.maximum(best, _means(similarity, LARGE // REDUCTION))
    return float(best.min())


def _outline(a, b):
    height, width = np.minimum(LETTERS, a.shape)
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


def _shifted_colour(a, b, size):
    size = min(size, *a.shape[:2])
    rows, columns = (np.minimum(np.arange(0, n, size), n - size) for n in a.shape[:2])
    sums = _summed(a), _summed(np.pad(b, ((MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0)), mode="edge"))
    stored = _tile_means(sums[0], rows, columns, size)
    least = np.inf
    for y, x in np.ndindex(2 * MAX_SHIFT + 1, 2 * MAX_SHIFT + 1):
        shifted = _tile_means(sums[1], rows + y, columns + x, size)
        least = np.minimum(least, np.linalg.norm(stored - shifted, axis=-1))
    return float(least.max())


def _summed(picture):
    """(H + 1, W + 1, 3): at y, x the sum of all above and left of it."""
    return np.pad(picture.astype(np.float64), ((1, 0), (1, 0), (0, 0))).cumsum(axis=0).cumsum(axis=1)


def _tile_means(sums, rows, columns, size):
    """Mean colours (rows, columns, 3) of the tiles whose upper left corners stand there."""
    top, bottom = sums[rows], sums[rows + size]
    return (bottom[:, columns + size] - bottom[:, columns] - top[:, columns + size] + top[:, columns]) / size**2


def _at_least(size, values):
    """(H, W) values; where there are fewer than `size`, the last row and column are repeated."""
    return np.pad(values, [(0, max(size - n, 0)) for n in values.shape], mode="edge")


def _means(values, size):
    """Means over tiles of (H, W) values; the last row and column are repeated where they do not fill one."""
    padded = np.pad(values, [(0, -n % size) for n in values.shape], mode="edge")
    return downscale_local_mean(padded, (size, size))
