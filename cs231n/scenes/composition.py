"""What a scene is made of: its background, how its groups of things stand, and which are left for tests."""

import zlib
from dataclasses import dataclass

import numpy as np

GROUND = ("house", "tree", "car", "cat", "dog", "flower", "mushroom", "umbrella")
WATER = ("boat", "fish", "duck", "whale")
AIR = ("balloon", "bird", "butterfly", "kite")
KINDS = GROUND + WATER + AIR
COLOURS = ("red", "yellow", "green", "blue", "purple", "pink", "white", "black")
BACKGROUNDS = ("meadow", "snow", "sea", "desert", "night", "city")
COUNTS = (1, 2, 3)
LAYOUTS = ("alone", "beside", "above")  # one group; left and right; the first over the second

# For every kind of thing one colour that no scene of train and val shows; each colour is held out twice.
NOVEL_PAIRS = frozenset(
    zip(
        KINDS,
        ("purple", "pink", "white", "yellow", "black", "blue", "green", "red")
        + ("black", "purple", "red", "pink", "blue", "white", "yellow", "green"),
        strict=True,
    )
)
SPLITS = ("train", "val", "novel")

_SCHEME = "scene:"
# What random scenes are drawn from: an entry that occurs twice is twice as frequent.
_LAYOUTS = 2 * ("alone",) + 4 * ("beside",) + 3 * ("above",)
_COUNTS = (1, 1, 2, 3)


@dataclass(frozen=True)
class Group:
    """One to three things of the same kind and colour."""

    count: int
    colour: str
    kind: str


@dataclass(frozen=True)
class Scene:
    """A picture before it is drawn; `seed` decides everything that captions do not tell, such as the exact places."""

    background: str
    layout: str
    groups: tuple[Group, ...]  # in reading order: the left or the upper one first
    seed: int

    @property
    def composition(self):
        """Everything that captions can tell, as text: scenes with the same composition differ in their seed only."""
        groups = (f"{group.count}-{group.colour}-{group.kind}" for group in self.groups)
        return "/".join((self.background, self.layout, *groups))

    @property
    def address(self):
        """The whole scene in one line, used where photographs have an address: "scene:sea/alone/2-red-boat/8172"."""
        return f"{_SCHEME}{self.composition}/{self.seed}"

    @classmethod
    def from_address(cls, address):
        """The scene that has this address; ValueError if the text is not the address of a scene."""
        try:
            scheme, rest = address[: len(_SCHEME)], address[len(_SCHEME) :]
            background, layout, *groups, seed = rest.split("/")
            parts = [group.split("-") for group in groups]
            scene = cls(background, layout, tuple(Group(int(n), colour, kind) for n, colour, kind in parts), int(seed))
        except ValueError:
            raise ValueError(f"no scene has the address {address!r}") from None
        valid = background in BACKGROUNDS and layout in LAYOUTS and len(groups) == (1 if layout == "alone" else 2)
        valid = valid and all(g.count in COUNTS and g.colour in COLOURS and g.kind in KINDS for g in scene.groups)
        if scheme != _SCHEME or not valid or not 0 <= scene.seed < 2**32:
            raise ValueError(f"no scene has the address {address!r}")
        return scene


def is_scene(address):
    """Whether an address belongs to a scene, not to a picture on the web."""
    return address.startswith(_SCHEME)


def sample_scenes(split, num, seed=231):
    """`num` random scenes of a split, always the same for the same seed.

    One composition in ten is reserved for "val", so "train" never shows it. Each scene of "novel" has at least one of
    `NOVEL_PAIRS`; scenes of the other splits have none.

    Returns:
        list of `Scene`.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    rng = np.random.RandomState([seed, SPLITS.index(split)])
    scenes = []
    while len(scenes) < num:
        scene = _random_scene(rng)
        if _split_of(scene) == split:
            scenes.append(scene)
    return scenes


def _split_of(scene):
    if any((group.kind, group.colour) in NOVEL_PAIRS for group in scene.groups):
        return "novel"
    return "val" if zlib.crc32(scene.composition.encode()) % 10 == 0 else "train"


def _random_scene(rng):
    def any_of(options):
        return options[rng.randint(len(options))]

    background, layout = any_of(BACKGROUNDS), any_of(_LAYOUTS)
    below = WATER if background == "sea" else GROUND
    pools = {"alone": (below + AIR,), "beside": (below + AIR, below + AIR), "above": (AIR, below)}[layout]
    kinds = []
    for pool in pools:
        # Two groups of the same kind would be hard to tell apart in words.
        kinds.append(any_of([kind for kind in pool if kind not in kinds]))
    groups = tuple(Group(any_of(_COUNTS), any_of(COLOURS), kind) for kind in kinds)
    return Scene(background, layout, groups, int(rng.randint(2**31)))
