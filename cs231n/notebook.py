"""What the notebooks share: a quiet, repeatable start, verdicts instead of digits, and rows of pictures."""

import inspect
import random
import textwrap

import numpy as np

from cs231n.quiet_tensorflow import quiet_tensorflow

# Figures are stored as JPEG: photographs and textures take a seventh of what PNG takes, a notebook under a megabyte.
FIGURE_DPI, JPEG_QUALITY = 80, 80
ROUNDING = 1e-3  # what only has to be below this is an error of rounding
SOLUTION_MARKERS = ("### BEGIN SOLUTION", "### END SOLUTION")  # around what the student edition leaves out


def setup(seed=231, tensorflow=True):
    """Make a notebook quiet and repeatable; call it first, before anything imports TensorFlow.

    Figures get Matplotlib's own style, whatever a matplotlibrc says.

    Args:
        seed: int, for Python's, NumPy's and (with `tensorflow`) TensorFlow's random numbers.
        tensorflow: load TensorFlow, seed it and make its operations deterministic. The captioning
            notebooks, which need NumPy only, say False and start within a second.

    Raises:
        RuntimeError: TensorFlow is already loaded, so that its log lines can no longer be held back.
    """
    import matplotlib.pyplot as plt
    from IPython import get_ipython
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    if get_ipython() is not None:
        set_matplotlib_formats("jpeg", pil_kwargs={"quality": JPEG_QUALITY})
    plt.rcdefaults()
    plt.rcParams.update({"figure.dpi": FIGURE_DPI, "image.cmap": "gray", "axes.titlesize": 11})
    if tensorflow:
        quiet_tensorflow(seed)
    random.seed(seed)
    np.random.seed(seed)


def report(claim, value, *, below=None, above=None, moved=None):
    """Show a verdict on a measured number, in words that do not change from machine to machine.

    In a notebook the number goes with the verdict, unseen, as `measured` in the metadata of the output: regression
    compares it with the stored one, and lists it when it has moved within its bounds (docs/regression.md).

    Args:
        claim: what `value` is, in a few words.
        value: number or array; of an array every entry is held against the bounds.
        below, above: bounds, exclusive; at least one.
        moved: relative change of an entry that is worth a line in regression's list. Default: a thousandth; ten, for
            what only has to be below a thousandth: of an error of rounding no digit is to be relied on.

    Raises:
        AssertionError: with the digits, when a bound is not met; NaN meets none.
        ValueError: no bound given.
    """
    bounds = [(name, bound) for name, bound in (("above", above), ("below", below)) if bound is not None]
    if not bounds:
        raise ValueError(f"report({claim!r}) needs below= or above=")
    values = np.asarray(value, dtype=np.float64)
    wanted = " and ".join(f"{name} {bound:g}" for name, bound in bounds)
    met = (above is None or np.all(values > above)) and (below is None or np.all(values < below))
    if not met or values.size == 0:
        raise AssertionError(f"{claim}: expected {wanted}, got {np.array2string(values, precision=6)}")
    if moved is None:
        moved = 10.0 if above is None and below <= ROUNDING else 1e-3
    measured = {"claim": claim, "value": _digits(values), "moved": moved}
    measured |= {name: float(bound) for name, bound in bounds}
    _show_verdict(f"{claim}: ok ({wanted})", measured)


def _digits(values):
    """Six digits of every entry, of more than 32 entries the smallest and the largest; JSON has no infinity."""
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
    """Show the code of a function or method of the package, highlighted, below the cell; without solution markers."""
    from IPython.display import Markdown, display

    display(Markdown(f"```python\n{source_of(function)}```"))


def source_of(thing):
    """The code of a function, method or class, from its margin on and without solution markers."""
    source = textwrap.dedent(inspect.getsource(thing))
    return "".join(line for line in source.splitlines(keepends=True) if line.strip() not in SOLUTION_MARKERS)


def show_images(images, titles=(), columns=None, height=2.4, suptitle=None, cmap=None):
    """Show pictures in rows, ready for a lecture hall: no axes, titles above.

    Args:
        images: sequence of arrays, (H, W, 3) uint8 or (H, W) in any unit (stretched to its own range).
        titles: a string for each picture, or none.
        columns: pictures in a row, default all of them.
        height: inches of one row.
        suptitle: a line over all.
        cmap: Matplotlib's name of the colours for (H, W) arrays, default grey.

    Raises:
        ValueError: no picture, or titles of another number than pictures.
    """
    import matplotlib.pyplot as plt

    images = list(images)
    if not images or (titles and len(titles) != len(images)):
        raise ValueError(f"{len(titles)} titles for {len(images)} pictures")
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    aspect = images[0].shape[1] / images[0].shape[0]
    figure, axes = plt.subplots(rows, columns, figsize=(columns * height * aspect, rows * (height + 0.3)))
    for axis in np.ravel(axes):
        axis.axis("off")
    for k, (axis, image) in enumerate(zip(np.ravel(axes), images, strict=False)):
        axis.imshow(image, cmap=cmap)
        if titles:
            axis.set_title(titles[k])
    if suptitle:
        figure.suptitle(suptitle)
    figure.tight_layout()
    plt.show()
