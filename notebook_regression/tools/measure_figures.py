"""How far apart the comparison of figures finds those of the tests' gallery: its limits stand between what these say.

    python notebook_regression/tools/measure_figures.py --draw FILE     # draw all figures, and end
    python notebook_regression/tools/measure_figures.py [--other FILE]  # compare; FILE as drawn by another Matplotlib

Faults are compared in both directions. FILE is an .npz file, so --draw may run in another environment, which needs
Matplotlib, Pillow, SciPy, scikit-image and scikit-learn only.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(FOLDER / "tests"), str(FOLDER / "src")]

from figure_gallery import DRAWINGS, HINTINGS, STYLES, drawn  # noqa: E402

QUALITIES = (70, 90)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draw", type=Path, metavar="FILE")
    parser.add_argument("--other", type=Path, metavar="FILE")
    options = parser.parse_args()
    pictures = {(style, name): drawn(name, style) for style in STYLES for name in DRAWINGS}
    if options.draw:
        np.savez_compressed(options.draw, **{"/".join(key): picture for key, picture in pictures.items()})
        return
    for style in ("here", "default"):
        measure(f"{style}: faults", fault_pairs(pictures, style), caught=True)
        measure(f"{style}: rounding", change_pairs(pictures, style, "rounding"), caught=False)
    measure("other settings", setting_pairs(pictures), caught=False)
    if options.other:
        other = np.load(options.other)
        pairs = (("/".join(key), picture, other["/".join(key)]) for key, picture in pictures.items())
        measure("another Matplotlib", pairs, caught=False)


def change_pairs(pictures, style, kind):
    """(name, as it was, changed) of all faults or roundings."""
    for name, drawing in DRAWINGS.items():
        for words, change in getattr(drawing, kind).items():
            yield f"{name}: {words}", pictures[style, name], drawn(name, style, change)


def fault_pairs(pictures, style):
    for name, right, wrong in change_pairs(pictures, style, "faults"):
        yield name, right, wrong
        yield f"{name}, undone", wrong, right


def setting_pairs(pictures):
    for (style, name), picture in pictures.items():
        for hinting in HINTINGS:
            yield f"{style}/{name}, {hinting}", picture, drawn(name, style, settings={"text.hinting": hinting})
        for quality in QUALITIES if STYLES[style].form == "jpeg" else ():
            yield f"{style}/{name}, quality {quality}", picture, drawn(name, style, quality=quality)


def measure(title, pairs, caught):
    """Print how many pairs differ, those that should not, or do not and should, and the numbers next to the limits."""
    from notebook_regression import figures

    number, differing, odd, values = 0, 0, [], {}
    for name, one, other in pairs:
        sentences, _ = figures.differences(one, other)
        number += 1
        differing += bool(sentences)
        if bool(sentences) != caught:
            odd.append(f"{name}: {'; '.join(sentences)}")
        if not figures.size_difference(one, other) and not caught:
            for limit, value in zip(*figures.measure(one, other), strict=True):
                values.setdefault(limit, []).append(value)
    print(f"{title}: {differing} of {number} differ", flush=True)
    print("\n".join(f"    {line}" for line in odd))
    for limit, column in values.items():
        farthest = sorted(column, reverse=not limit.similarity)[:4]
        print(f"    {limit.name}: {', '.join(f'{value:.2f}' for value in farthest)}; limit {limit.value:g}", flush=True)


if __name__ == "__main__":
    main()
