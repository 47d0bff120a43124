"""Which pixels of the input a unit of any layer can see."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import nn

from mnist_core.constants import SIDE

Span = tuple[int, int]  # the first row or column, and the one after the last


class Box(NamedTuple):
    """A rectangle of pixels, from `top` and `left` up to but without `bottom` and `right`."""

    top: int
    left: int
    bottom: int
    right: int


def field_spans(modules: Sequence[nn.Module], side: int = SIDE) -> list[Span]:
    """Return what the units of the last of some layers of feature maps can see, for each row or column of a map.

    Pictures and kernels are square, so that the spans of rows and columns are the same. What lies in the padding of any
    layer is no part of the picture and is left out (Araujo, Norris and Sim, doi:10.23915/distill.00021).

    Args:
        modules: the layers from the picture to the units', in order.
        side: of the picture, in px.

    Returns:
        For each row of a feature map the first pixel, and the one after the last.
    """
    spans = [(place, place + 1) for place in range(side)]
    for module in modules:
        if isinstance(module, nn.Conv2d):
            assert isinstance(module.padding, tuple)
            spans = _slid(spans, module.kernel_size[0], module.stride[0], module.padding[0])
        elif isinstance(module, nn.MaxPool2d):
            assert isinstance(module.kernel_size, int) and isinstance(module.stride, int)
            spans = _slid(spans, module.kernel_size, module.stride, 0)
    return spans


def field_of(modules: Sequence[nn.Module], row: int, column: int) -> Box:
    """Return the receptive field of a unit of the last of some layers of feature maps, within the 28x28 picture.

    For a model with test-time rotations the picture is the rotated one.

    Args:
        modules: the layers from the picture to the unit's.
        row, column: of the unit in its feature map.
    """
    spans = field_spans(modules)
    (top, bottom), (left, right) = spans[row], spans[column]
    return Box(top, left, bottom, right)


def field_of_all(modules: Sequence[nn.Module]) -> Box:
    """Return the pixels that the units of the last of some layers of feature maps can see together."""
    spans = field_spans(modules)
    first, last = spans[0][0], spans[-1][1]
    return Box(first, first, last, last)


def _slid(spans: list[Span], kernel: int, stride: int, padding: int) -> list[Span]:
    """Return the spans of a layer that slides a kernel over another one."""
    count = (len(spans) + 2 * padding - kernel) // stride + 1
    starts = [place * stride - padding for place in range(count)]
    return [(spans[max(0, start)][0], spans[min(len(spans), start + kernel) - 1][1]) for start in starts]
