"""Sentences about scenes: written from a scene, and read back into the facts that they state.

A fact is a tuple whose first entry is one of `FACT_KINDS`:

    ("object", "cat")    ("colour", "cat", "red")    ("count", "cat", 2)
    ("background", "snow")    ("relation", "cat", "left of", "dog")

Relations are "left of", "next to" and "above"; a sentence with "right of" or "below" states one of these relations
with the two things exchanged. So a caption is true if its facts are a subset of the scene's facts.

Of two groups, the left or the upper one is named first. If the order were free, no picture would decide the first word
of its captions, and a network that learns from them would be wrong far more often.
"""

import math
import re

import numpy as np

from cs231n.checks import check_whole_number
from cs231n.scenes.composition import BACKGROUNDS, COLOURS, KINDS, Group, Scene

FACT_KINDS = ("object", "colour", "count", "background", "relation")
_MAX_WORDS = 15  # of a caption

_PLURALS = {kind: f"{kind}s" for kind in KINDS} | {"fish": "fish", "butterfly": "butterflies"}
_NUMBERS = {1: ("a", "a", "a", "one"), 2: ("two",), 3: ("three",)}
_PLACES = {
    "meadow": ("in a meadow", "on the green grass", "in a grassy field"),
    "snow": ("in the snow", "on a snowy day", "in a winter landscape"),
    "sea": ("at sea", "on the water", "out on the ocean"),
    "desert": ("in the desert", "on the sand", "among the dunes"),
    "night": ("at night", "under the stars", "on a dark night"),
    "city": ("in the city", "in a town", "on a city street"),
}
_RELATIONS = {
    "{left}": ("to the left of", "left of", "on the left of"),
    "{right}": ("to the right of", "right of", "on the right of"),
    "{near}": ("next to", "beside"),
    "{over}": ("above", "over", "high above"),
    "{under}": ("below", "under", "underneath"),
}

# Layout -> sentences, each with the relation that it states. {a} and {b} are the first and the second group; {is_a} is
# "is" or "are"; {flies} agrees with {a} in number; {place} names the background.
_SENTENCES = {
    "alone": {
        "{a} {place}": None,
        "there {is_a} {a} {place}": None,
        "{place} there {is_a} {a}": None,
        "a picture of {a} {place}": None,
    },
    "beside": {
        "{a} {left} {b} {place}": "left of",
        "{place} there {is_a} {a} {left} {b}": "left of",
        "{right} {a} {is_b} {b} {place}": "left of",
        "{a} with {b} on the right {place}": "left of",
        "{a} {near} {b} {place}": "next to",
    },
    "above": {
        "{a} {over} {b} {place}": "above",
        "{a} {flies} {over} {b} {place}": "above",
        "{place} there {is_a} {a} {over} {b}": "above",
        "{under} {a} {is_b} {b} {place}": "above",
    },
}


# ---------------------------------------------------------------- writing


def scene_captions(scene, num=5):
    """`num` different captions of a scene, always the same for the same scene.

    Each caption names every group of things in the picture, and the background.

    Returns:
        list of str: at most 15 words in lower case, with single spaces between.
    """
    rng = np.random.RandomState(scene.seed)
    captions = []
    while len(captions) < num:
        caption = _random_caption(scene, rng)
        if caption not in captions and len(caption.split()) <= _MAX_WORDS:
            captions.append(caption)
    return captions


def _random_caption(scene, rng):
    def any_of(options):
        return options[rng.randint(len(options))]

    words = {slot.strip("{}"): any_of(phrases) for slot, phrases in _RELATIONS.items()}
    words["place"] = any_of(_PLACES[scene.background])
    for name, group in zip("ab", scene.groups, strict=False):
        number, noun = any_of(_NUMBERS[group.count]), group.kind if group.count == 1 else _PLURALS[group.kind]
        words[name] = f"{number} {group.colour} {noun}"
        words[f"is_{name}"] = "is" if group.count == 1 else "are"
    words["flies"] = "flies" if scene.groups[0].count == 1 else "fly"
    return any_of(list(_SENTENCES[scene.layout])).format(**words)


def wording_entropy(scene):
    """Entropy in nats of a random caption of a scene: what remains open to somebody who knows the scene exactly.

    No captioner's mean loss on new captions can be lower. (The limit of 15 words, which hardly ever matters, is left
    out.)
    """

    def entropy(options):
        shares = [options.count(option) / len(options) for option in set(options)]
        return -sum(share * math.log(share) for share in shares)

    sentences = list(_SENTENCES[scene.layout])
    relations = [entropy(phrases) for sentence in sentences for slot, phrases in _RELATIONS.items() if slot in sentence]
    numbers = [entropy(_NUMBERS[group.count]) for group in scene.groups]
    return (
        math.log(len(sentences)) + sum(relations) / len(sentences) + sum(numbers) + entropy(_PLACES[scene.background])
    )


# ---------------------------------------------------------------- reading


def _alternatives(phrases, name=None):
    choice = "|".join(sorted(phrases, key=len, reverse=True))
    return f"(?P<{name}>{choice})" if name else f"(?:{choice})"


def _pattern(sentence):
    """A compiled pattern for one sentence; colours and the place are optional, because captions may be vague."""
    nouns = {*KINDS, *_PLURALS.values()}
    numbers = [word for words in _NUMBERS.values() for word in words] + ["an"]
    slots = {slot: _alternatives(phrases) for slot, phrases in _RELATIONS.items()}
    for name in "ab":
        colour = f"(?:{_alternatives(COLOURS, f'{name}_colour')} )?"
        noun = f"{_alternatives(numbers, f'{name}_number')} {colour}{_alternatives(nouns, f'{name}_noun')}"
        slots |= {f"{{{name}}}": noun, f"{{is_{name}}}": f"(?P<{name}_verb>is|are)"}
    slots["{flies}"] = "(?P<a_verb>flies|fly)"
    place = _alternatives([phrase for phrases in _PLACES.values() for phrase in phrases], "place")
    pattern = sentence.replace(" {place}", f"(?: {place})?").replace("{place} ", f"(?:{place} )?")
    for slot, alternatives in slots.items():
        pattern = pattern.replace(slot, alternatives)
    return re.compile(pattern)


_PATTERNS = [(_pattern(s), relation) for sentences in _SENTENCES.values() for s, relation in sentences.items()]
_PATTERNS.append((re.compile(_alternatives([p for phrases in _PLACES.values() for p in phrases], "place")), None))

# Sentences that people compose, and that no caption of the data has.
_MORE_SENTENCES = {
    "{b} {right} {a} {place}": "left of",
    "{b} {under} {a} {place}": "above",
    "{a} and {b} {place}": "next to",
}
_MORE_PATTERNS = [(_pattern(sentence), relation) for sentence, relation in _MORE_SENTENCES.items()]
_WORDS = {*KINDS, *_PLURALS.values(), *COLOURS, "an", "and"} | {
    word
    for phrases in (*_NUMBERS.values(), *_PLACES.values(), *_RELATIONS.values(), *_SENTENCES.values())
    for phrase in phrases
    for word in re.sub(r"{[^}]*}", "is are flies fly", phrase).split()
}

_COUNT_OF = {word: count for count, words in _NUMBERS.items() for word in words} | {"an": 1}
_BACKGROUND_OF = {phrase: background for background, phrases in _PLACES.items() for phrase in phrases}
_KIND_OF = {(kind, True): kind for kind in KINDS} | {(_PLURALS[kind], False): kind for kind in KINDS}


def caption_facts(caption):
    """The facts that a caption (str) states, as a frozenset of tuples; empty if it is not a sentence of the grammar.

    "two red cats" states ("object", "cat"), ("colour", "cat", "red") and ("count", "cat", 2).

    The grammar is that of `scene_captions`, except that colours and the place are optional, and that a place alone is
    also a sentence. A sentence must be complete, and its nouns and verbs must agree with its numbers. <START> and <END>
    are skipped.
    """
    return _facts_by(_PATTERNS, caption.removeprefix("<START> ").removesuffix(" <END>"))


def _facts_by(patterns, caption):
    """The facts that a caption states if it matches one of the patterns; else an empty frozenset."""
    for pattern, relation in patterns:
        match = pattern.fullmatch(caption)
        facts = match and _facts(match.groupdict(), relation)
        if facts:
            return frozenset(facts)
    return frozenset()


def _facts(parts, relation):
    """Facts in the named parts of a sentence; None if nouns, verbs and numbers do not agree."""
    facts, kinds = set(), []
    for name in "ab":
        if f"{name}_noun" not in parts:
            continue
        count = _COUNT_OF[parts[f"{name}_number"]]
        kind = _KIND_OF.get((parts[f"{name}_noun"], count == 1))
        verb = parts.get(f"{name}_verb")
        if kind is None or (verb is not None and (verb in ("is", "flies")) != (count == 1)):
            return None
        facts |= {("object", kind), ("count", kind, count)}
        if parts[f"{name}_colour"]:
            facts.add(("colour", kind, parts[f"{name}_colour"]))
        kinds.append(kind)
    if parts["place"]:
        facts.add(("background", _BACKGROUND_OF[parts["place"]]))
    if relation:
        facts.add(("relation", kinds[0], relation, kinds[1]))
    return facts


def scene_of_caption(caption, seed=231):
    """A scene of which a caption is true.

    Args:
        caption: sentence of the grammar, in any case, such as "two red boats at sea". Three more forms are read here:
            "a cat right of a dog", "a cat below a kite" and "a cat and a dog", each with or without a place.
        seed: int for the colours and the background that the caption leaves open, and for the drawing.

    Raises:
        ValueError: if the caption is not such a sentence, if it names no thing or one kind twice, or if seed is not in
            0..2**32-1.
    """
    check_whole_number("seed", seed, least=0, most=2**32 - 1)
    words = caption.lower().strip(" .!").split()
    facts = caption_facts(" ".join(words)) or _facts_by(_MORE_PATTERNS, " ".join(words))
    about = {(kind, *rest[:-1]): rest[-1] for kind, *rest in facts if kind in ("colour", "count")}
    relation = next((rest for kind, *rest in facts if kind == "relation"), None)
    kinds = [relation[0], relation[2]] if relation else [rest[0] for kind, *rest in facts if kind == "object"]
    if not kinds:
        unknown = [word for word in words if word not in _WORDS]
        reason = f" (unknown here: {', '.join(unknown)})" if unknown else ""
        raise ValueError(
            f"{caption!r} is no sentence about a scene{reason}; try 'two red boats at sea' or 'a cat to the left of a "
            f"blue tree in the snow'; things are {', '.join(KINDS)}; colours {', '.join(COLOURS)}"
        )
    if len(set(kinds)) < len(kinds):
        raise ValueError(f"{caption!r} names two groups of the same kind, which captions cannot tell apart")
    rng = np.random.RandomState(seed)
    any_background, *any_colours = (options[rng.randint(len(options))] for options in (BACKGROUNDS, COLOURS, COLOURS))
    groups = tuple(
        Group(about["count", kind], about.get(("colour", kind), colour), kind)
        for kind, colour in zip(kinds, any_colours, strict=False)
    )
    background = next((rest[0] for kind, *rest in facts if kind == "background"), any_background)
    layout = {None: "alone", "above": "above"}.get(relation and relation[1], "beside")
    return Scene(background, layout, groups, seed)


def facts_true_of(scene):
    """All facts that are true of a scene, as a frozenset of tuples."""
    facts = {("background", scene.background)}
    for group in scene.groups:
        facts |= {
            ("object", group.kind),
            ("colour", group.kind, group.colour),
            ("count", group.kind, group.count),
        }
    if scene.layout != "alone":
        first, second = (group.kind for group in scene.groups)
        if scene.layout == "above":
            facts.add(("relation", first, "above", second))
        else:
            facts.add(("relation", first, "left of", second))
            facts |= {("relation", first, "next to", second), ("relation", second, "next to", first)}
    return frozenset(facts)
