"""Images between files, the web, arrays and networks: N images of H x W pixels. Needs no TensorFlow."""

import contextlib
import http.client
import io
import ipaddress
import numbers
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from scipy.ndimage import gaussian_filter1d

# Mean and standard deviation of ImageNet's red, green and blue in the range 0..1; the names are the course's.
SQUEEZENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SQUEEZENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
# Range of a preprocessed picture, per channel: what 0 and 255 become.
BLACK = -SQUEEZENET_MEAN / SQUEEZENET_STD
WHITE = (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD

_MOST_PIXELS = 50_000_000  # of one image, as read or as scaled
_MOST_BYTES = 20_000_000  # of one download

# Pillow tries no other: it would, for one, hand an EPS file to a PostScript interpreter.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


def preprocess_image(img):
    """Pixels as the networks take them: each channel less ImageNet's mean, over its standard deviation.

    Args:
        img: (H, W, 3), (N, H, W, 3), or a single colour (3,); integers or floats in 0..255.

    Returns:
        float32 array of the same shape, within -2.2..2.7.

    Raises:
        ValueError: another shape, or entries that are not real numbers.
    """
    img = _checked(img, ndims=(1, 3, 4))
    return (img.astype(np.float32) / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def deprocess_image(img, rescale=False):
    """Pixels to look at, from an image as the networks take it: undoes `preprocess_image`, exactly for whole numbers.

    Args:
        img: (H, W, 3) or (N, H, W, 3) floats.
        rescale: stretch each image by itself to the full range 0..255, rather than cut off what lies outside it.
            Where all values of an image are the same, there is nothing to stretch and it is left as it is.

    Returns:
        uint8 array of the same shape, rounded to the nearest.

    Raises:
        ValueError: another shape, or entries that are not finite real numbers.
    """
    img = _checked(img)
    if not np.isfinite(img).all():
        raise ValueError("the image holds values that are not finite: some step before has diverged")
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
        float array of the same shape: float64 where X is (or has integers of 32 bits and more), else float32.

    Raises:
        ValueError: another shape, entries that are not real numbers, or a `sigma` out of range.
    """
    X = _checked(X)
    if not 0 < sigma < np.inf:
        raise ValueError(f"sigma must be a positive number of pixels, got {sigma}")
    X = X.astype(np.result_type(X.dtype, np.float32))  # SciPy would truncate integers
    return gaussian_filter1d(gaussian_filter1d(X, sigma, axis=-3), sigma, axis=-2)


def load_image(filename, size=None):
    """The image in a file, upright and in colour, in its own size or scaled.

    Grey, of 8 or 16 bits, becomes equal red, green and blue; transparent parts show white; of an animation the first
    picture counts; a turn that the camera noted (EXIF) is carried out.

    Args:
        filename: a BMP, GIF, JPEG, PNG, PPM, TIFF or WebP file of up to 50 million pixels.
        size: scale (bilinear) so that the smaller side has `size` pixels; the other follows in proportion, rounded
            down, as in the course.

    Returns:
        (H, W, 3) uint8 array.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no image, damaged or too large, or `size` is no positive whole number.
    """
    if size is not None:
        _refuse_no_size(size)
    path = Path(filename)
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
        img: (H, W, 3) uint8 array; size: pixels.

    Returns:
        (H', W', 3) uint8 array.

    Raises:
        ValueError: another shape or dtype, or `size` is no positive whole number.
    """
    img = _checked(img, ndims=(3,))
    if img.dtype != np.uint8:
        raise ValueError(f"a picture to scale holds uint8 pixels, got {img.dtype}")
    _refuse_no_size(size)
    return np.array(_scaled(Image.fromarray(img), size))


def image_from_url(url, *, timeout=10, strict=False, allow_local=False):
    """The image at a web address, fetched and decoded in memory; where that fails, a grey tile and a warning.

    Args:
        url: an http or https address of a file as `load_image` reads it, of up to 20 MB.
        timeout: seconds to wait for an answer, and again for all of the data.
        strict: raise an error instead of showing the tile.
        allow_local: follow addresses of this machine and its network as well. Without it they are refused, also when
            another server redirects there: a list of links from the web has no business with them.

    Returns:
        (H, W, 3) uint8 array.

    Raises:
        ValueError: with `strict`, if there is no image to be had; names the address and the reason.
    """
    try:
        return np.array(_decoded(io.BytesIO(_downloaded(url, timeout, allow_local))))
    except urllib.error.HTTPError as error:
        error.close()  # it is the server's answer as well
        reason = error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # URLError wraps the actual one
    failure = " ".join(f"no image from {url}: {reason}".split())
    if strict:
        raise ValueError(failure)
    warnings.warn(f"{failure}; a grey tile stands in", stacklevel=2)
    return _placeholder()


def _checked(img, ndims=(3, 4)):
    """`img` as an array; ValueError unless it holds colours of real numbers in the last of `ndims` axes."""
    img = np.asarray(img)
    if img.ndim not in ndims or img.shape[-1] != 3 or img.size == 0:
        raise ValueError(f"images must have the shape (H, W, 3) or (N, H, W, 3) and a pixel at least, got {img.shape}")
    if img.dtype.kind not in "iuf":
        raise ValueError(f"images must hold integers or floats, got {img.dtype}")
    return img


# ---------------------------------------------------------------- decoding


def _decoded(file):
    """The first picture of an open file as an upright RGB image of Pillow's; ValueError says what is wrong with it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's on size, which is checked here, and on odd but legible files
            with Image.open(file, formats=_FORMATS) as image:
                _refuse_extreme(image.size)
                image = _rgb(ImageOps.exif_transpose(image))
    except Image.UnidentifiedImageError:
        raise ValueError("it is no image of a known format") from None
    except Image.DecompressionBombError:
        raise ValueError(f"it has more than {_MOST_PIXELS:,} pixels") from None
    except ValueError:
        raise
    except Exception as error:  # damage makes Pillow raise nearly anything
        raise ValueError(f"it is damaged ({error})") from None
    return image


def _refuse_no_size(size):
    if not (isinstance(size, numbers.Integral) and size > 0):
        raise ValueError(f"size must be a positive whole number of pixels, got {size!r}")


def _scaled(image, size):
    """An image of Pillow's whose smaller side has `size` pixels."""
    scaled = tuple(side * int(size) // min(image.size) for side in image.size)  # (width, height)
    _refuse_extreme(scaled)
    return image.resize(scaled, Image.Resampling.BILINEAR)


def _refuse_extreme(size):
    if not 0 < size[0] * size[1] <= _MOST_PIXELS:
        raise ValueError(f"it would have {size[0]} x {size[1]} pixels, and {_MOST_PIXELS:,} are the most that are read")


def _rgb(image):
    """An image of any mode as RGB."""
    if image.mode.startswith("I"):  # grey of 16 bits, which Pillow would clip to 8
        grey = np.asarray(image).astype(np.int32)
        if grey.min() < 0 or grey.max() > 65535:
            raise ValueError("it has grey values of 32 bits, of which white is not known")
        scaled = (grey + 128) // 257  # to the nearest: 65535 = 257 * 255
        scaled[grey == image.info.get("transparency", -1)] = 255
        image = Image.fromarray(scaled.astype(np.uint8))
    if image.mode == "F":
        raise ValueError("it has fractions for grey values, of which white is not known")
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


# ---------------------------------------------------------------- the web


def _downloaded(url, timeout, allow_local):
    """The bytes at `url`; OSError, HTTPException or ValueError if they cannot be had."""
    _refuse_address(url, allow_local)
    handlers = [_Redirects(allow_local)]
    if not allow_local:
        proxies = urllib.request.getproxies()  # those may well be local, and connect in our place
        public = {"http": _PublicHTTP, "https": _PublicHTTPS}
        handlers += [handler for scheme, handler in public.items() if scheme not in proxies]
    request = urllib.request.Request(url, headers={"User-Agent": "cs231n-notebooks"})
    data = bytearray()
    with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as response:
        deadline = time.monotonic() + timeout
        while piece := response.read1(1 << 16):
            data += piece
            if len(data) > _MOST_BYTES:
                raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
            if time.monotonic() > deadline:
                raise ValueError(f"it did not arrive within {timeout:g} s")
    return bytes(data)


def _refuse_address(url, allow_local):
    """ValueError unless `url` is for http or https and (but for `allow_local`) its host is on the public internet."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("only addresses that begin with http:// or https:// and a host are followed")
    if not allow_local:
        with contextlib.suppress(socket.gaierror):  # a name that only the proxy knows, or none: connecting will tell
            for *_, address in socket.getaddrinfo(urllib.parse.unquote(parts.hostname), None):
                _refuse_local(address[0])


def _refuse_local(address):
    address = ipaddress.ip_address(address)
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global or address.is_multicast:
        raise ValueError(f"{address} belongs to this machine or its network, and allow_local is not set")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only where the first address might have pointed as well."""

    def __init__(self, allow_local):
        self.allow_local = allow_local

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        try:
            _refuse_address(newurl, self.allow_local)
        except ValueError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _ToPublic:
    """A connection that asks for nothing before it knows whom it reached: a name may change its address any time."""

    def connect(self):
        super().connect()
        _refuse_local(self.sock.getpeername()[0])


class _HTTPConnection(_ToPublic, http.client.HTTPConnection):
    pass


class _HTTPSConnection(_ToPublic, http.client.HTTPSConnection):
    pass


class _PublicHTTP(urllib.request.HTTPHandler):
    def http_open(self, req):
        return self.do_open(_HTTPConnection, req)


class _PublicHTTPS(urllib.request.HTTPSHandler):
    def https_open(self, req):
        return self.do_open(_HTTPSConnection, req)
