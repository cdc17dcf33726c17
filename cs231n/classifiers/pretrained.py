"""One function for every network with ImageNet weights, whichever weights are on this machine."""

from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.data_sets import find_files

# name of the data set with the weights -> function that makes the network, what to call it
_NETWORKS = {
    "squeezenet": (lambda: SqueezeNet(version="1.1"), "SqueezeNet v1.1"),
    "efficientnet_lite0": (EfficientNetLite0, "EfficientNet-Lite0"),
    "squeezenet10": (lambda: SqueezeNet(version="1.0"), "SqueezeNet v1.0"),
}
_PREFERRED = ("squeezenet", "efficientnet_lite0")  # v1.0 is quantized to 8 bits: only on request


def load_pretrained(name=None):
    """A network with ImageNet weights, frozen; prints one line that says which.

    Args:
        name: "squeezenet" (v1.1, the course's), "efficientnet_lite0" or "squeezenet10" (v1.0). None takes
            "squeezenet" if it is on this machine, else "efficientnet_lite0".

    Returns:
        A `keras.Model`: `model(x)` takes (N, H, W, 3) float images as `preprocess_image` makes them and gives
        (N, 1000) float32 scores; also `extract_features(x)`, `image_size`, `class_names`.

    Raises:
        ValueError: if no network has that name, or if the file of weights is damaged.
        FileNotFoundError: if the weights are not on this machine; the message names the command that fetches them.
    """
    if name is not None and name not in _NETWORKS:
        raise ValueError(f"no network is called {name!r}; there are {', '.join(_NETWORKS)}")
    candidates = _PREFERRED if name is None else (name,)
    network = next((candidate for candidate in candidates if find_files(candidate)), None)
    if network is None:
        raise FileNotFoundError(
            f"no ImageNet weights on this machine yet; fetch them with: python -m cs231n.download {candidates[-1]}"
        )
    make, title = _NETWORKS[network]
    path = find_files(network)[0]
    if path.suffix == ".index":  # a TensorFlow checkpoint is several files, named by what they begin with
        path = path.with_suffix("")
    model = make()
    model.load_weights(path)
    model.trainable = False
    print(f"{title} with ImageNet weights from {network}/{path.name}")
    return model
