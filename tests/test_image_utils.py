"""Images compared with arithmetic repeated in the test; files of every mode; a local web server."""

import importlib.util
import io
import socket
import struct
import subprocess
import sys
import time
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hostile_server import HostileServer, is_silent, never_ends, says, sends
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from references.outside_files import TUBINGEN, needs

from cs231n import image_utils
from cs231n.image_utils import (
    SQUEEZENET_MEAN,
    SQUEEZENET_STD,
    blur_image,
    deprocess_image,
    image_from_url,
    load_image,
    photograph,
    preprocess_image,
    resize_image,
)

CAT = Path(importlib.util.find_spec("skimage").origin).parent / "data" / "chelsea.png"  # 451 wide, 300 high
WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)


def noise(*shape, seed=231):
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def smooth(height, width):
    """A picture without sharp edges, which JPEG hardly changes."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 / width, y * 255 / height, (x + y) * 255 / (height + width)], axis=-1).astype(np.uint8)


def shapes():
    sides = st.integers(1, 7)
    return st.tuples(sides, sides, st.just(3)) | st.tuples(st.integers(1, 4), sides, sides, st.just(3))


def bounded_floats(low, high, dtype=np.float32):
    return shapes().flatmap(lambda shape: hnp.arrays(dtype, shape, elements=st.floats(low, high, width=32)))


# ---------------------------------------------------------------- into the network and out of it


def test_preprocess_is_the_formula_of_the_course():
    img = noise(2, 5, 4, 3)
    expected = (img / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    got = preprocess_image(img)
    assert got.dtype == SQUEEZENET_MEAN.dtype == SQUEEZENET_STD.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_every_pixel_value_comes_back():
    img = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert np.array_equal(deprocess_image(preprocess_image(img)), img)
    assert np.array_equal(deprocess_image(preprocess_image(img).astype(np.float64)), img)


@given(shapes().flatmap(lambda shape: hnp.arrays(np.uint8, shape)))
def test_pictures_of_any_shape_come_back(img):
    before = img.copy()
    back = deprocess_image(preprocess_image(img))
    assert back.dtype == np.uint8 and np.array_equal(back, img) and np.array_equal(img, before)


def test_pixels_are_rounded_and_cut_off_where_they_lie_outside():
    img = np.array([-80.0, 0.4, 0.6, 254.6, 900.0])[:, None, None] * np.ones((1, 1, 3))
    assert deprocess_image(preprocess_image(img))[:, 0, 0].tolist() == [0, 0, 1, 255, 255]


@given(bounded_floats(-9, 9))
def test_rescaled_images_fill_the_range_each_by_itself(img):
    got = deprocess_image(img, rescale=True)
    for one, image in zip(np.reshape(img, (-1, *img.shape[-3:])), got.reshape(-1, *img.shape[-3:]), strict=True):
        assert np.array_equal(deprocess_image(one, rescale=True), image)
        pixels = one.astype(np.float64) * SQUEEZENET_STD + SQUEEZENET_MEAN
        if np.ptp(pixels) > 1e-3:
            assert image.min() == 0 and image.max() == 255
            expected = 255 * (pixels - pixels.min()) / np.ptp(pixels)
            assert np.abs(image - expected).max() < 0.55


def test_an_image_of_one_value_is_not_stretched():
    img = preprocess_image(np.full((2, 3, 4, 3), 77.0))
    img[1] = preprocess_image(np.full((3, 4, 3), 300.0))
    img = (np.round(img.astype(np.float64) * SQUEEZENET_STD + SQUEEZENET_MEAN, 3) - SQUEEZENET_MEAN) / SQUEEZENET_STD
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = deprocess_image(img, rescale=True)
    assert (got[0] == 77).all() and (got[1] == 255).all()


# ---------------------------------------------------------------- blur


def blurred_by_hand(X, sigma):
    """Blur pixel by pixel, with mirrored borders and the Gaussian cut off at four sigma."""
    radius = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    padded = np.pad(X.astype(np.float64), ((0, 0), (radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    blurred = np.empty(X.shape)
    for i in range(X.shape[1]):
        for j in range(X.shape[2]):
            window = padded[:, i : i + len(kernel), j : j + len(kernel)]
            blurred[:, i, j] = np.einsum("nhwc,hw->nc", window, kernel)
    return blurred


@pytest.mark.parametrize("sigma", [0.5, 1, 2.3])
def test_blur_is_a_gaussian_over_height_and_width(sigma):
    X = np.random.RandomState(1).randn(2, 7, 5, 3)
    np.testing.assert_allclose(blur_image(X, sigma), blurred_by_hand(X, sigma), atol=1e-12)
    np.testing.assert_allclose(blur_image(X[1], sigma), blurred_by_hand(X, sigma)[1], atol=1e-12)


def test_the_usual_blur_has_one_pixel():
    X = noise(1, 6, 7, 3)
    assert np.array_equal(blur_image(X), blur_image(X, 1.0)) and not np.array_equal(blur_image(X), blur_image(X, 1.1))


def test_whole_numbers_are_not_truncated():
    X = noise(6, 5, 3)
    got = blur_image(X)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, blurred_by_hand(X[None], 1)[0], rtol=1e-5)
    assert blur_image(X.astype(np.float16)).dtype == np.float32 and blur_image(X.astype(float)).dtype == np.float64


@given(bounded_floats(-100, 100), st.floats(0.2, 4))
def test_blur_stays_within_its_image_and_channel(X, sigma):
    got, axes = blur_image(X, sigma), (-3, -2)
    assert (got >= X.min(axis=axes, keepdims=True) - 1e-3).all()
    assert (got <= X.max(axis=axes, keepdims=True) + 1e-3).all()


@pytest.mark.parametrize("sigma", [0, -1, np.nan, np.inf])
def test_blur_refuses_a_sigma_out_of_range(sigma):
    with pytest.raises(ValueError, match="sigma must be a positive number of pixels, got"):
        blur_image(noise(4, 5, 3), sigma)


@pytest.mark.parametrize("function", [preprocess_image, deprocess_image, blur_image])
@pytest.mark.parametrize("shape", [(), (5, 3), (4, 5), (4, 5, 1), (4, 5, 4), (3, 4, 5), (1, 2, 4, 5, 3), (0, 4, 5, 3)])
def test_other_shapes_are_refused(function, shape):
    with pytest.raises(ValueError, match=r"must have the shape \(H, W, 3\) or \(N, H, W, 3\)"):
        function(np.zeros(shape, np.float32))


@pytest.mark.parametrize("function", [preprocess_image, deprocess_image, blur_image])
@pytest.mark.parametrize("dtype", [bool, complex, object, "U1"])
def test_other_entries_are_refused(function, dtype):
    with pytest.raises(ValueError, match="must hold integers or floats, got"):
        function(np.ones((4, 5, 3), dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_image_that_diverged_is_not_shown(value):
    img = np.zeros((2, 4, 5, 3), np.float32)
    img[1, 2, 3, 0] = value
    with pytest.raises(ValueError, match="not finite"):
        deprocess_image(img)


def test_a_single_colour_may_be_preprocessed():
    assert np.array_equal(preprocess_image(np.array([10, 20, 30])), preprocess_image(np.array([[[10, 20, 30]]]))[0, 0])


# ---------------------------------------------------------------- files


def total_variation(img, weight):
    x = preprocess_image(img).astype(np.float64)
    return weight * (np.square(np.diff(x, axis=0)).sum() + np.square(np.diff(x, axis=1)).sum())


@needs(TUBINGEN)  # its twin, on skimage's cat, is part of the next test
def test_total_variation_of_a_scaled_photograph_is_that_of_the_course():
    """303.4700012 is the course's check value since 2018."""
    img = load_image(TUBINGEN, size=192)
    assert img.shape == (192, 256, 3)
    assert total_variation(img, 2e-2) == pytest.approx(303.470, abs=1e-3)


def triangle_weights(length, new_length):
    """(new_length, length): each new pixel as a mean of the old ones under a triangle as wide as the reduction."""
    scale = length / new_length
    centres = (np.arange(new_length)[:, None] + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(length) + 0.5 - centres) / max(scale, 1))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("size", [1, 37, 192, 224, 300, 411])
def test_scaling_is_bilinear_and_keeps_the_aspect_ratio(size):
    whole = load_image(CAT)
    got = load_image(CAT, size=size)
    assert got.shape == (size, 451 * size // 300, 3) and got.dtype == np.uint8
    rows, columns = triangle_weights(300, got.shape[0]), triangle_weights(451, got.shape[1])
    expected = np.einsum("ih,hwc,jw->ijc", rows, whole.astype(np.float64), columns, optimize=True)
    assert np.abs(got - expected).max() < 1.2  # Pillow rounds twice, once for each axis
    if size == 192:
        assert total_variation(got, 2e-2) == pytest.approx(total_variation(expected, 2e-2), rel=0.01)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 60))
def test_the_smaller_side_gets_the_size(tmp_path_factory, height, width, size):
    file = tmp_path_factory.getbasetemp() / "sides.png"
    Image.fromarray(noise(height, width, 3)).save(file)
    got = load_image(str(file), size=np.int64(size))
    ratio = size / min(height, width)
    assert min(got.shape[:2]) == size
    assert abs(got.shape[0] - height * ratio) < 1 and abs(got.shape[1] - width * ratio) < 1


def test_a_picture_comes_back_as_it_was_written(tmp_path):
    img = noise(7, 5, 3)
    for suffix in ("png", "bmp", "ppm", "tiff"):
        Image.fromarray(img).save(tmp_path / f"img.{suffix}")
        got = load_image(tmp_path / f"img.{suffix}")
        assert np.array_equal(got, img) and got.flags.writeable
    Image.fromarray(img).save(tmp_path / "img.webp", lossless=True)
    assert np.array_equal(load_image(tmp_path / "img.webp"), img)
    Image.fromarray(smooth(40, 50)).save(tmp_path / "img.jpg", quality=95)
    assert np.abs(load_image(tmp_path / "img.jpg") - smooth(40, 50).astype(int)).mean() < 3
    Image.fromarray(img[:1, :1]).save(tmp_path / "pixel.png")
    assert np.array_equal(load_image(tmp_path / "pixel.png"), img[:1, :1])
    assert load_image(tmp_path / "pixel.png", size=4).shape == (4, 4, 3)


def test_grey_becomes_equal_channels(tmp_path):
    grey = noise(7, 5)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(load_image(tmp_path / "grey.png"), np.stack([grey] * 3, axis=-1))
    Image.fromarray(grey > 99).save(tmp_path / "bits.png")
    assert np.array_equal(load_image(tmp_path / "bits.png"), np.stack([(grey > 99) * 255] * 3, axis=-1))


@pytest.mark.parametrize("mode, channels", [("LA", 2), ("RGBA", 4)])
def test_transparent_parts_show_white(tmp_path, mode, channels):
    img = noise(7, 5, channels)
    img[0, :2, -1] = 0, 255  # so that there are at least one clear and one opaque pixel
    Image.fromarray(img, mode=mode).save(tmp_path / "img.png")
    colour, alpha = np.broadcast_to(img[..., :-1], (7, 5, 3)).astype(float), img[..., -1:] / 255
    got = load_image(tmp_path / "img.png")
    assert got[0, 0].tolist() == [255, 255, 255] and got[0, 1].tolist() == colour[0, 1].tolist()
    assert np.abs(got - (colour * alpha + 255 * (1 - alpha))).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_palettes_keep_their_colours_and_transparency(tmp_path, suffix):
    img = Image.new("P", (3, 2))
    img.putpalette([*RED, *BLUE, 0, 255, 0])
    img.putdata([0, 1, 2, 2, 1, 0])
    img.save(tmp_path / f"opaque.{suffix}")
    green = (0, 255, 0)
    expected = np.array([[RED, BLUE, green], [green, BLUE, RED]])
    assert np.array_equal(load_image(tmp_path / f"opaque.{suffix}"), expected)
    img.save(tmp_path / f"clear.{suffix}", transparency=1)
    expected[:, 1] = WHITE
    assert np.array_equal(load_image(tmp_path / f"clear.{suffix}"), expected)


def test_a_colour_may_be_declared_transparent(tmp_path):
    img = np.array([[RED, BLUE, RED]], np.uint8)
    Image.fromarray(img).save(tmp_path / "img.png", transparency=BLUE)
    assert np.array_equal(load_image(tmp_path / "img.png"), [[RED, WHITE, RED]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_may_be_declared_transparent(tmp_path, dtype):
    img = np.array([[0, 7, 0]], dtype)
    Image.fromarray(img).save(tmp_path / "img.png", transparency=7)
    assert load_image(tmp_path / "img.png")[0, :, 0].tolist() == [0, 255, 0]


def test_cmyk_is_ink_on_white(tmp_path):
    ink = noise(7, 5, 4)
    Image.fromarray(ink, mode="CMYK").save(tmp_path / "ink.tiff")
    expected = (255 - ink[..., :3].astype(float)) * (255 - ink[..., 3:]) / 255
    assert np.abs(load_image(tmp_path / "ink.tiff") - expected).max() <= 1
    Image.fromarray(smooth(40, 50)).convert("CMYK").save(tmp_path / "ink.jpg", quality=95)
    assert np.abs(load_image(tmp_path / "ink.jpg") - smooth(40, 50).astype(int)).mean() < 3


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm", "big-endian.tiff"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path, suffix):
    values = np.arange(65536, dtype=np.uint16).reshape(128, 512)
    file = tmp_path / f"grey.{suffix}"
    if suffix == "pgm":
        file.write_bytes(b"P5 512 128 65535\n" + values.astype(">u2").tobytes())
    elif suffix == "big-endian.tiff":
        entries = [
            (256, 512),
            (257, 128),
            (258, 16),
            (259, 1),
            (262, 1),
            (273, 122),
            (277, 1),
            (278, 128),
            (279, 131072),
        ]
        directory = b"".join(struct.pack(">HHLL", tag, 4, 1, value) for tag, value in entries)
        header = b"MM\0*" + struct.pack(">LH", 8, len(entries)) + directory + bytes(4)
        assert len(header) == 122
        file.write_bytes(header + values.astype(">u2").tobytes())
    else:
        Image.fromarray(values).save(file)
    got = load_image(file)
    assert np.array_equal(got, np.stack([np.rint(values / 257)] * 3, axis=-1))
    assert len(np.unique(got)) == 256 and np.array_equal(load_image(file, size=128), got)


@pytest.mark.parametrize("dtype, value", [(np.int32, 70000), (np.int32, -1), (np.float32, 0.5)])
def test_grey_values_without_a_known_white_are_refused(tmp_path, dtype, value):
    Image.fromarray(np.full((3, 4), value, dtype)).save(tmp_path / "grey.tiff")
    with pytest.raises(ValueError, match="grey.tiff cannot be shown: it has .* which value is white$"):
        load_image(tmp_path / "grey.tiff")


def test_the_turn_that_the_camera_noted_is_carried_out(tmp_path):
    img = noise(5, 7, 3)
    stored = {
        1: img,
        2: img[:, ::-1],
        3: img[::-1, ::-1],
        4: img[::-1],
        5: img.transpose(1, 0, 2),
        6: np.rot90(img),
        7: img[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(img, -1),
    }
    for orientation, pixels in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / "img.png", exif=exif)
        assert np.array_equal(load_image(tmp_path / "img.png"), img), orientation
    assert load_image(tmp_path / "img.png", size=10).shape == (10, 14, 3)  # height and width after the rotation


def test_of_an_animation_the_first_picture_counts(tmp_path):
    frames = [Image.new("RGB", (5, 4), colour) for colour in (RED, BLUE)]
    for name in ("a.gif", "a.png", "a.tiff", "a.webp"):
        options = {"lossless": True} if name.endswith("webp") else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        assert (load_image(tmp_path / name) == RED).all(), name


@pytest.mark.parametrize("size", [0, -3, 2.5, "64"])
def test_sizes_that_are_none_are_refused(size):
    with pytest.raises(ValueError, match=f"size must be a positive whole number, got {size!r}"):
        load_image(CAT, size=size)


def test_what_is_no_image_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no image .*absent\.png$"):
        load_image(tmp_path / "absent.png")
    with pytest.raises(ValueError, match="is a folder, not an image"):
        load_image(tmp_path)
    for content in (
        b"",
        b"GIF",
        b"<html>not found</html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage",
    ):
        (tmp_path / "text.jpg").write_bytes(content)
        with pytest.raises(ValueError, match=r"text\.jpg cannot be shown: it is not an image of a known format$"):
            load_image(tmp_path / "text.jpg")


@pytest.mark.parametrize("brand, name", [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"avif", "AVIF")])
def test_photographs_of_telephones_are_called_by_their_name(tmp_path, brand, name):
    (tmp_path / "photo.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(30))
    with pytest.raises(ValueError, match=f"it is {name}, which is not read here; save it as JPEG or PNG$"):
        load_image(tmp_path / "photo.jpg")


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    assert load_image("~/a.png").shape == (2, 3, 3)


def png_header(width, height):
    """A PNG file that promises more pixels than it holds."""
    file = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b""))):
        file += struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
    return file


@pytest.mark.parametrize("width, height", [(7_100, 7_100), (10_000, 10_000), (30_000, 30_000)])
def test_decompression_bombs_are_refused(tmp_path, width, height):
    """Sizes below Pillow's bounds, where Pillow would only warn, and where Pillow itself refuses."""
    (tmp_path / "bomb.png").write_bytes(png_header(width, height))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="bomb.png cannot be shown: .*50,000,000"):
        warnings.simplefilter("error")
        load_image(tmp_path / "bomb.png")


def test_a_narrow_image_does_not_grow_into_a_bomb(tmp_path):
    Image.new("RGB", (1, 2000)).save(tmp_path / "line.png")
    with pytest.raises(ValueError, match="it would have 1000 x 2000000 pixels"):
        load_image(tmp_path / "line.png", size=1000)


def encoded(format, **options):
    file = io.BytesIO()
    Image.fromarray(noise(23, 17, 3)).save(file, format, **options)
    return file.getvalue()


FILES = {
    "bmp": encoded("BMP"),
    "gif": encoded("GIF"),
    "jpg": encoded("JPEG"),
    "png": encoded("PNG"),
    "ppm": encoded("PPM"),
    "tiff": encoded("TIFF"),
    "lzw.tiff": encoded("TIFF", compression="tiff_lzw"),
    "webp": encoded("WEBP"),
}


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_truncated_file_is_refused_or_whole(tmp_path_factory, kind, data):
    file = tmp_path_factory.getbasetemp() / f"cut.{kind}"
    file.write_bytes(FILES[kind])
    whole = load_image(file)
    file.write_bytes(FILES[kind][: data.draw(st.integers(0, len(FILES[kind]) - 1))])
    try:
        assert np.array_equal(load_image(file), whole)  # only bytes after the picture were cut off
    except ValueError as error:
        assert str(error).startswith(f"{file} cannot be shown: ") and "\n" not in str(error)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(FILES)), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6))
def test_damage_gives_a_picture_or_a_sentence(tmp_path_factory, kind, changes):
    damaged = bytearray(FILES[kind])
    for place, byte in changes:
        damaged[place % len(damaged)] = byte
    file = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    file.write_bytes(damaged)
    try:
        got = load_image(file)
        assert got.ndim == 3 and got.shape[2] == 3 and got.dtype == np.uint8
    except ValueError as error:
        assert str(error).startswith(f"{file} cannot be shown: ")


# ---------------------------------------------------------------- photographs of one's own


def test_a_photograph_is_the_scaled_file_or_its_centre(tmp_path):
    whole = load_image(CAT)  # 300 x 451
    assert np.array_equal(photograph(CAT, 96), resize_image(whole, 96))
    assert np.array_equal(photograph(str(CAT), 96, square=True), resize_image(whole[:, 75:375], 96))
    assert np.array_equal(photograph(whole.transpose(1, 0, 2), 300, square=True), whole[:, 75:375].transpose(1, 0, 2))
    assert photograph(CAT, 2000, square=True).shape == (2000, 2000, 3)


def test_a_photograph_of_one_pixel_fills_any_size():
    pixel = np.array([[RED]], np.uint8)
    assert (photograph(pixel, 1) == RED).all() and (photograph(pixel, 5000) == RED).all()
    assert photograph(pixel, 5000).shape == (5000, 5000, 3)


def test_a_strip_is_refused_as_it_is_and_taken_as_a_square():
    strip = np.zeros((1, 2000, 3), np.uint8)
    with pytest.raises(ValueError, match="it would have 2000000 x 1000 pixels; at most 50,000,000 are read$"):
        photograph(strip, 1000)
    assert photograph(strip, 1000, square=True).shape == (1000, 1000, 3)


@pytest.mark.parametrize("size", [0, -3, 2.5, True, None])
def test_a_photograph_needs_a_size(size):
    with pytest.raises(ValueError, match=f"size must be a positive whole number, got {size!r}"):
        photograph(CAT, size)


def test_arrays_of_every_kind_are_photographs():
    colour = noise(8, 8, 3)
    grey, opacity = noise(8, 8), noise(8, 8) | 1

    def same(array, expected):
        return np.array_equal(photograph(array, 8), expected)

    assert same(colour, colour) and same(colour / 255, colour) and same((colour / 255).astype(np.float32), colour)
    for array in (grey, grey[..., None], grey.astype(np.uint16) * 257, grey / 255):
        assert same(array, np.stack([grey] * 3, axis=-1))
    assert same(grey > 99, np.stack([255 * (grey > 99)] * 3, axis=-1))
    over_white = colour * (opacity / 255)[..., None] + 255 - opacity[..., None].astype(float)
    got = photograph(np.concatenate([colour, opacity[..., None]], axis=-1), 8)
    assert np.abs(got - over_white).max() <= 1
    assert np.array_equal(
        photograph(np.stack([grey, opacity], axis=-1), 8),
        photograph(np.concatenate([np.stack([grey] * 3, axis=-1), opacity[..., None]], axis=-1), 8),
    )


@pytest.mark.parametrize(
    "array, message",
    [
        (np.zeros((2, 8, 8, 3), np.uint8), r"must have the shape .*, got \(2, 8, 8, 3\)$"),
        (np.zeros((8, 8, 5), np.uint8), r"must have the shape .*, got \(8, 8, 5\)$"),
        (np.zeros((0, 8, 3), np.uint8), r"must have the shape .*, got \(0, 8, 3\)$"),
        (np.full((8, 8, 3), 99.0), r"floats must lie in 0..1, got 99 to 99"),
        (np.full((8, 8, 3), np.nan), r"floats must lie in 0..1, got nan"),
        (np.zeros((8, 8, 3), np.int64), r"must hold uint8, uint16, bool, or floats in 0..1, got int64"),
        ([["a"]], r"must hold uint8, uint16, bool, or floats in 0..1, got <U1"),
    ],
)
def test_other_arrays_are_no_photographs(array, message):
    with pytest.raises(ValueError, match=message):
        photograph(array, 8)


def upright_photograph(tmp_path, mode, suffix, **options):
    file = tmp_path / f"{mode}.{suffix}"
    Image.fromarray(smooth(600, 900)).convert(mode).save(file, **options)
    return photograph(file, 100).astype(int)


def test_a_photograph_has_every_mode(tmp_path):
    expected = photograph(smooth(600, 900), 100).astype(int)
    for mode, suffix in (("RGB", "jpg"), ("CMYK", "jpg"), ("CMYK", "tiff"), ("RGBA", "png"), ("RGB", "webp")):
        assert np.abs(upright_photograph(tmp_path, mode, suffix) - expected).mean() < 2, (mode, suffix)
    assert np.abs(upright_photograph(tmp_path, "P", "gif") - expected).mean() < 12  # of 256 colours
    grey = np.asarray(Image.fromarray(smooth(600, 900)).convert("L").reduce(6)).astype(int)[..., None]
    for mode, suffix in (("L", "png"), ("L", "jpg"), ("I;16", "png")):
        source = "L" if mode == "I;16" else mode
        file = tmp_path / f"grey.{suffix}"
        image = Image.fromarray(smooth(600, 900)).convert(source)
        if mode == "I;16":
            image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
        image.save(file)
        assert np.abs(photograph(file, 100) - grey).max() < 9, (mode, suffix)


def test_a_large_jpeg_is_scaled_down_while_it_is_decoded_and_turned(tmp_path, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    img = smooth(800, 1200)
    Image.fromarray(np.rot90(img).copy()).save(tmp_path / "img.jpg", quality=95, exif=exif)
    sizes = []
    rgb = image_utils._rgb
    monkeypatch.setattr(image_utils, "_rgb", lambda image: sizes.append(image.size) or rgb(image))
    got = photograph(tmp_path / "img.jpg", 100)
    assert sizes == [(300, 200)]  # twice the size that is asked for
    assert got.shape == (100, 150, 3) and np.abs(got - resize_image(img, 100).astype(int)).mean() < 2


def test_two_hundred_megapixels_are_a_photograph_or_a_sentence(tmp_path):
    Image.new("L", (20_000, 10_000), 77).save(tmp_path / "huge.jpg")
    assert (photograph(tmp_path / "huge.jpg", 64) == 77).all()
    for size in (None, 4000):
        with pytest.raises(ValueError, match="huge.jpg cannot be shown: it .*50,000,000"):
            load_image(tmp_path / "huge.jpg") if size is None else photograph(tmp_path / "huge.jpg", size)
    (tmp_path / "huge.png").write_bytes(png_header(20_000, 10_000))
    with pytest.raises(ValueError, match="huge.png cannot be shown: .*50,000,000"):
        photograph(tmp_path / "huge.png", 64)
    Image.new("L", (30_000, 20_000)).save(tmp_path / "more.jpg")
    with pytest.raises(ValueError, match="more.jpg cannot be shown: .*50,000,000"):
        photograph(tmp_path / "more.jpg", 64)


def test_of_an_animation_the_first_picture_is_the_photograph(tmp_path):
    frames = [Image.new("RGB", (5, 4), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (photograph(tmp_path / "a.gif", 4) == RED).all()


def test_what_is_no_photograph_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no image .*absent\.png$"):
        photograph(tmp_path / "absent.png", 8)
    with pytest.raises(ValueError, match="is a folder, not an image"):
        photograph(str(tmp_path), 8)
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    with pytest.raises(ValueError, match="it is HEIC, which is not read here; save it as JPEG or PNG$"):
        photograph(tmp_path / "photo.heic", 8)


# ---------------------------------------------------------------- the web


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with HostileServer() as hostile_server:
        yield hostile_server


def refusal(url):
    """The reason in the warning of `image_from_url`, after a check that a grey tile was returned."""
    with pytest.warns(UserWarning) as warned:
        tile = image_from_url(url)
    message, prefix, ending = str(warned[0].message), f"no image from {url}: ", "; a grey tile stands in"
    assert message.startswith(prefix) and message.endswith(ending) and "\n" not in message
    assert len(warned) == 1 and warned[0].filename == __file__
    assert tile.shape == (224, 224, 3) and tile.dtype == np.uint8 and len(np.unique(tile)) > 3
    return message.removeprefix(prefix).removesuffix(ending)


def test_an_image_comes_from_the_web(server):
    img = noise(7, 5, 3)
    file = io.BytesIO()
    Image.fromarray(img).save(file, "PNG")
    server.pages |= {"/img.png": sends(file.getvalue()), "/old": says(302, Location="/img.png")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(image_from_url(f"{server.address}/img.png"), img)
        assert np.array_equal(image_from_url(f"{server.address}/old"), img)


def test_a_photograph_comes_from_the_web_or_is_refused_by_its_address(server):
    server.pages |= {"/img.png": sends(FILES["png"]), "/gone.jpg": says(404), "/page": says(200, b"<html>sorry</html>")}
    with Image.open(io.BytesIO(FILES["png"])) as image:
        expected = resize_image(np.asarray(image), 8)
    assert np.array_equal(photograph(f"{server.address}/img.png", 8), expected)
    for page, reason in (("gone.jpg", "answers 404 Not Found"), ("page", "it is not an image of a known format")):
        with pytest.raises(ValueError, match=f"^no image from {server.address}/{page}: {reason}$"):
            photograph(f"{server.address}/{page}", 8)
    with pytest.raises(ValueError, match="only addresses with http:// or https:// are followed"):
        photograph("file:///etc/hostname", 8)


def test_dead_links_give_a_tile_and_a_reason(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert refusal(f"http://127.0.0.1:{unused.getsockname()[1]}/img.png") == "no connection"
    server.pages |= {
        "/gone.jpg": says(404),
        "/loop": says(302, Location="/loop"),
        "/page": says(200, b"<html>This photo is no longer available</html>"),
        "/cut": says(200, FILES["jpg"][:-200], Content_Length=len(FILES["jpg"])),
        "/damaged": says(200, FILES["jpg"][:-200]),
        "/bomb": says(200, png_header(10_000, 10_000)),
    }
    assert refusal(f"{server.address}/gone.jpg") == "answers 404 Not Found"
    assert refusal(f"{server.address}/loop") == "redirects in circles"
    assert refusal(f"{server.address}/page") == "it is not an image of a known format"
    assert refusal(f"{server.address}/cut") == "the download broke off"
    assert "damaged" in refusal(f"{server.address}/damaged")
    assert "50,000,000" in refusal(f"{server.address}/bomb")
    assert refusal("http://no-such-host.invalid/img.png")


def test_a_slow_server_is_left(server, monkeypatch):
    def trickling(handler):
        says(200)(handler)
        with suppress(OSError):
            for _ in range(30):
                handler.wfile.write(b"x")
                time.sleep(0.05)

    monkeypatch.setattr(image_utils, "_MAX_SECONDS", 0.2)
    server.pages |= {"/silent": is_silent(server), "/stops": is_silent(server, b"x"), "/trickling": trickling}
    begin = time.monotonic()
    assert refusal(f"{server.address}/silent") == "no answer in time"
    assert refusal(f"{server.address}/stops") == "no answer in time"
    assert refusal(f"{server.address}/trickling") == "it did not arrive within 0.2 s"
    assert time.monotonic() - begin < 2


def test_an_endless_file_is_left(server, monkeypatch):
    monkeypatch.setattr(image_utils, "_MAX_BYTES", 200_000)
    server.pages["/endless"] = never_ends
    assert refusal(f"{server.address}/endless") == "it has more than 200,000 bytes"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.com/a.png", "data:,x", "img.png", ""])
def test_only_the_web_is_followed(url):
    assert refusal(url) == "only addresses with http:// or https:// are followed"


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/img.png"])
def test_redirections_lead_to_the_web_only(server, target):
    server.pages["/old"] = says(302, Location=target)
    assert refusal(f"{server.address}/old") == "only addresses with http:// or https:// are followed"


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://a..b/", "http://127.0.0.1:port/"])
def test_broken_addresses_give_a_reason(url):
    assert refusal(url)


def test_neither_tensorflow_nor_an_http_library_is_loaded():
    code = "import sys, cs231n.image_utils, cs231n.data_utils;"
    code += "sys.exit(bool({'tensorflow', 'keras', 'requests'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
