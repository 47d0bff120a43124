"""What a network consists of, for a picture of it and for its cost: layers, shapes, parameters and multiply-adds."""

import functools
import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import torch
from torch import nn

from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS, parameter_count

IMAGE = (1, 28, 28)


class LayerKind(StrEnum):
    """What a layer does, in words for display."""

    IMAGE = "Image"
    CONVOLUTION = "Convolution"
    FLATTEN = "Flatten"
    DENSE = "Fully connected"


@dataclass(frozen=True)
class LayerSummary:
    """One layer, together with the pooling, normalisation and activation that follow it.

    Attributes:
        kind: what it does.
        details: its kernel and what follows it, such as ("5 × 5, stride 2", "batch norm", "ReLU").
        shape: of its output for one image: (channels, height, width), or (features,).
        parameters: trainable numbers.
        multiply_adds: for one image, of its convolution or matrix product alone.
    """

    kind: LayerKind
    details: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int = 0
    multiply_adds: int = 0


def summarise_layers(config: TrainConfig) -> tuple[LayerSummary, ...]:
    """Return the layers of a configuration's network from the image to the ten logits, without allocating its weights.

    Test-time rotations are left out: they repeat the network and are no part of it.
    """
    return _summarise(config.model, config.width, config.depth)


@functools.lru_cache(maxsize=64)
def _summarise(model: str, width: int, depth: int) -> tuple[LayerSummary, ...]:
    # NOTE: tensors on "meta" have a shape and no values, so this costs neither memory nor arithmetic.
    with torch.device("meta"):
        layers = MODELS[model](width, depth)
    summaries = [LayerSummary(LayerKind.IMAGE, (), IMAGE)]
    for group in _grouped(layers):
        shape_in = shape = summaries[-1].shape
        for layer in group:
            shape = _shape_after(layer, shape)
        summaries.append(
            LayerSummary(
                _kind(group[0]),
                tuple(filter(None, map(_detail, group))),
                shape,
                sum(parameter_count(layer) for layer in group),
                _multiply_adds(group[0], shape_in),
            )
        )
    return tuple(summaries)


def _shape_after(layer: nn.Module, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that a layer makes of a shape.

    By arithmetic: running a layer on "meta" would import 800 modules of PyTorch, which takes a second.
    """
    if isinstance(layer, nn.Conv2d):
        (kernel, *_), (stride, *_) = layer.kernel_size, layer.stride
        assert isinstance(layer.padding, tuple)
        height, width = ((side + 2 * layer.padding[0] - kernel) // stride + 1 for side in shape[1:])
        return layer.out_channels, height, width
    if isinstance(layer, nn.MaxPool2d):
        assert isinstance(layer.kernel_size, int)
        return shape[0], shape[1] // layer.kernel_size, shape[2] // layer.kernel_size
    if isinstance(layer, nn.Flatten):
        return (math.prod(shape),)
    return (layer.out_features,) if isinstance(layer, nn.Linear) else shape


def _grouped(layers: list[nn.Module]) -> list[list[nn.Module]]:
    """Return layers in groups, each of which begins with a convolution, a linear layer or a reshaping."""
    count = 0
    numbers = []
    for layer in layers:
        count += isinstance(layer, nn.Conv2d | nn.Linear | nn.Flatten)
        numbers.append(count)
    pairs = zip(numbers, layers, strict=True)
    return [[layer for _, layer in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]


def _kind(layer: nn.Module) -> LayerKind:
    kinds = {nn.Conv2d: LayerKind.CONVOLUTION, nn.Linear: LayerKind.DENSE, nn.Flatten: LayerKind.FLATTEN}
    return kinds[type(layer)]


def _detail(layer: nn.Module) -> str:
    if isinstance(layer, nn.Conv2d):
        stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
        return f"{layer.kernel_size[0]} × {layer.kernel_size[1]}{stride}"
    names = {nn.MaxPool2d: "max pooling", nn.BatchNorm2d: "batch norm", nn.ReLU: "ReLU"}
    return names.get(type(layer), "")


def _multiply_adds(layer: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the multiply-adds of a layer on an input of a shape."""
    if isinstance(layer, nn.Conv2d):
        return math.prod(_shape_after(layer, shape)) * shape[0] * math.prod(layer.kernel_size)
    return layer.in_features * layer.out_features if isinstance(layer, nn.Linear) else 0
