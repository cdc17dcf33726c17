"""EfficientNet-Lite0 in PyTorch, which the benchmarks compare with ours, and a clock that is fair to both.

It has the same weights and paddings as ours, and its BatchNorm is folded into the convolutions too.
"""

import statistics
import time

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cs231n.download import fetch

THREADS = 2
#         expansion, channels, repeats, stride, kernel
STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
          (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))  # fmt: skip


class Convolution(nn.Module):
    """Convolution with folded BatchNorm and TensorFlow's SAME padding, then ReLU6 if `relu`."""

    def __init__(self, weights, conv, norm, stride, groups, relu):
        super().__init__()
        weight = weights[f"{conv}.weight"]
        out, _, kernel, _ = weight.shape
        plain = nn.Conv2d(weight.shape[1] * groups, out, kernel, stride, groups=groups, bias=False).eval()
        plain.weight.data = weight
        batch_norm = nn.BatchNorm2d(out, eps=1e-3).eval()
        names = ("weight", "bias", "running_mean", "running_var")
        batch_norm.load_state_dict({name: weights[f"{norm}.{name}"] for name in names}, strict=False)
        self.conv = fuse_conv_bn_eval(plain, batch_norm)
        self.kernel, self.stride, self.relu = kernel, stride, relu

    def forward(self, x):
        pads = []
        for length in (x.shape[-1], x.shape[-2]):
            total = max((-(-length // self.stride) - 1) * self.stride + self.kernel - length, 0)
            pads += [total // 2, total - total // 2]
        x = self.conv(nn.functional.pad(x, pads) if any(pads) else x)
        return nn.functional.relu6(x) if self.relu else x


class Block(nn.Module):
    """Inverted residual block: expand the channels, filter each by itself, project them back."""

    def __init__(self, weights, index, channels, expansion, out, stride):
        super().__init__()
        name, wide = f"_blocks.{index}", channels * expansion
        self.expand = (
            Convolution(weights, f"{name}._expand_conv", f"{name}._bn0", 1, 1, True) if expansion > 1 else nn.Identity()
        )
        self.depthwise = Convolution(weights, f"{name}._depthwise_conv", f"{name}._bn1", stride, wide, True)
        self.project = Convolution(weights, f"{name}._project_conv", f"{name}._bn2", 1, 1, False)
        self.skip = stride == 1 and channels == out

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.skip else y


class EfficientNetLite0(nn.Module):
    """Class scores (N, 1000) of images (N, 3, H, W), normalised with ImageNet's mean and standard deviation."""

    def __init__(self):
        super().__init__()
        weights = torch.load(fetch("efficientnet_lite0") / "efficientnet-lite0-57934424.pth")
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        self.register_buffer("scale", (255 / 128 * std)[:, None, None])
        self.register_buffer("shift", ((255 * mean - 127) / 128)[:, None, None])
        self.stem = Convolution(weights, "_conv_stem", "_bn0", 2, 1, True)
        blocks, channels = [], 32
        for expansion, out, repeats, stride, _ in STAGES:
            for repeat in range(repeats):
                blocks.append(Block(weights, len(blocks), channels, expansion, out, 1 if repeat else stride))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.head = Convolution(weights, "_conv_head", "_bn1", 1, 1, True)
        self.classify = nn.Linear(1280, 1000)
        self.classify.load_state_dict({"weight": weights["_fc.weight"], "bias": weights["_fc.bias"]})
        self.eval().requires_grad_(False)

    def forward(self, x):
        x = self.head(self.blocks(self.stem(x * self.scale + self.shift)))
        return self.classify(x.mean((2, 3)))


def compare(ours, peer, rounds=7, repeats=4):
    """(our milliseconds, the peer's, ratio): medians over rounds. Both run in turn, so that other load slows both.

    Args:
        ours, peer: functions without arguments; rounds: int, how often both run; repeats: int, calls in a round.
    """

    def clock(function):
        start = time.perf_counter()
        for _ in range(repeats):
            function()
        return (time.perf_counter() - start) / repeats * 1e3

    clock(ours), clock(peer)  # compile and warm up
    pairs = [(clock(ours), clock(peer)) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )
