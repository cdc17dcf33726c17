"""Animations: frames written to a GIF, WebP or MP4 file. MP4 needs the package imageio-ffmpeg."""

import importlib.util

import numpy as np

from cs231n.checks import check_positive
from cs231n.files import atomic_write, user_path

# Ending of a file -> function from the number of frames in a second to arguments of imageio.
_FORMATS = {
    ".gif": lambda rate: {"plugin": "pillow", "duration": 1000 / rate, "loop": 0},
    ".webp": lambda rate: {"plugin": "pillow", "duration": round(1000 / rate), "loop": 0, "quality": 80},
    ".mp4": lambda rate: {"plugin": "FFMPEG", "fps": rate, "macro_block_size": 2},
}


def check_animation_path(path):
    """Raise ValueError unless this machine can write an animation to `path`; the ending of the file decides."""
    suffix = user_path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(f"an animation ends in {', '.join(_FORMATS)}, got {path}")
    if suffix == ".mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise ValueError("MP4 needs a codec: pip install imageio-ffmpeg; or end the name in .gif or .webp")


def save_animation(frames, path, seconds):
    """Write frames to a file as an animation, atomically. GIF and WebP are repeated for ever; MP4 is played once.

    If the folder of the file is missing, it is made; a fresh clone has no `build/`.

    Args:
        frames: sequence of (H, W, 3) or (H, W) uint8 arrays of one shape; each is shown for the same time.
        path: file that ends in .gif (256 colours in each frame), .webp (smaller file, all colours) or .mp4 (needs the
            package imageio-ffmpeg; an odd number of rows or columns loses the last one).
        seconds: length of the animation.

    Raises:
        ValueError: if there are no frames, if they differ in shape or are not uint8 pictures, if seconds is not
            positive, or if animations cannot be written to a file with this ending.
        OSError: if the file cannot be written.
    """
    import imageio.v3 as imageio  # only here: most programs that import this module write no animation

    check_animation_path(path)
    check_positive("seconds", seconds)
    frames = _checked_frames(frames)
    suffix = user_path(path).suffix.lower()
    if suffix == ".mp4":
        frames = frames[:, : frames.shape[1] // 2 * 2, : frames.shape[2] // 2 * 2]  # the codec needs even sides
    content = imageio.imwrite("<bytes>", frames, extension=suffix, **_FORMATS[suffix](len(frames) / seconds))
    user_path(path).parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(content)


def _checked_frames(frames):
    """Frames as one array (T, H, W, 3) uint8; ValueError as `save_animation`."""
    frames = [np.asarray(frame) for frame in frames]
    if not frames:
        raise ValueError("an animation needs at least one frame, got none")
    shapes = sorted({frame.shape for frame in frames})
    if len(shapes) > 1:
        raise ValueError(f"the frames of an animation have one shape, got {shapes[0]} and {shapes[-1]}")
    colour = len(shapes[0]) == 3 and shapes[0][2] == 3
    if not (colour or len(shapes[0]) == 2) or any(frame.dtype != np.uint8 for frame in frames):
        raise ValueError(f"a frame is (H, W, 3) or (H, W) uint8, got {shapes[0]} {frames[0].dtype}")
    stack = np.stack(frames)
    return stack if colour else np.repeat(stack[..., None], 3, axis=-1)
