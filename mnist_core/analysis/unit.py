"""Explain the output of one unit: from what it looked at, number by number, to its value."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.analysis.activations import INPUT_LAYER, Flow, Operation
from mnist_core.analysis.receptive_field import Box, field_of, field_of_all

Unit = tuple[int, ...]  # (channel, row, column) of feature maps, or (number,)


@dataclass(frozen=True, eq=False)
class Convolved:
    """A kernel times the patch under it, summed. Where the patch reaches beyond the picture it is 0.

    Attributes:
        patch, kernel, products: (C, K, K) float32, for all C channels of the layer before.
        top, left: of the patch in the layer before; below 0 in the padding.
        value: the sum of the products; the shipped models' convolutions have no bias.
    """

    patch: torch.Tensor
    kernel: torch.Tensor
    products: torch.Tensor
    top: int
    left: int
    value: float


@dataclass(frozen=True, eq=False)
class Pooled:
    """The largest of a window.

    Attributes:
        window: (2, 2) float32.
        winner: row and column in the window of the largest.
        value: the largest.
    """

    window: torch.Tensor
    winner: tuple[int, int]
    value: float


@dataclass(frozen=True)
class Normalised:
    """Batch normalisation: (before - mean) / sqrt(variance + epsilon) * gain + bias.

    The mean and the variance are those of the training images; gain and bias (gamma and beta) are learned.
    """

    before: float
    mean: float
    variance: float
    epsilon: float
    gain: float
    bias: float
    value: float


@dataclass(frozen=True)
class Rectified:
    """A ReLU: the value before, or 0 where it is negative."""

    before: float
    value: float


@dataclass(frozen=True, eq=False)
class Weighted:
    """Inputs times weights, summed, plus a bias.

    Attributes:
        inputs, weights, products: (D,) float32.
        picture_shape: (C, H, W), the shape that the inputs had as feature maps, or None.
        bias: added to the sum of the products.
        value: the sum with the bias.
    """

    inputs: torch.Tensor
    weights: torch.Tensor
    products: torch.Tensor
    picture_shape: tuple[int, ...] | None
    bias: float
    value: float


@dataclass(frozen=True)
class Averaged:
    """The mean of the same feature over the looks."""

    looks: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class Copied:
    """A unit that only stands in another place: `source` is its place in the layer before."""

    source: Unit
    value: float


@dataclass(frozen=True)
class Turned:
    """A pixel of a rotated picture: the mean of up to four pixels of the input, weighted by their nearness.

    Attributes:
        angle: in degrees, clockwise on the screen.
        pixels: (row, column, weight, value) of each pixel of the input that counts.
        missing: the weight of what lies outside the input, where there is paper.
    """

    angle: float
    pixels: tuple[tuple[int, int, float, float], ...]
    missing: float
    value: float


@dataclass(frozen=True)
class Given:
    """A pixel of the input."""

    value: float


@dataclass(frozen=True)
class Shared:
    """A probability: exp(logit / temperature), divided by the sum of the ten.

    Attributes:
        number: the unit's digit.
        logits: the ten.
        temperature: divides them.
        exponentials: the ten exp(logit / temperature).
        value: the probability of the unit's digit.
    """

    number: int
    logits: tuple[float, ...]
    temperature: float
    exponentials: tuple[float, ...]
    value: float


Step = Convolved | Pooled | Normalised | Rectified | Weighted | Averaged | Copied | Turned | Given | Shared


@dataclass(frozen=True)
class Explanation:
    """How one unit came to its value.

    Attributes:
        layer: the number of its layer, see `activations.Stage`.
        unit: its channel, row and column, or its number.
        look: the number of the look.
        operations: what each step does.
        steps: from the layer that looks at others (a convolution, a sum of weighted inputs) to the unit's own layer.
        field: the pixels of the look that it depends on.
        value: its output.
    """

    layer: int
    unit: Unit
    look: int
    operations: tuple[Operation, ...]
    steps: tuple[Step, ...]
    field: Box
    value: float


@torch.inference_mode()
def explain_unit(flow: Flow, layer: int, unit: Unit, look: int = 0) -> Explanation:
    """Explain the output of one unit of a layer.

    Args:
        flow: a picture's way through a model.
        layer: the number of the layer, `INPUT_LAYER` to the number of layers (the softmax).
        unit: (channel, row, column) in a layer of feature maps, (number,) in others.
        look: the number of the look, from 0.

    Raises:
        ValueError: there is no such layer, unit or look.
    """
    stage = flow.stage(layer)
    shape = stage.shape
    if len(unit) != len(shape) or not all(0 <= place < side for place, side in zip(unit, shape, strict=True)):
        raise ValueError(f"layer {layer} has units of {shape}, got {unit}")
    if not 0 <= look < len(flow.looks):
        raise ValueError(f"look must be 0 to {len(flow.looks) - 1}, got {look}")
    chain, here, place = [], layer, unit
    while True:
        step = _step(flow, here, place, look)
        chain.append((flow.stage(here).operation, step))
        if isinstance(step, Pooled):
            place = (place[0], 2 * place[1] + step.winner[0], 2 * place[2] + step.winner[1])
        elif not isinstance(step, Normalised | Rectified):
            break
        here -= 1
    operations, steps = zip(*reversed(chain), strict=True)
    return Explanation(
        layer, unit, look, operations, steps, receptive_field(flow, layer, unit), float(stage.of_look(look)[unit])
    )


def receptive_field(flow: Flow, layer: int, unit: Unit) -> Box:
    """Return the pixels of the picture, or of each look, that a unit depends on.

    Args:
        flow, layer, unit: see `explain_unit`.
    """
    modules = list(flow.model)[: layer + 1]
    if len(unit) == 3:
        return field_of(modules, *unit[1:])
    place = next((place for place, module in enumerate(modules) if isinstance(module, nn.Flatten)), None)
    assert place is not None, "feature maps are flattened before they become units"
    if any(isinstance(module, nn.Linear) for module in modules) or layer == len(flow.model):
        return field_of_all(modules[:place])
    return field_of(modules[:place], *_unflattened(unit[0], flow.stage(place - 1).shape)[1:])


def _step(flow: Flow, layer: int, unit: Unit, look: int) -> Step:
    """Return what one layer does to make one of its units."""
    value = float(flow.stage(layer).of_look(look)[unit])
    if layer == INPUT_LAYER:
        return Given(value)
    before = flow.stage(layer - 1)
    values = before.of_look(look)
    if layer == len(flow.model):
        exponentials = (values.double() / flow.temperature).exp()
        return Shared(unit[0], tuple(values.tolist()), flow.temperature, tuple(exponentials.tolist()), value)
    match flow.model[layer]:
        case nn.Conv2d() as convolution:
            return _convolved(convolution, values, unit, value)
        case nn.MaxPool2d():
            channel, row, column = unit
            window = values[channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            winner = divmod(int(window.argmax()), 2)
            return Pooled(window, winner, value)
        case nn.BatchNorm2d() as norm:
            return _normalised(norm, unit[0], float(values[unit]), value)
        case nn.ReLU():
            return Rectified(float(values[unit]), value)
        case nn.Linear() as linear:
            weights = linear.weight[unit[0]].detach()
            bias = float(linear.bias[unit[0]])
            return Weighted(values, weights, values * weights, _maps_before(flow, layer), bias, value)
        case nn.Flatten():
            return Copied(_unflattened(unit[0], before.shape), value)
        case _:
            if flow.stage(layer).operation == Operation.LOOKS:
                return _turned(flow, values[0], unit, look, value)
            return Averaged(tuple(before.values[:, unit[0]].tolist()), value)


def _convolved(convolution: nn.Conv2d, values: torch.Tensor, unit: Unit, value: float) -> Convolved:
    channel, row, column = unit
    assert isinstance(convolution.padding, tuple)
    padding, size, stride = convolution.padding[0], convolution.kernel_size[0], convolution.stride[0]
    padded = nn.functional.pad(values, (padding,) * 4)
    patch = padded[:, row * stride : row * stride + size, column * stride : column * stride + size]
    kernel = convolution.weight[channel].detach()
    return Convolved(patch, kernel, patch * kernel, row * stride - padding, column * stride - padding, value)


def _normalised(norm: nn.BatchNorm2d, channel: int, before: float, value: float) -> Normalised:
    assert norm.running_mean is not None and norm.running_var is not None
    numbers = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    mean, variance, gain, bias = (float(each[channel]) for each in numbers)
    return Normalised(before, mean, variance, norm.eps, gain, bias, value)


def _turned(flow: Flow, picture: torch.Tensor, unit: Unit, look: int, value: float) -> Turned:
    # A rotation is linear in the pixels: its derivative by a pixel is the pixel's weight.
    with torch.inference_mode(mode=False), torch.enable_grad():
        blank = torch.zeros(1, 1, *picture.shape, requires_grad=True)
        turned = flow.model[0](blank)[look, 0, unit[1], unit[2]]
        weights = torch.autograd.grad(turned, blank)[0][0, 0]
    pixels = tuple(
        (row, column, float(weights[row, column]), float(picture[row, column]))
        for row, column in weights.nonzero().tolist()
    )
    return Turned(flow.looks[look], pixels, 1 - sum(weight for _, _, weight, _ in pixels), value)


def _maps_before(flow: Flow, layer: int) -> tuple[int, ...] | None:
    """Return the shape of the feature maps whose numbers a layer's inputs are, None when other sums lie between."""
    modules = list(flow.model)[:layer]
    if any(isinstance(module, nn.Linear) for module in modules):
        return None
    place = next(place for place, module in enumerate(modules) if isinstance(module, nn.Flatten))
    return flow.stage(place - 1).shape


def _unflattened(number: int, shape: tuple[int, ...]) -> Unit:
    """Return the channel, row and column of a unit of flattened feature maps."""
    channel, place = divmod(number, math.prod(shape[1:]))
    return channel, *divmod(place, shape[2])
