"""Variation as other hands would bring it: slant, size, proportion, place and the wobble of a pen."""

import math

import torch
from torch.nn import functional

from .ink import MEAN, SIDE, STD

# At strength 1: the largest of each change, uniformly drawn.
ROTATION = math.radians(12)
SHEAR = 0.25  # px to the side for each px up
SCALE = 0.15  # relative, for width and height each
SHIFT = 1.5  # px
ELASTIC = 1.2  # px, standard deviation of the smooth displacement
GRID = 5  # knots a side of the smooth displacement


def augment(images: torch.Tensor, strength: float, generator: torch.Generator) -> torch.Tensor:
    """Bend and shift digits at random, each its own way.

    One affine and one smooth elastic displacement (Simard, Steinkraus and Platt, ICDAR 2003) in one resampling.

    Args:
        images: (N, 28, 28) uint8.
        strength: 0 leaves them alone, 1 varies them as much as hands do.
        generator: where the randomness comes from.

    Returns:
        (N, 1, 28, 28) float32, normalised.
    """
    count = len(images)
    grid = functional.affine_grid(_affine(count, strength, generator), [count, 1, SIDE, SIDE], align_corners=False)
    knots = torch.randn(count, 2, GRID, GRID, generator=generator) * (strength * ELASTIC * 2 / SIDE)
    wobble = functional.interpolate(knots, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    grid = grid + wobble.permute(0, 2, 3, 1)
    bent = functional.grid_sample(images.unsqueeze(1).float() / 255, grid, align_corners=False)
    return bent.sub_(MEAN).div_(STD)


def _affine(count: int, strength: float, generator: torch.Generator) -> torch.Tensor:
    def uniform(largest: float) -> torch.Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * (largest * strength)

    angle, shear = uniform(ROTATION), uniform(SHEAR)
    width, height = 1 + uniform(SCALE), 1 + uniform(SCALE)
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.stack(
        [
            torch.stack([cos * width, (shear * cos - sin) * height, uniform(SHIFT * 2 / SIDE)], dim=1),
            torch.stack([sin * width, (shear * sin + cos) * height, uniform(SHIFT * 2 / SIDE)], dim=1),
        ],
        dim=1,
    )
    return matrix
