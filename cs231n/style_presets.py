"""Settings for `style_transfer` and `paint` that suit a network and a style picture."""

from typing import NamedTuple


class Stage(NamedTuple):
    """One of the sizes through which `paint` goes."""

    scale: float  # size at this stage, as a share of the final size
    num_iterations: int
    learning_rate: float  # of Adam


# Chosen by measuring and by eye, for 384 pixels. If the first stage has a third of the size, dots and woodcut
# paint over faces. Smaller learning rates leave out strokes; larger ones leave noise that the last steps do not remove.
_STAGES = (Stage(1 / 2, 40, 0.3), Stage(1.0, 68, 0.2))

_OWN = ("swirls", "facets", "dots", "woodcut")  # the paintings of `cs231n.paintings`


def presets(model):
    """Settings for `style_transfer` for each picture that `paintings.load_styles` may return.

    SqueezeNet's settings for Composition VII, The Scream and Starry Night are the course's; our own paintings take
    those of Starry Night. EfficientNet-Lite0's settings were chosen by eye. Both sets are tuned for a smaller side of
    192 pixels: `content_weight` and `tv_weight` multiply sums over the image, so they depend on its size.

    Args:
        model: a SqueezeNet (v1.1) or an EfficientNetLite0.

    Returns:
        dict from the name of a style picture to a dict of keyword arguments.

    Raises:
        ValueError: if no settings are known for this network; those of another one would be a guess, because its maps
            have other sizes.
    """
    name = type(model).__name__ + (f" v{model.version}" if hasattr(model, "version") else "")
    if name not in _PRESETS:
        raise ValueError(f"no presets are known for {name}; try layers and weights by eye")
    shared, of_styles = _PRESETS[name]
    return {style: dict(image_size=192) | shared | own for style, own in of_styles.items()}


def painting_presets(model):
    """Settings for `paint` for each picture that `load_styles` may return.

    They are those of `presets` with the stages added. EfficientNet-Lite0's style weights are larger here, because there
    are fewer steps: twice as large for the two shallowest maps, which need the most steps.

    Args, Returns, Raises: as for `presets`; each dict also has "stages", a tuple of `Stage`.
    """
    shared, of_styles = _CHANGES_FOR_STAGES.get(type(model).__name__, ({}, {}))
    shared = {"stages": _STAGES} | shared
    return {style: preset | shared | of_styles.get(style, {}) for style, preset in presets(model).items()}


def scaled_preset(preset, size):
    """The preset for pictures of another size.

    The painting is scaled along with the picture. The losses of content and total variation are sums over the
    picture, so their weights are divided by the number of pixels; Gram matrices are means.

    Args:
        preset: dict of arguments of `style_transfer`.
        size: length in pixels of the smaller side of the result.

    Returns:
        dict, a copy of `preset` with new "image_size", "style_size", "content_weight", "tv_weight".
    """
    ratio = size / preset["image_size"]
    return preset | {
        "image_size": size,
        "style_size": round(preset["style_size"] * ratio),
        "content_weight": preset["content_weight"] / ratio**2,
        "tv_weight": preset["tv_weight"] / ratio**2,
    }


_STARRY_NIGHT = dict(style_size=192, content_weight=6e-2, style_weights=(300000, 1000, 15, 3), tv_weight=2e-2)

# Network: (settings that all style pictures share, settings of each style picture)
_PRESETS = {
    "SqueezeNet v1.1": (
        dict(content_layer=3, style_layers=(1, 4, 6, 7)),
        dict.fromkeys((*_OWN, "starry_night"), _STARRY_NIGHT)
        | {
            "composition_vii": dict(
                style_size=512, content_weight=5e-2, style_weights=(20000, 500, 12, 1), tv_weight=5e-2
            ),
            "the_scream": dict(style_size=224, content_weight=3e-2, style_weights=(200000, 800, 12, 1), tv_weight=2e-2),
        },
    ),
    "EfficientNetLite0": (
        dict(
            content_layer=5,
            content_weight=4e-2,
            style_layers=(0, 1, 3, 5, 7),
            style_weights=(12000, 18000, 27000, 120000, 60000),
            tv_weight=0.4,
        ),
        {
            "swirls": dict(style_size=256),
            "facets": dict(style_size=288, content_weight=8e-2),  # its planes and outlines are the first to hide shapes
            "dots": dict(style_size=320),
            "woodcut": dict(style_size=288),
            "composition_vii": dict(style_size=320),
            "the_scream": dict(style_size=256),
            "starry_night": dict(style_size=256),
        },
    ),
}

# Network: (what `painting_presets` changes in the settings of all style pictures, and in those of each)
_CHANGES_FOR_STAGES = {
    "EfficientNetLite0": (
        dict(style_weights=(24000, 36000, 34000, 150000, 75000)),
        # Its long lines need larger steps at the end: only then does another network clearly see the woodcut.
        {"woodcut": dict(stages=(_STAGES[0], _STAGES[1]._replace(learning_rate=0.3)))},
    )
}
