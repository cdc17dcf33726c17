"""Figures of the GAN notebook: grids of digits, points in the plane, how a generator develops, losses, tables."""

import html
import math

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

from cs231n.figures import label_curves, show_images
from cs231n.gan.callbacks import is_shot_due
from cs231n.long_runs import is_watched


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
    """A callback of `train`: shots in one figure, which grows while a person watches, or else comes at the end.

    Args:
        every: steps from one shot in the figure to the next, as for `take_shots`; shots between them are left out.
    """

    def __init__(self, every):
        self._every, self._display, self._num_drawn = every, None, 0

    def __call__(self, run):
        if is_watched() or run.ended:
            self.show(run.shots, run.num_steps)

    def show(self, shots, num_steps):
        """Draw the figure, or replace it by one with all its shots; do nothing if it has all of them.

        Args:
            shots: dict step -> (N, 784) images in [-1, 1]; num_steps: steps in all.
        """
        shots = {step: shot for step, shot in shots.items() if is_shot_due(step, self._every, num_steps)}
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


BLUE, ORANGE, GREEN, PINK = "#0072b2", "#d55e00", "#009e73", "#aa3377"  # told apart by the colour-blind (Okabe and Ito)


def plot_losses(runs, window=50):
    """Show the losses of D and G, a panel for each run: means over `window` steps in a band of the middle four fifths.

    Args:
        runs: dict from a title to a history of `Trained`; window: steps to average over.
    """
    figure, axes = plt.subplots(1, len(runs), figsize=(5 * len(runs), 3.2), squeeze=False)
    for axis, (title, history) in zip(axes[0], runs.items(), strict=True):
        for (name, losses), colour in zip(history.items(), (BLUE, ORANGE), strict=True):
            _draw_smoothed(axis, np.asarray(losses), window, colour, name)
        axis.set(title=title, xlabel="step")
        label_curves(axis)
    axes[0, 0].set_ylabel("loss")
    figure.tight_layout()
    plt.show()


def plot_estimate(losses, window=20):
    """Show what a critic estimates the Wasserstein distance at: its negated loss, smoothed.

    Args:
        losses: (T,) losses of the critic; window: steps to average over. The axis is logarithmic above .1 and
            straight below, for single estimates can be negative.
    """
    figure, axis = plt.subplots(figsize=(7.5, 3.2))
    _draw_smoothed(axis, -np.asarray(losses), window, BLUE)
    axis.set(xlabel="step", ylabel="estimated distance")
    axis.set_yscale("symlog", linthresh=0.1)
    figure.tight_layout()
    plt.show()


def _draw_smoothed(axis, values, window, colour, label=None):
    """Draw the means over a window of steps, and a band from its tenth to its ninetieth percentile."""
    window = min(window, len(values))
    windows = np.lib.stride_tricks.sliding_window_view(values, window)
    steps = np.arange(len(windows)) + window // 2
    axis.fill_between(steps, *np.percentile(windows, [10, 90], axis=1), color=colour, alpha=0.25, linewidth=0)
    axis.plot(steps, windows.mean(axis=1), color=colour, label=label)


_COLUMNS = {  # measure -> what to call it, and how to write it
    "distance": ("Fréchet distance, squared", "{:.1f}"),
    "score": ("Inception score (1 to 10)", "{:.2f}"),
    "digits": ("digits of 10", "{}"),
    "entropy": ("entropy in bits", "{:.2f}"),
    "confident": ("read with p ≥ .9", "{:.0%}"),
    "novelty": ("novelty (of copies 0)", "{:.2f}"),
}


def show_quality(rows, fooled=()):
    """Show a table of quality, in HTML: it can be selected, searched and read aloud.

    Args:
        rows: dict from a title to a `Quality` of `cs231n.gan.quality`.
        fooled: pairs (title, measure) of the cells to be shaded, in which a measure praises what is bad.
    """
    head = "".join(f'<th scope="col">{html.escape(words)}</th>' for words, _ in _COLUMNS.values())
    lines = [f"<tr><td></td>{head}</tr>"]
    for title, quality in rows.items():
        cells = [
            f"<td{_SHADE if (title, name) in fooled else ''}>{form.format(getattr(quality, name))}</td>"
            for name, (_, form) in _COLUMNS.items()
        ]
        lines.append(f'<tr><th scope="row">{html.escape(title)}</th>{"".join(cells)}</tr>')
    display(HTML(f"<table>{''.join(lines)}</table>"))


_SHADE = f' style="background: {ORANGE}; color: black" title="fooled"'


def plot_training(logs, floor):
    """Show the Fréchet distance over long trainings on logarithmic axes, of last weights and of averaged ones.

    Args:
        logs: dict from a kind to its `training_log`; floor: the distance of real images, a dashed line.
    """
    figure, axis = plt.subplots(figsize=(9, 4))
    for (kind, log), colour in zip(logs.items(), (BLUE, ORANGE, GREEN, PINK), strict=False):
        steps = [row["step"] for row in log["rows"]]
        axis.loglog(steps, [row["raw"] for row in log["rows"]], ":", color=colour)
        axis.loglog(steps, [row["averaged"] for row in log["rows"]], color=colour, label=kind)
    axis.axhline(floor, color="black", linestyle="--", linewidth=1)
    axis.text(1, floor, "real images", transform=axis.get_yaxis_transform(), ha="right", va="bottom")
    axis.set(xlabel="step", ylabel="Fréchet distance, squared")
    axis.set_title("to the test images; dotted: last weights, solid: averaged weights")
    label_curves(axis)
    figure.tight_layout()
    plt.show()


def show_points(rows, centres, limit=3):
    """Show how points in the plane move: a row of panels for each name, a panel for each step.

    Args:
        rows: dict from a name to a dict from a step to points (N, 2); as many steps for each name.
        centres: (M, 2), drawn as circles; limit: the axes go from -limit to limit.
    """
    columns = len(next(iter(rows.values())))
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(2 * columns, 2.2 * len(rows)), squeeze=False, sharex=True, sharey=True
    )
    for line, (name, shots) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(name)
        for axis, (step, points) in zip(line, shots.items(), strict=True):
            axis.plot(*centres.T, "o", color="0.6", markersize=14, markerfacecolor="none")
            axis.plot(*points.T, ".", color=BLUE, markersize=2)
            axis.set(
                title=f"step {step}", xlim=(-limit, limit), ylim=(-limit, limit), xticks=[], yticks=[], aspect="equal"
            )
    figure.tight_layout()
    plt.show()


def show_counts(pictures, label):
    """Show pictures of small counts as maps of colour; zeros are orange.

    Args:
        pictures: dict from a title to counts (H, W); label: what is counted.
    """
    figure, axes = plt.subplots(1, len(pictures), figsize=(4.2 * len(pictures), 4), squeeze=False)
    most = max(counts.max() for counts in pictures.values())
    colours = plt.get_cmap("Blues").copy()
    colours.set_under(ORANGE)
    for axis, (title, counts) in zip(axes[0], pictures.items(), strict=True):
        image = axis.imshow(counts, cmap=colours, vmin=0.5, vmax=most)
        axis.set(title=title, xticks=[], yticks=[])
    figure.colorbar(image, ax=list(axes[0]), label=label, extend="min", shrink=0.8)
    plt.show()
