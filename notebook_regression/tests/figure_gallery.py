"""Figures of the kinds that notebooks have: the code that draws each, and changes of one place in that code.

A fault is a change that a reader would see. Rounding is what another processor may leave behind, and nobody sees.
tools/measure_figures.py compares all of them, the tests some.
"""

import functools
import io
from typing import NamedTuple

import matplotlib.style
import numpy as np
import scipy.ndimage
from matplotlib.figure import Figure
from PIL import Image

HINTINGS = ("none", "native")  # ways of FreeType to set letters, beside the usual one


class Style(NamedTuple):
    """How a figure is set and stored."""

    form: str
    dpi: int
    settings: dict  # Matplotlib's rcParams


class Drawing(NamedTuple):
    """A figure; of a change, the first piece stands in the source once, and becomes the second."""

    size: tuple  # in inches
    source: str
    faults: dict  # name -> (piece, other piece)
    rounding: dict  # the same


STYLES = {
    "here": Style("jpeg", 80, {"image.cmap": "gray", "axes.titlesize": 11}),
    "default": Style("png", 100, {}),
    "small": Style("png", 72, {"font.size": 9.0}),
    "retina": Style("png", 200, {}),
    "dark": Style("png", 100, {**matplotlib.style.library["dark_background"], "axes.grid": True}),
}
# fmt: off
DRAWINGS = {
"lines": Drawing((6, 3), """
axis, x = figure.subplots(), np.arange(60)
one, two, three = ((2 + k) * np.exp(-x / 30) + 0.05 * noise(k, 60) for k in range(3))
axis.plot(x, 1.0 * one, "-", color="C0", alpha=1.0, linewidth=1.5, marker="", markersize=4, label="validation")
axis.plot(x, two, "--", color="C1", label="training")
axis.plot(x, three, color="C2", label="test")
axis.set(xlabel="iteration", ylabel="loss", title="running", ylim=(-0.2, 4.4))
axis.legend(loc="upper right")
""", {
    "dashed": ('"-"', '"--"'), "dotted": ('"-"', '":"'), "dash-dotted": ('"-"', '"-."'),
    "markers": ('marker=""', 'marker="o"'),
    "a point": ("axis.legend", 'axis.plot([30], [2], "o", markersize=4); axis.legend'),
    "a grid": ("axis.legend", "axis.grid(); axis.legend"),
    "3 % smaller": ("1.0 * one", "0.97 * one"), "a bump": ("1.0 * one", "one + 0.3 * np.exp(-((x - 40) ** 2) / 8)"),
    "transparent": ("alpha=1.0", "alpha=0.6"), "thinner": ("width=1.5", "width=1.0"),
    "another colour": ('"C0"', '"C4"'),
    "another label": ("validation", "evaluation"), "a letter": ('"loss"', '"lots"'),
    "another title": ("running", "testing"),
    "no title": ('title="running", ', ""), "a curve lost": ("axis.plot(x, three", "axis.plot([], []"),
    "legend elsewhere": ("upper", "lower"),
}, {"scaled": ("1.0 * one", "1.003 * one"), "noise": ("1.0 * one", "one + 0.004 * noise(9, 60)")}),
"wave": Drawing((5, 3.4), """
axis, x = figure.subplots(), np.linspace(0, 10, 400)
axis.plot(x, 1.0 * np.sin(1 * x + 0), "-", linewidth=1.5, alpha=1.0)
axis.plot(x, 0.5 * np.cos(x))
axis.set(xlabel="time in s", ylabel="amplitude", xticks=[0, 2, 4, 6, 8, 10])
""", {
    "3 % smaller": ("1.0 * np", "0.97 * np"), "frequency 1 % higher": ("1 * x", "1.01 * x"),
    "shifted": ("+ 0", "+ 0.1"),
    "ticks": ("2, 4, 6, 8, 10", "2.5, 5, 7.5, 10"), "a tick lost": (", 10]", "]"), "dashed": ('"-"', '"--"'),
    "dotted": ('"-"', '":"'),
    "thinner": ("width=1.5", "width=1.0"), "transparent": ("alpha=1.0", "alpha=0.6"),
}, {"scaled": ("1.0 * np", "1.005 * np"), "shifted": ("+ 0", "+ 0.01")}),
"logarithms": Drawing((5, 3.4), """
axis, x = figure.subplots(), np.logspace(0, 4, 12)
axis.loglog(x, 1e-6 * x**1, marker="o", markersize=5)
axis.loglog(x, 1e-3 * np.sqrt(x), "--", color="0.4")
axis.axhline(1e-2, color="C3", linewidth=0.8)
axis.annotate("gradient", (10, 1e-2), xytext=(20, 1e-4), arrowprops={"arrowstyle": "->"})
axis.set(xlabel="steps back", ylabel="length")
""", {
    "squares": ('"o"', '"s"'), "triangles": ('"o"', '"^"'), "crosses": ('"o"', '"x"'), "no markers": ('"o"', '""'),
    "solid": ('"--"', '"-"'),
    "dotted": ('"--"', '":"'), "slope": ("x**1", "x**1.02"), "a word": ("gradient", "gradients"),
    "a line lost": ("axis.axhline", "#"),
    "no small ticks": ("axis.set(", "axis.minorticks_off(); axis.set("),
}, {"slope": ("x**1", "x**1.001")}),
"scatter": Drawing((5, 3.4), """
axis, (one, other) = figure.subplots(), noise(231, 2, 24, 2)
axis.scatter(*(one + [0, 0.0]).T, 30, "C0", marker="o", alpha=1.0, label="cats")
axis.scatter(*(other + [2.5, 1])[:24].T, 30, "C1", label="dogs")
axis.plot([-1, 3], [3, -2], "k--", linewidth=1)
axis.set(xlim=(-4, 6), ylim=(-4, 5))
axis.legend(loc="upper left")
""", {
    "a point lost": (":24", ":23"), "squares": ('"o"', '"s"'), "triangles": ('"o"', '"^"'),
    "colours exchanged": ('"C0"', '"C2"'),
    "smaller": ('30, "C0"', '22, "C0"'), "transparent": ("alpha=1.0", "alpha=0.6"), "moved": ("[0, 0.0]", "[0, 0.15]"),
    "a line lost": ("axis.plot", "#"),
}, {"shifted": ("[0, 0.0]", "[0, 0.01]")}),
"cloud": Drawing((5, 3.4), """
axis, (x, y) = figure.subplots(), noise(231, 2, 800)
points = axis.scatter(x[0:], 1.0 * y[0:], c=(x + y)[0:], s=12, alpha=0.5, cmap="viridis")
axis.set(xlim=(-4, 4), ylim=(-4, 4))
figure.colorbar(points)
""", {
    "wider": ("1.0 * y", "1.05 * y"), "another map": ("viridis", "plasma"), "opaque": ("alpha=0.5", "alpha=1"),
    "a point lost": ("axis.set", "points.set_offsets([*points.get_offsets()[1:], (9, 9)]); axis.set"),
}, {"wider": ("1.0 * y", "1.001 * y")}),
"bars": Drawing((6, 3), """
axis, x, values = figure.subplots(), np.arange(4), [62.1, 71.4, 48.0, 90.2]
one = axis.bar(x - 0.2, values, 0.4, color="C0", hatch="", alpha=1.0, label="RNN")
axis.bar(x + 0.2, [51, 69, 55, 84], 0.4, color="C1", label="LSTM")
axis.bar_label(one, [f"{value:.1f}" for value in values])
axis.set_xticks(x, ["cats", "dogs", "birds", "fish"])
axis.set(ylabel="% right", ylim=(0, 110))
axis.legend(ncols=2, loc="upper left")
""", {
    "labels exchanged": ('"cats", "dogs"', '"dogs", "cats"'), "a letter": ("dogs", "dots"),
    "a letter more": ("fish", "fishy"), "a digit": ("90.2", "90.8"),
    "a bar 2 % higher": ("71.4", "73.4"), "no decimals": (":.1f", ":.0f"), "a colour": ('"C0"', '"C2"'),
    "hatched": ('hatch=""', 'hatch="//"'),
    "transparent": ("alpha=1.0", "alpha=0.6"), "narrower": ("0.4, color=\"C0\"", "0.36, color=\"C0\""),
    "values exchanged": ("62.1, 71.4", "71.4, 62.1"),
    "error bars": ('"LSTM"', '"LSTM", yerr=4'), "another name": ('"RNN"', '"GRU"'),
}, {"values": ("62.1, 71.4", "62.14, 71.36")}),
"speed": Drawing((5, 3.4), """
axis, lengths = figure.subplots(), [1.0, 1.42, 2.00]
axis.barh(["one", "two", "four"], lengths, color="C2")
for y, (length, words) in enumerate(zip(lengths, ["1.00 x", "1.42 x", "2.00 x"])):
    axis.text(length + 0.03, y, words, va="center")
axis.set(xlim=(0, 2.4), xlabel="speed")
""", {
    "a digit": ("2.00 x", "2.08 x"), "another digit": ("1.42 x", "1.47 x"), "a unit": ("2.00 x", "2.00 s"),
    "a bar 3 % longer": ("2.00]", "2.06]"),
    "names exchanged": ('"two", "four"', '"four", "two"'),
}, {"lengths": ("1.42, 2.00]", "1.418, 2.003]")}),
"histogram": Drawing((5, 3.4), """
axis, (one, other) = figure.subplots(), noise(231, 2, 600)
axis.hist(one + 0, 24, density=False, color="C0", edgecolor=None, alpha=0.7)
axis.hist(0.6 * other + 2, 24, color="C1", alpha=0.7)
axis.axvline(0, color="k", linestyle=":")
""", {
    "bins": ("one + 0, 24", "one + 0, 20"), "shifted": ("one + 0", "one + 0.1"), "density": ("False", "True"),
    "edges": ("None", '"k"'),
    "a heap lost": ("axis.hist(0.6", "axis.hist([]) #"), "a line lost": ("axis.axvline", "#"),
}, {"shifted": ("one + 0", "one + 0.0005")}),
"heat map": Drawing((4.5, 4), """
axis, rates = figure.subplots(), np.random.RandomState(231).dirichlet(0.6 * np.ones(5), 5)
rates[3, 2] = 0.2
shown = axis.imshow(rates, cmap="viridis", vmin=0, vmax=1.0)
for y, x in np.ndindex(5, 5):
    axis.text(x, y, f"{rates[y, x]:.2f}", ha="center", va="center", fontsize=8, color="w" if rates[y, x] < 0.5 else "k")
axis.set_xticks(range(5), ["boat", "cat", "dog", "hay", "tree"], rotation=90)
axis.set_yticks(range(5), ["boat", "cat", "dog", "hay", "tree"])
axis.set_title("confusion")
figure.colorbar(shown)
""", {
    "another map": ("viridis", "magma"), "a cell": ("= 0.2", "= 0.4"), "a cell by little": ("= 0.2", "= 0.25"),
    "transposed": ("= 0.2", "= 0.2; rates = rates.T"),
    "one decimal": (":.2f", ":.1f"),
    "names exchanged": ('"cat", "dog", "hay", "tree"], rot', '"dog", "cat", "hay", "tree"], rot'),
    "a letter": ('"hay", "tree"], rot', '"day", "tree"], rot'), "range wider": ("vmax=1.0", "vmax=1.1"),
    "title": ("confusion", "confusing"), "no bar": ("figure.colorbar", "#"),
}, {"range": ("vmax=1.0", "vmax=1.005")}),
"gates": Drawing((8, 3), """
for k, axis in enumerate(figure.subplots(1, 3)):
    units = 1.0 * np.cumsum(noise(k, 40, 14), axis=1) / 3
    axis.imshow(units, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    axis.set(title=["input", "forget", "output"][k], yticks=[])
""", {
    "another seed": ("noise(k,", "noise(k + 7 * (k == 1),"),
    "rolled": ("imshow(units", "imshow(np.roll(units, k == 1, 0)"), "stronger": ("1.0 *", "1.15 *"),
    "upside down": ("imshow(units", "imshow(units[:: 1 - 2 * (k == 1)]"), "map reversed": ("RdBu", "RdBu_r"),
}, {"stronger": ("1.0 *", "1.01 *")}),
"photos": Drawing((8, 2.4), """
for k, axis in enumerate(figure.subplots(1, 4)):
    axis.imshow(photograph([0, 1, 2, 3][k], lambda p: p))
    axis.set_title(["astronaut 20%", "coffee 33%", "cat 46%", "rocket 59%"][k])
    axis.axis("off")
""", {
    "exchanged": ("0, 1, 2, 3", "0, 2, 1, 3"), "mirrored": ("p: p", "p: p[:, ::-1]"),
    "upside down": ("p: p", "p: p[::-1]"), "redder": ("p: p", "p: p + [12, 0, 0]"),
    "slightly bluer": ("p: p", "p: p + [0, 0, 8]"), "darker": ("p: p", "p: 0.92 * p"),
    "gamma": ("p: p", "p: 255 * (p / 255) ** 1.12"), "rolled": ("p: p", "p: np.roll(p, 4, 1)"),
    "blurred": ("p: p", "p: ndimage.gaussian_filter(p, (1, 1, 0))"), "turned": ("p: p", "p: np.rot90(p)"),
    "BGR": ("p: p", "p: p[..., ::-1]"),
    "a digit": ("33", "38"), "titles exchanged": ('"cat 46%", "rocket 59%"', '"rocket 59%", "cat 46%"'),
}, {"tint": ("p: p", "p: p + 1"), "darker": ("p: p", "p: 0.995 * p")}),
"captions": Drawing((7, 3), """
words = ["a red boat under\\na yellow kite", "two black cats\\nin a garden", "three green\\nbirds at sea"]
for k, axis in enumerate(figure.subplots(1, 3)):
    axis.imshow(photograph(k, lambda p: p))
    axis.axis("off")
    axis.text(0.5, -0.08, words[k], transform=axis.transAxes, ha="center", va="top", color=["C2", "C2", "C3"][k])
""", {
    "a word": ("cats", "dogs"), "a letter": ("birds", "binds"), "exchanged": ("words[k]", "words[k - 1]"),
    "a colour": ('"C2", "C3"', '"C3", "C3"'),
}, {}),
"edges": Drawing((8, 2.4), """
picture = ndimage.gaussian_filter(photograph(1, lambda p: p).mean(axis=2), 1.0)
kinds = {
    "laplace": ndimage.laplace(picture),
    "prewitt": np.hypot(*(ndimage.prewitt(picture, k) for k in (0, 1))),
    "sobel": np.hypot(*(ndimage.sobel(picture, k) for k in (0, 1))),
}
for axis, shown in zip(figure.subplots(1, 3), kinds.values()):
    axis.imshow(np.abs(shown), cmap="gray")
    axis.axis("off")
""", {
    "Prewitt for Sobel": (".sobel", ".prewitt"),
    "one direction": ("np.hypot(*(ndimage.sobel(picture, k) for k in (0, 1)))", "ndimage.sobel(picture)"),
    "another Laplace": ("ndimage.laplace(picture)", "ndimage.gaussian_laplace(picture, 1.5)"),
    "smoother": ("1.0)", "1.5)"), "signed": ("np.abs(shown)", "shown"),
}, {"smoother": ("1.0)", "1.01)")}),
"saliency": Drawing((6, 4.2), """
for k, axis in enumerate(figure.subplots(2, 3).flat):
    heat = ndimage.gaussian_filter(np.abs(noise(k, 64, 64)) ** 3, 2.0)
    axis.imshow(1.0 * heat / heat.max(), cmap="inferno", vmin=0, vmax=1)
    axis.set_title("gradient" if k < 3 else "SmoothGrad")
    axis.axis("off")
""", {
    "another map": ("inferno", "magma"), "sharper": ("2.0)", "1.6)"),
    "another seed": ("noise(k,", "noise(k + 9 * (k == 4),"), "weaker": ("1.0 * heat", "0.9 * heat"),
}, {"weaker": ("1.0 * heat", "0.998 * heat")}),
"digits": Drawing((6, 2.6), """
order = list(range(40))
images = [digit(k) for k in order]
images = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=0.5)
axis = figure.subplots()
axis.imshow(images.reshape(4, 10, 10, 10).swapaxes(1, 2).reshape(40, 100), cmap="gray", vmin=0, vmax=1)
axis.set_title("digits")
axis.axis("off")
""", {
    "two exchanged": ("(40))", "(40)); order[3], order[5] = 5, 3"), "mirrored": ("digit(k)", "digit(k)[:, ::-1]"),
    "inverted": ("digit(k)", "1 - digit(k)"),
    "one missing": ("digit(k)", "digit(k) * (k != 17)"), "noise": ("digit(k)", "digit(k) + 0.15 * noise(k, 8, 8)"),
    "others": ("digit(k)", "digit(k + 1)"),
}, {"noise": ("digit(k)", "digit(k) + 0.01 * noise(k, 8, 8)")}),
"table": Drawing((6, 1.8), """
cells = [["1.9", "9.81", "99%"], ["49.3", "7.86", "78%"], ["52.0", "7.85", "80%"], ["4.7", "9.16", "91%"]]
names, heads = ["training", "vanilla", "lsgan", "dcgan"], ["distance", "score", "read"]
axis = figure.subplots()
axis.axis("off")
table = axis.table(cells, rowLabels=names, colLabels=heads, bbox=[0.2, 0, 0.8, 1], cellLoc="center", edges="horizontal")
table.auto_set_font_size(False)
table.set_fontsize(11)
""", {
    "a digit": ("7.85", "7.86"), "another digit": ("4.7", "4.1"), "a percent": ("78%", "76%"),
    "names exchanged": ('"vanilla", "lsgan"', '"lsgan", "vanilla"'), "a letter": ("score", "scores"),
}, {}),
"unrolled": Drawing((6, 2.6), """
axis = figure.subplots()
axis.set(xlim=(-0.6, 3.6), ylim=(-0.4, 2.4))
axis.axis("off")
for k, word in enumerate(["<START>", "two", "red", "boats"]):
    axis.text(k, 0, word, ha="center", va="center")
    axis.text(k, 1, "LSTM", ha="center", va="center", bbox={"facecolor": "#dbe7f3", "boxstyle": "square,pad=0.6"})
    axis.text(k, 2, "scores", ha="center", va="center", bbox={"facecolor": "w", "boxstyle": "square,pad=0.5"})
    axis.annotate("", (k, 0.75), (k, 0.15), arrowprops={"arrowstyle": "->"})
    axis.annotate("", (k, 1.75), (k, 1.3), arrowprops={"arrowstyle": "-|>"})
    axis.text(k + 0.1, 0.4, f"$h_{k}$")
""", {
    "a word": ("red", "bad"), "a letter": ("LSTM", "LSTN"), "arrows": ('"->"', '"-"'),
    "an arrow lost": ('"-|>"', '"-|>", "alpha": k != 2'),
    "fill": ("#dbe7f3", "#f3e7db"), "paler": ("#dbe7f3", "#e7eff7"), "a symbol": ("$h_", "$c_"),
}, {}),
"bands": Drawing((5, 3.4), """
axis, x = figure.subplots(), np.linspace(0, 5, 12)
axis.errorbar(x, np.sqrt(x), yerr=0.25, fmt="s", capsize=3, markersize=4)
axis.fill_between(x, 0.8 * np.sqrt(x), 1.2 * np.sqrt(x), color="C1", alpha=0.3)
axis.plot(x, np.sqrt(x), color="C3")
""", {
    "no caps": ("capsize=3", "capsize=0"), "paler": ("alpha=0.3", "alpha=0.2"), "shorter": ("0.25", "0.2"),
    "no band": ("axis.fill_between", "#"), "a colour": ("C3", "C2"), "circles": ('"s"', '"o"'),
}, {"shorter": ("0.25", "0.2495")}),
"contours": Drawing((5, 3.4), """
axis, (y, x) = figure.subplots(), np.mgrid[-2:2:80j, -2:2:80j]
shown = axis.contour(x, y, (x**2 + 2 * y**2) ** 1.0 + 0.3 * np.sin(4 * x), 8, cmap="viridis")
axis.clabel(shown, fontsize=8)
axis.plot([1.5, 0.8, 0.2, 0], [1.5, 0.5, 0.1, 0], "r.-")
""", {
    "levels": ("x), 8,", "x), 14,"), "another map": ("viridis", "plasma"), "no labels": ("axis.clabel", "#"),
    "power": ("** 1.0", "** 0.98"), "a point lost": ("0.2, 0]", "0.8, 0]"),
}, {"power": ("** 1.0", "** 0.999999")}),
"boundary": Drawing((5, 3.4), """
axis, (y, x), points = figure.subplots(), np.mgrid[-3:3:90j, -3:3:90j], noise(3, 3, 20)
axis.contourf(x, y, np.sin(x + 0) + y > 0.01, levels=1, cmap="coolwarm", alpha=0.4)
axis.scatter(*points[:2, :20], 25, points[2, :20] > 0, marker="o", cmap="coolwarm", edgecolors="k")
""", {
    "map reversed": ('"coolwarm", alpha', '"coolwarm_r", alpha'), "moved": ("x + 0)", "x + 0.1)"),
    "squares": ('"o"', '"s"'),
    "a point lost": ("axis.scatter", "points[:, 0] = points[:, 1]; axis.scatter"),
}, {"moved": ("x + 0)", "x + 0.0001)")}),
"boxes": Drawing((5, 3.4), """
axis, values = figure.subplots(), noise(231, 80, 3) + [0, 0.0, 1]
axis.boxplot(values, notch=False, showfliers=True)
axis.set_xticks([1, 2, 3], ["a", "b", "c"])
""", {
    "moved": ("0, 0.0", "0, 0.2"), "no outliers": ("fliers=True", "fliers=False"),
    "notched": ("notch=False", "notch=True"), "a letter": ('"b"', '"o"'),
}, {"moved": ("0, 0.0", "0, 0.003")}),
"panels": Drawing((8, 4), """
axes, x = figure.subplots(2, 3, sharex=True), np.linspace(0, 1, 50)
for k, axis in enumerate(axes.flat):
    axis.plot(x, x ** (k + 1) + 0.0 * (k == 4), color="C0")
    axis.set(title=f"power {k + 1}", ylim=(-0.1, 1.3), ylabel="" if k else "value")
""", {
    "one moved": ("0.0 *", "0.05 *"), "one lost": ('"C0"', '"C0" if k != 2 else "none"'),
    "a letter": ("value", "values"), "two exchanged": ("x ** (k + 1)", "x ** ([1, 6, 3, 4, 5, 2][k])"),
}, {"one moved": ("0.0 *", "0.002 *")}),
"pie": Drawing((5, 3.4), """
figure.subplots().pie([40, 30, 20, 10], labels=["hay", "tree", "sea", "sky"], autopct="%d%%", startangle=0)
""", {
    "parts": ("40, 30", "38, 32"), "names exchanged": ('"sea", "sky"', '"sky", "sea"'), "decimals": ("%d", "%.1f"),
    "turned": ("angle=0", "angle=5"),
}, {}),
"surface": Drawing((5, 3.4), """
axis, (y, x) = figure.add_subplot(projection="3d"), np.mgrid[-1:1:25j, -1:1:25j]
axis.plot_surface(x, y, np.abs(x) ** 2.0 - y**2, cmap="viridis")
axis.view_init(azim=-60)
""", {
    "another map": ("viridis", "plasma"), "power": ("** 2.0", "** 1.8"), "turned": ("-60", "-55"),
}, {"power": ("** 2.0", "** 1.995")}),
"twins": Drawing((5, 3.4), """
axis, x = figure.subplots(), np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-03-01")) + 0
axis.plot(x, np.cumsum(noise(0, 60)), color="C3", drawstyle="default")
other = axis.twinx()
other.plot(x, np.linspace(0, 1, 60) ** 2, ":", color="C0")
axis.set_ylabel("price")
other.set_ylabel("accuracy")
axis.tick_params(axis="x", rotation=30)
""", {
    "a label": ("accuracy", "precision"), "dashed": ('":"', '"--"'), "a colour": ("C3", "C2"),
    "steps": ("default", "steps"), "a day": ("+ 0", "+ 1"),
}, {}),
"stems": Drawing((5, 3.4), """
axis, x = figure.subplots(), np.arange(20)
marks, _, line = axis.stem(x, 1 * np.exp(-x / 6) * np.cos(x) * (x != 20))
marks.set_markersize(6)
line.set_visible(True)
axis.set_title("impulse")
""", {
    "sign": ("1 * np", "-1 * np"), "no base": ("True", "False"), "smaller": ("size(6)", "size(4)"),
    "one lost": ("x != 20", "x != 6"), "a letter": ("impulse", "impulses"),
}, {}),
}
# fmt: on
WITHOUT_TIGHT_LAYOUT = ("photos", "captions", "edges", "digits", "surface")


def drawn(name, style, change=None, settings=None, quality=80):
    """A figure as a notebook would store it, (H, W, 3) uint8.

    Args:
        name: key of `DRAWINGS`.
        style: key of `STYLES`.
        change: one of the drawing's faults or roundings, or None.
        settings: dict of rcParams beside those of the style.
        quality: int, of JPEG, from 1 to 95.

    Raises:
        ValueError: if the piece of a change does not stand in the source exactly once.
    """
    drawing, style = DRAWINGS[name], STYLES[style]
    source = drawing.source
    if change:
        if source.count(change[0]) != 1:
            raise ValueError(f"{name}: {change[0]!r} stands in the source {source.count(change[0])} times, not once")
        source = source.replace(*change)
    with matplotlib.rc_context(matplotlib.rcParamsDefault | style.settings | (settings or {})):
        figure = Figure(figsize=drawing.size, dpi=style.dpi)
        names = {"figure": figure, "np": np, "ndimage": scipy.ndimage}
        exec(source, names | {"noise": noise, "photograph": photograph, "digit": digit})
        if name not in WITHOUT_TIGHT_LAYOUT:
            figure.tight_layout()
        file = io.BytesIO()
        options = {"pil_kwargs": {"quality": quality}} if style.form == "jpeg" else {}
        figure.savefig(file, format=style.form, bbox_inches="tight", **options)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def noise(seed, *shape):
    return np.random.RandomState(seed).randn(*shape)


def photograph(number, change):
    """One of four, (128, 128, 3) uint8, whose second is changed by a function of its float pixels."""
    picture = _photographs()[number]
    return np.rint(change(picture).clip(0, 255) if number == 1 else picture).astype(np.uint8)


@functools.cache
def _photographs():
    from skimage import data
    from skimage.transform import resize

    pictures = []
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        picture = getattr(data, name)()
        side = min(picture.shape[:2])
        top, left = ((n - side) // 2 for n in picture.shape[:2])
        pictures.append(255 * resize(picture[top : top + side, left : left + side], (128, 128), anti_aliasing=True))
    return pictures


def digit(number):
    """One of the digits that come with scikit-learn, (8, 8), 0 to 1."""
    return _digits()[number]


@functools.cache
def _digits():
    from sklearn.datasets import load_digits

    return load_digits().images / 16
