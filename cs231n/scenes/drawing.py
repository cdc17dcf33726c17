"""Drawing a scene, in the style of a children's book.

Lengths are fractions: of the picture's side in backgrounds; of the thing's own size in things, each of which has its
centre at (0, 0) and fills about -0.5..0.5 in both directions. y points down. Everything is drawn three times as large
and then reduced, which smooths the edges.
"""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from cs231n.scenes.composition import AIR, WATER, Scene

PICTURE_SIZE = 128  # default height and width in pixels; the features are computed from this size
_OVERSAMPLING = 3

_PAINTS = {
    "red": (214, 48, 44),
    "yellow": (248, 204, 40),
    "green": (52, 148, 66),
    "blue": (40, 100, 212),
    "purple": (132, 66, 172),
    "pink": (248, 140, 184),
    "white": (249, 249, 247),
    "black": (42, 42, 48),
}
_JITTER = 6  # largest random change of each of these values

_CREAM, _GREY, _BROWN, _INK, _WHITE = (244, 234, 212), (120, 122, 132), (122, 84, 56), (24, 22, 30), (255, 255, 255)
_GLASS, _ORANGE, _LEAF = (205, 230, 242), (240, 150, 50), (78, 132, 72)


def draw_scene(scene, size=PICTURE_SIZE):
    """The picture of a `Scene`, always the same for the same scene.

    Args:
        scene: a `Scene`, or its address.
        size: height and width, in pixels; the drawing is scaled to it.

    Returns:
        (size, size, 3) uint8 array.

    Raises:
        ValueError: if the address is not that of a scene.
    """
    if isinstance(scene, str):
        scene = Scene.from_address(scene)
    side = size * _OVERSAMPLING
    setting = _SETTINGS[scene.background]
    image, groups = _background_and_groups(scene, side)
    canvas = ImageDraw.Draw(image)
    things = [
        (place, group.kind, paint)
        for group, (paint, places) in zip(scene.groups, groups, strict=True)
        for place in places
    ]
    things.sort(key=lambda thing: thing[0].y)  # lower in the picture is nearer, so it is drawn later
    for place, kind, paint in things:
        pen = _Pen(canvas, place.x * side, place.y * side, place.size * side, place.facing)
        if kind not in AIR and setting.shadow:
            pen.ellipse(0, 0.34 if kind == "car" else 0.46, 0.42, 0.055, setting.shadow)
        _THINGS[kind](pen, paint)
    return np.asarray(image.reduce(_OVERSAMPLING))


def group_cells(scene, side=4):
    """The share of each cell of a picture that the squares around the things of a group cover.

    Args:
        scene: a `Scene`, or its address.
        side: number of rows and of columns of cells.

    Returns:
        (number of groups, side, side) floats from 0 to 1, in the order of the groups.

    Raises:
        ValueError: if the address is not that of a scene.
    """
    if isinstance(scene, str):
        scene = Scene.from_address(scene)
    _, groups = _background_and_groups(scene, PICTURE_SIZE)
    fine = 32 * side
    centre = (np.arange(fine) + 0.5) / fine
    covered = np.zeros((len(groups), fine, fine), bool)
    for mask, (_, places) in zip(covered, groups, strict=True):
        for place in places:
            rows, columns = (np.abs(centre - middle) < place.size / 2 for middle in (place.y, place.x))
            mask |= rows[:, None] & columns
    return covered.reshape(len(groups), side, 32, side, 32).mean(axis=(2, 4))


def _background_and_groups(scene, side):
    """(image of the background, list with the paint and the places of each group), all that is random in a scene."""
    rng = np.random.RandomState(scene.seed)
    setting = _SETTINGS[scene.background]
    image, groups = _sky(side, *setting.sky), []
    setting.draw(_Pen(ImageDraw.Draw(image), 0, 0, side), rng)
    for number, group in enumerate(scene.groups):
        paint = _Paint(*(int(v) for v in rng.randint(-_JITTER, _JITTER + 1, 3) + _PAINTS[group.colour]))
        groups.append((paint, _places(scene, number, rng)))
    return image, groups


# ---------------------------------------------------------------- tools


class _Pen:
    """Draws in units of `size` pixels around (x, y); facing -1 mirrors left and right."""

    def __init__(self, canvas, x, y, size, facing=1):
        self.canvas, self.x, self.y, self.size, self.facing = canvas, x, y, size, facing

    def polygon(self, points, fill, edge=None, width=0.03):
        corners = self._pixels(points)
        self.canvas.polygon(corners, fill)
        if edge:
            self.canvas.line(corners + corners[:2], edge, self._width(width), joint="curve")

    def box(self, left, top, right, bottom, fill, edge=None, width=0.03):
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill, edge, width)

    def ellipse(self, x, y, rx, ry, fill, edge=None, width=0.03):
        corners = self._pixels([(x - self.facing * rx, y - ry), (x + self.facing * rx, y + ry)])
        self.canvas.ellipse(corners, fill, edge, self._width(width) if edge else 0)

    def line(self, points, fill, width=0.03):
        self.canvas.line(self._pixels(points), fill, self._width(width), joint="curve")

    def arc(self, x, y, rx, ry, start, end, fill, width=0.03):
        self.line(_arc_points(x, y, rx, ry, start, end), fill, width)

    def _pixels(self, points):
        return [(self.x + self.facing * x * self.size, self.y + y * self.size) for x, y in points]

    def _width(self, width):
        return max(2, round(width * self.size))


def _arc_points(x, y, rx, ry, start, end):
    """Points of an ellipse from one angle to another, in degrees: 0 is right, 90 is down."""
    angles = np.radians(np.linspace(start, end, 16)).tolist()
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def _blend(colour, other, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))


class _Paint:
    """A colour with its edge, shade and light; the edges of white and black things are visible on snow and at night."""

    def __init__(self, *body):
        self.body = body
        self.shade = _blend(body, (20, 16, 30), 0.22)
        self.light = _blend(body, _WHITE, 0.4)
        self.edge = _blend(body, (20, 16, 30), 0.5)
        if max(body) < 70:
            self.shade, self.light, self.edge = (82, 82, 92), (98, 98, 108), (144, 144, 156)
        elif min(body) > 225:
            self.shade, self.light, self.edge = (222, 226, 234), (230, 233, 240), (138, 144, 158)


# ---------------------------------------------------------------- places


class _Place(NamedTuple):
    x: float
    y: float
    size: float
    facing: int  # 1 right, -1 left


# (layout, count) -> positions of a group's things around its centre, and their size.
_ARRANGEMENTS = {
    ("alone", 1): ([(0, 0)], 0.62),
    ("alone", 2): ([(-0.23, 0.02), (0.23, -0.02)], 0.42),
    ("alone", 3): ([(-0.29, 0.07), (0, -0.09), (0.29, 0.07)], 0.33),
    ("beside", 1): ([(0, 0)], 0.42),
    ("beside", 2): ([(-0.08, -0.15), (0.08, 0.15)], 0.29),
    ("beside", 3): ([(-0.115, 0.13), (0, -0.16), (0.115, 0.13)], 0.235),
    ("above", 1): ([(0, 0)], 0.44),
    ("above", 2): ([(-0.22, 0.02), (0.22, -0.02)], 0.36),
    ("above", 3): ([(-0.29, 0.03), (0, -0.03), (0.29, 0.03)], 0.27),
}


def _places(scene, number, rng):
    """Places of the things of a scene's first or second group, with small random changes."""
    group = scene.groups[number]
    if scene.layout == "alone":
        middle = (0.5, 0.48 if group.kind in AIR else 0.61)
    elif scene.layout == "beside":
        middle = ((0.26, 0.74)[number], 0.66 if group.kind in WATER else 0.6)
    else:
        middle = (0.5, (0.25, 0.74)[number])
    offsets, size = _ARRANGEMENTS[scene.layout, group.count]
    x, y = middle + rng.uniform(-0.02, 0.02, 2)
    size *= rng.uniform(0.94, 1.05)
    facing = int(rng.choice([1, -1]))
    wobbles = rng.uniform(-0.01, 0.01, (len(offsets), 2)).tolist()
    return [_Place(x + dx + wx, y + dy + wy, size, facing) for (dx, dy), (wx, wy) in zip(offsets, wobbles, strict=True)]


# ---------------------------------------------------------------- things


def _eye(pen, x, y, r):
    pen.ellipse(x, y, 1.5 * r, 1.5 * r, _WHITE)
    pen.ellipse(x + 0.3 * r, y, r, r, _INK)


def _house(pen, paint):
    pen.box(0.18, -0.42, 0.29, -0.15, _CREAM, _BROWN)
    pen.box(-0.37, -0.08, 0.37, 0.48, paint.body, paint.edge)
    pen.polygon([(-0.48, -0.05), (0, -0.46), (0.48, -0.05)], paint.shade, paint.edge)
    pen.box(-0.09, 0.16, 0.09, 0.48, _CREAM, _BROWN, 0.02)
    pen.ellipse(0.05, 0.33, 0.018, 0.018, _BROWN)
    for x in (-0.23, 0.23):
        pen.box(x - 0.08, 0.06, x + 0.08, 0.22, _GLASS, _BROWN, 0.02)
        pen.line([(x, 0.06), (x, 0.22)], _BROWN, 0.015)


def _tree(pen, paint):
    pen.polygon([(-0.1, 0.48), (-0.05, 0.1), (0.05, 0.1), (0.1, 0.48)], _BROWN, _blend(_BROWN, _INK, 0.4))
    crown = ((-0.22, 0.03, 0.21), (0.22, 0.03, 0.21), (-0.13, -0.22, 0.22), (0.14, -0.21, 0.22))
    for x, y, r in crown:
        pen.ellipse(x, y, r, r, paint.body, paint.edge)
    pen.ellipse(0, -0.07, 0.28, 0.25, paint.body)
    for x, y in ((-0.2, -0.26), (0.1, -0.3), (-0.26, 0), (0.03, -0.05), (0.26, 0.02)):
        pen.arc(x, y, 0.06, 0.05, 180, 300, paint.light, 0.03)


def _car(pen, paint):
    pen.polygon([(-0.28, 0.02), (-0.18, -0.22), (0.14, -0.22), (0.3, 0.02)], paint.body, paint.edge)
    pen.polygon([(-0.2, 0), (-0.13, -0.15), (-0.02, -0.15), (-0.02, 0)], _GLASS)
    pen.polygon([(0.03, 0), (0.03, -0.15), (0.11, -0.15), (0.21, 0)], _GLASS)
    pen.polygon(
        [(-0.49, 0.23), (-0.48, 0.03), (-0.42, 0), (0.36, 0), (0.48, 0.07), (0.49, 0.23)], paint.body, paint.edge
    )
    pen.line([(0, 0.02), (0, 0.2)], paint.edge, 0.015)
    pen.line([(-0.1, 0.08), (-0.04, 0.08)], paint.edge, 0.025)
    pen.ellipse(0.44, 0.11, 0.035, 0.035, (255, 244, 190), paint.edge, 0.015)
    for x in (-0.27, 0.27):
        pen.ellipse(x, 0.23, 0.125, 0.125, (58, 58, 66), (30, 30, 36))
        pen.ellipse(x, 0.23, 0.05, 0.05, (214, 216, 224))


def _cat(pen, paint):
    pen.arc(0.26, 0.24, 0.17, 0.2, 90, -110, paint.edge, 0.12)
    pen.arc(0.26, 0.24, 0.17, 0.2, 88, -108, paint.body, 0.075)
    pen.ellipse(0, 0.24, 0.24, 0.25, paint.body, paint.edge)
    for side in (-1, 1):
        pen.polygon([(0.25 * side, -0.14), (0.25 * side, -0.47), (0.03 * side, -0.3)], paint.body, paint.edge)
        pen.polygon([(0.21 * side, -0.27), (0.21 * side, -0.39), (0.12 * side, -0.31)], (240, 170, 178))
    pen.ellipse(0, -0.14, 0.27, 0.22, paint.body, paint.edge)
    for side in (-1, 1):
        pen.ellipse(0.11 * side, -0.16, 0.05, 0.06, (214, 236, 150))
        pen.ellipse(0.11 * side, -0.16, 0.02, 0.05, _INK)
        for lift in (-0.01, 0.04):
            pen.line([(0.1 * side, -0.06 + lift / 2), (0.36 * side, -0.07 + 2 * lift)], paint.edge, 0.012)
        pen.ellipse(0.09 * side, 0.46, 0.08, 0.05, paint.light, paint.edge, 0.02)
    pen.polygon([(-0.035, -0.085), (0.035, -0.085), (0, -0.045)], (240, 150, 160))


def _dog(pen, paint):
    pen.line([(-0.36, 0.02), (-0.49, -0.2)], paint.edge, 0.1)
    pen.line([(-0.36, 0.02), (-0.485, -0.19)], paint.body, 0.06)
    for x in (-0.3, -0.16, 0.12, 0.25):
        pen.box(x - 0.05, 0.14, x + 0.05, 0.46, paint.body, paint.edge)
    pen.polygon(
        [(-0.4, 0), (-0.34, -0.07), (0.22, -0.07), (0.3, 0.1), (0.26, 0.25), (-0.38, 0.23)], paint.body, paint.edge
    )
    pen.ellipse(0.27, -0.18, 0.18, 0.18, paint.body, paint.edge)
    pen.ellipse(0.41, -0.12, 0.1, 0.08, paint.body, paint.edge)
    pen.ellipse(0.47, -0.15, 0.035, 0.03, _INK, paint.edge, 0.01)
    pen.ellipse(0.16, -0.14, 0.07, 0.16, paint.shade, paint.edge)
    _eye(pen, 0.31, -0.22, 0.023)
    pen.line([(0.13, 0), (0.36, 0.05)], (200, 170, 110), 0.05)


def _flower(pen, paint):
    pen.line([(0, 0.48), (0.02, 0.2), (0, -0.1)], _LEAF, 0.055)
    pen.ellipse(-0.13, 0.32, 0.13, 0.055, _LEAF)
    pen.ellipse(0.14, 0.24, 0.13, 0.055, _LEAF)
    for angle in range(0, 360, 45):
        a = math.radians(angle)
        pen.ellipse(0.22 * math.cos(a), -0.18 + 0.22 * math.sin(a), 0.125, 0.125, paint.body, paint.edge, 0.022)
    pen.ellipse(0, -0.18, 0.16, 0.16, paint.body)
    pen.ellipse(0, -0.18, 0.11, 0.11, (232, 186, 92), (150, 110, 50))


def _mushroom(pen, paint):
    pen.polygon([(-0.13, 0.48), (-0.09, 0), (0.09, 0), (0.13, 0.48)], _CREAM, _BROWN)
    pen.polygon(_arc_points(0, 0.06, 0.47, 0.47, 180, 360), paint.body, paint.edge)
    pen.ellipse(0, 0.06, 0.47, 0.07, paint.light, paint.edge)
    for x, y, r in ((-0.23, -0.12, 0.06), (0.03, -0.26, 0.075), (0.26, -0.1, 0.055)):
        pen.ellipse(x, y, r, 0.9 * r, _CREAM, paint.edge, 0.015)


def _umbrella(pen, paint):
    pen.line([(0, -0.46), (0, 0.4)], _GREY, 0.04)
    pen.arc(0.07, 0.4, 0.07, 0.07, 180, 0, _GREY, 0.04)
    scallops = [point for x in (0.32, 0, -0.32) for point in _arc_points(x, 0.02, 0.155, 0.1, 0, -180)]
    pen.polygon(_arc_points(0, 0.02, 0.47, 0.44, 180, 360) + scallops, paint.body, paint.edge)
    for side in (-1, 1):
        pen.line([(0, -0.42), (0.12 * side, -0.26), (0.16 * side, 0)], paint.edge, 0.02)


def _boat(pen, paint):
    pen.line([(0, 0.2), (0, -0.47)], _BROWN, 0.045)
    pen.polygon([(0.03, -0.44), (0.03, 0.08), (0.36, 0.08)], _CREAM, _BROWN, 0.02)
    pen.polygon([(-0.03, -0.34), (-0.03, 0.08), (-0.28, 0.08)], _CREAM, _BROWN, 0.02)
    pen.polygon([(-0.49, 0.13), (0.49, 0.13), (0.33, 0.43), (-0.33, 0.43)], paint.body, paint.edge)
    pen.line([(-0.42, 0.24), (0.42, 0.24)], paint.light, 0.035)
    _ripple(pen, 0.44)


def _fish(pen, paint):
    pen.polygon([(-0.2, 0), (-0.48, -0.25), (-0.4, 0), (-0.48, 0.25)], paint.body, paint.edge)
    pen.polygon([(-0.12, -0.16), (0.08, -0.37), (0.2, -0.16)], paint.shade, paint.edge)
    pen.ellipse(0.08, 0, 0.38, 0.24, paint.body, paint.edge)
    pen.arc(0.12, 0, 0.1, 0.18, -70, 70, paint.edge, 0.025)
    pen.polygon([(0, 0.05), (-0.13, 0.16), (0.04, 0.14)], paint.shade)
    pen.arc(0.39, 0.06, 0.06, 0.05, 60, 150, paint.edge, 0.02)
    _eye(pen, 0.31, -0.07, 0.037)


def _duck(pen, paint):
    pen.polygon([(0.46, -0.2), (0.46, -0.1), (0.3, -0.1), (0.3, -0.24)], _ORANGE, (170, 96, 30))
    pen.polygon([(-0.48, -0.02), (-0.2, 0.08), (-0.2, 0.3)], paint.body, paint.edge)
    pen.ellipse(-0.04, 0.2, 0.39, 0.23, paint.body, paint.edge)
    pen.ellipse(0.19, -0.19, 0.19, 0.19, paint.body, paint.edge)
    pen.box(0.06, -0.07, 0.24, 0.12, paint.body)
    pen.ellipse(-0.1, 0.18, 0.2, 0.11, paint.light, paint.edge, 0.02)
    _eye(pen, 0.24, -0.23, 0.032)
    _ripple(pen, 0.42)


def _whale(pen, paint):
    spray = (206, 236, 248)
    pen.line([(0.16, -0.2), (0.16, -0.42)], spray, 0.04)
    pen.arc(0.06, -0.42, 0.1, 0.09, 180, 360, spray, 0.04)
    pen.arc(0.26, -0.42, 0.1, 0.09, 180, 360, spray, 0.04)
    tail = [(-0.3, 0.12), (-0.42, -0.1), (-0.5, -0.27), (-0.37, -0.22), (-0.26, -0.31), (-0.28, -0.12), (-0.16, 0.06)]
    pen.polygon(tail, paint.body, paint.edge)
    belly = [(0.46, 0.3), (0.1, 0.37), (-0.24, 0.3)]
    pen.polygon(_arc_points(0.06, 0.12, 0.42, 0.34, 180, 360) + belly, paint.body, paint.edge)
    pen.polygon([(0.48, 0.15), (0.46, 0.3), (0.1, 0.37), (-0.1, 0.33), (0.22, 0.22)], _CREAM)
    _eye(pen, 0.3, 0.06, 0.032)
    _ripple(pen, 0.38)


def _ripple(pen, y):
    """White water around a swimming thing."""
    for x in (-0.36, 0, 0.36):
        pen.arc(x, y, 0.17, 0.05, 160, 20, (214, 238, 238), 0.025)


def _balloon(pen, paint):
    pen.line([(0, 0.2), (0.04, 0.32), (-0.03, 0.4), (0.02, 0.49)], _GREY, 0.02)
    pen.polygon([(-0.06, 0.25), (0.06, 0.25), (0, 0.15)], paint.body, paint.edge)
    pen.ellipse(0, -0.14, 0.3, 0.35, paint.body, paint.edge)
    pen.arc(-0.02, -0.16, 0.19, 0.23, 185, 245, paint.light, 0.05)


def _bird(pen, paint):
    pen.polygon([(-0.22, 0.04), (-0.5, -0.02), (-0.48, 0.14), (-0.2, 0.14)], paint.body, paint.edge)
    pen.polygon([(0.4, -0.07), (0.5, -0.01), (0.4, 0.03)], _ORANGE)
    pen.ellipse(0.02, 0.08, 0.3, 0.17, paint.body, paint.edge)
    pen.ellipse(0.28, -0.03, 0.14, 0.135, paint.body, paint.edge)
    pen.polygon([(-0.14, 0.04), (-0.3, -0.42), (-0.02, -0.34), (0.14, 0.03)], paint.shade, paint.edge)
    _eye(pen, 0.31, -0.06, 0.025)


def _butterfly(pen, paint):
    for side in (-1, 1):
        pen.ellipse(0.24 * side, -0.16, 0.22, 0.22, paint.body, paint.edge)
        pen.ellipse(0.18 * side, 0.2, 0.16, 0.18, paint.body, paint.edge)
        pen.ellipse(0.25 * side, -0.17, 0.08, 0.08, paint.light)
        pen.ellipse(0.19 * side, 0.21, 0.05, 0.055, paint.light)
        pen.arc(0.1 * side, -0.3, 0.1, 0.14, 180 if side > 0 else 360, 270, (90, 78, 84), 0.02)
    pen.ellipse(0, 0.02, 0.05, 0.28, (90, 72, 66), (56, 46, 44), 0.015)


def _kite(pen, paint):
    tail = [(0, 0.26), (0.08, 0.34), (-0.04, 0.4), (0.04, 0.49)]
    pen.line(tail, _GREY, 0.02)
    for x, y in tail[1:]:
        bow = [(x - 0.06, y - 0.035), (x - 0.06, y + 0.035), (x + 0.06, y - 0.035), (x + 0.06, y + 0.035)]
        pen.polygon(bow, paint.body)
    top, right, bottom, left, centre = (0, -0.49), (0.32, -0.14), (0, 0.28), (-0.32, -0.14), (0, -0.14)
    pen.polygon([top, right, bottom, left], paint.body, paint.edge)
    pen.polygon([top, right, centre], paint.light)
    pen.polygon([left, centre, bottom], paint.light)
    pen.polygon([top, right, bottom, left], None, paint.edge)
    pen.line([top, bottom], paint.edge, 0.02)
    pen.line([left, right], paint.edge, 0.02)


_THINGS = {
    "house": _house,
    "tree": _tree,
    "car": _car,
    "cat": _cat,
    "dog": _dog,
    "flower": _flower,
    "mushroom": _mushroom,
    "umbrella": _umbrella,
    "boat": _boat,
    "fish": _fish,
    "duck": _duck,
    "whale": _whale,
    "balloon": _balloon,
    "bird": _bird,
    "butterfly": _butterfly,
    "kite": _kite,
}

# ---------------------------------------------------------------- backgrounds

_HORIZON = 0.48


def _sky(side, top, bottom):
    """An image that changes from one colour at the top to another at the bottom."""
    share = np.linspace(0, 1, side)[:, None, None]
    rows = np.rint(np.array(top) * (1 - share) + np.array(bottom) * share).astype(np.uint8)  # (side, 1, 3)
    return Image.fromarray(np.repeat(rows, side, axis=1))


def _hills(pen, rng, far, near):
    x = rng.uniform(-0.1, 0.1)
    pen.ellipse(0.1 + x, 0.95, 0.62, 0.51, far)
    pen.ellipse(0.85 + x, 0.97, 0.62, 0.51, near)
    pen.box(-0.1, 0.63, 1.1, 1.1, near)


def _weather(pen, rng):
    """The sun, a cloud or nothing, in one of the two upper corners."""
    x, y = rng.choice([0.1, 0.9]), rng.uniform(0.1, 0.13)
    kind = rng.randint(3)
    if kind == 0:
        for angle in range(0, 360, 30):
            a = math.radians(angle)
            ray = [(x + r * math.cos(a), y + r * math.sin(a)) for r in (0.09, 0.12)]
            pen.line(ray, (250, 190, 60), 0.014)
        pen.ellipse(x, y, 0.072, 0.072, (253, 212, 88), (244, 184, 60), 0.01)
    elif kind == 1:
        for dx, dy, r in ((-0.07, 0.02, 0.045), (0.07, 0.02, 0.05), (-0.02, -0.015, 0.06), (0.035, 0.005, 0.055)):
            pen.ellipse(x + dx, y + dy, r, r, (252, 252, 254))


def _meadow(pen, rng):
    _weather(pen, rng)
    _hills(pen, rng, (164, 204, 124), (148, 192, 110))
    for x, y in rng.uniform((0, 0.62), (1, 1), (16, 2)).tolist():
        pen.line([(x - 0.01, y - 0.03), (x, y), (x + 0.012, y - 0.026)], (118, 166, 86), 0.008)


def _snow(pen, rng):
    for x, size in rng.uniform((0, 0.8), (1, 1.3), (5, 2)).tolist():
        for tier in range(3):
            base, half = _HORIZON - 0.028 * tier * size, (0.05 - 0.01 * tier) * size
            pen.polygon([(x - half, base), (x + half, base), (x, base - 0.06 * size)], (150, 170, 176))
    _hills(pen, rng, (238, 243, 247), (230, 237, 243))
    for x, y, r in rng.uniform((0, 0, 0.004), (1, 1, 0.009), (26, 3)).tolist():
        pen.ellipse(x, y, r, r, _WHITE)


def _sea(pen, rng):
    _weather(pen, rng)
    for top, colour in ((0.44, (104, 186, 196)), (0.56, (90, 176, 188)), (0.75, (78, 164, 178))):
        pen.box(-0.1, top, 1.1, 1.1, colour)
    for x, y in rng.uniform((0, 0.48), (1, 0.98), (14, 2)).tolist():
        for dx in (0, 0.05):
            pen.arc(x + dx, y, 0.025, 0.014, 180, 0, (184, 224, 228), 0.01)


def _desert(pen, rng):
    _weather(pen, rng)
    _hills(pen, rng, (228, 188, 128), (236, 200, 142))
    for x in (rng.uniform(0.03, 0.25), rng.uniform(0.75, 0.97)):
        y, cactus = rng.uniform(0.5, 0.56), (128, 156, 114)
        pen.line([(x, y), (x, y - 0.1)], cactus, 0.024)
        pen.line([(x, y - 0.03), (x - 0.03, y - 0.03), (x - 0.03, y - 0.065)], cactus, 0.016)
        pen.line([(x, y - 0.045), (x + 0.03, y - 0.045), (x + 0.03, y - 0.08)], cactus, 0.016)


def _night(pen, rng):
    for x, y, r in rng.uniform((0, 0, 0.003), (1, _HORIZON, 0.007), (32, 3)).tolist():
        pen.ellipse(x, y, r, r, (236, 232, 200))
    if rng.randint(2):
        x = rng.choice([0.1, 0.9])
        outer = _arc_points(x, 0.12, 0.075, 0.075, 60, 300)
        inner = _arc_points(x + 0.035, 0.12, 0.06, 0.066, 285, 75)
        pen.polygon(outer + inner, (250, 240, 200))
    _hills(pen, rng, (46, 66, 78), (40, 58, 70))


def _city(pen, rng):
    x = -0.02
    while x < 1:
        width, height = rng.uniform(0.09, 0.15), rng.uniform(0.14, 0.34)
        grey = int(rng.randint(164, 190))
        pen.box(x, 0.57 - height, x + width, 0.6, (grey, grey, grey + 14))
        for row in range(int(height / 0.06)):
            for column in (0.22, 0.6):
                left, top = x + column * width, 0.6 - height + 0.06 * row
                pen.box(left, top, left + 0.022, top + 0.026, (228, 224, 214))
        x += width + 0.005
    pen.box(-0.1, 0.57, 1.1, 1.1, (160, 160, 166))
    pen.box(-0.1, 0.57, 1.1, 0.6, (200, 198, 198))
    for x in np.arange(0.02, 1, 0.2).tolist():
        pen.box(x, 0.945, x + 0.1, 0.96, (222, 220, 210))


class _Setting(NamedTuple):
    draw: callable  # (pen, rng), on top of the sky
    sky: tuple  # its colours at the top and at the bottom of the picture
    shadow: tuple | None  # colour of what things throw on the ground


_SETTINGS = {
    "meadow": _Setting(_meadow, ((150, 205, 238), (216, 236, 244)), (122, 166, 90)),
    "snow": _Setting(_snow, ((196, 208, 222), (226, 232, 238)), (202, 211, 222)),
    "sea": _Setting(_sea, ((168, 214, 236), (232, 238, 232)), None),
    "desert": _Setting(_desert, ((244, 214, 170), (250, 236, 206)), (204, 164, 108)),
    "night": _Setting(_night, ((16, 20, 54), (46, 50, 96)), (26, 40, 50)),
    "city": _Setting(_city, ((206, 196, 214), (238, 220, 212)), (132, 132, 140)),
}
