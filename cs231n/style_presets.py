"""Settings for `style_transfer` that suit a network and a style picture."""

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
