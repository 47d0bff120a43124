"""Variation as other hands would bring it: slant, size, proportion, place, the wobble of a pen, and other habits."""

import math
from functools import cache

import torch
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.training.handwriting_styles import WIDE, apply_styles, mnist_placement

# At strength 1: the largest of each change, uniformly drawn.
ROTATION = math.radians(12)
SHEAR = 0.25  # px to the side for each px up
SCALE = 0.15  # relative, for width and height each
SQUEEZE = 0.3  # relative: how much narrower than its writer drew it a digit may get, beyond `SCALE`
WAIST = 0.4  # relative: how much of the upper half's height may go to the lower, or the other way round
TAPER = 0.25  # relative: how much wider the lower end may be than the middle, or the upper one
BOW = 0.2  # of half the side: how far a straight line may bend over half the side
SHIFT = 1.5  # px
ELASTIC = 0.8  # px, standard deviation of the smooth displacement
GRID = 5  # knots a side of the smooth displacement


def augment(
    images: torch.Tensor, strength: float, generator: torch.Generator, labels: torch.Tensor | None = None
) -> torch.Tensor:
    """Bend and shift digits at random, each its own way.

    Some digits first get a line that MNIST's writers seldom drew, and are put where MNIST would put them. Then one
    affine and one smooth elastic displacement (Simard, Steinkraus and Platt, ICDAR 2003) and a shift of height between
    the halves, in one resampling.

    Args:
        images: (N, 28, 28) uint8.
        strength: 0 leaves them alone, 1 varies them as much as hands do.
        generator: where the randomness comes from.
        labels: (N,) int64 in 0 to 9, or `habits.UNSTYLED`; without them no lines are added.

    Returns:
        (N, 1, 28, 28) float32, normalised.
    """
    pixels = images.float().div_(255)
    wide = functional.pad(pixels, [(WIDE - SIDE) // 2] * 4)
    restyled = apply_styles(wide, labels, strength, generator) if labels is not None else ()
    # Every digit is varied by a share of its own: were all varied in full, plain ones would be read worse than before.
    vigour = strength * torch.rand(len(pixels), generator=generator)
    matrix = _affine(vigour, generator)
    if len(restyled):
        places = mnist_placement(wide[restyled])
        wide[restyled] = _thickened(wide[restyled], places[:, 0, 0] - 1)
        matrix[restyled] = places @ matrix[restyled]
    knots = torch.randn(len(pixels), 2, GRID * GRID, generator=generator) * (ELASTIC * 2 / SIDE)
    knots *= vigour[:, None, None]
    grid = torch.cat([matrix[:, :2], knots], dim=2) @ _basis()
    x, y = grid.unflatten(2, (SIDE, SIDE)).unbind(dim=1)

    def share(largest: float) -> torch.Tensor:
        return (torch.rand(len(pixels), 1, 1, generator=generator) * 2 - 1) * (largest * vigour[:, None, None])

    # Level lines become arches, upright ones bows.
    x, y = x + share(BOW) * (y**2 - 0.25), y + share(BOW) * (x**2 - 0.25)
    # Small loops beside large ones: pen users' 6s and 9s have them, and those of MNIST's writers less.
    grid = torch.stack([x * (1 + share(TAPER) * y), y + share(WAIST) * (0.5 - y**2)], dim=3)
    bent = functional.grid_sample(wide.unsqueeze(1), grid * (SIDE / WIDE), align_corners=False)
    return bent.sub_(MEAN).div_(STD)


def _thickened(pixels: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Let lines grow by up to 1 px on each side, by shares (N,), as they are about to shrink with their digits."""
    thick = pixels
    for dim in (1, 2):
        thick = torch.maximum(thick, torch.maximum(thick.roll(1, dim), thick.roll(-1, dim)))
    return torch.lerp(pixels, thick, share.clamp(0, 1)[:, None, None])


@cache
def _basis() -> torch.Tensor:
    """Return what a map is made of, (3 + GRID * GRID, SIDE * SIDE): x, y, 1, and a smooth hill at each knot."""
    place = (torch.arange(SIDE) * 2 + 1 - SIDE) / SIDE
    y, x = torch.meshgrid(place, place, indexing="ij")
    knots = torch.eye(GRID * GRID).unflatten(1, (1, GRID, GRID))
    hills = functional.interpolate(knots, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    return torch.cat([torch.stack([x, y, torch.ones_like(x)]), hills[:, 0]]).flatten(1)


def _affine(strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw (N, 3, 3) affine maps from the new picture's coordinates, -1 to 1, to the old one's, at strengths (N,)."""
    count = len(strength)

    def uniform(largest: float) -> torch.Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * (largest * strength)

    angle, shear = uniform(ROTATION), uniform(SHEAR)
    width, height = 1 + uniform(SCALE), 1 + uniform(SCALE)
    width = width / (1 - SQUEEZE * strength * torch.rand(count, generator=generator) ** 2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    zero, one = torch.zeros(count), torch.ones(count)
    return torch.stack(
        [
            torch.stack([cos * width, (shear * cos - sin) * height, uniform(SHIFT * 2 / SIDE)], dim=1),
            torch.stack([sin * width, (shear * sin + cos) * height, uniform(SHIFT * 2 / SIDE)], dim=1),
            torch.stack([zero, zero, one], dim=1),
        ],
        dim=1,
    )
