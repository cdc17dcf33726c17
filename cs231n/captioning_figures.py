"""Figures of the captioning notebooks: the unrolled network, pictures with captions, shares of true facts, gates."""

import math
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from cs231n.scenes.grammar import FACT_KINDS

INK, PALE, RIGHT, WRONG = "#333333", "#e8eef4", "#1a7f37", "#c0392b"
COLOURS = ("#8c1515", "#d98c5f", "#2a6f97", "#89b8d4", "#888888")
_LINE = 0.21  # inches between the lines of a caption


def draw_unrolled(words, cell_type="rnn"):
    """Draw the recurrent network unrolled in time while it writes a caption.

    Args:
        words: list of str, from <START> to <END>.
        cell_type: "rnn", or "lstm" to draw the cell state as well.
    """
    steps = len(words) - 1
    figure, axis = plt.subplots(figsize=(1.75 * (steps + 1), 3.6))
    axis.set(xlim=(-1.75, steps - 0.35), ylim=(-1.5, 2.15))
    axis.axis("off")

    def box(x, y, text, colour=PALE, width=0.62, height=0.52):
        axis.add_patch(
            plt.Rectangle((x - width / 2, y - height / 2), width, height, facecolor=colour, edgecolor=INK, linewidth=1)
        )
        axis.text(x, y, text, ha="center", va="center", fontsize=11, color=INK)

    def arrow(start, end, text="", offset=(0, 0.08), colour=INK):
        axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.3})
        middle = np.mean([start, end], axis=0) + offset
        axis.text(*middle, text, ha="center", va="bottom", fontsize=11, color=colour)

    box(-1.25, 0, "features", "#f6e8d5", width=0.8)
    lanes = [(-0.1, "h", INK), (0.16, "c", COLOURS[0])] if cell_type == "lstm" else [(0, "h", INK)]
    for t in range(steps):
        for y, name, colour in lanes:
            if t == 0 and name == "c":
                axis.text(-0.44, y, "$c_0 = 0$", ha="right", va="center", fontsize=11, color=colour)
                arrow((-0.42, y), (-0.31, y), colour=colour)
            else:
                label = rf"${name}_{{{t}}}$"
                below = len(lanes) == 2 and name == "h"
                start = -0.85 if t == 0 else t - 0.69
                arrow((start, y), (t - 0.31, y), label, (0, -0.3 if below else 0.04), colour)
        box(t, 0, cell_type.upper())
        arrow((t, 0.26), (t, 0.92))
        box(t, 1.18, "scores")
        axis.text(t, 1.62, words[t + 1], ha="center", fontsize=12, color=RIGHT, weight="bold")
        arrow((t, -0.92), (t, -0.26), f"$x_{{{t + 1}}}$", (0.16, -0.12))
        axis.text(t, -1.2, words[t], ha="center", fontsize=12, color=INK)
    axis.text(-1.72, 1.62, "word out", fontsize=10, color=RIGHT, style="italic")
    axis.text(-1.72, -1.2, "word in", fontsize=10, color=INK, style="italic")
    plt.show()


def show_captions(pictures, captions, right=None, columns=4, height=2.3):
    """Show pictures, each with its captions below.

    Args:
        pictures: N arrays (H, W, 3) uint8.
        captions: N str, or N lists of str for several captions below each picture.
        right: N bools, or N lists of bools, one for each caption: True colours it green, False red; None for black.
        columns: pictures in a row; height: inches of a picture.

    Raises:
        ValueError: if there is no picture, or if `captions` or `right` does not have N entries.
    """
    captions = [[caption] if isinstance(caption, str) else caption for caption in captions]
    if right is None:
        colours = [[INK] * len(of_picture) for of_picture in captions]
    else:
        colours = [[RIGHT if yes else WRONG for yes in np.ravel(of_picture)] for of_picture in right]
    if not len(pictures) == len(captions) == len(colours) > 0:
        verdicts = "" if right is None else f", {len(colours)} verdicts"
        counts = f"{len(pictures)} pictures, {len(captions)} captions{verdicts}"
        raise ValueError(f"each picture needs a caption, got {counts}")
    wrapped = [[textwrap.wrap(caption, 27) or ["(nothing)"] for caption in of_picture] for of_picture in captions]
    lines = max(sum(len(caption) for caption in of_picture) for of_picture in wrapped)
    rows = math.ceil(len(pictures) / columns)
    row_height = height + _LINE * lines + 0.1
    figure, axes = plt.subplots(rows, columns, figsize=(columns * (height + 0.25), rows * row_height), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, *texts in zip(axes.flat[: len(pictures)], pictures, wrapped, colours, strict=True):
        axis.imshow(picture)
        axis.set_anchor("N")
        _write_below(axis, *texts, _LINE / height)
    bottom, space = _LINE * lines / (rows * row_height), _LINE * lines / height + 0.05
    figure.subplots_adjust(left=0.01, right=0.99, top=0.99, bottom=bottom, hspace=space)
    plt.show()


def _write_below(axis, captions, colours, line):
    """Write captions, each a list of lines, below an axis; `line` is the height of a line in heights of the axis."""
    y = -0.03
    for caption, colour in zip(captions, colours, strict=True):
        style = {"ha": "center", "va": "top", "fontsize": 10, "color": colour, "linespacing": 1.15}
        axis.text(0.5, y, "\n".join(caption), transform=axis.transAxes, **style)
        y -= line * len(caption) + 0.015


def show_truth(reports, title):
    """Draw bars: the percentage of captions in which every fact is true, and of true facts by kind.

    Args:
        reports: dict from label to a report of `truth_report`; five at most.
        title: a line above the bars.

    Raises:
        ValueError: if there are more reports than colours, or none.
    """
    _check_colours("reports", reports)
    names = ("true", *FACT_KINDS)
    width = 0.8 / len(reports)
    figure, axis = plt.subplots(figsize=(12, 3.6))
    for k, (label, report) in enumerate(reports.items()):
        x = np.arange(len(names)) + (k - (len(reports) - 1) / 2) * width
        values = [100 * report[name] for name in names]
        bars = axis.bar(x, values, 0.94 * width, label=f"{label} ({report['facts']:.1f} facts)", color=COLOURS[k])
        axis.bar_label(
            bars,
            [f"{value:.1f}".removesuffix(".0") for value in values],
            fontsize=9 if len(reports) < 5 else 8,
            padding=2,
        )
    axis.set(ylim=(0, 109), ylabel="% true", title=title)
    axis.set_xticks(range(len(names)), ["whole caption", *FACT_KINDS], fontsize=11)
    axis.axvline(0.5, color="#cccccc", linewidth=1)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=len(reports), frameon=False, fontsize=10)
    plt.show()


def show_losses(histories, smooth=25):
    """Draw training losses over iterations, each as its mean over the last `smooth` iterations.

    Args:
        histories: dict from label to a sequence of float; five at most.
        smooth: iterations that each point is a mean of.

    Raises:
        ValueError: if there are more histories than colours, or none.
    """
    _check_colours("histories", histories)
    figure, axis = plt.subplots(figsize=(9, 3.2))
    colours = COLOURS[::2] + COLOURS[1::2]  # dark ones first
    for (label, history), colour in zip(histories.items(), colours[: len(histories)], strict=True):
        mean = np.convolve(history, np.ones(smooth) / smooth, "valid")
        axis.plot(np.arange(smooth, len(history) + 1), mean, color=colour, label=label)
    axis.set(xlabel="iteration", ylabel="loss of a caption", yscale="log")
    axis.set_yticks([5, 10, 20, 40], ["5", "10", "20", "40"])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    plt.show()


def _check_colours(name, lines):
    if not 1 <= len(lines) <= len(COLOURS):
        raise ValueError(f"there are colours for 1 to {len(COLOURS)} {name}, got {len(lines)}")


def show_gates(picture, words, gates, units):
    """Show a picture, and heat maps of the gates and the cell state of some units while its caption is read.

    Args:
        picture: (H, W, 3) uint8.
        words: T str; the columns show the state after each of these words.
        gates: dict from `cs231n.lstm_gates.gates_while_reading`.
        units: indices of the units to show, one row each.
    """
    panels = (("i", "input gate"), ("f", "forget gate"), ("o", "output gate"), ("c", "cell state, tanh"))
    figure, axes = plt.subplots(
        1, 5, figsize=(15, 4.6), width_ratios=(1.1, 1, 1, 1, 1), gridspec_kw={"wspace": 0.08}, layout="constrained"
    )
    axes[0].imshow(picture)
    axes[0].axis("off")
    for axis, (name, title) in zip(axes[1:], panels, strict=True):
        values = gates[name][:, units].T
        if name == "c":
            image = axis.imshow(np.tanh(values), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="none")
        else:
            image = axis.imshow(values, cmap="viridis", vmin=0, vmax=1, aspect="auto", interpolation="none")
        axis.set_title(title)
        axis.set_xticks(range(len(words)), words, rotation=90, fontsize=9)
        axis.set_yticks([])
        figure.colorbar(image, ax=axis, fraction=0.05, pad=0.02)
    axes[1].set_ylabel(f"{len(units)} of the units")
    plt.show()
