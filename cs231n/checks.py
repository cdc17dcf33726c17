"""Checks of arguments that several modules share. Each raises ValueError that says what the value is and should be."""

import numbers

import numpy as np


def check_whole_number(name, value, least=1, most=None):
    """Raise ValueError unless `value` is an integer (Python's or NumPy's, not a bool) from `least` to `most`.

    Args:
        name: what the number is called in the message.
        least, most: bounds, inclusive; None for no upper bound.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if whole and value >= least and (most is None or value <= most):
        return
    bounds = f"a whole number from {least} to {most}" if most is not None else f"a whole number, {least} or more"
    if least == 1 and most is None:
        bounds = "a positive whole number"
    raise ValueError(f"{name} must be {bounds}, got {value!r}")


def check_positive(name, value):
    """Raise ValueError unless `value` is greater than 0 and finite; NaN is neither."""
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")
    if value == float("inf"):
        raise ValueError(f"{name} must be finite, got {value}")


def check_not_negative(name, value):
    """Raise ValueError unless `value` is 0 or greater; NaN is not."""
    if not value >= 0:
        raise ValueError(f"{name} must be at least 0, got {value}")


def check_indices(indices, stop, name):
    """Raise ValueError unless `indices` are integers in 0..stop-1; NumPy would count a negative one from the end.

    Args:
        indices: array of any shape, or a sequence.
        stop: int; what the indices point into has so many entries.
        name: what the indices are called in the message.
    """
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers, got {indices.dtype}")
    if indices.size and not 0 <= indices.min() <= indices.max() < stop:
        raise ValueError(f"{name} must lie in 0..{stop - 1}, got {indices.min()} to {indices.max()}")


def check_mask(mask, shape):
    """Raise ValueError unless `mask` says for each query of scores of a shape (..., T, S) where it may look, somewhere.

    Args:
        mask: booleans, or 0 and 1; any shape that broadcasts to `shape`.
    """
    mask = np.asarray(mask)
    if mask.dtype.kind != "b" and not np.isin(mask, (0, 1)).all():
        raise ValueError(
            "a mask must hold True where a query may look and False elsewhere, not what is added to scores"
        )
    sizes = zip(mask.shape[::-1], shape[::-1], strict=False)
    if mask.ndim > len(shape) or not all(size in (1, full) for size, full in sizes):
        raise ValueError(f"a mask of shape {mask.shape} does not fit scores of shape {shape}")
    if not mask.any(axis=-1).all():
        raise ValueError("the mask hides everything from a query; each query needs at least one place to look at")


def check_images(images, least=1):
    """Raise ValueError unless `images` is a batch of colour images as `preprocess_image` makes them.

    Args:
        images: (N, H, W, 3) floats: a NumPy array, or a tensor of TensorFlow or Keras, whose H and W may be unknown.
        least: smallest height and width allowed, in pixels.
    """
    shape, dtype = tuple(images.shape), getattr(images.dtype, "name", images.dtype)  # Keras has names of dtypes
    if len(shape) != 4 or shape[3] != 3:
        raise ValueError(f"images must have the shape (N, H, W, 3), got {shape}; a single image needs X[None]")
    if "float" not in dtype:
        raise ValueError(f"images must be floats made by preprocess_image, got {dtype}")
    if any(side is not None and side < least for side in shape[1:3]):
        raise ValueError(f"images must have at least {least} pixels a side, got {shape[1]} x {shape[2]}")


def check_float_type(dtype):
    """Raise ValueError unless `dtype` is np.float32 or np.float64."""
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32 or np.float64, got {dtype!r}")


def check_vocabulary(word_to_idx):
    """Raise ValueError unless the vocabulary of V words has <NULL>, and its special words have indices in 0..V-1."""
    if "<NULL>" not in word_to_idx:
        raise ValueError("word_to_idx needs <NULL>, the word that fills up short captions")
    special = {word: word_to_idx[word] for word in ("<NULL>", "<START>", "<END>") if word in word_to_idx}
    check_indices(list(special.values()), len(word_to_idx), f"indices of {', '.join(special)}")


def check_writing(word_to_idx, max_length):
    """Raise ValueError unless the vocabulary has the words, and max_length the value, that writing captions needs."""
    missing = [word for word in ("<START>", "<END>") if word not in word_to_idx]
    if missing:
        raise ValueError(f"writing captions needs {' and '.join(missing)} in the vocabulary")
    check_whole_number("max_length", max_length)


def check_same_form(params, expected):
    """Raise ValueError unless two dicts of parameters have the same names, and each array the same shape and dtype."""
    form, expected_form = ({name: (p.shape, p.dtype) for name, p in arrays.items()} for arrays in (params, expected))
    if form != expected_form:
        raise ValueError("parameters do not fit together")


def checked_grids(grids, num_cells, width):
    """The array `grids` (N, num_cells, width), features of each cell of N pictures.

    Raises:
        ValueError: if it has another shape, if N = 0, or if it holds NaN or infinite numbers.
    """
    if grids.ndim != 3 or grids.shape[1:] != (num_cells, width):
        raise ValueError(
            f"features must be grids (N, {num_cells}, {width}) as of load_coco_data(..., grid=True), got {grids.shape}"
        )
    if len(grids) == 0:
        raise ValueError("the batch is empty")
    if not np.isfinite(grids).all():
        raise ValueError("features hold NaN or infinite numbers")
    return grids
