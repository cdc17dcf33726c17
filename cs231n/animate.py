"""Write an animation: digits that a generator learns to draw, a walk between digits, or a class that grows out of grey.

    python -m cs231n.animate digits
    python -m cs231n.animate walk --kind wgan-gp -o walk.gif
    python -m cs231n.animate class snail --seconds 8

`digits` trains a generator, which takes a minute or so; `walk` uses one that was trained to its end.
"""

import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cs231n.animation import check_animation_path, save_animation
from cs231n.checks import check_positive, check_whole_number
from cs231n.command_line import argument_parser, check_output, command_line
from cs231n.data_utils import class_number
from cs231n.quiet_tensorflow import quiet_tensorflow

_KINDS = ("vanilla", "lsgan", "dcgan", "wgan-gp")
_REST = 8  # number of times that the last frame is repeated, so that one can look at it
_ENLARGED = 3  # pixels of a digit or a drawn scene are shown as squares of this side
_LETTERS = 28  # pixels; the line with a word is half as high again


def digits_frames(kind="dcgan", num_steps=None, every=10, images=None):
    """Train a GAN, and collect what it makes of the same noise from the first step to the last.

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp".
        num_steps: steps of the training; None for `train_gan`'s for a class that watches.
        every: steps from one frame to the next.
        images: (N, 784) float32 in [-1, 1] to train on; None for MNIST.

    Returns:
        list of (H, W) uint8 arrays, each with sixteen digits.

    Raises:
        ValueError: if there is no such kind, or if a number is not a positive whole number.
        FileNotFoundError: if MNIST is missing.
    """
    if num_steps is not None:
        check_whole_number("num_steps", num_steps)
    from cs231n.gan.callbacks import take_shots  # only here: --help needs no TensorFlow
    from cs231n.gan.figures import mosaic
    from cs231n.gan.recipes import train_gan

    trained = train_gan(kind, num_steps, callbacks=[take_shots(every)], images=images)
    return [_enlarged(mosaic(digits)) for digits in trained.shots.values()]


def walk_frames(kind="dcgan", num_stops=5, frames_between=12, seed=231):
    """Sixteen digits of a trained generator, while their noise walks from point to point in straight lines.

    Args:
        kind: as for `digits_frames`; num_stops: points of noise; frames_between: frames from one point to the next.
        seed: int for the noise.

    Returns:
        list of (H, W) uint8 arrays. The walk ends where it began.

    Raises:
        ValueError: if there is no such kind, or if a number is not a positive whole number.
    """
    check_whole_number("num_stops", num_stops)
    check_whole_number("frames_between", frames_between)
    from cs231n.gan.figures import mosaic
    from cs231n.gan.networks import sample_noise
    from cs231n.gan.trained import load_trained_generator

    generator = load_trained_generator(kind)
    stops = sample_noise(num_stops * 16, generator.input_shape[-1], seed).numpy().reshape(num_stops, 16, -1)
    frames = []
    for start, end in zip(stops, np.roll(stops, -1, axis=0), strict=True):
        for share in np.arange(frames_between, dtype=np.float32) / frames_between:
            noise = (1 - share) * start + share * end
            frames.append(_enlarged(mosaic(generator(noise, training=False).numpy())))
    return frames


def class_frames(class_name, num_iterations=256, every=4, model=None):
    """Draw a class of ImageNet by `render_classes`, and collect the picture every few steps.

    Args:
        class_name: one of ImageNet's names, such as "snail".
        num_iterations: steps; every: steps from one frame to the next.
        model: function from images to class scores; None for `load_pretrained()`.

    Returns:
        list of (160, 160, 3) uint8 arrays.

    Raises:
        ValueError: if there is no such class; the message lists those that contain the word.
    """
    number = class_number(class_name)
    from cs231n.classifiers.pretrained import load_pretrained
    from cs231n.figures import collected_shots
    from cs231n.network_visualization import render_classes

    with collected_shots() as shots:
        render_classes([number], model or load_pretrained(), num_iterations, show_every=every)
    return [pictures[0] for pictures in shots[0].values()]


def words_frames(picture, words, weights):
    """A picture once for each word of its caption, bright where the network looks, with the word below.

    Args:
        picture: (H, W, 3) uint8.
        words: T str, without <START>.
        weights: (T, 4, 4), each 4 x 4 with the sum 1, for example from `cs231n.attention_maps.weights_while_writing`;
            of a Transformer, those of one head or their mean over layers and heads.

    Returns:
        list of T uint8 arrays of one shape, three times as wide as the picture.

    Raises:
        ValueError: if there is no word, or if there are not as many words as weights.
    """
    if len(words) == 0 or len(words) != len(weights):
        raise ValueError(f"each word needs its weights, got {len(words)} words and weights of {len(weights)}")
    from cs231n.captioning_figures import picture_with_weights  # only here: it needs Matplotlib

    frames = []
    for word, look in zip(words, weights, strict=True):
        lit = _enlarged(np.rint(255 * picture_with_weights(picture, look)).astype(np.uint8))
        frames.append(np.concatenate([lit, _written(word, lit.shape[1])]))
    return frames


def _written(word, width):
    """A word in white on black, (H, width, 3) uint8."""
    line = Image.new("RGB", (width, _LETTERS * 3 // 2))
    font = ImageFont.load_default(_LETTERS)
    ImageDraw.Draw(line).text((width / 2, line.height / 2), word, "white", font, anchor="mm")
    return np.asarray(line)


def _enlarged(picture):
    return picture.repeat(_ENLARGED, axis=0).repeat(_ENLARGED, axis=1)


# ---------------------------------------------------------------- command line


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argument_parser("animate", __doc__)
    parser.add_argument("what", choices=("digits", "walk", "class"), help="what is animated")
    parser.add_argument("name", nargs="?", metavar="NAME", help="for class: ImageNet's name of a class, such as snail")
    parser.add_argument("--kind", choices=_KINDS, default="dcgan", help="kind of GAN (default dcgan)")
    parser.add_argument("--seconds", type=float, default=6, help="length of the animation (default 6)")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="GIF, WebP or MP4 to write (default digits.webp, walk.webp or class.webp)",
    )
    options = parser.parse_args(argv)
    output = options.output or f"{options.what}.webp"
    with command_line("animate"):
        check_animation_path(output)
        check_positive("seconds", options.seconds)
        check_output(output)
        if (options.what == "class") != (options.name is not None):
            raise ValueError("class needs a name, as in: animate class snail; digits and walk take none")
        if options.name is not None:
            class_number(options.name)  # a wrong name is told at once
        if "tensorflow" not in sys.modules:
            quiet_tensorflow()
        frames = _frames(options)
        save_animation(frames + _REST * frames[-1:], output, options.seconds)
        print(f"{output}: {len(frames)} frames")


def _frames(options):
    if options.what == "class":
        return class_frames(options.name)
    return digits_frames(options.kind) if options.what == "digits" else walk_frames(options.kind)


if __name__ == "__main__":
    main()
