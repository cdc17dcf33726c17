"""Draw a scene that a sentence describes, and let a network that has never seen it write a caption.

    python -m cs231n.caption "two red boats at sea"
    python -m cs231n.caption "a blue kite flies over three white dogs in the snow" --seed 4 -o kite.png
    python -m cs231n.caption scene:sea/alone/2-red-boat/8172

The first call trains the network, which takes minutes.
"""

from cs231n.command_line import argument_parser, check_output, command_line, figure_in_file
from cs231n.image_utils import check_image_path
from cs231n.scenes.captioner import caption_scene, load_captioner
from cs231n.scenes.composition import Scene, is_scene
from cs231n.scenes.drawing import draw_scene
from cs231n.scenes.grammar import scene_of_caption

_SIDE = 384  # pixels of the drawing


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argument_parser("caption", __doc__)
    parser.add_argument("scene", metavar="SCENE", help="sentence about a scene, or the address of one")
    parser.add_argument("--seed", type=int, default=231, help="decides what the sentence leaves open (default 231)")
    parser.add_argument("-o", "--output", default="captioned.png", help="picture to write (default captioned.png)")
    options = parser.parse_args(argv)
    with command_line("caption"):
        check_image_path(options.output)
        check_output(options.output)
        if is_scene(options.scene):
            scene = Scene.from_address(options.scene)
        else:
            scene = scene_of_caption(options.scene, options.seed)
        _caption(scene, options.output)


def _caption(scene, output):
    from cs231n.captioning_figures import show_captions  # only here: --help needs no figures

    print(scene.address)
    caption, is_true = caption_scene(scene, load_captioner())
    with figure_in_file(output):
        show_captions([draw_scene(scene, _SIDE)], [caption], [is_true], columns=1, height=3.2)
    print(f"{'true' if is_true else 'false'}: {caption}\n{output}: the scene with its caption")


if __name__ == "__main__":
    main()
