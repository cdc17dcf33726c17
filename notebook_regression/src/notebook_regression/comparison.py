"""The outputs of one cell, stored and new: whatever a reader would see differ is said in a sentence."""

import base64
import itertools
import json
import math
from collections import Counter, defaultdict
from typing import NamedTuple

from . import diffs, stored, svg, text, tracebacks, widgets
from .sanitizers import sanitized
from .screen import as_in_a_terminal
from .tolerance import count_numbers

PICTURES = ("image/png", "image/jpeg")
SVG, PDF = "image/svg+xml", "application/pdf"
PICTURE_METADATA_TOLERANCE = 8  # pixels, as of the size of pictures
# Keys of an output's metadata that show nothing: three are what a front end writes by itself, the last one says
# that a picture is transparent, and the picture shows that.
UNSEEN_METADATA = {"collapsed", "scrolled", "tags", "needs_background"}


class Settings(NamedTuple):
    """By what a cell is compared.

    Attributes:
        title: the cell's name, as in `lesson.ipynb, cell 3`.
        tags: a stored.Tags.
        sanitizers: dict name -> Sanitizer.
        further: function from a text to a text, for patterns that a project has of its own.
        allowed_stderr: compiled patterns of lines that may come.
        skip: kinds of output that are not compared.
        old_models, new_models: dict id of a widget -> its state.
    """

    title: str
    tags: stored.Tags
    sanitizers: dict
    further: object = str
    allowed_stderr: tuple = ()
    skip: frozenset = frozenset()
    old_models: dict = {}
    new_models: dict = {}


class Findings:
    """What a comparison found: sentences on what differs, lines on what moved, and what was compared."""

    def __init__(self):
        self.sentences, self.moved, self.entries, self.diffs = [], [], [], []
        self.counts = dict.fromkeys(("texts", "numbers", "figures", "without"), 0)


class PictureDifference(NamedTuple):
    """Two pictures that differ, for the page."""

    which: str
    sentence: str
    stored: object
    new: object


def compare(old, new, settings):
    """Findings on two lists of outputs."""
    comparison = _Comparison(settings)
    comparison.outputs(old, new)
    return comparison.findings


class _Comparison:
    def __init__(self, settings):
        self.settings, self.findings = settings, Findings()

    def say(self, sentence):
        self.findings.sentences.append(sentence)

    def count(self, name, number=1):
        self.findings.counts[name] += number

    def outputs(self, old, new):
        """Compare two lists of outputs as they stand in a notebook."""
        old, old_numbers = text.numbers_in(old)
        new, new_numbers = text.numbers_in(new)
        self.stderr(_stderr(old), _stderr(new))
        old, new = ([Shown.of(output) for output in _visible(outputs, self.settings.skip)] for outputs in (old, new))
        num_sentences = len(self.findings.sentences)
        self.texts(old, new)
        self.bundles(old, new)
        self.drawings(old, new)
        self.documents(old, new)
        self.pictures(old, new)
        self.tracebacks(old, new)
        self.widgets(old, new)
        if len(self.findings.sentences) == num_sentences:
            self.order(old, new)
            self.metadata(old, new)
        self.numbers(old_numbers, new_numbers)

    def clean(self, words, kind):
        return self.settings.further(sanitized(words, kind, self.settings.sanitizers))

    def pairs(self, kind, old, new):
        """Pairs of the stored and new data of a kind; a sentence where their numbers differ."""
        if len(old) != len(new):
            self.say(f"{len(old)} outputs of {kind} are stored, now there are {len(new)}")
        return zip(old, new, strict=False)

    def texts(self, old, new):
        old, new = _texts(old), _texts(new)
        for kind in sorted(old.keys() | new.keys()):
            for one, other in self.pairs(kind, old[kind], new[kind]):
                self.count("texts")
                self.text(kind, one, other)

    def text(self, kind, one, other):
        tolerance = self.settings.tags.tolerance
        if tolerance is not None:
            self.count("numbers", count_numbers(other))
        one, other = self.clean(one, kind), self.clean(other, kind)
        difference = text.text_difference(one, other, tolerance)
        if difference:
            self.say_difference(kind, *difference)
            self.findings.diffs.append((kind, one, other))

    def say_difference(self, kind, expected, got):
        expected, got = diffs.excerpts(expected, got)
        self.say(f"{kind} differs\n    expected: {expected}\n    got:      {got}")

    def stderr(self, old, new):
        if "stderr" in self.settings.skip:
            return
        old, new = (self.clean(words, "stderr") for words in (old, new))
        allowed = self.settings.allowed_stderr
        stored_lines, lines = (stored.unexpected_lines(words, allowed) for words in (old, new))
        came, went = Counter(lines) - Counter(_lines(old)), Counter(stored_lines) - Counter(_lines(new))
        for line in came.elements():
            self.say(f"unexpected on stderr: {line}")
        for line in went.elements():
            self.say(f"no longer on stderr: {line}")
        if not came and not went and stored_lines != lines:
            self.say_difference("order on stderr", *_first_difference(stored_lines, lines))
        old_allowed, new_allowed = (_allowed_lines(words, allowed) for words in (old, new))
        if old_allowed and new_allowed and old_allowed != new_allowed:
            self.say_difference("stderr", *_first_difference(old_allowed, new_allowed))

    def bundles(self, old, new):
        """Compare JSON whatever the order of its keys."""
        old, new = (_data(outputs, _is_json) for outputs in (old, new))
        for kind in sorted(old.keys() | new.keys()):
            for one, other in self.pairs(kind, old[kind], new[kind]):
                self.count("texts")
                one, other = (self.clean_bundle(bundle, kind) for bundle in (one, other))
                difference = _bundle_difference(one, other, self.settings.tags.tolerance)
                if difference:
                    place, expected, got = difference
                    self.say_difference(f"{kind}{f' at {place}' if place else ''}", expected, got)

    def clean_bundle(self, bundle, kind):
        """A bundle as it is read from text that was sanitized; as it is, where that is no JSON any more."""
        words = json.dumps(_parsed(bundle), sort_keys=True, ensure_ascii=False)
        try:
            return json.loads(self.clean(words, kind))
        except ValueError:
            return bundle

    def drawings(self, old, new):
        old, new = (_data(outputs, SVG.__eq__)[SVG] for outputs in (old, new))
        for place, (one, other) in enumerate(self.pairs(SVG, old, new), 1):
            self.count("figures")
            one, other = (self.clean(drawing, SVG) for drawing in (one, other))
            if self.settings.tags.varies:
                continue
            difference = svg.drawing_difference(one, other, self.settings.tags.wider)
            if difference:
                self.say_difference(f"drawing {place}" if len(old) > 1 else "drawing", *difference)

    def documents(self, old, new):
        """Compare PDF but for the dates in it."""
        old, new = (_data(outputs, PDF.__eq__)[PDF] for outputs in (old, new))
        for one, other in self.pairs(PDF, old, new):
            self.count("figures")
            one, other = (self.clean(_decoded(document), PDF) for document in (one, other))
            if one != other and not self.settings.tags.varies:
                self.say(f"{PDF} differs")

    def pictures(self, old, new):
        old, new = _pictures(old), _pictures(new)
        if len(old) != len(new):
            self.say(f"{len(old)} figures are stored, now there are {len(new)}")
            return
        for place, ((old_kind, one), (new_kind, other)) in enumerate(zip(old, new, strict=True), 1):
            self.count("figures")
            which = f"figure {place}" if len(old) > 1 else "figure"
            if old_kind != new_kind:
                self.say(f"{which} is stored as {old_kind}, now it is {new_kind}")
            if old_kind != new_kind or one != other or self.settings.tags.varies:
                self.picture(which, one, other)

    def picture(self, which, one, other):
        try:
            from . import pictures  # Pillow takes a tenth of a second to import, what `figures` needs takes seconds

            one, other = pictures.decode(one), pictures.decode(other)
            if not self.settings.tags.varies and one.shape == other.shape and (one == other).all():
                return
            from . import figures
        except ModuleNotFoundError as error:
            self.say(f"{which}: to compare pictures, {error.name} is needed: pip install scikit-image scipy pillow")
            return
        except ValueError as error:
            self.say(f"{which}: {error}")
            return
        sentences, moved = _picture_sentences(figures, one, other, self.settings.tags)
        if moved:
            self.findings.moved.append(f"{self.settings.title}: {which}: {moved}")
        if sentences:
            sentence = f"{which}: {'; '.join(sentences)}"
            self.say(sentence)
            self.findings.entries.append(PictureDifference(which, sentence, one, other))

    def tracebacks(self, old, new):
        old, new = ([output for output in outputs if output.kind == "error"] for outputs in (old, new))
        for one, other in zip(old, new, strict=False):
            frames = [tracebacks.own_frames(output.data["traceback"]) for output in (one, other)]
            lines = [self.clean("\n".join(frames_of_one), "error") for frames_of_one in frames]
            if lines[0] != lines[1]:
                self.say_difference("traceback", *text.text_difference(*lines))

    def widgets(self, old, new):
        """Compare what widgets show; of notebooks that keep no state of them, only their words are compared."""
        views = [
            [output.data[widgets.VIEW] for output in outputs if widgets.VIEW in output.data] for outputs in (old, new)
        ]
        models = self.settings.old_models, self.settings.new_models
        for one, other in self.pairs("widgets", *views):
            names = [view.get("model_id") if isinstance(view, dict) else None for view in (one, other)]
            trees = [widgets.tree(known, name) for known, name in zip(models, names, strict=True)]
            if trees[0] is None:
                continue
            self.count("texts")
            trees = [self.clean_bundle(tree, widgets.VIEW) for tree in trees]
            difference = _bundle_difference(*trees, self.settings.tags.tolerance)
            if difference:
                place, expected, got = difference
                self.say_difference(f"widget at {place}", expected, got)
            caught = [widgets.caught_outputs(known, name) for known, name in zip(models, names, strict=True)]
            for before, now in itertools.zip_longest(*caught, fillvalue=[]):
                self.outputs(stored.as_outputs(before), stored.as_outputs(now))

    def order(self, old, new):
        """Outputs of different kinds stand in one order, and are of one type."""
        one, other = _sequence(old), _sequence(new)
        if one != other and one.count("stdout") <= 1:  # nbclient, unlike Jupyter, keeps all of stdout in one place
            new = _joined(new)
            other = _sequence(new)
        if one != other:
            expected, got = (", ".join(names) for names in (one, other))
            self.say(f"the order or type of outputs differs\n    expected: {expected}\n    got:      {got}")
        elif any(itertools.starmap(self.printed_otherwise, zip(_printed(old), _printed(new), strict=True))):
            self.say("lines of stdout stand between other outputs than before")

    def printed_otherwise(self, one, other):
        one, other = self.clean(one, "stdout"), self.clean(other, "stdout")
        return text.text_difference(one, other, self.settings.tags.tolerance) is not None

    def metadata(self, old, new):
        """Compare metadata: of a kind of data, such as the width of a picture, and of an output, such as `isolated`."""
        old, new = ([output for output in outputs if output.kind != "stdout"] for outputs in (old, new))
        ignored = UNSEEN_METADATA | self.settings.skip
        for one, other in zip(old, new, strict=False):
            for key in sorted((one.metadata.keys() | other.metadata.keys()) - ignored):
                entries = [output.metadata.get(key) or {} for output in (one, other)]
                before, now = (self.clean_bundle(entry, "application/json") for entry in entries)
                if not _metadata_alike(before, now, key in PICTURES):
                    of_kind = key in one.data or key in other.data
                    name = f"metadata of {key}" if of_kind else f"metadata {key!r} of an output"
                    self.say_difference(name, _digest(before), _digest(now))

    def numbers(self, old, new):
        problems = [problem for problem in map(text.measured_problem, new) if problem]
        if problems:
            self.findings.sentences += problems
            return
        changed, moved, without = text.number_differences(old, new)
        self.findings.sentences += changed
        self.findings.moved += [f"{self.settings.title}: {sentence}" for sentence in moved]
        self.count("numbers", len(new) - len(without))
        self.count("without", len(without))


class Shown(NamedTuple):
    """An output as a reader sees it: its kind, such as `stdout` or `display_data`, and dict kind of data -> data."""

    kind: str
    data: dict
    metadata: dict

    @classmethod
    def of(cls, output):
        if output.output_type == "stream":
            return cls(output.name, {output.name: output.text}, {})
        if output.output_type == "error":
            words = f"{output.ename}: {output.evalue}"
            return cls("error", {"error": words, "traceback": output.get("traceback", [])}, {})
        return cls(output.output_type, output.data, output.get("metadata", {}))


def _visible(outputs, skip):
    """Outputs but stderr, with text on stdout that follows upon text as one, and kinds that are skipped left out."""
    outputs = [output for output in outputs if output.get("name") != "stderr" and output.get("name") not in skip]
    visible = []
    for is_stream, group in itertools.groupby(outputs, lambda output: output.output_type == "stream"):
        group = list(group)
        if is_stream:
            words = as_in_a_terminal("".join(output.text for output in group))
            visible += [type(group[0])(output_type="stream", name="stdout", text=words)] if words else []
        else:
            visible += [_without_kinds(output, skip) for output in group]
    return visible


def _without_kinds(output, skip):
    if not skip or "data" not in output:
        return output
    data = {kind: value for kind, value in output.data.items() if kind not in skip}
    return type(output)(output | {"data": type(output)(data)})


def _stderr(outputs):
    return as_in_a_terminal("".join(output.text for output in outputs if output.get("name") == "stderr"))


def _lines(words):
    return [line for line in words.splitlines() if line.strip()]


def _allowed_lines(words, allowed):
    return [line for line in _lines(words) if any(pattern.match(line) for pattern in allowed)]


def _first_difference(one, other):
    return next(pair for pair in itertools.zip_longest(one, other, fillvalue="(nothing)") if pair[0] != pair[1])


def _is_json(kind):
    return kind.endswith("json") and kind != widgets.VIEW


def _is_text(kind):
    return not _is_json(kind) and kind not in (*PICTURES, SVG, PDF, widgets.VIEW, "traceback")


def _data(outputs, belongs):
    """dict kind -> list of data, of the kinds that `belongs` says yes to."""
    data = defaultdict(list)
    for output in outputs:
        for kind, value in output.data.items():
            if belongs(kind):
                data[kind].append(value)
    return data


def _texts(outputs):
    """dict kind -> list of texts; all of stdout is one."""
    texts = _data(outputs, _is_text)
    if texts["stdout"]:
        texts["stdout"] = ["".join(texts["stdout"])]
    return defaultdict(list, {kind: list(map(_as_text, values)) for kind, values in texts.items() if values})


def _as_text(value):
    return value if isinstance(value, str) else repr(value)


def _pictures(outputs):
    return [(kind, data) for output in outputs for kind, data in output.data.items() if kind in PICTURES]


def _picture_sentences(figures, one, other, tags):
    """(sentences on what differs, a sentence on what moved within its limits or None)."""
    if tags.varies:
        size = figures.size_difference(one, other, figures.VARYING_SIZE_TOLERANCE)
        return [size] * bool(size) + ["it is blank"] * figures.is_blank(other), None
    return figures.differences(one, other, tags.wider)


def _decoded(document):
    try:
        return base64.b64decode(document).decode("latin-1")
    except ValueError:
        return document


def _sequence(outputs):
    """List of words: what stands below what."""
    return [
        output.kind if output.kind in ("stdout", "error") else f"{output.kind} of {' and '.join(sorted(output.data))}"
        for output in outputs
    ]


def _printed(outputs):
    return [output.data["stdout"] for output in outputs if output.kind == "stdout"]


def _joined(outputs):
    """Outputs with all of stdout where its first part stands."""
    words = "".join(_printed(outputs))
    joined = []
    for output in outputs:
        if output.kind != "stdout":
            joined.append(output)
        elif words:
            joined.append(Shown("stdout", {"stdout": words}, {}))
            words = ""
    return joined


def _metadata_alike(one, other, is_picture):
    if one == other:
        return True
    if not (is_picture and isinstance(one, dict) and isinstance(other, dict)):
        return False
    sizes = [[entry.get(name) for name in ("width", "height")] for entry in (one, other)]
    rest = [{key: value for key, value in entry.items() if key not in ("width", "height")} for entry in (one, other)]
    return rest[0] == rest[1] and all(map(_sizes_alike, *sizes))


def _sizes_alike(one, other):
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= PICTURE_METADATA_TOLERANCE
    return one == other


def _parsed(bundle):
    """A bundle; older notebooks hold it as text."""
    try:
        return json.loads(bundle) if isinstance(bundle, str) else bundle
    except (ValueError, RecursionError):
        return bundle


def _bundle_difference(one, other, tolerance, place=""):
    """(place, expected, got) of the first difference of two parsed bundles, or None."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            inner = f"{place}.{key}" if place else str(key)
            if key not in one or key not in other:
                return inner, *(_digest(side[key]) if key in side else "(nothing)" for side in (one, other))
            difference = _bundle_difference(one[key], other[key], tolerance, inner)
            if difference:
                return difference
        return None
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for k, (a, b) in enumerate(zip(one, other, strict=False)):
            difference = _bundle_difference(a, b, tolerance, f"{place}[{k}]")
            if difference:
                return difference
        return None if len(one) == len(other) else (place, f"{len(one)} entries", f"{len(other)} entries")
    return None if _values_alike(one, other, tolerance) else (place, _digest(one), _digest(other))


def _values_alike(one, other, tolerance):
    if not (_is_number(one) and _is_number(other)):
        return type(one) is type(other) and one == other
    if one == other or (math.isnan(one) and math.isnan(other)):  # JavaScript stores 1.0 as 1
        return True
    if not tolerance or not isinstance(one, float) or not isinstance(other, float):
        return False
    return math.isfinite(one) and math.isclose(one, other, rel_tol=tolerance.relative, abs_tol=tolerance.absolute)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _digest(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=repr)
