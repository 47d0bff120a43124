"""Augment digits as people's handwriting varies: slant, size, proportions, position, wobble and style."""

import math
from functools import cache

import torch
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.training.handwriting_styles import WIDE, apply_styles, mnist_placement

# The largest change of each kind at strength 1; the changes are drawn uniformly.
ROTATION = math.radians(12)
SHEAR = 0.25  # px sideways per px upwards
SCALE = 0.15  # relative, for width and height separately
SQUEEZE = 0.3  # relative reduction of the width, on top of `SCALE`
WAIST = 0.4  # relative height moved from the upper half to the lower, or the other way round
TAPER = 0.25  # relative widening of the lower end over the middle, or of the upper end
BOW = 0.2  # bend of a straight line as long as half the side, as a fraction of half the side
SHIFT = 1.5  # px
ELASTIC = 0.8  # px, standard deviation of the smooth displacement
GRID = 5  # knots per side of the smooth displacement


def augment(
    images: torch.Tensor, strength: float, generator: torch.Generator, labels: torch.Tensor | None = None
) -> torch.Tensor:
    """Distort each digit at random.

    Some digits are first rewritten in a style that is rare in MNIST, and placed again as in MNIST. Then one
    resampling applies an affine map, a smooth elastic displacement (Simard, Steinkraus and Platt, ICDAR 2003) and
    changes of proportion.

    Args:
        images: (N, 28, 28) uint8.
        strength: 0 changes nothing, 1 varies digits about as much as people's handwriting does.
        generator: source of the randomness.
        labels: (N,) int64 in 0 to 9, or `handwriting_styles.UNSTYLED`; without labels no digit is rewritten.

    Returns:
        (N, 1, 28, 28) float32, normalised.
    """
    pixels = images.float().div_(255)
    wide = functional.pad(pixels, [(WIDE - SIDE) // 2] * 4)
    restyled = apply_styles(wide, labels, strength, generator) if labels is not None else ()
    # Draw a strength per digit: with full strength for all, plain digits would be recognised less well.
    strengths = strength * torch.rand(len(pixels), generator=generator)
    matrix = _random_affine(strengths, generator)
    if len(restyled):
        placement = mnist_placement(wide[restyled])
        # The placement shrinks a digit and its lines by this scale: thicken them first.
        wide[restyled] = _thicken(wide[restyled], placement[:, 0, 0] - 1)
        matrix[restyled] = placement @ matrix[restyled]
    strengths = strengths[:, None, None]
    knots = torch.randn(len(pixels), 2, GRID * GRID, generator=generator) * (ELASTIC * 2 / SIDE)
    knots *= strengths
    grid = torch.cat([matrix[:, :2], knots], dim=2) @ _displacement_basis()
    x, y = grid.unflatten(2, (SIDE, SIDE)).unbind(dim=1)
    # Bend horizontal lines into arches and vertical ones into bows.
    x, y = (
        x + _uniform(BOW, strengths, generator) * (y**2 - 0.25),
        y + _uniform(BOW, strengths, generator) * (x**2 - 0.25),
    )
    # Vary the proportions: people who write on a screen draw 6 and 9 with smaller loops than MNIST's writers did.
    x, y = (
        x * (1 + _uniform(TAPER, strengths, generator) * y),
        y + _uniform(WAIST, strengths, generator) * (0.5 - y**2),
    )
    grid = torch.stack([x, y], dim=3) * (SIDE / WIDE)
    distorted = functional.grid_sample(wide.unsqueeze(1), grid, align_corners=False)
    return distorted.sub_(MEAN).div_(STD)


def _uniform(largest: float, strengths: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw one number per strength, from -largest to `largest` times the strength."""
    return (torch.rand(strengths.shape, generator=generator) * 2 - 1) * (largest * strengths)


def _thicken(pixels: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Thicken the lines of (N, H, W) digits on each side by an amount (N,), cut off at 0 and 1 px."""
    thick = pixels
    for dim in (1, 2):
        thick = torch.maximum(thick, torch.maximum(thick.roll(1, dim), thick.roll(-1, dim)))
    return torch.lerp(pixels, thick, amount.clamp(0, 1)[:, None, None])


@cache
def _displacement_basis() -> torch.Tensor:
    """Return the basis of the coordinate maps, (3 + GRID * GRID, SIDE * SIDE): x, y, 1, and a smooth bump per knot."""
    coordinates = (torch.arange(SIDE) * 2 + 1 - SIDE) / SIDE
    y, x = torch.meshgrid(coordinates, coordinates, indexing="ij")
    knots = torch.eye(GRID * GRID).unflatten(1, (1, GRID, GRID))
    bumps = functional.interpolate(knots, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    return torch.cat([torch.stack([x, y, torch.ones_like(x)]), bumps[:, 0]]).flatten(1)


def _random_affine(strengths: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw affine maps (N, 3, 3) at strengths (N,), from the new image's coordinates, -1 to 1, to the old image's."""
    count = len(strengths)

    def uniform(largest: float) -> torch.Tensor:
        return _uniform(largest, strengths, generator)

    angle, shear = uniform(ROTATION), uniform(SHEAR)
    width, height = 1 + uniform(SCALE), 1 + uniform(SCALE)
    width = width / (1 - SQUEEZE * strengths * torch.rand(count, generator=generator) ** 2)
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
