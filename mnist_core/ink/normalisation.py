"""Convert images to the normalised tensors that the models expect, and back."""

import numpy as np
import torch

# Mean and standard deviation of all pixels of MNIST's training images in [0, 1]; a test recomputes them.
MEAN, STD = 0.1307, 0.3081
BOX = 20  # px, side of the box into which MNIST fits each digit
INK_THRESHOLD = 0.5  # a pixel with at least this coverage counts as ink


def to_tensor(picture: np.ndarray, normalise: bool = True) -> torch.Tensor:
    """Convert a picture (28, 28) in [0, 1] to a tensor (1, 28, 28) float32, normalised by default."""
    tensor = torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32))[None]
    return (tensor - MEAN) / STD if normalise else tensor


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Convert MNIST images (N, 28, 28) uint8 to model inputs: (N, 1, 28, 28) float32, normalised."""
    return images.unsqueeze(1).float().div_(255).sub_(MEAN).div_(STD)


def as_images(tensors: torch.Tensor) -> torch.Tensor:
    """Convert model inputs (N, 1, 28, 28) back to images (N, 28, 28) uint8, as `normalise` takes them."""
    return denormalise(tensors[:, 0]).mul(255).round().to(torch.uint8)


def denormalise(tensors: torch.Tensor) -> torch.Tensor:
    """Undo the normalisation of tensors of any shape: float32, clamped to [0, 1]."""
    return (tensors * STD + MEAN).clamp(0, 1)
