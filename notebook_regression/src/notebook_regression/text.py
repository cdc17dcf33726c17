"""Text and numbers of a cell: words to the letter, numbers by what the cell declares."""

import reprlib

from .tolerance import lines_that_differ

MEASURED = "measured"  # key in an output's metadata: a value behind a verdict, see numbers_in
MOVED = 1e-3  # relative movement of a value that is worth a line


def text_difference(stored, new, tolerance=None):
    """(expected, got), the first lines that differ, or None.

    Args:
        stored, new: texts of any number of lines.
        tolerance: a Tolerance for the numbers in them; None compares the texts to the letter, blanks as well.
    """
    if stored == new:
        return None
    expected, got = stored.split("\n"), new.split("\n")
    if tolerance is None:
        first = next((k for k, pair in enumerate(zip(expected, got, strict=False)) if pair[0] != pair[1]), None)
        first = min(len(expected), len(got)) if first is None else first
        places = first, first
    else:
        places = lines_that_differ(stored, new, tolerance)
        if places is None:
            return None
    return tuple(lines[k] if k < len(lines) else "(nothing)" for lines, k in zip((expected, got), places, strict=True))


def numbers_in(outputs):
    """(outputs with verdicts as plain lines on stdout, the values behind them).

    A verdict is an output whose metadata has, under `measured`, a dict with `claim`, `value` (list of numbers), `above`
    and `below` (number or None) and `moved` (relative). The words of the verdict may hold the value, too, as the text
    `shown`. It is left out here, because the numbers themselves are compared.
    """
    plain, numbers = [], []
    for output in outputs:
        measured = output.get("metadata", {}).get(MEASURED)
        if measured is None:
            plain.append(output)
        else:
            numbers.append(measured)
            line = "".join(output["data"].get("text/plain", "")) + "\n"
            if isinstance(measured, dict) and measured.get("shown"):
                line = line.replace(str(measured["shown"]), "...", 1)
            plain.append(type(output)(output_type="stream", name="stdout", text=line))
    return plain, numbers


def measured_problem(measured):
    """A sentence when `measured` is not what `numbers_in` describes, else None; None stands for no value at all."""
    if measured is None:
        return None
    try:
        limits = (*_given(measured).values(), measured.get("moved", MOVED))
        right = isinstance(measured["claim"], str) and isinstance(measured["value"], list)
        right = right and all(isinstance(limit, int | float) for limit in limits)
        right = right and _digits_agree(measured.get("shown"), _values(measured))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        right = False
    form = (
        "a dict of claim (text), value (list of numbers), above, below and moved (numbers), shown (the values, rounded)"
    )
    return None if right else f"{MEASURED!r} in its metadata should be {form}, not {reprlib.repr(measured)}"


def _digits_agree(shown, values):
    """Whether text such as "1.30, 0.27" holds these values, rounded; there may be no such text."""
    if shown is None:
        return True
    entries = shown.split(", ")
    units = [10.0 ** -len(entry.partition(".")[2]) for entry in entries]
    return len(entries) == len(values) and all(
        abs(float(entry) - value) <= 0.501 * unit for entry, value, unit in zip(entries, values, units, strict=True)
    )


def number_differences(stored, new):
    """(changed, moved, without): sentences on values outside their bounds, inside but elsewhere, not stored yet."""
    changed, moved, without = [], [], []
    waiting = {}
    for number in stored:
        waiting.setdefault(number["claim"], []).append(number)
    for number in new:
        claim, values = number["claim"], _values(number)
        same_claim = waiting.get(claim)
        bounds = same_claim[0] if same_claim else number
        if not _within(values, bounds):
            changed.append(f"{claim}: expected {_bounds(bounds)}, got {_digits(values)}")
        elif not same_claim:
            without.append(claim)
        elif len(_values(bounds)) != len(values):
            changed.append(f"{claim}: {len(_values(bounds))} values were stored, now there are {len(values)}")
        elif _movement(_values(bounds), values, number) > number.get("moved", MOVED):
            moved.append(f"{claim}: {_digits(_values(bounds))}, now {_digits(values)}")
        if same_claim:
            same_claim.pop(0)
    lost = [claim for claim, numbers in waiting.items() if numbers]
    changed += [f"{claim}: a value was stored, now there is none" for claim in lost]
    return changed, moved, without


def _values(number):
    return [float(value) for value in number["value"]]


def _within(values, bounds):
    above, below = bounds.get("above"), bounds.get("below")
    return all((above is None or value > above) and (below is None or value < below) for value in values)


def _movement(stored, new, number):
    """Largest relative change; what is below a thousandth of the bound counts as nothing."""
    least = 1e-3 * min(map(abs, _given(number).values()), default=0.0)
    changes = [abs(b - a) / max(abs(a), least, 1e-300) for a, b in zip(stored, new, strict=True) if a != b]
    return max(changes, default=0.0)


def _bounds(number):
    return " and ".join(f"{name} {bound:g}" for name, bound in _given(number).items())


def _given(number):
    """dict name -> bound, of those that are there."""
    return {name: number[name] for name in ("above", "below") if number.get(name) is not None}


def _digits(values):
    listed = ", ".join(f"{value:.6g}" for value in values[:6])
    return listed + (f" and {len(values) - 6} more" if len(values) > 6 else "")
