"""Pictures to the numbers that the models take, and back."""

import numpy as np
import torch

pass

MEAN, STD = (
    0.1307,
    0.3081,
)  # of the pixels of MNIST's training images in [0, 1]; see tests/core/ink/test_preprocessing.py
BOX = 20  # px, the side of the box that MNIST fits a digit into
INK = 0.5  # coverage from which on a pixel counts as ink


def to_tensor(picture: np.ndarray, normalise: bool = True) -> torch.Tensor:
    """Turn a picture (28, 28) in [0, 1] into a tensor (1, 28, 28) float32, normalised unless told otherwise."""
    tensor = torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32))[None]
    return (tensor - MEAN) / STD if normalise else tensor


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Turn MNIST's bytes (N, 28, 28) uint8 into what the models take: (N, 1, 28, 28) float32, normalised."""
    return images.unsqueeze(1).float().div_(255).sub_(MEAN).div_(STD)


def denormalise(tensors: torch.Tensor) -> torch.Tensor:
    """Turn normalised tensors of any shape back into pictures: float32 in [0, 1]."""
    return (tensors * STD + MEAN).clamp(0, 1)
