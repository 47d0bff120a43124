"""Show each unit of a layer as a small picture: what it makes of an image, or what it looks for."""

import torch
from torch import nn

from mnist_core.analysis.ablation import REGION, REGIONS, AblatableLayer
from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import denormalise
from mnist_core.models.networks import MeanOverViews, TestTimeRotations


def single_view(model: nn.Sequential) -> nn.Sequential:
    """Return a model that sees each image once, as it is, without test-time rotations; it shares the weights.

    Layer `number` of the model is layer `index_in_single_view(model, number)` of the result.
    """
    return nn.Sequential(*(layer for layer in model if not isinstance(layer, TestTimeRotations | MeanOverViews)))


def index_in_single_view(model: nn.Sequential, number: int) -> int:
    """Return the index in `single_view(model)` of the layer of a number in the model."""
    return number - sum(isinstance(layer, TestTimeRotations | MeanOverViews) for layer in list(model)[:number])


@torch.no_grad()
def unit_pictures(model: nn.Sequential, layer: AblatableLayer, tensor: torch.Tensor) -> torch.Tensor:
    """Return a picture per unit of a layer: (count, H, W) float32 in [0, 1].

    A channel is shown by its feature map of the image, divided by the largest activation of the layer. A hidden unit is
    shown by its weights, as in `first_layer_images`: 0.5 where it ignores the image. A region is shown by its pixels.

    Args:
        model: in evaluation mode; its test-time rotations are left out.
        layer: one of `ablation.ablatable_layers`.
        tensor: the image, (1, 28, 28) float32, normalised.
    """
    if layer.kind == "hidden unit":
        return (first_layer_images(model) + 1) / 2
    if layer.kind == "region":
        image = denormalise(tensor).reshape(REGIONS, REGION, REGIONS, REGION)
        return image.transpose(1, 2).reshape(REGIONS**2, REGION, REGION)
    layers = list(single_view(model))[: index_in_single_view(model, layer.number) + 1]
    maps: torch.Tensor = nn.Sequential(*layers)(tensor.reshape(1, 1, SIDE, SIDE))[0]
    return maps / maps.max().clamp(min=1e-12)
