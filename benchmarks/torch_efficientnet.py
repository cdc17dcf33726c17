"""EfficientNet-Lite0 in PyTorch, which the benchmarks compare with ours, in a process of its own.

It has the same weights and paddings as ours, and its BatchNorm is folded into the convolutions too.
"""

import numpy as np
import torch
from peer_process import THREADS
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cs231n.download import fetch
from cs231n.image_utils import BLACK, SQUEEZENET_MEAN, SQUEEZENET_STD, WHITE

torch.set_num_threads(THREADS)
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


def per_channel(values):
    return torch.tensor(np.asarray(values, np.float32))[:, None, None]


class Scores:
    """Saliency, and steps of class visualization, for a batch of preprocessed images (N, H, W, 3) and classes (N,)."""

    def __init__(self, X, y):
        self.network, self.classes = EfficientNetLite0(), torch.tensor(y, dtype=torch.int64)
        self.images = torch.tensor(X.transpose(0, 3, 1, 2))
        self.pixels = self.images.clone().requires_grad_()
        self.optimizer = torch.optim.Adam([self.pixels], 0.01)
        self.mean, self.std = per_channel(SQUEEZENET_MEAN), per_channel(SQUEEZENET_STD)

    def scores(self):
        return self.network(self.images).numpy()

    def saliency(self):
        x = self.images.clone().requires_grad_()
        self.network(x).gather(1, self.classes[:, None]).sum().backward()
        return x.grad.abs().amax(1).numpy()

    def ascent(self):
        view = (torch.sigmoid(self.pixels) - self.mean) / self.std
        loss = -self.network(view).gather(1, self.classes[:, None]).sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


class Style:
    """Steps of style transfer.

    Args:
        start: (1, H, W, 3) preprocessed picture; content: target map of `layer`, (1, h, w, C); grams: target Gram
        matrices of `layers`; weights: numbers for the content, each style layer, and the total variation.
        rate: Adam's learning rate.
    """

    def __init__(self, start, layer, layers, content, grams, weights, rate):
        self.network, self.layer, self.layers, self.weights = EfficientNetLite0(), layer, layers, weights
        self.image = torch.tensor(start.transpose(0, 3, 1, 2).copy()).requires_grad_()
        self.optimizer = torch.optim.Adam([self.image], rate)
        self.content = torch.tensor(content.transpose(0, 3, 1, 2).copy())
        self.grams = [torch.tensor(gram) for gram in grams]
        self.low, self.high = per_channel(BLACK), per_channel(WHITE)

    def maps(self, last):
        """Feature maps 0 to `last`, as `extract_features` of our network numbers them."""
        net = self.network
        x = net.stem(self.image * net.scale + net.shift)
        maps = [x]
        for block in net.blocks:
            if block.skip or not isinstance(block.expand, nn.Identity):
                maps.append(block.expand(x))
                if len(maps) > last:
                    return maps
                y = block.project(block.depthwise(maps[-1]))
                x = x + y if block.skip else y
            else:
                x = block.project(block.depthwise(x))
        return maps

    def terms(self):
        weights, maps = self.weights, self.maps(max(self.layer, *self.layers))
        terms = [weights[0] * (maps[self.layer] - self.content).square().sum()]
        for k, (layer, target) in enumerate(zip(self.layers, self.grams, strict=True), start=1):
            flat = maps[layer][0].flatten(1)  # (C, h*w)
            terms.append(weights[k] * (flat @ flat.T / flat.numel() - target).square().sum())
        down, right = self.image.diff(dim=2).square().sum(), self.image.diff(dim=3).square().sum()
        return [*terms, weights[-1] * (down + right)]

    def step(self):
        terms = self.terms()
        self.optimizer.zero_grad()
        sum(terms).backward()
        self.optimizer.step()
        with torch.no_grad():
            self.image.copy_(torch.minimum(torch.maximum(self.image, self.low), self.high))
        return torch.stack(terms).detach().numpy()
