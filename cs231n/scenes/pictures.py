"""The pictures of a captioning data set, from their addresses: drawn scenes, photographs on the web, files."""

import os

from cs231n.image_utils import image_from_url, load_image
from cs231n.scenes.composition import is_scene
from cs231n.scenes.drawing import draw_scene


def load_picture(url):
    """The picture at an address of `coco_utils.load_coco_data`: drawn, fetched from the web, or read from a file.

    Args:
        url: address of a scene, http or https address of a photograph, or absolute path of a picture of one's own.

    Returns:
        (H, W, 3) uint8 array; a grey tile, with a warning, if a photograph cannot be fetched.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is not a picture.
    """
    if os.path.isabs(url):
        return load_image(url)
    return draw_scene(url) if is_scene(url) else image_from_url(url)
