"""Helpers of the notebooks: a quiet and repeatable start, verdicts instead of digits, sources, rows of pictures."""

import base64
import inspect
import io
import random
import textwrap

import numpy as np

from cs231n.figures import show_images as show_images  # notebooks take it from here
from cs231n.quiet_tensorflow import quiet_tensorflow

# Figures with pictures in them are stored as JPEG: photographs and textures take a seventh of what PNG takes, and a
# notebook stays under a megabyte. All others, lines and letters, are PNG with twice as many pixels, for projectors.
FIGURE_DPI, JPEG_QUALITY, PNG_COLOURS = 80, 80, 64
FONT_SIZE = 12  # points in the figure, 10 points on a page, for a page has 96 pixels to the inch
ROUNDING = 1e-3  # a value that only has to be below this is an error of rounding
SOLUTION_MARKERS = ("### BEGIN SOLUTION", "### END SOLUTION")  # around lines that the student edition does not have


def setup(seed=231, tensorflow=True):
    """Make a notebook quiet and repeatable; call it first, before anything imports TensorFlow.

    Figures get Matplotlib's own style, whatever a matplotlibrc says.

    Args:
        seed: int, for Python's, NumPy's and (with `tensorflow`) TensorFlow's random numbers.
        tensorflow: load TensorFlow, seed it and make its operations deterministic. The captioning notebooks, which
            need NumPy only, pass False and start within a second.

    Raises:
        RuntimeError: if TensorFlow is already loaded, so that its log lines can no longer be held back.
    """
    import matplotlib.pyplot as plt
    from IPython import get_ipython

    if get_ipython() is not None:
        _set_figure_formats(get_ipython())
    plt.rcdefaults()
    plt.rcParams.update({"figure.dpi": FIGURE_DPI, "image.cmap": "gray"})
    plt.rcParams.update({"font.size": FONT_SIZE, "axes.titlesize": "medium"})
    if tensorflow:
        quiet_tensorflow(seed)
    random.seed(seed)
    np.random.seed(seed)


def _set_figure_formats(shell):
    from IPython.core.pylabtools import print_figure, retina_figure
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from PIL import Image

    def has_pictures(figure):
        return any(axis.images for axis in figure.axes)

    def jpeg(figure):
        quality = {"quality": JPEG_QUALITY, "optimize": True, "progressive": True}
        return print_figure(figure, "jpeg", base64=True, pil_kwargs=quality) if has_pictures(figure) else None

    def png(figure):
        if has_pictures(figure):
            return None
        data, size = retina_figure(figure)
        smaller = io.BytesIO()
        Image.open(io.BytesIO(data)).convert("RGB").quantize(PNG_COLOURS).save(smaller, "png", optimize=True)
        return base64.b64encode(smaller.getvalue()).decode("ascii"), size

    set_matplotlib_formats("jpeg", "png")
    formatters = shell.display_formatter.formatters
    formatters["image/jpeg"].for_type(Figure, jpeg)
    formatters["image/png"].for_type(Figure, png)


def report(claim, value, *, below=None, above=None, moved=None, digits=None):
    """Check a measured number against bounds, and show a verdict that is the same on every machine.

    In a notebook the number itself is stored in the metadata of the output, under "measured". `make regress` compares
    it with the stored number, and lists it if it has moved within its bounds (docs/regression.md). The verdict shows
    the number only if it is given `digits`; the last of them may be another one on another processor.

    Args:
        claim: str, what `value` is, in a few words.
        value: number or array; every entry of an array must be within the bounds.
        below, above: bounds, exclusive; at least one of them.
        moved: relative change of an entry from which on `make regress` lists it. Default: 1e-3; but 10 if the only
            bound is `below` <= 1e-3, for such values are errors of rounding, whose digits mean nothing.
        digits: number of digits after the point to show of each entry; None shows no entry.

    Raises:
        AssertionError: if an entry is not within the bounds, or NaN; the message has the digits.
        ValueError: if no bound is given.
    """
    bounds = [(name, bound) for name, bound in (("above", above), ("below", below)) if bound is not None]
    if not bounds:
        raise ValueError(f"report({claim!r}) needs below= or above=")
    values = np.asarray(value, dtype=np.float64)
    required = " and ".join(f"{name} {bound:g}" for name, bound in bounds)
    met = (above is None or np.all(values > above)) and (below is None or np.all(values < below))
    if not met or values.size == 0:
        raise AssertionError(f"{claim}: expected {required}, got {np.array2string(values, precision=6)}")
    if moved is None:
        moved = 10.0 if above is None and below <= ROUNDING else 1e-3
    measured = {"claim": claim, "value": _digits(values), "moved": moved}
    measured |= {name: float(bound) for name, bound in bounds}
    if digits is not None:
        measured["shown"] = ", ".join(f"{entry:.{digits}f}" for entry in values.ravel())
    _show_verdict(f"{claim}: {measured.get('shown', 'ok')} ({required})", measured)


def _digits(values):
    """Every entry, rounded to six digits; the smallest and the largest if there are more than 32.

    Infinity and NaN become strings, because JSON does not have them.
    """
    entries = values.ravel() if values.size <= 32 else (values.min(), values.max())
    return [float(f"{entry:.6g}") if np.isfinite(entry) else str(entry) for entry in entries]


def _show_verdict(verdict, measured):
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(verdict)
    else:
        display({"text/plain": verdict}, raw=True, metadata={"measured": measured})


def show_source(function):
    """Show the code of a function or method below the cell, highlighted and without solution markers."""
    from IPython.display import Markdown, display

    display(Markdown(f"```python\n{source_of(function)}```"))


def source_of(thing):
    """The code of a function, method or class, dedented and without solution markers."""
    source = textwrap.dedent(inspect.getsource(thing))
    return "".join(line for line in source.splitlines(keepends=True) if line.strip() not in SOLUTION_MARKERS)
