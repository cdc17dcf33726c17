"""Figures of the GAN notebook: grids of digits, how a generator develops, losses, and a table of quality."""

import math

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from cs231n.long_runs import is_watched
from cs231n.notebook import show_images


def mosaic(images, columns=4, gap=2):
    """Digits in rows as one picture, (H, W) uint8, with a grey gap between them.

    Args:
        images: (N, 784) in [-1, 1]; columns: digits in a row; gap: pixels between two digits.
    """
    images = np.asarray(images).reshape(-1, 28, 28)
    rows = math.ceil(len(images) / columns)
    side = 28 + gap
    picture = np.full((rows * side - gap, columns * side - gap), 90, np.uint8)
    for k, image in enumerate(np.rint(127.5 * (images + 1)).clip(0, 255).astype(np.uint8)):
        top, left = side * (k // columns), side * (k % columns)
        picture[top : top + 28, left : left + 28] = image
    return picture


def show_digits(groups, columns=4, height=2.4):
    """Show grids of digits side by side.

    Args:
        groups: dict from a title to images (N, 784) in [-1, 1].
        columns: digits in a row of each grid; height: inches of a grid.
    """
    # As colours, which Matplotlib does not stretch to the range of the pixels.
    pictures = [np.stack([mosaic(images, columns)] * 3, axis=2) for images in groups.values()]
    show_images(pictures, list(groups), height=height)


class LiveFigure:
    """A callback of `train`: the shots in one figure, which grows while a person watches, or else comes at the end."""

    def __init__(self):
        self._display, self._num_drawn = None, 0

    def __call__(self, run):
        if is_watched() or run.ended:
            self.show(run.shots)

    def show(self, shots):
        """Draw the figure, or replace it by one with all shots; do nothing if it has all of them.

        Args:
            shots: dict step -> (N, 784) images in [-1, 1].
        """
        if len(shots) == self._num_drawn:
            return
        figure = _development(shots)
        if self._display:
            self._display.update(figure)
        else:
            self._display = display(figure, display_id=True)
        plt.close(figure)
        self._num_drawn = len(shots)


def _development(shots, columns=5):
    """A figure with a panel for each shot."""
    rows = math.ceil(len(shots) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2 * columns, 2.3 * rows))
    for axis in axes.flat:
        axis.axis("off")
    for axis, (step, images) in zip(axes.flat, shots.items(), strict=False):
        axis.imshow(mosaic(images), vmin=0, vmax=255)
        axis.set_title(f"step {step}")
    figure.tight_layout()
    return figure


def plot_losses(runs, window=50):
    """Show the losses of D and G, a panel for each run: means over `window` steps, and the raw curve behind them.

    Args:
        runs: dict from a title to a history of `Trained`; window: steps to average over.
    """
    figure, axes = plt.subplots(1, len(runs), figsize=(5.2 * len(runs), 3), squeeze=False)
    for axis, (title, history) in zip(axes[0], runs.items(), strict=True):
        for (name, losses), colour in zip(history.items(), ("tab:blue", "tab:orange"), strict=True):
            width = min(window, len(losses))
            smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
            axis.plot(losses, color=colour, alpha=0.2, linewidth=0.6)
            axis.plot(np.arange(len(smooth)) + width // 2, smooth, color=colour, label=name)
        low, high = np.percentile(np.concatenate(list(history.values())), [0.5, 99.5])
        axis.set(title=title, xlabel="step", ylim=(low - 0.1 * (high - low), high + 0.1 * (high - low)))
        axis.legend()
    figure.tight_layout()
    plt.show()


_COLUMNS = {  # measure -> what to call it, and how to write it
    "distance": ("Fréchet\ndistance", "{:.1f}"),
    "score": ("score\n(1 to 10)", "{:.2f}"),
    "digits": ("digits\nof 10", "{}"),
    "entropy": ("entropy\nin bits", "{:.2f}"),
    "confident": ("read with\np ≥ .9", "{:.0%}"),
    "novelty": ("novelty\n(of copies 0)", "{:.2f}"),
}


def show_quality(rows):
    """Show a table of quality as a figure, not as text: its digits differ from one processor to the next.

    Args:
        rows: dict from a title to a `Quality` of `cs231n.gan.quality`.
    """
    cells = [[form.format(getattr(quality, name)) for name, (_, form) in _COLUMNS.items()] for quality in rows.values()]
    height = 0.34 * (len(rows) + 1.8)
    figure, axis = plt.subplots(figsize=(10, height))
    axis.axis("off")
    table = axis.table(
        cells,
        rowLabels=list(rows),
        colLabels=[words for words, _ in _COLUMNS.values()],
        cellLoc="center",
        bbox=[0.3, 0, 0.7, 1],
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(11)
    for (row, _), cell in table.get_celld().items():
        cell.set_edgecolor("0.8")
        cell.set_height((1.8 if row == 0 else 1) / (len(rows) + 1.8))
    plt.show()


def plot_training(logs):
    """Show the Fréchet distance over long trainings on logarithmic axes, of last weights and of averaged ones.

    Args:
        logs: dict from a kind to its `training_log`.
    """
    figure, axis = plt.subplots(figsize=(8, 3.6))
    for k, (kind, log) in enumerate(logs.items()):
        steps = [row["step"] for row in log["rows"]]
        axis.loglog(steps, [row["raw"] for row in log["rows"]], ":", color=f"C{k}")
        axis.loglog(steps, [row["averaged"] for row in log["rows"]], color=f"C{k}", label=kind)
    axis.set(xlabel="step", ylabel="Fréchet distance")
    axis.set_title("to the test images; dotted: last weights, solid: averaged weights")
    axis.legend()
    figure.tight_layout()
    plt.show()
