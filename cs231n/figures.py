"""Figures: pictures in rows, maps laid over pictures, names at the ends of curves, and tables in colour."""

import contextlib
import math

import numpy as np

PAGE_WIDTH = 12.5  # inches of the widest figure: 1,000 pixels of a notebook, as wide as a page

_collectors = []  # of the open `with collected_shots()` blocks


def show_images(images, titles=(), columns=None, height=2.4, suptitle=None, cmap=None, insets=()):
    """Show pictures in rows, for a lecture hall: without axes, with titles above.

    Args:
        images: sequence of arrays, (H, W, 3) uint8, or (H, W) of any numbers (stretched to their own range).
        titles: a string for each picture, or none at all.
        columns: pictures in a row; None puts all of them in one row.
        height: inches of a row, at most; less if the row would be wider than a page.
        suptitle: a line above all pictures.
        cmap: Matplotlib's name of the colours for (H, W) arrays; None for grey.
        insets: a small picture for the lower right corner of each picture, or none at all.

    Raises:
        ValueError: if there is no picture, or if there are titles or insets, but not one for each picture.
    """
    import matplotlib.pyplot as plt

    images = list(images)
    if not images:
        raise ValueError("there are no pictures to show")
    for name, entries in (("a title", titles), ("an inset", insets)):
        if entries and len(entries) != len(images):
            got = f"{len(entries)} {name.split()[1]}s for {len(images)} pictures"
            raise ValueError(f"each picture needs {name}, got {got}")
    columns = columns or len(images)
    rows = math.ceil(len(images) / columns)
    aspect = images[0].shape[1] / images[0].shape[0]
    height = min(height, PAGE_WIDTH / (columns * aspect))
    figure, axes = plt.subplots(rows, columns, figsize=(columns * height * aspect, rows * (height + 0.3)))
    axes = np.ravel(axes)
    for axis in axes:
        axis.axis("off")
    for axis, image in zip(axes, images, strict=False):  # the last row may have places without a picture
        axis.imshow(image, cmap=cmap)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title)
    for axis, inset in zip(axes, insets, strict=False):
        corner = axis.inset_axes([0.7, 0, 0.3, 0.3])
        corner.imshow(inset)
        corner.set(xticks=[], yticks=[], anchor="SE")
        corner.spines[:].set(color="white", linewidth=2)
    if suptitle:
        figure.suptitle(suptitle)
    figure.tight_layout()
    plt.show()


def show_maps(photographs, maps, titles, height=1.8):
    """Show photographs in a row, and below them rows of heat maps, each laid over its photograph in grey.

    Args:
        photographs: N arrays (H, W, 3) uint8.
        maps: dict from the label of a row to N arrays (H, W), not negative.
        titles: N str, above the photographs.
        height: inches of a row.
    """
    import matplotlib.pyplot as plt

    shape = len(maps) + 1, len(photographs)
    size = (height * shape[1] + 0.4, height * shape[0] + 0.3)
    figure, axes = plt.subplots(*shape, figsize=size, squeeze=False, layout="constrained")
    for axis, photograph, title in zip(axes[0], photographs, titles, strict=True):
        axis.imshow(photograph)
        axis.set_title(title)
    for row, (label, of_photographs) in zip(axes[1:], maps.items(), strict=True):
        row[0].set_ylabel(label)
        for axis, photograph, values in zip(row, photographs, of_photographs, strict=True):
            axis.imshow(map_over_photograph(photograph, values))
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    plt.show()


def map_over_photograph(photograph, values):
    """A heat map laid over its photograph in grey.

    The brightest 1 % of the map are shown alike, so that a few pixels do not make the others dark.

    Args:
        photograph: (H, W, 3) uint8; values: (H, W), not negative.

    Returns:
        (H, W, 3) float array in 0..1.
    """
    import matplotlib.pyplot as plt

    strength = np.minimum(values / max(np.quantile(values, 0.99), 1e-30), 1)[..., None]
    grey = np.repeat(photograph.mean(axis=-1, keepdims=True) / 255, 3, axis=-1)
    return 0.5 * (1 - strength) * grey + strength * plt.get_cmap("inferno")(strength[..., 0])[..., :3]


def show_development(shots, suptitle=None):
    """Show how pictures came about: a row for each picture, a column for each step.

    Args:
        shots: dict from a step to the pictures after it, a sequence of (H, W, 3) uint8; as many at every step.
        suptitle: a line above all pictures.
    """
    if _collectors:
        _collectors[-1].append(shots)
        return
    rows = list(zip(*shots.values(), strict=True))
    titles = [f"step {step}" for step in shots] + [""] * (len(shots) * (len(rows) - 1))
    show_images([picture for row in rows for picture in row], titles, columns=len(shots), suptitle=suptitle)


@contextlib.contextmanager
def collected_shots():
    """Collect what `show_development` is given in a `with` block, instead of showing it.

    So every function with the argument `show_every` gives frames for an animation:

        with collected_shots() as shots:
            render_classes([291], model, show_every=4)

    Yields:
        list with a dict for each call of `show_development`, from a step to the pictures after it.
    """
    shots = []
    _collectors.append(shots)
    try:
        yield shots
    finally:
        _collectors.remove(shots)


def label_curves(axis, gap=0.075):
    """Write the label of each curve at its right end, in its colour, in place of a legend.

    Call it last: names that would overlap are moved apart as the axes stand then.

    Args:
        axis: Matplotlib axes with labelled lines; gap: least distance of two names, as a share of the axes' height.
    """
    lines = [line for line in axis.get_lines() if not line.get_label().startswith("_")]
    axis.get_xlim(), axis.get_ylim()  # until they are asked for, the limits are those of empty axes
    to_axes = axis.transData + axis.transAxes.inverted()
    ends = [to_axes.transform((line.get_xdata()[-1], line.get_ydata()[-1]))[1] for line in lines]
    order = np.argsort(ends, kind="stable")
    steps = gap * np.arange(len(lines))
    heights = np.maximum.accumulate(np.array(ends)[order].clip(0) - steps) + steps
    heights = np.minimum(heights, 1 - steps[::-1])
    for k, height in zip(order, heights, strict=True):
        colour = lines[k].get_color()
        axis.text(1.02, height, lines[k].get_label(), color=colour, transform=axis.transAxes, va="center")


def show_matrix(matrix, rows, columns, own, xlabel, ylabel, title):
    """Show a table of numbers in blue, the smallest darkest, with a frame around one cell of each row.

    Args:
        matrix: (R, C) float; rows, columns: R and C names.
        own: R indices of columns, the cells with a frame.
        xlabel, ylabel: names of the axes; title: a line above.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 0.55 * len(rows) + 1.4))
    image = axis.imshow(matrix, cmap="Blues_r", aspect="auto", vmin=0)
    for (i, j), value in np.ndenumerate(matrix):
        red, green, blue, _ = image.to_rgba(value)
        luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
        # Above .18 black has the higher contrast (WCAG): (L + .05) / .05 > 1.05 / (L + .05).
        colour = "black" if luminance > 0.18 else "white"
        axis.text(j, i, f"{value:.3f}", ha="center", va="center", color=colour)
    for i, j in enumerate(own):
        axis.add_patch(plt.Rectangle((j - 0.47, i - 0.44), 0.94, 0.88, fill=False, edgecolor="#d55e00", linewidth=2.5))
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(rows)), rows)
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.set_title(title)
    figure.tight_layout()
    plt.show()
