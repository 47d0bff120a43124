"""Variation as other hands would bring it: slant, size, proportion, place, the wobble of a pen, and other habits."""

import math

import torch
from torch.nn import functional

from .ink import BOX, INK, MEAN, SIDE, STD

# At strength 1: the largest of each change, uniformly drawn.
ROTATION = math.radians(12)
SHEAR = 0.25  # px to the side for each px up
SCALE = 0.15  # relative, for width and height each
SQUEEZE = 0.3  # relative: how much narrower than its writer drew it a digit may get, beyond `SCALE`
WAIST = 0.4  # relative: how much of the upper half's height may go to the lower, or the other way round
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
        labels: (N,) int64 in 0 to 9; without them no lines are added.

    Returns:
        (N, 1, 28, 28) float32, normalised.
    """
    pixels = images.float().div_(255)
    restyled = _with_habits(pixels, labels, strength, generator) if labels is not None else ()
    # Every digit is varied by a share of its own: were all varied in full, plain ones would be read worse than before.
    vigour = strength * torch.rand(len(pixels), generator=generator)
    matrix = _affine(vigour, generator)
    if len(restyled):
        matrix[restyled] = _placement(pixels[restyled]) @ matrix[restyled]
    grid = functional.affine_grid(matrix[:, :2], [len(pixels), 1, SIDE, SIDE], align_corners=False)
    knots = torch.randn(len(pixels), 2, GRID, GRID, generator=generator) * (ELASTIC * 2 / SIDE)
    knots = knots * vigour[:, None, None, None]
    wobble = functional.interpolate(knots, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    grid = grid + wobble.permute(0, 2, 3, 1)
    # Small loops beside large ones: pen users' 6s and 9s have them, and those of MNIST's writers less.
    waist = (torch.rand(len(pixels), 1, 1, generator=generator) * 2 - 1) * (WAIST * vigour[:, None, None])
    grid[..., 1] += waist * (0.5 - grid[..., 1] ** 2)
    bent = functional.grid_sample(pixels.unsqueeze(1), grid, align_corners=False)
    return bent.sub_(MEAN).div_(STD)


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


def _with_habits(
    pixels: torch.Tensor, labels: torch.Tensor, strength: float, generator: torch.Generator
) -> torch.Tensor:
    """Draw extra lines into some digits, in place: a base or a flag to a 1, a bar to a 7, a tail to a 9.

    Args:
        pixels: (N, 28, 28) float32 coverage in [0, 1].
        labels: (N,) int64 in 0 to 9.
        strength: at 1 each line comes to its share in `HABITS` of its digits.
        generator: where the randomness comes from.

    Returns:
        (M,) int64, the places of the digits that were drawn into.
    """
    touched = torch.zeros(len(pixels), dtype=torch.bool)
    for digit, share, line in HABITS:
        chosen = (labels == digit) & (torch.rand(len(pixels), generator=generator) < share * strength)
        if chosen.any():
            start, end = line(pixels[chosen], generator)
            pixels[chosen] = _with_line(pixels[chosen], start, end, generator)
            touched |= chosen
    return touched.nonzero()[:, 0]


def _base(pixels: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Place a line that a 1 stands on; returns where it starts and ends, (N, 2) px each, x and y."""
    foot = _on_ink(pixels, torch.ones(len(pixels)))
    left, right = _between(2, 7, foot, generator), _between(2, 7, foot, generator)
    tilt = _between(-1, 1, foot, generator)
    return foot + torch.stack([-left, tilt], dim=1), foot + torch.stack([right, -tilt], dim=1)


def _flag(pixels: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Place the upstroke that leads to the top of a 1; returns as `_base` does."""
    top = _on_ink(pixels, torch.zeros(len(pixels)))
    length, angle = _between(3, 10, top, generator), _between(0.5, 1.1, top, generator)
    return top, top + length[:, None] * torch.stack([-torch.cos(angle), torch.sin(angle)], dim=1)


def _bar(pixels: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Place a line across the stem of a 7; returns as `_base` does."""
    stem = _on_ink(pixels, _between(0.4, 0.8, pixels, generator))
    left, right = _between(1.5, 6, stem, generator), _between(1.5, 8, stem, generator)
    tilt = _between(-1, 1, stem, generator)
    return stem + torch.stack([-left, tilt], dim=1), stem + torch.stack([right, -tilt], dim=1)


def _tail(pixels: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Place what leads to the left from the foot of a 9; returns as `_base` does."""
    foot = _on_ink(pixels, torch.ones(len(pixels)))
    return foot, foot + torch.stack([_between(-11, -3, foot, generator), _between(-3, 1, foot, generator)], dim=1)


# Digit, the share of them that gets the line, the line; a plain 1 must stay the usual one.
HABITS = ((1, 0.15, _base), (1, 0.15, _flag), (7, 0.3, _bar), (9, 0.3, _tail))


def _between(low: float, high: float, like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw one number for each of N things, (N,) float32, uniformly."""
    return torch.rand(len(like), generator=generator) * (high - low) + low


def _on_ink(pixels: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    """Return the middle of the ink, (N, 2) px, in the row at a part (N,) of the way from top to bottom."""
    _, top, _, bottom = _bounds(pixels)
    row = torch.round(top + 0.5 + part * (bottom - top - 2)).long()
    line = pixels[torch.arange(len(pixels)), row]
    x = (line * torch.arange(SIDE)).sum(dim=1) / line.sum(dim=1).clamp_min(1e-3)
    return torch.stack([x, row.float()], dim=1)


def _bounds(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return left, top, right and bottom of the ink, (N,) px each; the last two are one past it."""
    columns, rows = ((pixels >= INK).any(dim=dim).float() for dim in (1, 2))
    return (
        columns.argmax(dim=1),
        rows.argmax(dim=1),
        SIDE - columns.flip(1).argmax(dim=1),
        SIDE - rows.flip(1).argmax(dim=1),
    )


def _with_line(
    pixels: torch.Tensor, start: torch.Tensor, end: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Draw one round line into each of (N, 28, 28) pictures, from start to end, (N, 2) px each."""
    radius = _between(0.8, 1.5, pixels, generator)[:, None, None]
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    (x0, y0), (dx, dy) = (point.T[:, :, None, None] for point in (start, end - start))
    along = (((x - x0) * dx + (y - y0) * dy) / (dx**2 + dy**2)).clamp_(0, 1)
    distance = torch.hypot(x - x0 - along * dx, y - y0 - along * dy)
    return torch.maximum(pixels, (radius + 0.5 - distance).clamp_(0, 1))


def _placement(pixels: torch.Tensor) -> torch.Tensor:
    """Return the (N, 3, 3) maps that put digits where MNIST puts them: in a box of 20 px, the mass in the middle."""
    left, top, right, bottom = _bounds(pixels)
    scale = torch.maximum(right - left, bottom - top) / BOX
    mass = pixels.sum(dim=(1, 2))
    places = (torch.arange(SIDE) * 2 + 1) / SIDE - 1
    matrix = torch.diag_embed(torch.stack([scale, scale, torch.ones_like(scale)], dim=1))
    matrix[:, 0, 2] = (pixels.sum(dim=1) * places).sum(dim=1) / mass
    matrix[:, 1, 2] = (pixels.sum(dim=2) * places).sum(dim=1) / mass
    return matrix
