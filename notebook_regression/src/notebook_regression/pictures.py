"""Pictures as notebooks keep them, read by Pillow; comparing those that differ is the work of `figures`."""

import base64
import contextlib
import io

import numpy as np
from PIL import Image


class PictureError(ValueError):
    """One sentence: why a picture cannot be read."""


def decode(data):
    """(H, W, 3) uint8 of a picture as notebooks keep it, base64 text; transparent parts become white.

    Raises:
        PictureError: if the text holds no picture.
    """
    with _opened(data) as image:
        picture = image.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def check_picture(data):
    """Raise a PictureError if base64 text holds no picture. It takes a quarter of the time of `decode`."""
    with _opened(data) as image:
        image.load()


@contextlib.contextmanager
def _opened(data):
    try:
        with Image.open(io.BytesIO(base64.b64decode("".join(data), validate=False))) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # Pillow raises any of them
        raise PictureError("it cannot be decoded") from error
