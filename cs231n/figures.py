"""Figures of pictures in rows."""

import math

import numpy as np


def show_images(images, titles=(), columns=None, height=2.4, suptitle=None, cmap=None):
    """Show pictures in rows, for a lecture hall: without axes, with titles above.

    Args:
        images: sequence of arrays, (H, W, 3) uint8, or (H, W) of any numbers (stretched to their own range).
        titles: a string for each picture, or none at all.
        columns: pictures in a row; None puts all of them in one row.
        height: inches of a row.
        suptitle: a line above all pictures.
        cmap: Matplotlib's name of the colours for (H, W) arrays; None for grey.

    Raises:
        ValueError: if there is no picture, or if there are titles, but not one for each picture.
    """
    import matplotlib.pyplot as plt

    images = list(images)
    if not images:
        raise ValueError("there are no pictures to show")
    if titles and len(titles) != len(images):
        raise ValueError(f"each picture needs a title, got {len(titles)} titles for {len(images)} pictures")
    columns = columns or len(images)
    rows = math.ceil(len(images) / columns)
    aspect = images[0].shape[1] / images[0].shape[0]
    figure, axes = plt.subplots(rows, columns, figsize=(columns * height * aspect, rows * (height + 0.3)))
    axes = np.ravel(axes)
    for axis in axes:
        axis.axis("off")
    for axis, image in zip(axes[: len(images)], images, strict=True):
        axis.imshow(image, cmap=cmap)
    if titles:
        for axis, title in zip(axes[: len(images)], titles, strict=True):
            axis.set_title(title)
    if suptitle:
        figure.suptitle(suptitle)
    figure.tight_layout()
    plt.show()


def show_development(shots, suptitle=None):
    """Show how pictures came about: a row for each picture, a column for each step.

    Args:
        shots: dict from a step to the pictures after it, a sequence of (H, W, 3) uint8; as many at every step.
        suptitle: a line above all pictures.
    """
    rows = list(zip(*shots.values(), strict=True))
    titles = [f"step {step}" for step in shots] + [""] * (len(shots) * (len(rows) - 1))
    show_images([picture for row in rows for picture in row], titles, columns=len(shots), suptitle=suptitle)
