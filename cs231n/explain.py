"""Explain what a network sees in a photograph: its class, a saliency map, SmoothGrad, and a fooling image.

    python -m cs231n.explain cat.jpg
    python -m cs231n.explain cat.jpg --class lynx -o lynx.png

With --class, the maps show which pixels matter for this class, and the network takes the fooling image for it.
"""

import sys

from cs231n.command_line import argument_parser, check_output, command_line, figure_in_file
from cs231n.data_utils import class_number
from cs231n.image_utils import check_image_path, photograph
from cs231n.quiet_tensorflow import quiet_tensorflow


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argument_parser("explain", __doc__)
    parser.add_argument("photo", metavar="PHOTO", help="file or http(s) address of a photograph")
    parser.add_argument("--class", dest="class_name", metavar="NAME", help="ImageNet's name of a class, such as tabby")
    parser.add_argument("-o", "--output", default="explained.png", help="figure to write (default explained.png)")
    options = parser.parse_args(argv)
    with command_line("explain"):
        check_image_path(options.output)
        check_output(options.output, (options.photo,))
        if options.class_name is not None:
            class_number(options.class_name)  # a wrong name is told at once
        _explain(options.class_name, photograph(options.photo, 512), options.output)


def _explain(class_name, picture, output):
    if "tensorflow" not in sys.modules:
        quiet_tensorflow()
    with figure_in_file(output):
        from cs231n.explanation_figures import explain_photograph  # only here: --help needs no TensorFlow

        explanation = explain_photograph(picture, class_name)
    print("; ".join(f"{name} {p:.0%}" for name, p in explanation.guesses))
    print(f"{output}: the fooling image is {'{} {:.0%}'.format(*explanation.fooling_guess)}")


if __name__ == "__main__":
    main()
