"""Style pictures of our own, free of licences: a night in swirling strokes, cubist facets, dots, a woodcut.

Each painting function takes about a second and returns the same picture at every call, (384, 512, 3) uint8. Style
transfer needs pictures whose style is the same everywhere and made of small parts: the strokes, planes, dots and cuts
are about ten pixels wide, so they survive at half the size.

Colours are red, green, blue in 0..255. Positions are x to the right and y down, as shares of width and height.
"""

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

WIDTH, HEIGHT = 512, 384
_FINE = 2  # pictures are drawn at this many times their size and reduced, so that edges are smooth

# (H, W), the coordinates of each pixel
_column, _row = np.meshgrid(np.arange(WIDTH, dtype=float), np.arange(HEIGHT, dtype=float))


def __getattr__(name):
    """`load_styles` and `load_photographs` can still be imported from here, where they used to be."""
    if name in ("load_styles", "load_photographs"):
        from cs231n import data_utils

        return getattr(data_utils, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def swirls():
    """Paint a night in thick strokes that follow eddies: stars with haloes, hills, a cypress."""
    rng = np.random.RandomState(231)
    stars = [(0.80, 0.20, 46), (0.16, 0.16, 26), (0.36, 0.12, 20), (0.60, 0.10, 18), (0.93, 0.46, 16), (0.30, 0.40, 22)]
    under = _gradient((24, 44, 128), (96, 150, 206))
    glow = _noise(rng, 26)
    under[glow > 0.9] = (146, 190, 214)
    under[glow < -1.0] = (20, 30, 92)
    for x, y, radius in stars:
        distance = np.hypot(_column - x * WIDTH, _row - y * HEIGHT) / radius
        halo = ((1.9, (86, 150, 196)), (1.45, (182, 204, 150)), (1.0, (240, 204, 80)), (0.5, (255, 246, 190)))
        for reach, colour in halo:
            under[distance < reach] = colour
    hills = ((0.68, 0.05, (70, 116, 170)), (0.77, 0.05, (40, 84, 120)), (0.88, 0.03, (44, 96, 70)))
    for level, height, colour in hills:
        ridge = HEIGHT * (level + height * np.sin(_column / WIDTH * 9 + 20 * level))
        under[ridge < _row] = colour
    tall = np.clip(_row / HEIGHT - 0.26, 0, 1)
    breadth = 62 * tall**0.9 * (1 + 0.22 * np.sin(_row / 9 + _column / 30))
    cypress = np.abs(_column - 0.13 * WIDTH - 6 * np.sin(_row / 17)) < breadth
    under[cypress] = (22, 44, 34)

    across, down = np.ones((HEIGHT, WIDTH)), 0.7 * _noise(rng, 44)  # direction of the strokes
    eddies = [(x, y, 1.9 * radius, 1) for x, y, radius in stars] + [(0.50, 0.36, 62, -1), (0.64, 0.50, 44, 1)]
    for x, y, radius, turn in eddies:
        dx, dy = _column - x * WIDTH, _row - y * HEIGHT
        pull = 3 * np.exp(-((np.hypot(dx, dy) / radius) ** 4))
        length = np.hypot(dx, dy) + 1
        across += pull * (-turn * dy - 0.15 * dx) / length
        down += pull * (turn * dx - 0.15 * dy) / length
    across[cypress], down[cypress] = 0.35 * np.sin(_row[cypress] / 12), -1

    strokes = [(13, 2600, 11), (9, 4200, 9), (6, 4200, 8)]
    return _brushed(rng, under, across, down, strokes)


def _brushed(rng, under, across, down, strokes):
    """Paint `under` (H, W, 3) in strokes that follow a field of directions, lit from the upper left like thick paint.

    Args:
        across, down: (H, W), the direction of the strokes at each pixel; the length of these vectors does not matter.
        strokes: tuples (width in fine pixels, number of strokes, steps of 3 pixels), the widest strokes first.
    """
    length = np.hypot(across, down) + 1e-9
    across, down = across / length, down / length
    canvas = Image.fromarray(under.astype(np.uint8)).resize((WIDTH * _FINE, HEIGHT * _FINE))
    relief = Image.new("L", canvas.size, 128)
    brush, mould = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    for width, count, steps in strokes:
        for _ in range(count):
            x, y = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
            colour = under[int(y), int(x)] * rng.uniform(0.72, 1.28) + rng.normal(0, 13, 3)
            points = []
            for _ in range(steps):
                if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
                    break
                points.append((x * _FINE, y * _FINE))
                row, column = int(y), int(x)
                x, y = x + 3 * across[row, column], y + 3 * down[row, column]
            if len(points) > 2:
                brush.line(points, fill=_ink(colour), width=width, joint="curve")
                mould.line(points, fill=int(rng.randint(60, 200)), width=width, joint="curve")
    light = gaussian_filter(np.asarray(relief, float), 1.2)
    light = np.gradient(light, axis=0) + np.gradient(light, axis=1)
    return _reduced(np.asarray(canvas, float) + 1.1 * light[..., None])


def facets():
    """Paint a still life in cubist planes: a guitar, a bottle and a bowl on a table."""
    rng = np.random.RandomState(231)
    ochre, cream, brick = (222, 160, 66), (242, 224, 186), (186, 66, 44)
    teal, slate, umber = (30, 116, 124), (62, 80, 122), (66, 42, 36)
    under = _gradient((206, 190, 150), (140, 130, 122))
    under[_row > 0.60 * HEIGHT] = brick
    shapes = (  # centre, half width, half height, colour
        (0.36, 0.66, 0.20, 0.25, ochre),
        (0.42, 0.38, 0.14, 0.18, ochre),
        (0.38, 0.60, 0.06, 0.08, umber),
        (0.80, 0.74, 0.15, 0.13, cream),
        (0.12, 0.26, 0.17, 0.26, slate),
        (0.92, 0.24, 0.16, 0.26, slate),
    )
    for x, y, across, down, colour in shapes:
        under[_ellipse(x, y, across, down)] = colour
    under[(np.abs(_column - 0.46 * WIDTH - 0.3 * (0.3 * HEIGHT - _row)) < 11) & (_row < 0.34 * HEIGHT)] = umber
    for x, y, across, down in ((0.67, 0.54, 0.06, 0.26), (0.67, 0.16, 0.024, 0.14)):
        under[(np.abs(_column / WIDTH - x) < across) & (np.abs(_row / HEIGHT - y) < down)] = teal

    canvas = np.zeros((HEIGHT * _FINE, WIDTH * _FINE, 3))
    lines = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE), 0)
    pen = ImageDraw.Draw(lines)
    for corners in _split(rng, np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], float)):
        row, column = _inside(corners)
        colour = under[row // _FINE, column // _FINE].mean(axis=0) * rng.uniform(0.72, 1.22) + rng.normal(0, 9, 3)
        # Each plane is lightest along one edge and darkens away from it, in brush strokes parallel to that edge.
        edge = rng.randint(len(corners))
        along = corners[edge] - corners[edge - 1]
        normal = np.array([-along[1], along[0]]) / np.hypot(*along)
        depth = np.abs((np.stack([column, row], axis=-1) / _FINE - corners[edge]) @ normal)
        light = 1.28 - 0.62 * depth / depth.max() + rng.normal(0, 0.05, WIDTH)[(depth / 3).astype(int)]
        canvas[row, column] = colour * light[:, None]
        pen.line([tuple(p * _FINE) for p in (*corners, corners[0])], fill=255, width=int(rng.choice([3, 5, 7])))
    for x, y, across, down, _ in shapes[:4]:
        box = [(x - across) * WIDTH, (y - down) * HEIGHT, (x + across) * WIDTH, (y + down) * HEIGHT]
        pen.arc([v * _FINE for v in box], rng.uniform(0, 60), rng.uniform(220, 330), fill=255, width=8)
    ink = gaussian_filter(np.asarray(lines, float) / 255, 0.8)[..., None]
    return _reduced(canvas * (1 - ink) + np.array((30, 22, 24)) * ink)


def _inside(corners):
    """Rows and columns, in fine pixels, of the pixels inside a polygon (n, 2)."""
    low = np.floor(corners.min(axis=0)).astype(int) * _FINE
    size = np.ceil(corners.max(axis=0)).astype(int) * _FINE - low
    stencil = Image.new("1", (int(size[0]), int(size[1])))
    ImageDraw.Draw(stencil).polygon([tuple(p) for p in corners * _FINE - low], fill=1)
    row, column = np.nonzero(np.asarray(stencil))
    return row + low[1], column + low[0]


def _split(rng, corners):
    """Cut a convex polygon (n, 2) in two, again and again, along a few directions; return the list of pieces."""
    x, y = corners.T
    area = 0.5 * abs(x @ np.roll(y, 1) - y @ np.roll(x, 1))
    if area < rng.uniform(500, 2600):
        return [corners]
    angle = np.radians(rng.choice([18, 62, 84, 118, 158]) + rng.normal(0, 5))
    normal = np.array([-np.sin(angle), np.cos(angle)])
    through = rng.dirichlet(np.full(len(corners), 2.0)) @ corners
    side = (corners - through) @ normal
    halves = ([], [])
    for k, here in enumerate(side):
        halves[int(here > 0)].append(corners[k])
        following = side[(k + 1) % len(side)]
        if here * following < 0:
            crossing = corners[k] + here / (here - following) * (corners[(k + 1) % len(side)] - corners[k])
            halves[0].append(crossing)
            halves[1].append(crossing)
    if min(map(len, halves)) < 3:
        return _split(rng, corners)
    return [piece for half in halves for piece in _split(rng, np.array(half))]


def dots():
    """Paint a river on a summer's day in dots of unmixed colour, which the eye blends from a distance."""
    rng = np.random.RandomState(231)
    under = _river_landscape(rng)
    canvas = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE), (246, 238, 222))
    brush = ImageDraw.Draw(canvas)
    spacing = 5.2  # pixels between the dots of one layer
    for radius in (4.0, 3.5):
        places = np.stack(np.meshgrid(np.arange(0, WIDTH, spacing), np.arange(0, HEIGHT, spacing)), -1).reshape(-1, 2)
        places += rng.uniform(-0.5, 0.5, places.shape) * spacing + spacing / 2 * (radius < 4)
        for x, y in places[rng.permutation(len(places))]:
            colour = under[min(int(max(y, 0)), HEIGHT - 1), min(int(max(x, 0)), WIDTH - 1)]
            colour = _unmixed(rng, colour) + rng.normal(0, 12, 3)
            r = radius * rng.uniform(0.75, 1.15)
            brush.ellipse([(x - r) * _FINE, (y - r) * _FINE, (x + r) * _FINE, (y + r) * _FINE], fill=_ink(colour))
    return _reduced(np.asarray(canvas, float))


def _river_landscape(rng):
    """(H, W, 3) floats: a sky with a sun, trees on the far bank, their reflection in a river, a meadow with flowers."""
    under = _gradient((120, 190, 236), (252, 224, 176))
    under[_row > 0.44 * HEIGHT] = (104, 170, 92)  # far bank
    trees = (  # centre, half width, half height, colour
        (0.10, 0.36, 0.16, 0.17, (40, 124, 76)),
        (0.28, 0.40, 0.10, 0.10, (88, 160, 72)),
        (0.60, 0.40, 0.09, 0.09, (60, 140, 96)),
        (0.74, 0.37, 0.08, 0.13, (150, 170, 60)),
        (0.93, 0.33, 0.15, 0.20, (34, 110, 84)),
    )
    for x, y, across, down, colour in trees:
        under[_ellipse(x, y, across, down)] = colour
    under[np.hypot(_column - 0.44 * WIDTH, _row - 0.17 * HEIGHT) < 34] = (255, 240, 130)
    river = (_row > 0.52 * HEIGHT) & (_row < (0.80 + 0.10 * np.sin(_column / WIDTH * 5 + 0.6)) * HEIGHT)
    mirrored = under[np.clip((1.04 * HEIGHT - 1.25 * _row).astype(int), 0, HEIGHT - 1), _column.astype(int)]
    under[river] = 0.55 * mirrored[river] + 0.45 * np.array((70, 120, 200))
    meadow = (_row > 0.52 * HEIGHT) & ~river
    under[meadow] = (134, 184, 60)
    under[meadow & (_noise(rng, 12) > 0.9)] = (222, 90, 110)
    under[meadow & (_noise(rng, 20) < -0.9)] = (64, 120, 110)
    return under


def _unmixed(rng, colour):
    """One of the colours that a pointillist would set side by side to give `colour`."""
    grey = colour.mean()
    choice = rng.choice(4, p=[0.52, 0.18, 0.15, 0.15])
    if choice == 0:  # purer
        return grey + 1.35 * (colour - grey)
    if choice == 1:  # the complementary colour, lighter
        return 0.45 * (2 * grey - colour) + 0.55 * 235
    if choice == 2:  # warmer, as if in the sun
        return colour + (70, 22, -50)
    return colour + (-55, -22, 45)  # cooler, as if in the shade


def woodcut():
    """Paint a sunset at sea as a woodcut: four flat inks under black lines, which are thicker where it is darker."""
    rng = np.random.RandomState(231)
    paper, red, gold, blue, black = (246, 230, 196), (214, 70, 42), (244, 176, 74), (38, 92, 116), (26, 20, 26)
    wobble, jagged = _noise(rng, 22), _noise(rng, 9)[0]  # (H, W); (W,)
    sun_x, sun_y, sun = 0.62 * WIDTH, 0.40 * HEIGHT, 0.135 * WIDTH
    away = np.hypot(_column - sun_x, _row - sun_y)
    horizon = 0.60 * HEIGHT
    crest = HEIGHT * (0.51 - 0.24 * np.exp(-(((_column / WIDTH - 0.16) / 0.17) ** 2)) + 0.02 * jagged)
    rock = HEIGHT * (0.90 - 0.26 * np.clip((_column / WIDTH - 0.55) / 0.45, 0, 1) ** 1.5 + 0.02 * jagged[::-1])
    depth = np.clip((_row - horizon) / (HEIGHT - horizon), 0, 1)
    glitter = np.abs(_column - sun_x + 9 * np.sin(_row / 5)) < (0.07 + 0.16 * depth) * WIDTH

    waves = _row + (2 + 4 * depth) * np.sin(_column / 21 + 2 * wobble)
    # From back to front: mask of the layer, its ink, distance in pixels across its lines, black share of a line
    layers = (
        (away > 0, red, away + 3 * wobble, np.clip(0.15 + 0.7 * (away - sun) / WIDTH, 0, 0.6)),
        (away < 2.2 * sun, gold, away + 3 * wobble, 0.25),
        (away < sun, paper, away, 0),
        (crest < _row, blue, _column + 0.8 * (_row - crest) + 2 * wobble, 0.7 - 0.004 * np.clip(_row - crest, 0, 100)),
        (horizon < _row, blue, waves, 0.5),
        ((horizon < _row) & glitter, gold, waves, 0.3),
        (rock < _row, red, _row - rock + 0.35 * _column + 6 * wobble, 0.66),
    )
    inks, phase, share = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH))
    for where, ink, cuts, dark in layers:
        inks[where], phase[where], share[where] = ink, cuts[where], np.broadcast_to(dark, where.shape)[where]
    ridge = 0.5 + 0.5 * np.cos(2 * np.pi * phase / 8.5) + 0.1 * _noise(rng, 2.5)  # noise: the knife slips
    printed = (ridge > np.cos(0.5 * np.pi * share) ** 2) & (share > 0)
    printed |= (np.abs(away - sun) < 1.8) & (_row < crest)
    for line, in_view in ((crest, _row < horizon), (horizon, _row < rock), (rock, True)):
        printed |= (np.abs(_row - line) < 1.8) & in_view
    printed = gaussian_filter(printed.astype(float), 0.6)[..., None]
    grain = 1 + 0.03 * _noise(rng, 1)[..., None]
    return _pixels((inks * (1 - printed) + np.array(black) * printed) * grain)


# ---------------------------------------------------------------- shared


def _ellipse(x, y, across, down):
    """(H, W) booleans, True inside the ellipse with centre (x, y), half width `across` and half height `down`."""
    return ((_column / WIDTH - x) / across) ** 2 + ((_row / HEIGHT - y) / down) ** 2 < 1


def _gradient(top, bottom):
    """(H, W, 3) floats, from the colour `top` at the top to the colour `bottom` at the bottom."""
    share = np.linspace(0, 1, HEIGHT)[:, None, None]
    return np.repeat((1 - share) * top + share * np.array(bottom, float), WIDTH, axis=1)


def _noise(rng, scale):
    """(H, W) smooth random numbers of mean 0 and standard deviation 1, with bumps about `scale` pixels wide."""
    field = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH)), scale, mode="wrap")
    return (field - field.mean()) / field.std()


def _ink(colour):
    """A colour as Pillow takes it."""
    return tuple(int(v) for v in np.clip(colour, 0, 255))


def _pixels(values):
    """Numbers rounded to uint8, and clipped."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _reduced(fine):
    """A picture in fine pixels, reduced to (HEIGHT, WIDTH, 3) uint8."""
    return np.array(Image.fromarray(_pixels(fine)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
