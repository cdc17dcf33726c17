"""Draw a scene that a sentence describes, and let a network that has never seen it write a caption.

    python -m cs231n.caption "two red boats at sea"
    python -m cs231n.caption "a blue kite flies over three white dogs in the snow" --seed 4 -o kite.png
    python -m cs231n.caption scene:sea/alone/2-red-boat/8172

The first call trains the network, which takes minutes.
"""

import argparse

from cs231n.command_line import check_output, command_line, figure_in_file
from cs231n.image_utils import check_image_path
from cs231n.scenes.captioner import caption_scene, load_captioner
from cs231n.scenes.composition import Scene, is_scene
from cs231n.scenes.drawing import draw_scene
from cs231n.scenes.grammar import scene_of_caption

_SIDE = 384  # pixels of the drawing


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n.caption", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scene", metavar="SCENE", help="sentence about a scene, or the address of one")
    parser.add_argument("--seed", type=int, default=231, help="number for what the sentence leaves open (default 231)")
    parser.add_argument("-o", "--output", default="captioned.png", help="picture to write (default captioned.png)")
    chosen = parser.parse_args(argv)
    with command_line("caption"):
        check_image_path(chosen.output)
        check_output(chosen.output)
        if is_scene(chosen.scene):
            scene = Scene.from_address(chosen.scene)
        else:
            scene = scene_of_caption(chosen.scene, chosen.seed)
        _caption(scene, chosen.output)


def _caption(scene, output):
    from cs231n.captioning_figures import show_captions  # only here: --help needs no figures

    print(scene.address)
    caption, is_true = caption_scene(scene, load_captioner())
    with figure_in_file(output):
        show_captions([draw_scene(scene, _SIDE)], [caption], [is_true], columns=1, height=3.2)
    print(f"{'true' if is_true else 'false'}: {caption}\n{output}: the scene with its caption")


if __name__ == "__main__":
    main()
