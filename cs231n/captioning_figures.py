"""Figures of the captioning notebooks: the network and its cell, pictures with captions, shares of false facts, gates.

True and false differ in mark and colour; the two colours are told apart by colour-blind people, too.
"""

import math
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from cs231n.figures import PAGE_WIDTH
from cs231n.scenes.grammar import FACT_KINDS

INK, PALE, RIGHT, WRONG = "#333333", "#e8eef4", "#0b62a4", "#c4500b"
BACK = "#c0392b"  # of gradients on their way back
MARKS = {True: "\N{CHECK MARK} ", False: "\N{BALLOT X} "}
COLOURS = ("#8c1515", "#d98c5f", "#2a6f97", "#89b8d4", "#888888")
_LINE = 0.25  # inches between the lines of a caption


def draw_unrolled(words, cell_type="rnn", backward=False):
    """Draw the recurrent network unrolled in time while it writes a caption.

    Args:
        words: list of str, from <START> to <END>.
        cell_type: "rnn", or "lstm" to draw the cell state as well.
        backward: add the way of the gradients, in red.
    """
    steps = len(words) - 1
    figure, axis = plt.subplots(figsize=(1.75 * (steps + 1), 3.6))
    axis.set(xlim=(-1.75, steps - 0.35), ylim=(-1.5, 2.15))
    axis.axis("off")
    _box(axis, -1.25, 0, "features", "#f6e8d5", width=0.8)
    lanes = [(-0.1, "h", INK), (0.16, "c", COLOURS[0])] if cell_type == "lstm" else [(0, "h", INK)]
    for t in range(steps):
        for y, name, colour in lanes:
            if t == 0 and name == "c":
                axis.text(-0.44, y, "$c_0 = 0$", ha="right", va="center", color=colour)
                _arrow(axis, (-0.42, y), (-0.31, y), colour=colour)
            else:
                label = rf"${name}_{{{t}}}$"
                below = len(lanes) == 2 and name == "h"
                start = -0.85 if t == 0 else t - 0.69
                _arrow(axis, (start, y), (t - 0.31, y), label, (0, -0.3 if below else 0.04), colour)
        _box(axis, t, 0, cell_type.upper())
        _arrow(axis, (t, 0.26), (t, 0.92))
        _box(axis, t, 1.18, "scores")
        axis.text(t, 1.62, words[t + 1], ha="center", color=RIGHT, weight="bold")
        _arrow(axis, (t, -0.92), (t, -0.26), f"$x_{{{t + 1}}}$", (0.16, -0.12))
        axis.text(t, -1.2, words[t], ha="center", color=INK)
        if backward:
            _arrow(axis, (t + 0.18, 0.92), (t + 0.18, 0.26), colour=BACK)
            _arrow(axis, (t - 0.31, -0.17), (t - 0.69 if t else -0.85, -0.17), colour=BACK)
            _arrow(axis, (t - 0.16, -0.26), (t - 0.16, -0.92), colour=BACK)
    axis.text(-1.72, 1.62, "word out", color=RIGHT, style="italic")
    axis.text(-1.72, -1.2, "word in", color=INK, style="italic")
    plt.show()


def draw_cell():
    """Draw one step of the LSTM from inside: gates, candidate, and the way of the cell state along the top."""
    figure, axis = plt.subplots(figsize=(9, 4.6))
    axis.set(xlim=(-0.9, 9.4), ylim=(-0.75, 4.4))
    axis.axis("off")
    places = {"f": 1.2, "i": 2.9, "g": 4.3, "o": 6.6}
    titles = {"f": "forget", "i": "input", "g": "candidate", "o": "output"}
    for name, x in places.items():
        colour = "#f6e8d5" if name == "g" else PALE
        _box(axis, x, 1.3, r"$\tanh$" if name == "g" else r"$\sigma$", colour, width=0.8, height=0.6)
        axis.text(x - 0.18, 1.72, f"${name}$", ha="right", fontsize=13, color=INK)
        axis.text(x + 0.12, 0.56, titles[name], color="#666666")
        _arrow(axis, (x, 0.25), (x, 0.98))
    for start, end in (((0, 0.25), (6.6, 0.25)), ((0, 0.25), (0, -0.35))):
        axis.plot(*zip(start, end, strict=True), color=INK, linewidth=1.3)
    axis.text(0, -0.62, "$x_t$", ha="center", fontsize=13)
    axis.text(-0.75, 0.25, "$h_{t-1}$", ha="center", va="center", fontsize=13)
    axis.plot([-0.4, 0], [0.25, 0.25], color=INK, linewidth=1.3)
    top = {"colour": COLOURS[0], "width": 3}
    axis.text(-0.75, 3.4, "$c_{t-1}$", ha="center", va="center", fontsize=13, color=COLOURS[0])
    for start, end in ((-0.4, 0.98), (1.42, 3.38), (3.82, 8.6)):
        _arrow(axis, (start, 3.4), (end, 3.4), **top)
    axis.text(9.0, 3.4, "$c_t$", ha="center", va="center", fontsize=13, color=COLOURS[0])
    for x, y, sign in ((1.2, 3.4, r"$\odot$"), (3.6, 3.4, "$+$"), (3.6, 2.4, r"$\odot$"), (6.6, 2.4, r"$\odot$")):
        axis.add_patch(plt.Circle((x, y), 0.22, facecolor="white", edgecolor=INK, linewidth=1.3))
        axis.text(x, y, sign, ha="center", va="center", fontsize=13)
    for path in (
        ((1.2, 1.6), (1.2, 3.18)), ((2.9, 1.6), (3.44, 2.24)), ((4.3, 1.6), (3.76, 2.24)), ((3.6, 2.62), (3.6, 3.18)),
        ((6.6, 1.6), (6.6, 2.18)), ((7.6, 3.4), (7.6, 2.7)), ((7.2, 2.4), (6.82, 2.4)), ((6.6, 2.62), (6.6, 2.95)),
    ):  # fmt: skip
        _arrow(axis, *path)
    _box(axis, 7.6, 2.4, r"$\tanh$", "white", width=0.8, height=0.5)
    axis.text(6.45, 3.08, "$h_t$", ha="right", va="center", fontsize=13)
    plt.show()


def _box(axis, x, y, text, colour=PALE, width=0.62, height=0.52):
    corner = x - width / 2, y - height / 2
    axis.add_patch(plt.Rectangle(corner, width, height, facecolor=colour, edgecolor=INK, linewidth=1))
    axis.text(x, y, text, ha="center", va="center", color=INK)


def _arrow(axis, start, end, text="", offset=(0, 0.08), colour=INK, width=1.3):
    axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": width})
    middle = np.mean([start, end], axis=0) + offset
    axis.text(*middle, text, ha="center", va="bottom", color=colour)


def show_captions(pictures, captions, right=None, columns=4, height=2.3):
    """Show pictures, each with its captions below.

    Args:
        pictures: N arrays (H, W, 3) uint8.
        captions: N str, or N lists of str for several captions below each picture.
        right: N bools, or N lists of bools, one for each caption: True gives it a tick and makes it blue, False a
            cross and orange; None for black.
        columns: pictures in a row; height: inches of a picture.

    Raises:
        ValueError: if there is no picture, or if `captions` or `right` does not have N entries.
    """
    captions = [[caption] if isinstance(caption, str) else caption for caption in captions]
    num_verdicts = len(captions) if right is None else len(right)
    if not len(pictures) == len(captions) == num_verdicts > 0:
        verdicts = "" if right is None else f", {num_verdicts} verdicts"
        counts = f"{len(pictures)} pictures, {len(captions)} captions{verdicts}"
        raise ValueError(f"each picture needs a caption, got {counts}")
    colours = [[INK] * len(of_picture) for of_picture in captions]
    if right is not None:
        right = [[bool(yes) for yes in np.ravel(of_picture)] for of_picture in right]
        colours = [[RIGHT if yes else WRONG for yes in of_picture] for of_picture in right]
        captions = [
            [MARKS[yes] + (caption or "(nothing)") for yes, caption in zip(*of_picture, strict=True)]
            for of_picture in zip(right, captions, strict=True)
        ]
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
        style = {"ha": "center", "va": "top", "color": colour, "linespacing": 1.15}
        axis.text(0.5, y, "\n".join(caption), transform=axis.transAxes, **style)
        y -= line * len(caption) + 0.015


def show_truth(reports, title):
    """Draw the percentage of captions in which something is false, and of false facts by kind, with 95 % intervals.

    Args:
        reports: dict from label to a report of `truth_report`; five at most.
        title: a line above the points.

    Raises:
        ValueError: if there are more reports than colours, or none.
    """
    _check_colours("reports", reports)
    names = ("true", *FACT_KINDS)
    figure, axis = plt.subplots(figsize=(11, 3 + 0.85 * len(reports)))
    gap = min(0.4, 2 * max(1 - report["true"] for report in reports.values()))  # between a line and its number, in %
    for k, (label, report) in enumerate(reports.items()):
        y = np.arange(len(names)) + 0.75 * ((k + 0.5) / len(reports) - 0.5)
        false = 100 * (1 - np.array([report[name] for name in names]))
        low, high = _interval(false / 100, report["captions"])
        axis.hlines(y, 100 * low, 100 * high, color=COLOURS[k], linewidth=2)
        axis.plot(false, y, "os^Dv"[k], color=COLOURS[k], label=f"{label} ({report['facts']:.1f} facts)")
        for x, edge, height in zip(false, 100 * high, y, strict=True):
            axis.text(edge + gap, height, f"{x:.1f}".removesuffix(".0"), va="center", color=INK)
    axis.set(xlabel="% false", xlim=(-0.3, None), title=title)
    axis.set_yticks(range(len(names)), ["whole caption", *FACT_KINDS])
    axis.invert_yaxis()
    for height in np.arange(len(names) - 1) + 0.5:
        axis.axhline(height, color="#e3e3e3", linewidth=1)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="lower right", frameon=False)
    plt.show()


def _interval(share, num):
    """Ends of Wilson's 95 % interval of a share that was measured on `num` independent cases."""
    z = 1.96
    middle, width = share + z**2 / (2 * num), z * np.sqrt(share * (1 - share) / num + (z / (2 * num)) ** 2)
    return (middle - width) / (1 + z**2 / num), (middle + width) / (1 + z**2 / num)


def show_losses(histories, smooth=25, floors=None):
    """Draw training losses over iterations, each as its mean over the last `smooth` iterations.

    Args:
        histories: dict from label to a sequence of float; five at most.
        smooth: iterations that each point is a mean of.
        floors: dict from label to a loss at which to draw a dashed line.

    Raises:
        ValueError: if there are more histories than colours, or none.
    """
    _check_colours("histories", histories)
    figure, axis = plt.subplots(figsize=(9, 3.6))
    colours = COLOURS[::2] + COLOURS[1::2]  # dark ones first
    end = max(map(len, histories.values()))
    means = {label: np.convolve(history, np.ones(smooth) / smooth, "valid") for label, history in histories.items()}
    for (label, mean), colour in zip(means.items(), colours[: len(histories)], strict=True):
        steps = len(histories[label])
        close = any(len(other) == len(mean) and 1 < other[-1] / mean[-1] < 1.2 for other in means.values())
        axis.plot(np.arange(smooth, steps + 1), mean, color=colour)
        # A shorter curve has others above it, and so has one that ends just below another.
        axis.text(steps, mean[-1], f"  {label}", color=colour, va="top" if steps < end or close else "bottom")
    for label, value in (floors or {}).items():
        axis.hlines(value, 0, end, color="#777777", linestyle="--", linewidth=1)
        axis.text(end, value, f"  {label}", va="center", color="#555555")
    axis.set(xlabel="iteration", ylabel="loss of a caption", yscale="log", xlim=(0, end))
    axis.set_yticks([2, 5, 10, 20, 40], ["2", "5", "10", "20", "40"])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    plt.show()


def _check_colours(name, lines):
    if not 1 <= len(lines) <= len(COLOURS):
        raise ValueError(f"there are colours for 1 to {len(COLOURS)} {name}, got {len(lines)}")


def show_gates(picture, words, gates, units):
    """Show a picture, and how far the forget gates of some units are open while its caption is read.

    The caption stands above, each word on the colour of the units' mean; below it is a row for each unit.

    Args:
        picture: (H, W, 3) uint8.
        words: T str; the columns show the gates after each of these words.
        gates: dict from `cs231n.lstm_gates.gates_while_reading`.
        units: indices of the units to show, one row each.
    """
    open_share = gates["f"][:, units].T
    colours = plt.get_cmap("cividis")
    figure, axes = plt.subplots(
        1, 2, figsize=(PAGE_WIDTH - 0.2, 4.4), width_ratios=(1, 3.6), gridspec_kw={"wspace": 0.04}, layout="constrained"
    )
    axes[0].imshow(picture)
    axes[0].axis("off")
    image = axes[1].imshow(open_share, cmap=colours, vmin=0, vmax=1, aspect="auto", interpolation="none")
    axes[1].set_yticks([])
    axes[1].set_xticks([])
    axes[1].set_ylabel(f"{len(units)} of the units")
    for t, (word, mean) in enumerate(zip(words, open_share.mean(axis=0), strict=True)):
        box = {"facecolor": colours(mean), "edgecolor": "none", "boxstyle": "square,pad=0.25"}
        ink = "black" if mean > 0.5 else "white"
        axes[1].text(t, -1.2, word, ha="left", rotation=35, rotation_mode="anchor", color=ink, bbox=box)
    figure.colorbar(image, ax=axes[1], fraction=0.03, pad=0.01, label="forget gate: 0 forgets, 1 keeps")
    plt.show()


def show_attention(picture, words, weights, columns=8):
    """Show a picture, and where a captioner looks: the picture once for each word, bright where the weights are large.

    The word stands above. Where all cells have the same weight, the picture has half its brightness; a cell with a
    sixth of the weight or more has its full brightness.

    Args:
        picture: (H, W, 3) uint8.
        words: T str, without <START>.
        weights: (T, 4, 4), each 4 x 4 with the sum 1, for example from `cs231n.attention_maps.weights_while_writing`.
        columns: pictures in a row.

    Raises:
        ValueError: if there are not as many words as weights.
    """
    _check_weights(words, weights)
    columns = min(columns, len(words) + 1)
    rows = math.ceil((len(words) + 1) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.75 * columns, 2 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    lit = [picture, *(picture_with_weights(picture, look) for look in weights)]
    for axis, word, image in zip(axes.flat, ["", *words], lit, strict=False):
        axis.imshow(image)
        axis.set_title(word, fontsize=12)
    plt.show()


def show_heads(picture, words, weights):
    """Show where each head of a Transformer looks: a row for each head, a column for each word, as `show_attention`.

    Args:
        picture: (H, W, 3) uint8.
        words: T str.
        weights: (layers, heads, T, 4, 4), from `cs231n.attention_maps.weights_while_writing`.

    Raises:
        ValueError: if there are not as many words as weights.
    """
    layers, heads = weights.shape[:2]
    _check_weights(words, weights[0, 0])
    size = 1.45 * (len(words) + 0.6), 1.45 * layers * heads
    figure, axes = plt.subplots(layers * heads, len(words), figsize=size, squeeze=False, layout="constrained")
    for axis, word in zip(axes[0], words, strict=True):
        axis.set_title(word, fontsize=12)
    for row, (layer, head) in zip(axes, np.ndindex(layers, heads), strict=True):
        row[0].set_ylabel(f"layer {layer + 1}\nhead {head + 1}", rotation=0, ha="right", va="center", fontsize=12)
        for axis, look in zip(row, weights[layer, head], strict=True):
            axis.imshow(picture_with_weights(picture, look))
            axis.set(xticks=[], yticks=[], frame_on=False)
    plt.show()


def _check_weights(words, weights):
    if len(words) != len(weights):
        raise ValueError(f"each word needs its weights, got {len(words)} words and weights of {len(weights)}")


def picture_with_weights(picture, weights):
    """A picture that is bright where the weights of its cells are large.

    Where all cells have the same weight, the picture has half its brightness.

    Args:
        picture: (H, W, 3) uint8; weights: (rows, columns), with the sum 1.

    Returns:
        (H, W, 3) float array in 0..1.
    """
    rows, columns = (np.arange(n) * cells // n for n, cells in zip(picture.shape[:2], weights.shape, strict=True))
    light = np.clip(0.2 + 0.3 * weights.size * weights, 0, 1)[rows][:, columns]
    return picture * light[:, :, None] / 255
