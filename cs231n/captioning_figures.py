"""Figures of the captioning notebooks: the unrolled network, pictures with captions, truth by kind, gates at work."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np

from cs231n.rnn_layers import lstm_step_forward
from cs231n.scenes.grammar import FACT_KINDS

INK, PALE, RIGHT, WRONG = "#333333", "#e8eef4", "#1a7f37", "#c0392b"
_OPEN = 100  # added to what goes into a sigmoid or tanh: 1 to the last digit
COLOURS = ("#8c1515", "#d98c5f", "#2a6f97", "#89b8d4", "#888888")


def draw_unrolled(words, cell_type="rnn"):
    """The recurrent network laid out in time, writing a caption.

    Args:
        words: list of str, <START> first and <END> last.
        cell_type: "rnn" or "lstm", which has a second line of state.
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
    """Pictures with what was written about them below.

    Args:
        pictures: N arrays (H, W, 3) uint8.
        captions: N str, or N lists of str for several below each picture.
        right: N bools, or lists of them, that colour captions green and red; None for black.
        columns: pictures in a row; height: inches of a picture.
    """
    captions = [[caption] if isinstance(caption, str) else caption for caption in captions]
    if right is None:
        colours = [[INK] * len(some) for some in captions]
    else:
        colours = [[RIGHT if yes else WRONG for yes in np.ravel(some)] for some in right]
    wrapped = [[textwrap.wrap(caption, 27) or ["(nothing)"] for caption in some] for some in captions]
    lines = max(sum(len(caption) for caption in some) for some in wrapped)
    rows = -(-len(pictures) // columns)
    row_height = height + 0.21 * lines + 0.1
    figure, axes = plt.subplots(rows, columns, figsize=(columns * (height + 0.25), rows * row_height), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, some, their_colours in zip(axes.flat, pictures, wrapped, colours, strict=False):
        axis.imshow(picture)
        axis.set_anchor("N")
        y = -0.03
        for caption, colour in zip(some, their_colours, strict=True):
            axis.text(
                0.5,
                y,
                "\n".join(caption),
                transform=axis.transAxes,
                ha="center",
                va="top",
                fontsize=10,
                color=colour,
                linespacing=1.15,
            )
            y -= 0.21 / height * len(caption) + 0.015
    figure.subplots_adjust(
        left=0.01, right=0.99, top=0.99, bottom=0.21 * lines / (rows * row_height), hspace=0.21 * lines / height + 0.05
    )
    plt.show()


def show_truth(reports, title):
    """Bars: the share of captions that are true throughout, and of facts by kind, in percent.

    Args:
        reports: dict label -> report of `truth_report`, five at most.
        title: a line above.
    """
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
    """Training losses over iterations, each as its mean over the last `smooth` of them.

    Args:
        histories: dict label -> sequence of float.
    """
    figure, axis = plt.subplots(figsize=(9, 3.2))
    for (label, history), colour in zip(histories.items(), COLOURS[::2], strict=False):
        mean = np.convolve(history, np.ones(smooth) / smooth, "valid")
        axis.plot(np.arange(smooth, len(history) + 1), mean, color=colour, label=label)
    axis.set(xlabel="iteration", ylabel="loss of a caption", yscale="log")
    axis.set_yticks([5, 10, 20, 40], ["5", "10", "20", "40"])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    plt.show()


def gates_while_reading(model, features, caption):
    """What an LSTM's gates do while it reads a caption word by word.

    A step hands out its states only. But with some gates held open (by a large bias) or shut, what is left of them is
    a single one: next_c is f alone where i is shut and prev_c is 1.

    Args:
        model: a `CaptioningRNN` of LSTM cells; features: (D,); caption: (T,) numbers of words, <START> first.

    Returns:
        dict of "i", "f", "o", "g", "c", each (T, H).
    """
    p = model.params
    x = p["W_embed"][caption]  # (T, W)
    h = features[None].astype(model.dtype) @ p["W_proj"] + p["b_proj"]  # (1, H)
    c, states = np.zeros_like(h), []
    for t in range(len(x)):
        before = h
        h, c, _ = lstm_step_forward(x[t : t + 1], h, c, p["Wx"], p["Wh"], p["b"])
        states.append((before, c))
    before, c = (np.concatenate(rows) for rows in zip(*states, strict=True))  # (T, H)

    def held(prev_c, i=0, g=0):
        """next_h and next_c of all steps at once, from another cell state, with sums before i and g moved so far."""
        moved = p["b"] + np.repeat(np.array([i, 0, 0, g], model.dtype), len(p["Wh"]))
        return lstm_step_forward(x, before, np.full_like(c, prev_c), p["Wx"], p["Wh"], moved)[:2]

    return {
        "i": held(0, g=_OPEN)[1],
        "f": held(1, i=-_OPEN)[1],
        "o": held(0, i=_OPEN, g=_OPEN)[0] / float(np.tanh(1)),
        "g": held(0, i=_OPEN)[1],
        "c": c,
    }


def show_gates(picture, words, gates, units):
    """A picture, and gates and cell state of some units as a heat map over the words of its caption.

    Args:
        picture: (H, W, 3) uint8; words: T str, each the word that the cell has just read.
        gates: dict from `gates_while_reading`; units: indices of the units to show.
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
