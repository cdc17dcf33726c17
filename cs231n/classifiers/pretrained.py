"""One way to get a network with ImageNet weights, whichever of them are on this machine."""

from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.download import find

# name -> how to make the network, what to call it, files of weights under its data set, the preferred first.
# The names are those of the data sets. A TensorFlow checkpoint is several files that begin with this name.
_NETWORKS = {
    "squeezenet": (
        lambda: SqueezeNet(version="1.1"),
        "SqueezeNet v1.1",
        ("squeezenet.ckpt", "squeezenet_tf2.ckpt", "squeezenet1_1-b8a52dc0.pth"),
    ),
    "efficientnet_lite0": (EfficientNetLite0, "EfficientNet-Lite0", ("efficientnet-lite0-57934424.pth",)),
    "squeezenet10": (lambda: SqueezeNet(version="1.0"), "SqueezeNet v1.0", ("compressed_SqueezeNet.net",)),
}
_PREFERRED = ("squeezenet", "efficientnet_lite0")  # v1.0 comes quantized to 8 bits: only when asked for


def _parts(file):
    """The names of the files that a file of weights consists of."""
    return (f"{file}.index", f"{file}.data-00000-of-00001") if file.endswith(".ckpt") else (file,)


def load_pretrained(name=None):
    """A network with ImageNet weights, frozen; prints in one line which.

    Args:
        name: "squeezenet" (v1.1, the course's), "efficientnet_lite0" or "squeezenet10" (v1.0); None takes the
            first of these that is on this machine, v1.0 excepted.

    Returns:
        A `keras.Model`: `model(x)` takes (N, H, W, 3) float images as `preprocess_image` makes them and gives
        (N, 1000) float32 scores; also `extract_features(x)`, `image_size`, `class_names`.

    Raises:
        ValueError: no network has that name, or its file of weights is damaged.
        FileNotFoundError: its weights are not on this machine; names the command that fetches them.
    """
    if name is not None and name not in _NETWORKS:
        raise ValueError(f"no network is called {name!r}; there are {', '.join(_NETWORKS)}")
    wanted = _PREFERRED if name is None else (name,)
    at_hand = [candidate for candidate in wanted if find(candidate)]
    if not at_hand:
        raise FileNotFoundError(
            f"no ImageNet weights on this machine yet; fetch them with: python -m cs231n.download {wanted[-1]}"
        )
    make, title, files = _NETWORKS[at_hand[0]]
    folder = find(at_hand[0])
    file = next(f for f in files if all((folder / part).exists() for part in _parts(f)))
    model = make()
    model.load_weights(folder / file)
    model.trainable = False
    print(f"{title} with ImageNet weights from {at_hand[0]}/{file}")
    return model
