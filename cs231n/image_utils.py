"""Images between files, the web, arrays and networks: N images of H x W pixels. Needs no TensorFlow."""

import io
import warnings

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from scipy.ndimage import gaussian_filter1d

from cs231n.checks import check_whole_number
from cs231n.files import user_path

# Mean and standard deviation of ImageNet's red, green and blue in the range 0..1; the names are the course's.
SQUEEZENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SQUEEZENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
# Range of a preprocessed picture, per channel: what 0 and 255 become.
BLACK = -SQUEEZENET_MEAN / SQUEEZENET_STD
WHITE = (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD

_MAX_PIXELS = 50_000_000  # of one image, as read or as scaled
_MAX_BYTES, _MAX_SECONDS = 20_000_000, 10  # of one image from the web; the seconds count twice, see `http_bytes`

# What the boxes at the beginning of files from telephones are called.
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC"}
# Pillow tries no other: it would, for one, hand an EPS file to a PostScript interpreter.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


def preprocess_image(img):
    """Pixels in the form that networks take: (channel - ImageNet's mean) / ImageNet's standard deviation.

    Args:
        img: (H, W, 3), (N, H, W, 3), or a single colour (3,); integers or floats in 0..255.

    Returns:
        float32 array of the same shape, within -2.2..2.7.

    Raises:
        ValueError: if img has another shape, or if its entries are not real numbers.
    """
    img = _checked(img, ndims=(1, 3, 4))
    return (img.astype(np.float32) / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def deprocess_image(img, rescale=False):
    """Turn a preprocessed image back into 8-bit pixels: the inverse of `preprocess_image`, exact for integer input.

    Args:
        img: (H, W, 3) or (N, H, W, 3) floats.
        rescale: True to stretch each image by itself to the full range 0..255; False to clip what lies outside.
            An image whose values are all equal is not stretched.

    Returns:
        uint8 array of the same shape, rounded to the nearest.

    Raises:
        ValueError: if img has another shape, or if its entries are not finite real numbers.
    """
    img = _checked(img)
    if not np.isfinite(img).all():
        raise ValueError("the image holds values that are not finite: an earlier step has diverged")
    img = (img * SQUEEZENET_STD + SQUEEZENET_MEAN) * 255
    if rescale:
        low = img.min(axis=(-3, -2, -1), keepdims=True)  # (1, 1, 1) or (N, 1, 1, 1)
        span = img.max(axis=(-3, -2, -1), keepdims=True) - low
        img = np.where(span > 0, (img - low) * (255 / np.where(span > 0, span, 1)), img)
    return np.clip(np.rint(img), 0, 255).astype(np.uint8)


def blur_image(X, sigma=1):
    """Gaussian blur over height and width. Images and channels do not mix; borders are mirrored.

    Args:
        X: (H, W, 3) or (N, H, W, 3) integers or floats.
        sigma: standard deviation in pixels, more than 0.

    Returns:
        float array of the same shape: float64 if X is float64 or has integers of 32 bits or more, else float32.

    Raises:
        ValueError: if X has another shape, if its entries are not real numbers, or if sigma is not positive.
    """
    X = _checked(X)
    if not 0 < sigma < np.inf:
        raise ValueError(f"sigma must be a positive number of pixels, got {sigma}")
    X = X.astype(np.result_type(X.dtype, np.float32))  # SciPy would truncate integers
    return gaussian_filter1d(gaussian_filter1d(X, sigma, axis=-3), sigma, axis=-2)


def load_image(filename, size=None):
    """The image in a file, upright and in colour, in its own size or scaled.

    A grey image (8 or 16 bits) gets equal red, green and blue; transparent parts become white; of an animation, the
    first picture is read; the image is rotated as the camera noted (EXIF).

    Args:
        filename: BMP, GIF, JPEG, PNG, PPM, TIFF or WebP file of up to 50 million pixels.
        size: pixels of the smaller side after scaling (bilinear); the other side follows in proportion, rounded
            down, as in the course. None for the size that the image has.

    Returns:
        (H, W, 3) uint8 array.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is not an image, is damaged or too large, or if size is not a positive whole number.
    """
    if size is not None:
        check_whole_number("size", size)
    path = user_path(filename)
    if not path.exists():
        raise FileNotFoundError(f"there is no image {path}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not an image")
    try:
        with path.open("rb") as file:
            image = _decoded(file)
        if size is not None:
            image = _scaled(image, size)
    except ValueError as error:
        raise ValueError(f"{path} cannot be shown: {error}") from None
    return np.array(image)


def resize_image(img, size):
    """A picture scaled as by `load_image`: bilinear, so that the smaller side has `size` pixels.

    Args:
        img: (H, W, 3) uint8 array; size: pixels of the smaller side.

    Returns:
        (H', W', 3) uint8 array.

    Raises:
        ValueError: if img has another shape or dtype, or if size is not a positive whole number.
    """
    img = _checked(img, ndims=(3,))
    if img.dtype != np.uint8:
        raise ValueError(f"a picture to scale holds uint8 pixels, got {img.dtype}")
    check_whole_number("size", size)
    return np.array(_scaled(Image.fromarray(img), size))


def image_from_url(url):
    """The image at a web address, fetched and decoded in memory; where that fails, a grey tile and a warning.

    Args:
        url: http or https address of a file as `load_image` reads it, of up to 20 MB, that arrives within 10 seconds;
            or the address of a scene, which is drawn, so that the course's notebooks can show the drawn scenes.

    Returns:
        (H, W, 3) uint8 array.

    Raises:
        ValueError: if the address begins like that of a scene, but is not one.
    """
    from cs231n.scenes.pictures import draw_scene, is_scene  # only here: it needs this module
    from cs231n.transport import SourceError, http_bytes  # only here: it loads an HTTP library

    if is_scene(url):
        return draw_scene(url)

    try:
        return np.array(_decoded(io.BytesIO(http_bytes(url, _MAX_BYTES, _MAX_SECONDS))))
    except (SourceError, ValueError) as error:
        reason = " ".join(str(error).split())
    warnings.warn(f"no image from {url}: {reason}; a grey tile stands in", stacklevel=2)
    return _placeholder()


def _checked(img, ndims=(3, 4)):
    """`img` as an array; ValueError unless it has as many axes as `ndims` allows, the last one of 3 real numbers."""
    img = np.asarray(img)
    if img.ndim not in ndims or img.shape[-1] != 3 or img.size == 0:
        raise ValueError(f"images must have the shape (H, W, 3) or (N, H, W, 3) and a pixel at least, got {img.shape}")
    if img.dtype.kind not in "iuf":
        raise ValueError(f"images must hold integers or floats, got {img.dtype}")
    return img


# ---------------------------------------------------------------- decoding


def _decoded(file):
    """The first picture of an open file as an upright RGB image of Pillow's; ValueError if there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow: on size, which is checked here, and on odd but legible files
            with Image.open(file, formats=_FORMATS) as image:
                _check_pixels(image.size)
                image = _rgb(ImageOps.exif_transpose(image))
    except Image.UnidentifiedImageError:
        raise ValueError(_unknown_format(file)) from None
    except Image.DecompressionBombError:
        raise ValueError(f"it has more than {_MAX_PIXELS:,} pixels") from None
    except ValueError:
        raise
    except Exception as error:  # damage makes Pillow raise nearly anything
        raise ValueError(f"it is damaged ({error})") from None
    return image


def _unknown_format(file):
    """What an open file that Pillow does not identify is, for a message."""
    file.seek(4)
    box, brand = file.read(4), file.read(4)
    if box == b"ftyp" and brand in _BRANDS:
        return f"it is {_BRANDS[brand]}, which is not read here; save it as JPEG or PNG"
    return "it is not an image of a known format"


def _scaled(image, size):
    """An image of Pillow's whose smaller side has `size` pixels."""
    scaled = tuple(side * int(size) // min(image.size) for side in image.size)  # (width, height)
    _check_pixels(scaled)
    return image.resize(scaled, Image.Resampling.BILINEAR)


def _check_pixels(size):
    if not 0 < size[0] * size[1] <= _MAX_PIXELS:
        raise ValueError(f"it would have {size[0]} x {size[1]} pixels; at most {_MAX_PIXELS:,} are read")


def _rgb(image):
    """An image of any mode as RGB."""
    if image.mode.startswith("I"):  # grey of 16 bits, which Pillow would clip to 8
        grey = np.asarray(image).astype(np.int32)
        if grey.min() < 0 or grey.max() > 65535:
            raise ValueError("it has 32-bit grey values, and nothing says which value is white")
        scaled = (grey + 128) // 257  # to the nearest: 65535 = 257 * 255
        scaled[grey == image.info.get("transparency", -1)] = 255
        image = Image.fromarray(scaled.astype(np.uint8))
    if image.mode == "F":
        raise ValueError("it has fractions for grey values, and nothing says which value is white")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _placeholder():
    """A crossed-out grey tile, as (224, 224, 3) uint8."""
    tile = Image.new("RGB", (224, 224), (200, 200, 200))
    draw = ImageDraw.Draw(tile)
    draw.line([(40, 30), (184, 174)], fill=(120, 120, 120), width=6)
    draw.line([(40, 174), (184, 30)], fill=(120, 120, 120), width=6)
    draw.text((60, 195), "image not available", fill=(60, 60, 60))
    return np.array(tile)
