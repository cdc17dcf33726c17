"""Paint a photograph in the style of a painting, from coarse to fine.

    python -m cs231n.paint holiday.jpg --style swirls
    python -m cs231n.paint holiday.jpg --style my-painting.jpg --size 768 -o painted.png --animation painting.webp

After Ctrl-C the picture is written as it is then.
"""

import sys

import numpy as np
from PIL import Image

from cs231n.animation import check_animation_path, save_animation
from cs231n.command_line import argument_parser, check_output, command_line
from cs231n.data_utils import load_styles
from cs231n.figures import collected_shots
from cs231n.files import user_path
from cs231n.image_utils import check_image_path, photograph, save_image
from cs231n.quiet_tensorflow import quiet_tensorflow

_PRESET = "swirls"  # the style whose settings are used for a painting of one's own
_STEPS_OF_A_FRAME = 4
_SECONDS, _REST = 5, 12  # length of an animation; number of times that its last frame is repeated
_LARGEST_STYLE = 2000  # pixels of the smaller side at which a painting of one's own is read
_SAME = 3  # grey levels; a mean difference below this can come from storing the same picture as JPEG


def paint_photograph(source, style, size=512, model=None):
    """Paint a photograph in the style of a painting.

    Args:
        source: photograph as `image_utils.photograph` takes it.
        style: name of a painting of `load_styles`, or a picture as `image_utils.photograph` takes it.
        size: pixels of the smaller side of the result.
        model: network with presets; None for `load_pretrained()`.

    Returns:
        list of (H, W, 3) uint8 arrays: the photograph, the picture every few steps, and at the end the painted picture.
        After Ctrl-C the last entry is the picture as it was then.

    Raises:
        ValueError: if a source is not a picture, if size is not a positive whole number, if there is no such style, or
            if the style is the photograph itself.
        MemoryError: if the picture takes more memory than is free.
        KeyboardInterrupt: if Ctrl-C is pressed before anything is painted.
    """
    original = photograph(source, size)
    name, painting = _style(style, size)
    if _is_same(original, painting):
        raise ValueError("the style is the same picture as the photograph; take another painting")
    from cs231n.classifiers.pretrained import load_pretrained  # only here: --help needs no TensorFlow
    from cs231n.style_transfer import paint, painting_presets

    model = model or load_pretrained()
    preset = painting_presets(model)[name] | {"show_every": _STEPS_OF_A_FRAME}
    ending = []
    with collected_shots() as shots:
        try:
            ending.append(paint(original, painting, preset, size, model)[0])
        except KeyboardInterrupt:  # between two sizes
            if not shots:
                raise
    frames = [picture[0] for of_size in shots for picture in of_size.values()] + ending
    return [original, *(_fitted(frame, original) for frame in frames)]


def _style(style, size):
    """(name of a preset, picture) of a style; ValueError if it is neither a name nor a picture."""
    styles = load_styles()
    if isinstance(style, str) and style in styles:
        return style, styles[style]
    preset = _PRESET if _PRESET in styles else next(iter(styles))
    try:
        # A painting is scaled to up to 1.7 times the size of the picture.
        return preset, photograph(style, min(2 * size, _LARGEST_STYLE))
    except FileNotFoundError:
        raise ValueError(f"no style or picture is called {style}; there are the styles {', '.join(styles)}") from None


def _is_same(picture, other):
    if abs(picture.shape[0] * other.shape[1] / (picture.shape[1] * other.shape[0]) - 1) > 0.02:
        return False
    small = [photograph(one, 32, square=True).astype(float) for one in (picture, other)]
    return np.abs(small[0] - small[1]).mean() < _SAME


def _fitted(frame, picture):
    """A frame (h, w, 3) uint8 at the size of `picture`."""
    return np.asarray(Image.fromarray(frame).resize(picture.shape[1::-1], Image.Resampling.BICUBIC))


# ---------------------------------------------------------------- command line


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argument_parser("paint", __doc__)
    parser.add_argument("photo", metavar="PHOTO", help="file or http(s) address of a photograph")
    parser.add_argument(
        "--style", default="swirls", help="swirls, facets, dots, woodcut, or a picture (default swirls)"
    )
    parser.add_argument("--size", type=int, default=512, help="pixels of the smaller side of the result (default 512)")
    parser.add_argument("-o", "--output", default="painted.png", help="picture to write (default painted.png)")
    parser.add_argument("--animation", metavar="FILE", help="GIF, WebP or MP4 to write of the painting as it grows")
    options = parser.parse_args(argv)
    with command_line("paint"):
        check_image_path(options.output)
        check_output(options.output, (options.photo, options.style))
        if options.animation:
            check_animation_path(options.animation)
            check_output(options.animation, (options.photo, options.style))
            if user_path(options.animation).resolve() == user_path(options.output).resolve():
                raise ValueError(
                    f"the picture and the animation need files of their own, got {options.output} for both"
                )
        _paint(options)


def _paint(options):
    if "tensorflow" not in sys.modules:
        quiet_tensorflow()
    frames = paint_photograph(options.photo, options.style, options.size)
    save_image(frames[-1], options.output)
    print(f"{options.output}: {frames[-1].shape[1]} x {frames[-1].shape[0]} pixels")
    if options.animation:
        save_animation(frames + _REST * frames[-1:], options.animation, _SECONDS)
        print(f"{options.animation}: {len(frames)} frames")


if __name__ == "__main__":
    main()
