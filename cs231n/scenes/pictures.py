"""The pictures of a captioning data set, from their addresses: drawn scenes or photographs on the web."""

from cs231n.image_utils import image_from_url
from cs231n.scenes.composition import is_scene
from cs231n.scenes.drawing import draw_scene


def load_picture(url):
    """The picture at an address of `coco_utils.load_coco_data`: a scene is drawn, a photograph fetched from the web.

    Returns:
        (H, W, 3) uint8 array; a grey tile, with a warning, if the photograph cannot be fetched.
    """
    return draw_scene(url) if is_scene(url) else image_from_url(url)
