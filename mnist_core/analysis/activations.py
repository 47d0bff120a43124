"""Follow a picture through a model: the output of every layer, named as a learner knows it and grouped into blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import nn

from mnist_core.models.networks import MeanOverViews, TestTimeRotations

INPUT_LAYER = -1  # the number of the input; the layers are numbered from 0, and the softmax follows the last one


class Operation(StrEnum):
    """What a layer does, in words for display."""

    INPUT = "Input"
    LOOKS = "Looks"
    CONVOLUTION = "Convolution"
    POOLING = "Max pooling"
    NORMALISATION = "Normalisation and bias"
    RELU = "ReLU"
    FLATTEN = "Flatten"
    MEAN = "Mean over looks"
    DENSE = "Fully connected"
    LOGITS = "Logits"
    SOFTMAX = "Softmax"


OPERATIONS: dict[type[nn.Module], Operation] = {
    TestTimeRotations: Operation.LOOKS,
    nn.Conv2d: Operation.CONVOLUTION,
    nn.MaxPool2d: Operation.POOLING,
    nn.BatchNorm2d: Operation.NORMALISATION,
    nn.ReLU: Operation.RELU,
    nn.Flatten: Operation.FLATTEN,
    MeanOverViews: Operation.MEAN,
    nn.Linear: Operation.DENSE,
}
FOLLOWERS = {Operation.POOLING, Operation.NORMALISATION, Operation.RELU, Operation.MEAN}  # belong to the block before


@dataclass(frozen=True, eq=False)
class Stage:
    """The output of one layer for one picture.

    Attributes:
        layer: the number of the layer in the model, `INPUT_LAYER` for the input, the number of layers for the softmax.
        operation: what the layer does.
        values: (L, C, H, W) or (L, D) float32. L is the number of looks, or 1 before them and after their mean.
    """

    layer: int
    operation: Operation
    values: torch.Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output for one look: (channels, height, width), or (units,)."""
        return tuple(self.values.shape[1:])

    def of_look(self, look: int) -> torch.Tensor:
        """Return the output for a look, (C, H, W) or (D,); where the looks share one output, that."""
        return self.values[min(look, len(self.values) - 1)]


@dataclass(frozen=True, eq=False)
class Block:
    """Layers that a learner thinks of as one: a convolution with its pooling, normalisation and ReLU, for example.

    Attributes:
        name: such as "Convolution 1".
        stages: in the order of the model; the last one is the block's output.
    """

    name: str
    stages: tuple[Stage, ...]

    @property
    def output(self) -> Stage:
        """The output of the block's last layer."""
        return self.stages[-1]


@dataclass(frozen=True, eq=False)
class Flow:
    """A picture's way through a model.

    Attributes:
        model: the model, in evaluation mode.
        temperature: divides the logits before the softmax.
        stages: the input, the output of every layer, and the softmax.
    """

    model: nn.Sequential
    temperature: float
    stages: tuple[Stage, ...]

    @property
    def looks(self) -> tuple[float, ...]:
        """The rotations that the model looks at, in degrees, clockwise on the screen; (0.0,) without them."""
        first = self.model[0]
        if not isinstance(first, TestTimeRotations):
            return (0.0,)
        return tuple(torch.tensor(first.angles).rad2deg().tolist())

    def stage(self, layer: int) -> Stage:
        """Return the output of a layer by its number.

        Raises:
            ValueError: the model has no such layer.
        """
        if not INPUT_LAYER <= layer <= len(self.model):
            raise ValueError(f"layer must be {INPUT_LAYER} to {len(self.model)}, got {layer}")
        return self.stages[layer - INPUT_LAYER]

    def blocks(self) -> tuple[Block, ...]:
        """Return the stages in blocks, each named; the convolutions and the hidden layers are numbered from 1."""
        return tuple(_named(list(_grouped(self.stages))))


@torch.inference_mode()
def trace(model: nn.Sequential, tensor: torch.Tensor, temperature: float = 1.0) -> Flow:
    """Run a model on one picture and keep what every layer makes of it.

    Args:
        model: one of `models.networks`, in evaluation mode, on the CPU.
        tensor: (1, 28, 28) float32, normalised.
        temperature: `Predictor.temperature`.

    Raises:
        ValueError: the tensor has another shape, or the model is in training mode.
    """
    if tuple(tensor.shape) != (1, 28, 28):
        raise ValueError(f"the picture must have shape (1, 28, 28), got {tuple(tensor.shape)}")
    if model.training:
        raise ValueError("the model must be in evaluation mode, call model.eval() first")
    values = tensor[None]
    stages = [Stage(INPUT_LAYER, Operation.INPUT, values)]
    for layer, module in enumerate(model):
        values = module(values)
        is_last = layer == len(model) - 1
        stages.append(Stage(layer, Operation.LOGITS if is_last else OPERATIONS[type(module)], values))
    stages.append(Stage(len(model), Operation.SOFTMAX, torch.softmax(values / temperature, dim=1)))
    return Flow(model, temperature, tuple(stages))


def _grouped(stages: tuple[Stage, ...]) -> Iterator[tuple[Stage, ...]]:
    """Yield the stages of one block after another."""
    group: list[Stage] = []
    for stage in stages:
        if group and stage.operation not in FOLLOWERS:
            yield tuple(group)
            group = []
        group.append(stage)
    yield tuple(group)


def _named(groups: list[tuple[Stage, ...]]) -> Iterator[Block]:
    """Yield the blocks of some groups; a name that several would have is numbered."""
    names = [_name(group) for group in groups]
    for place, (name, group) in enumerate(zip(names, groups, strict=True)):
        number = f" {names[: place + 1].count(name)}" if names.count(name) > 1 else ""
        yield Block(name + number, group)


def _name(group: tuple[Stage, ...]) -> str:
    kinds = {Operation.DENSE: "Hidden layer", Operation.SOFTMAX: "Probabilities"}
    return kinds.get(group[0].operation, str(group[0].operation))
