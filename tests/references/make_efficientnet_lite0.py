"""Scores and channel means of EfficientNet-Lite0, computed by PyTorch in float64, BatchNorm and all.

    python tests/references/make_efficientnet_lite0.py

writes efficientnet_lite0.npz beside itself, in a few seconds. Needs torch and the data set efficientnet_lite0; the
images are made by `images()`, which the test calls too.
"""

from pathlib import Path

import numpy as np
import skimage.data

REFERENCE = Path(__file__).with_name("efficientnet_lite0.npz")
# Stride of each block; kernel sizes and channels are in the file of weights.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)


def images():
    """dict name -> (N, H, W, 3) uint8: noise of odd height, where padding is one-sided, and skimage's cat."""
    return {
        "noise": np.random.RandomState(231).randint(0, 256, (2, 75, 98, 3)).astype(np.uint8),
        "cat": skimage.data.chelsea()[None, 38:262, 100:324],
    }


def main():
    import torch

    from cs231n.download import find

    path = find("efficientnet_lite0") / "efficientnet-lite0-57934424.pth"
    weights = {name: w.double() for name, w in torch.load(path, weights_only=True).items()}
    arrays = {}
    for name, rgb in images().items():
        logits, maps, outputs = forward(rgb, weights)
        arrays[f"{name}_logits"] = logits.numpy()
        if name == "noise":
            arrays |= {f"map{k}_mean": m.mean(dim=(2, 3)).numpy() for k, m in enumerate(maps)}
            arrays |= {f"block{k}_mean": m.mean(dim=(2, 3)).numpy() for k, m in enumerate(outputs)}
    np.savez_compressed(REFERENCE, **{name: array.astype(np.float32) for name, array in arrays.items()})


def forward(rgb, weights):
    """Class scores of images (N, H, W, 3) uint8, the maps of `extract_features`, and the outputs of the blocks."""
    import torch
    import torch.nn.functional as F

    def convolution(x, name, batchnorm, stride=1):
        kernel = weights[name + ".weight"]
        padding = [p for length in (x.shape[3], x.shape[2]) for p in same_padding(length, kernel.shape[-1], stride)]
        groups = x.shape[1] // kernel.shape[1]
        x = F.conv2d(F.pad(x, padding), kernel, stride=stride, groups=groups)  # F.pad begins with the last axis
        parts = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(weights[f"{batchnorm}.{part}"] for part in parts), eps=1e-3)

    x = (torch.from_numpy(rgb).permute(0, 3, 1, 2).double() - 127) / 128
    x = F.relu6(convolution(x, "_conv_stem", "_bn0", 2))
    maps, outputs = [x], []
    for k, stride in enumerate(STRIDES):
        block, before = f"_blocks.{k}.", x
        if k > 0:
            x = F.relu6(convolution(x, block + "_expand_conv", block + "_bn0"))
            maps.append(x)
        x = F.relu6(convolution(x, block + "_depthwise_conv", block + "_bn1", stride))
        x = convolution(x, block + "_project_conv", block + "_bn2")
        if x.shape == before.shape:
            x = x + before
        outputs.append(x)
    maps.append(F.relu6(convolution(x, "_conv_head", "_bn1")))
    return F.linear(maps[-1].mean(dim=(2, 3)), weights["_fc.weight"], weights["_fc.bias"]), maps, outputs


def same_padding(length, kernel, stride):
    """TensorFlow's SAME padding before and after an axis of this length."""
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


if __name__ == "__main__":
    main()
