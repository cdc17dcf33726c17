"""Images between files, the web, arrays and networks: N images of H x W pixels. Needs no TensorFlow."""

import contextlib
import io
import os
import warnings

import numpy as np
from PIL import Image, ImageDraw, ImageOps, JpegImagePlugin
from scipy.ndimage import gaussian_filter1d

from cs231n.checks import check_whole_number
from cs231n.files import atomic_write, user_path

# Mean and standard deviation of ImageNet's red, green and blue in the range 0..1; the names are the course's.
SQUEEZENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SQUEEZENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
# Range of a preprocessed picture, per channel: what 0 and 255 become.
BLACK = -SQUEEZENET_MEAN / SQUEEZENET_STD
WHITE = (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD

_MAX_PIXELS = 50_000_000  # of one image, as read or as scaled
_MAX_JPEG_PIXELS = 300_000_000  # of one JPEG file that is scaled down while it is decoded
_MAX_BYTES, _MAX_SECONDS = 20_000_000, 10  # of one image from the web; the seconds count twice, see `http_bytes`

# What the boxes at the beginning of files from telephones are called.
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC"}
# Pillow tries no other: it would, for one, hand an EPS file to a PostScript interpreter.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}  # by the ending of a file


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
    with _named_file(filename) as file:
        image = _decoded(file)
        return np.array(image if size is None else _scaled(image, size))


def photograph(source, size, square=False):
    """A photograph of one's own, upright and in colour, at the size that a network or a figure needs.

    Files are read as by `load_image`, but a JPEG file of up to 300 million pixels is scaled down while it is decoded,
    so that it takes neither the time nor the memory of the whole.

    Args:
        source: one of
            path of a file as `load_image` reads it;
            http or https address of such a file, of up to 20 MB, that arrives within 10 seconds;
            array (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4), grey or colour, the second and the fourth
            channel for opacity: uint8, uint16 up to 65535, bool, or floats in 0..1 as Matplotlib and scikit-image
            give them.
        size: pixels of the smaller side after scaling (bilinear), up or down.
        square: True to cut the largest square from the centre, so that the result has `size` pixels on both sides.

    Returns:
        (H, W, 3) uint8 array.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the source is not a picture, is damaged or too large, or does not arrive; if an array has another
            shape, dtype or range; if size is not a positive whole number, or would give more than 50 million pixels.
    """
    check_whole_number("size", size)
    if not isinstance(source, str | os.PathLike):
        return np.array(_scaled(_of_array(source), size, square))
    with _opened(source) as file:
        return np.array(_scaled(_decoded(file, least_side=2 * size), size, square))


def check_image_path(path):
    """Raise ValueError unless the ending of `path` is that of a picture that `save_image` writes."""
    if user_path(path).suffix.lower() not in _WRITTEN:
        raise ValueError(f"a picture to write ends in {', '.join(_WRITTEN)}, got {path}")


def save_image(img, path):
    """Write a picture to a file, atomically.

    Args:
        img: (H, W, 3) uint8 array; path: file that ends in .png, .jpg, .jpeg or .webp.

    Raises:
        ValueError: if img has another shape or dtype, or if the file ends otherwise.
        OSError: if the file cannot be written.
    """
    check_image_path(path)
    img = _checked_picture(img)
    with atomic_write(path) as file:
        Image.fromarray(img).save(file, _WRITTEN[user_path(path).suffix.lower()], quality=92)


def resize_image(img, size):
    """A picture scaled as by `load_image`: bilinear, so that the smaller side has `size` pixels.

    Args:
        img: (H, W, 3) uint8 array; size: pixels of the smaller side.

    Returns:
        (H', W', 3) uint8 array.

    Raises:
        ValueError: if img has another shape or dtype, or if size is not a positive whole number.
    """
    img = _checked_picture(img)
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

    if is_scene(url):
        return draw_scene(url)
    try:
        with _fetched(url) as file:
            return np.array(_decoded(file))
    except ValueError as error:
        warnings.warn(f"{error}; a grey tile stands in", stacklevel=2)
    return _placeholder()


def _checked(img, ndims=(3, 4)):
    """`img` as an array; ValueError unless it has as many axes as `ndims` allows, the last one of 3 real numbers."""
    img = np.asarray(img)
    if img.ndim not in ndims or img.shape[-1] != 3 or img.size == 0:
        raise ValueError(f"images must have the shape (H, W, 3) or (N, H, W, 3) and a pixel at least, got {img.shape}")
    if img.dtype.kind not in "iuf":
        raise ValueError(f"images must hold integers or floats, got {img.dtype}")
    return img


def _checked_picture(img):
    """`img` as an (H, W, 3) uint8 array; ValueError if it is another."""
    img = _checked(img, ndims=(3,))
    if img.dtype != np.uint8:
        raise ValueError(f"a picture holds uint8 pixels, got {img.dtype}")
    return img


# ---------------------------------------------------------------- sources


def _opened(source):
    """The file at a path or an address, open for reading; an error in its `with` block names the source."""
    return _fetched(source) if "://" in str(source) else _named_file(source)


@contextlib.contextmanager
def _named_file(filename):
    """A file, open for reading in a `with` block; a ValueError of the block gets its name."""
    path = user_path(filename)
    if not path.exists():
        raise FileNotFoundError(f"there is no image {path}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not an image")
    try:
        with path.open("rb") as file:
            yield file
    except ValueError as error:
        raise ValueError(f"{path} cannot be shown: {error}") from None


@contextlib.contextmanager
def _fetched(url):
    """The bytes at an address as an open file in a `with` block; ValueError with the address if they do not come."""
    from cs231n.transport import SourceError, http_bytes  # only here: it loads an HTTP library

    try:
        yield io.BytesIO(http_bytes(url, _MAX_BYTES, _MAX_SECONDS))
    except (SourceError, ValueError) as error:
        raise ValueError(f"no image from {url}: {' '.join(str(error).split())}") from None


def _of_array(source):
    """An array as an RGB image of Pillow's; ValueError as `photograph`."""
    array = np.asarray(source)
    if array.ndim not in (2, 3) or array.size == 0 or (array.ndim == 3 and array.shape[2] > 4):
        raise ValueError(f"a picture must have the shape (H, W), (H, W, 3) or (H, W, 4), got {array.shape}")
    if array.dtype.kind == "f":
        if not (array.min() >= 0 and array.max() <= 1):  # NaN is neither
            bounds = f"{array.min():g} to {array.max():g}"
            raise ValueError(f"a picture of floats must lie in 0..1, got {bounds}; uint8 pixels lie in 0..255")
        array = np.rint(255 * array)
    elif array.dtype == np.uint16:
        array = _in_8_bits(array)
    elif array.dtype == bool:
        array = 255 * array
    elif array.dtype != np.uint8:
        raise ValueError(f"a picture must hold uint8, uint16, bool, or floats in 0..1, got {array.dtype}")
    array = array.astype(np.uint8)
    return _rgb(Image.fromarray(array[..., 0] if array.shape[2:] == (1,) else array))


# ---------------------------------------------------------------- decoding


def _decoded(file, least_side=None):
    """The first picture of an open file as an upright RGB image of Pillow's; ValueError if there is none.

    Args:
        file: binary file, open for reading.
        least_side: pixels that both sides keep if they have them; a JPEG file is then decoded at 1/2, 1/4 or 1/8 of
            its size. None for the whole picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow: on size, which is checked here, and on odd but legible files
            with _identified(file, least_side) as image:
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


def _identified(file, least_side):
    """The image of Pillow's in an open file, not decoded yet."""
    try:
        image = Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError:
        file.seek(0)
        if least_side is None or file.read(3) != b"\xff\xd8\xff":
            raise
        file.seek(0)
        image = JpegImagePlugin.JpegImageFile(file)  # which, unlike `open`, does not ask for the number of pixels
    if least_side is not None and image.size[0] * image.size[1] <= _MAX_JPEG_PIXELS:
        image.draft(None, (least_side, least_side))  # without effect on other formats
    return image


def _unknown_format(file):
    """What an open file that Pillow does not identify is, for a message."""
    file.seek(4)
    box, brand = file.read(4), file.read(4)
    if box == b"ftyp" and brand in _BRANDS:
        return f"it is {_BRANDS[brand]}, which is not read here; save it as JPEG or PNG"
    return "it is not an image of a known format"


def _scaled(image, size, square=False):
    """An image of Pillow's whose smaller side has `size` pixels; with `square`, the largest square from its centre."""
    if square:
        side, (width, height) = min(image.size), image.size
        left, top = (width - side) // 2, (height - side) // 2
        image = image.crop((left, top, left + side, top + side))
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
        scaled = _in_8_bits(grey)
        scaled[grey == image.info.get("transparency", -1)] = 255
        image = Image.fromarray(scaled)
    if image.mode == "F":
        raise ValueError("it has fractions for grey values, and nothing says which value is white")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _in_8_bits(values):
    """Values in 0..65535 as uint8, rounded to the nearest: 65535 = 257 * 255."""
    return ((values.astype(np.int32) + 128) // 257).astype(np.uint8)


def _placeholder():
    """A crossed-out grey tile, as (224, 224, 3) uint8."""
    tile = Image.new("RGB", (224, 224), (200, 200, 200))
    draw = ImageDraw.Draw(tile)
    draw.line([(40, 30), (184, 174)], fill=(120, 120, 120), width=6)
    draw.line([(40, 174), (184, 30)], fill=(120, 120, 120), width=6)
    draw.text((60, 195), "image not available", fill=(60, 60, 60))
    return np.array(tile)
