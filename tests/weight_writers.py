"""Writers of weight files for the tests, made from descriptions of the formats and not from the readers' code."""

import json
import struct
import zipfile

import numpy as np

STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}


def pickled(value):
    """Opcodes of pickle protocol 2 for the few types in a file of tensors; bytes are taken for opcodes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    return b"(" + b"".join(pickled(item) for item in value) + b"t"  # a tuple


def name_of(module, name):
    return f"c{module}\n{name}\n".encode()


EMPTY_DICT = name_of("collections", "OrderedDict") + b")R"


def pickled_tensor(key, count, offset, shape, strides, storage="FloatStorage", zipped=True):
    view = () if zipped else (b"N",)  # the legacy format allows a storage that is part of another one
    place = pickled(("storage", name_of("torch", storage), key, "cpu", count, *view)) + b"Q"
    return (
        name_of("torch._utils", "_rebuild_tensor_v2")
        + pickled((place, offset, shape, strides, b"\x89", EMPTY_DICT))
        + b"R"
    )


def pickled_dict(items):
    return b"\x80\x02" + EMPTY_DICT + b"(" + b"".join(pickled(k) + pickled(v) for k, v in items.items()) + b"u."


def write_torch(path, arrays, zipped=True):
    """Write a state dict of contiguous tensors as torch.save does."""
    items = {}
    for k, (name, array) in enumerate(arrays.items()):
        strides = tuple(step // array.itemsize for step in array.strides)
        storage = STORAGES[array.dtype.str[1:]]
        items[name] = pickled_tensor(str(k), array.size, 0, array.shape, strides, storage, zipped)
    storages = {str(k): array for k, array in enumerate(arrays.values())}
    write_torch_parts(path, pickled_dict(items), storages, zipped)


def write_torch_parts(path, pickle, storages, zipped=True, compression=zipfile.ZIP_STORED):
    if zipped:
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("archive/data.pkl", pickle)
            archive.writestr("archive/byteorder", "little")
            archive.writestr("archive/version", "3\n")
            for key, array in storages.items():
                archive.writestr(f"archive/data/{key}", array.tobytes())
        return
    magic = b"\x80\x02\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little") + b"."
    system = b"\x80\x02}" + pickled("little_endian") + b"\x88s."
    keys = b"\x80\x02](" + b"".join(pickled(key) for key in storages) + b"e."
    with open(path, "wb") as file:
        file.write(magic + b"\x80\x02M\xe9\x03." + system + pickle + keys)
        for array in storages.values():
            file.write(struct.pack("<q", array.size) + array.tobytes())


def write_safetensors(path, arrays):
    codes = {"f4": "F32", "f8": "F64", "f2": "F16", "i8": "I64"}
    header, numbers = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        offsets = [len(numbers), len(numbers) + array.nbytes]
        header[name] = {"dtype": codes[array.dtype.str[1:]], "shape": list(array.shape), "data_offsets": offsets}
        numbers += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + numbers)


def write_tf1(prefix, arrays):
    """Write a checkpoint with TensorFlow 1's Saver."""
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for name, array in arrays.items():
            tf.compat.v1.get_variable(name, initializer=array)
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(prefix), write_meta_graph=False)


def write_tf2(prefix, arrays):
    """Write a checkpoint of objects; names are paths such as net/layer_with_weights-0/kernel."""
    import tensorflow as tf

    root = tf.train.Checkpoint()
    for name, array in arrays.items():
        *path, last = name.split("/")
        node = root
        for part in path:
            if not hasattr(node, part):
                setattr(node, part, tf.Module())
            node = getattr(node, part)
        setattr(node, last, tf.Variable(array))
    root.write(str(prefix))


def write_deep_compression(path, layers):
    """`layers`: list of (kernel, bias); a kernel may hold at most 255 different values besides 0."""
    counts, bodies = [], []
    for kernel, bias in layers:
        flat = kernel.ravel()
        codebook = np.zeros(256, np.float32)
        values = np.unique(flat[flat != 0])
        codebook[1 : len(values) + 1] = values
        positions = np.flatnonzero(flat)
        codes, gaps, last = [], [], -1
        for position, code in zip(positions.tolist(), np.searchsorted(values, flat[positions]).tolist(), strict=True):
            while position - last > 16:  # 15 zeros and a weight whose code stands for 0
                codes.append(0)
                gaps.append(15)
                last += 16
            codes.append(code + 1)
            gaps.append(position - last - 1)
            last = position
        gaps_even = gaps + [0] * (len(gaps) % 2)
        nibbles = bytes(low | high << 4 for low, high in zip(gaps_even[::2], gaps_even[1::2], strict=True))
        counts.append(len(codes))
        bodies.append(codebook.tobytes() + bias.astype(np.float32).tobytes() + bytes(codes) + nibbles)
    with open(path, "wb") as file:
        file.write(np.array(counts, "<u4").tobytes() + b"".join(bodies))
