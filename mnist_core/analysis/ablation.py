"""Switch off units of a model and measure what that changes (ablation; Morcos et al., arXiv:1803.06959).

What can be switched off is a channel of a convolution or a hidden unit: its activation, after the ReLU, becomes 0 for
every image. Softmax regression has no hidden units. There it is a region of 4x4 pixels, which then counts as paper.
Both are changes of the weights alone, so a model without its units can be saved, evaluated and exported like any other.
"""

import copy
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from mnist_core.analysis.cost import LIMIT, affordable, images_per_step, multiply_adds
from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Evaluation, evaluation_of
from mnist_core.models.networks import PAPER
from mnist_core.progress import Progress

REGION = 4  # px, side of a region of softmax regression's input
REGIONS = SIDE // REGION  # in a row, and in a column
Unit = tuple[int, int]  # the number of a layer, and a channel, hidden unit or region in it


@dataclass(frozen=True)
class AblatableLayer:
    """A layer whose units can be switched off.

    Attributes:
        number: its index in the model: that of the ReLU whose outputs become 0, or of the flattened input.
        first: the index of the convolution or linear layer that its block begins with.
        count: its number of channels, hidden units or regions.
        kind: which of them: "channel", "hidden unit" or "region".
    """

    number: int
    first: int
    count: int
    kind: str


def ablatable_layers(model: nn.Sequential) -> tuple[AblatableLayer, ...]:
    """Return the layers of a model whose units can be switched off, from the input on; at least one."""
    layers, first, count, kind = [], 0, 0, ""
    for number, layer in enumerate(model):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            first, count = number, len(layer.weight)
            kind = "channel" if isinstance(layer, nn.Conv2d) else "hidden unit"
        elif isinstance(layer, nn.ReLU):
            layers.append(AblatableLayer(number, first, count, kind))
    if layers:
        return tuple(layers)
    (flatten,) = (number for number, layer in enumerate(model) if isinstance(layer, nn.Flatten))
    return (AblatableLayer(flatten, len(model) - 1, REGIONS**2, "region"),)


def layer_of(model: nn.Sequential, number: int | None) -> AblatableLayer:
    """Return the layer with units to switch off whose block has the layer of a number; the first one if none has."""
    layers = ablatable_layers(model)
    found = [layer for layer in layers if number is not None and min(layer.first, layer.number) <= number]
    return found[-1] if found and number is not None and number <= layers[-1].number else layers[0]


@torch.no_grad()
def ablated(model: nn.Sequential, units: Collection[Unit]) -> nn.Sequential:
    """Return a copy of a model in which some units are switched off; the model itself is not changed.

    A channel loses the scale and shift of its batch normalisation, a hidden unit its weights and bias: both then give
    0 for every image. A region of pixels loses its weights, and the bias gets what they made of paper.

    Args:
        model: in evaluation mode.
        units: the number of a layer of `ablatable_layers`, and the number of a unit in it.

    Raises:
        ValueError: there is no such unit to switch off.
    """
    _check(model, units)
    changed = copy.deepcopy(model)
    for number, unit in units:
        if isinstance(changed[number], nn.ReLU):
            block = changed[number - 1]
            assert isinstance(block, nn.BatchNorm2d | nn.Linear), "what stands before a ReLU"
            block.weight[unit] = 0
            block.bias[unit] = 0
        else:
            pixels, last = region_pixels(unit), _last(changed)
            last.bias.add_(last.weight[:, pixels].sum(dim=1), alpha=PAPER)
            last.weight[:, pixels] = 0
    return changed


def _check(model: nn.Sequential, units: Collection[Unit]) -> None:
    counts = {layer.number: layer.count for layer in ablatable_layers(model)}
    for number, unit in units:
        if not 0 <= unit < counts.get(number, 0):
            known = ", ".join(f"{count} in layer {layer}" for layer, count in counts.items())
            raise ValueError(f"a unit to switch off must be one of {known}, got unit {unit} of layer {number}")


def _last(model: nn.Sequential) -> nn.Linear:
    last = model[-1]
    assert isinstance(last, nn.Linear), "every model ends in a linear layer"
    return last


def region_pixels(region: int) -> torch.Tensor:
    """Return the indices (16,) int64 of a region's pixels in the flattened image; regions are numbered row by row."""
    row, column = divmod(region, REGIONS)
    pixels = torch.arange(SIDE**2).reshape(SIDE, SIDE)
    return pixels[row * REGION : (row + 1) * REGION, column * REGION : (column + 1) * REGION].flatten()


@torch.no_grad()
def ablated_evaluation(model: nn.Sequential, split: Split, units: Collection[Unit] = ()) -> Progress[Evaluation]:
    """Evaluate a model without some units, step by step.

    Args:
        model: in evaluation mode, on the CPU; not changed.
        split: images and labels. Of a model for which all would take long, every n-th image is used: the counts of the
            confusion matrix add up to the number of images.
        units: what to switch off, see `ablated`.

    Raises:
        ValueError: there is no such unit to switch off.
    """
    changed, cost = ablated(model, units), multiply_adds(model)
    shown = affordable(split, cost)
    logits: list[torch.Tensor] = []
    batches = shown.images.split(images_per_step(cost))
    for batch in batches:
        logits.append(changed(normalise(batch)))
        yield len(logits) / len(batches)
    return evaluation_of(torch.cat(logits), shown.labels)


@dataclass(frozen=True)
class ConfusionChange:
    """How often a digit is misread as another, before and after."""

    label: int
    answer: int
    before: int
    after: int

    @property
    def rise(self) -> int:
        """How many more images get this wrong answer, below 0 for fewer."""
        return self.after - self.before


def confusion_changes(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> tuple[ConfusionChange, ...]:
    """Return the wrong answers whose number changed, what rose most first.

    Args:
        before, after: (10, 10) counts over the same images, one row per label and one column per answer.
    """
    cells = [
        ConfusionChange(label, answer, before[label][answer], after[label][answer])
        for label in range(CLASSES)
        for answer in range(CLASSES)
        if label != answer and before[label][answer] != after[label][answer]
    ]
    return tuple(sorted(cells, key=lambda cell: (-cell.rise, cell.label, cell.answer)))


@dataclass(frozen=True)
class AblatedUnit:
    """What a model is without one of its units.

    Attributes:
        layer, unit: which one, see `ablated`.
        accuracy: fraction of the images that the model reads correctly without it.
        loss: mean cross-entropy without it, in nats.
    """

    layer: int
    unit: int
    accuracy: float
    loss: float


@dataclass(frozen=True)
class AblationRanking:
    """How much each unit matters.

    Attributes:
        accuracy: fraction of the images that the whole model reads correctly.
        loss: its mean cross-entropy, in nats.
        images: how many images were read.
        units: the most important one first: without it the accuracy is lowest, or else the loss highest.
    """

    accuracy: float
    loss: float
    images: int
    units: tuple[AblatedUnit, ...]

    def of_layer(self, layer: int) -> "AblationRanking":
        """Return the ranking of one layer's units."""
        return replace(self, units=tuple(each for each in self.units if each.layer == layer))


@torch.no_grad()
def ablation_ranking(
    model: nn.Sequential, split: Split, layers: Collection[int] | None = None, *, limit: int = LIMIT
) -> Progress[AblationRanking]:
    """Measure a model without each of its units in turn, step by step.

    What lies before a layer is computed once for all its units. Of the convolution after it only what the unit
    contributed is computed, and subtracted; of a linear layer that holds for all units at once.

    Args:
        model: in evaluation mode, on the CPU; not changed.
        split: images and labels; every n-th image is used when all would cost more than `limit`.
        layers: the numbers of the layers whose units to rank, see `ablatable_layers`; None for all.
        limit: multiply-adds, about.
    """
    wanted = [layer for layer in ablatable_layers(model) if layers is None or layer.number in layers]
    cost = multiply_adds(model)
    whole_cost = cost + sum(_cost_per_unit(model, layer, cost) * layer.count for layer in wanted)
    shown = affordable(split, whole_cost, limit)
    size = images_per_step(cost)
    steps = -(-len(shown) // size) * (1 + sum(layer.count for layer in wanted))
    tallies = {(layer.number, unit): _Tally() for layer in wanted for unit in range(layer.count)}
    whole, done = _Tally(), 0
    for images, labels in zip(shown.images.split(size), shown.labels.split(size), strict=True):
        activations, reached = normalise(images), 0
        for layer in wanted:
            activations = _part(model, reached, layer.number + 1)(activations)
            reached = layer.number + 1
            for unit, logits in enumerate(_logits_without_each(model, layer, activations)):
                tallies[layer.number, unit].add(logits, labels)
                done += 1
                if unit % 8 == 7 or not isinstance(model[reached], nn.Flatten | nn.Linear):
                    yield done / steps
        whole.add(_part(model, reached)(activations), labels)
        done += 1
        yield done / steps
    units = [AblatedUnit(*key, *tally.means(len(shown))) for key, tally in tallies.items()]
    return AblationRanking(*whole.means(len(shown)), len(shown), ranked(units))


def ranked(units: Iterable[AblatedUnit]) -> tuple[AblatedUnit, ...]:
    """Return units in the order of `AblationRanking`."""
    return tuple(sorted(units, key=lambda each: (each.accuracy, -each.loss, each.layer, each.unit)))


class _Tally:
    """Counts correct answers and adds up losses."""

    def __init__(self) -> None:
        self.correct, self.loss = 0, 0.0

    def add(self, logits: torch.Tensor, labels: torch.Tensor) -> None:
        self.correct += int((logits.argmax(dim=1) == labels).sum())
        self.loss += float(functional.cross_entropy(logits, labels, reduction="sum"))

    def means(self, count: int) -> tuple[float, float]:
        return self.correct / count, self.loss / count


def _cost_per_unit(model: nn.Sequential, layer: AblatableLayer, cost: int) -> int:
    """Return the multiply-adds per image of measuring the model without one unit of a layer."""
    following = layer.number + 1
    if not isinstance(model[following], nn.Conv2d):
        return CLASSES * SIDE  # about: nothing but a sum remains
    return cost - multiply_adds(_part(model, 0, following + 1))  # all of the next convolution but one channel is known


def _logits_without_each(
    model: nn.Sequential, layer: AblatableLayer, activations: torch.Tensor
) -> Iterator[torch.Tensor]:
    """Yield the logits (N, 10) without each unit of a layer, given the layer's outputs."""
    following = model[layer.number + 1]
    if not isinstance(following, nn.Conv2d):
        yield from _without_each_input(model, layer, activations)
        return
    rest, everything = _part(model, layer.number + 2), following(activations)
    for unit in range(layer.count):
        only = slice(unit, unit + 1)
        contribution = functional.conv2d(
            activations[:, only], following.weight[:, only], None, following.stride, following.padding
        )
        yield rest(everything - contribution)


def _without_each_input(
    model: nn.Sequential, layer: AblatableLayer, activations: torch.Tensor
) -> Iterator[torch.Tensor]:
    """Yield the logits (N, 10) without each unit of the last block, whose contributions the last layer only adds up."""
    last = _last(model)
    inputs = _part(model, layer.number + 1, len(model) - 1)(activations)
    logits, size = last(inputs), inputs.shape[1] // layer.count
    for unit in range(layer.count):
        is_region = layer.kind == "region"
        pixels = region_pixels(unit) if is_region else torch.arange(unit * size, (unit + 1) * size)
        removed = inputs[:, pixels] - (PAPER if is_region else 0)
        yield logits - removed @ last.weight[:, pixels].T


def _part(model: nn.Sequential, start: int, stop: int | None = None) -> nn.Sequential:
    """Return some of a model's layers, which share its weights."""
    return nn.Sequential(*list(model)[start:stop])
