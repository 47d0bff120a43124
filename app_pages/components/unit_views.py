"""What the panel of one unit shows of a weighted sum and of ten shares, made from their explanation."""

import math

import torch

from app_pages.components.activation_colours import packed_bytes, packed_floats
from app_pages.components.unit_panel import SharesView, SumView
from mnist_core.analysis.activations import Flow
from mnist_core.analysis.unit import Explanation, Rectified, Shared, Weighted, explain_unit


def sum_view(explanation: Explanation, step: Weighted) -> SumView:
    """Return the inputs and weights of a unit, shown as the pictures that they are."""
    count = len(step.inputs)
    wide = math.ceil(math.sqrt(count))
    shape = step.picture_shape or (1, math.ceil(count / wide), wide)
    is_image = step.picture_shape == (1, 28, 28)
    names = ("Image", "Template", "Image × template") if is_image else ("Inputs", "Weights", "Products")
    is_rectified = isinstance(explanation.steps[-1], Rectified)
    return SumView(
        packed_floats(step.inputs), packed_floats(step.weights), shape, count, names, step.bias, is_rectified
    )


def shares_view(flow: Flow, step: Shared) -> SharesView:
    """Return the ten logits; for softmax regression with what each of them sums."""
    products: list[str] = []
    steps = [explain_unit(flow, len(flow.model) - 1, (digit,)).steps[0] for digit in range(len(step.logits))]
    pictures = [each.products for each in steps if isinstance(each, Weighted) and each.picture_shape == (1, 28, 28)]
    if pictures:
        largest = float(torch.stack(pictures).abs().max())
        products = [packed_bytes(each, largest)[0] for each in pictures]
    return SharesView(step.number, step.logits, step.temperature, products)
