"""Figures of the GAN notebook: grids of digits, losses over training, and a table of quality."""

import matplotlib.pyplot as plt
import numpy as np

from cs231n.gan import mosaic
from cs231n.notebook import show_images


def show_digits(groups, columns=4, height=2.4):
    """Show grids of digits side by side.

    Args:
        groups: dict from a title to images (N, 784) in [-1, 1].
        columns: digits in a row of each grid; height: inches of a grid.
    """
    # As colours, which Matplotlib does not stretch to the range that is there.
    pictures = [np.stack([mosaic(images, columns)] * 3, axis=2) for images in groups.values()]
    show_images(pictures, list(groups), height=height)


def plot_losses(runs, window=50):
    """Losses of D and G, each run in a panel, smoothed over `window` steps, with the raw curve behind.

    Args:
        runs: dict from a title to the history of `run_a_gan`.
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
    """A table of quality, drawn as a figure: its digits differ from one processor to the next.

    Args:
        rows: dict from a title to a `gan_quality.Quality`.
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
    """Fréchet distance over a long training on logarithmic axes, of each generator and of its averaged weights.

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
