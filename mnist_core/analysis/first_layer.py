"""Show the weights of a model's first layer as images."""

import torch
from torch import nn

from mnist_core.constants import SIDE


def first_layer_images(model: nn.Module) -> torch.Tensor:
    """Return the weights of the first layer as N images: (N, H, W) float32 in [-1, 1], 0 where it ignores the input.

    They are the ten templates of softmax regression or the hidden units of a perceptron, 28x28 both, or the small
    filters of a convolutional network. Each image is divided by its largest absolute value.
    """
    weight = next(layer.weight for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    images = weight.detach().float().cpu()
    images = images.reshape(-1, SIDE, SIDE) if images.ndim == 2 else images[:, 0]
    largest = images.abs().amax(dim=(1, 2), keepdim=True)
    return images / largest.clamp_min(1e-12)
