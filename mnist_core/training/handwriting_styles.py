"""Handwriting styles that are rare in MNIST: a 0 with a slash, a 1 with a base, a 7 with a bar, and more.

Many people learn to write some digits differently from MNIST's writers. Rewriting some of MNIST's own digits
in these styles lets a model that is trained on MNIST alone recognise them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK_THRESHOLD
from mnist_core.ink.spline import quadratic_bezier

UNSTYLED = -1  # replaces the label of a digit that must keep its style
WIDE = 56  # px, the side of a digit with enough paper around it for longer lines
MIN_INK_ABOVE_CROSSBAR = 0.35  # fraction of a 4's ink above its crossbar that must remain without its right arm
CURVE_PIECES = 5  # straight pieces per curve

Restyle = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class HandwritingStyle:
    """A way to write one digit that is rare in MNIST.

    Attributes:
        name: unique among `STYLES`.
        digit: 0 to 9.
        share: fraction of the digit's images that are rewritten in this style at strength 1.
        restyle: takes (N, WIDE, WIDE) float32 coverage in [0, 1] of that digit and returns the same, rewritten.
    """

    name: str
    digit: int
    share: float
    restyle: Restyle


def apply_styles(
    pixels: torch.Tensor, labels: torch.Tensor, strength: float, generator: torch.Generator
) -> torch.Tensor:
    """Rewrite some digits, in place, in styles that are rare in MNIST.

    Args:
        pixels: (N, WIDE, WIDE) float32 coverage in [0, 1], the digits with paper around them.
        labels: (N,) int64 in 0 to 9, or `UNSTYLED`.
        strength: factor on the share of each style.
        generator: source of the randomness.

    Returns:
        (M,) int64, the indices of the digits that were changed.
    """
    changed = torch.zeros(len(pixels), dtype=torch.bool)
    for style in STYLES:
        chosen = (labels == style.digit) & (torch.rand(len(pixels), generator=generator) < style.share * strength)
        if chosen.any():
            pixels[chosen] = style.restyle(pixels[chosen], generator)
            changed |= chosen
    return changed.nonzero()[:, 0]


def _slash(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a line through a 0, from the lower left to the upper right; it ends within the 0 or beyond it."""
    return _line_through(pixels, _uniform(0.5, 1.5, pixels, generator), (0.2, 1.8), generator)


def _level_slash(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw an almost level line through a 0, within it or beyond it."""
    return _line_through(pixels, _uniform(-0.35, 0.35, pixels, generator), (0.3, 1.9), generator)


def _dot(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a dot or a short line in the middle of a 0."""
    return _line_through(pixels, _uniform(-1.5, 1.5, pixels, generator), (0.0, 0.25), generator)


def _line_through(
    pixels: torch.Tensor, angle: torch.Tensor, reach: tuple[float, float], generator: torch.Generator
) -> torch.Tensor:
    """Draw a line through the middle of each digit.

    Args:
        pixels: (N, WIDE, WIDE).
        angle: (N,) radians, anticlockwise from level.
        reach: the least and the most that each end may be away from the middle, in parts of the way to the edge of the
            ellipse that fits around the ink.
        generator: source of the randomness.
    """
    left, top, right, bottom = (bound.float() for bound in _ink_bounds(pixels))
    middle = torch.stack([(left + right - 1) / 2, (top + bottom - 1) / 2], dim=1)
    middle += _offset(_uniform(-1.5, 1.5, angle, generator), _uniform(-1.5, 1.5, angle, generator))
    across, up = torch.cos(angle), torch.sin(angle)
    edge = torch.rsqrt((2 * across / (right - left)) ** 2 + (2 * up / (bottom - top)) ** 2)
    first, second = (_uniform(*reach, angle, generator) * edge for _ in range(2))
    ends = middle - _offset(first * across, -first * up), middle + _offset(second * across, -second * up)
    return _draw_line(pixels, list(ends), generator)


def _base(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a horizontal line under a 1."""
    foot = _ink_middle(pixels, torch.ones(len(pixels)))
    left, right = _uniform(2, 9, foot, generator), _uniform(2, 9, foot, generator)
    tilt = _uniform(-1, 1, foot, generator)
    return _draw_line(pixels, [foot + _offset(-left, tilt), foot + _offset(right, -tilt)], generator)


def _flag(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw an upstroke that leads to the top of a 1."""
    top = _ink_middle(pixels, torch.zeros(len(pixels)))
    length, angle = _uniform(3, 12, top, generator), _uniform(0.5, 1.1, top, generator)
    return _draw_line(pixels, [top, top + _offset(-length * torch.cos(angle), length * torch.sin(angle))], generator)


def _flag_and_base(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return _base(_flag(pixels, generator), generator)


def _bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a line across the stem of a 7."""
    stem = _ink_middle(pixels, _uniform(0.4, 0.85, pixels, generator))
    left, right = _uniform(1.5, 6, stem, generator), _uniform(1.5, 9, stem, generator)
    tilt = _uniform(-1, 1, stem, generator)
    return _draw_line(pixels, [stem + _offset(-left, tilt), stem + _offset(right, -tilt)], generator)


def _hanging_bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a bar across a 7 whose left end bends down, as when the pen moves there quickly from the foot."""
    stem = _ink_middle(pixels, _uniform(0.55, 0.85, pixels, generator))
    left, right = _uniform(2, 6, stem, generator), _uniform(2, 9, stem, generator)
    drop, tilt = _uniform(1, 8, stem, generator), _uniform(-0.5, 1.5, stem, generator)
    start, bend = stem + _offset(-left, drop), stem + _offset(-left * 0.8, -0.3 * tilt)
    return _draw_line(pixels, _curve_points(start, bend, stem + _offset(right, -tilt)), generator)


def _tied_bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a bar across a 7 without lifting the pen: from the foot up to the left, then across the stem."""
    height = _uniform(0.45, 0.8, pixels, generator)
    stem, foot = _ink_middle(pixels, height), _ink_middle(pixels, torch.ones(len(pixels)))
    left, right = _uniform(3, 12, stem, generator), _uniform(2, 10, stem, generator)
    bend = stem + _offset(-left, _uniform(-3, 3, stem, generator))
    end = stem + _offset(right, _uniform(-2, 1, stem, generator))
    return _draw_line(pixels, _curve_points(foot, bend, end), generator)


def _tail(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Extend the foot of a 9 down and in a curve to the left."""
    foot = _ink_middle(pixels, torch.ones(len(pixels)))
    reach, drop = _uniform(3, 14, foot, generator), _uniform(0, 7, foot, generator)
    bend = foot + _offset(_uniform(-0.3, 0.2, foot, generator) * reach, drop * 1.3)
    end = foot + _offset(-reach, drop + _uniform(-4, 1, foot, generator))
    return _draw_line(pixels, _curve_points(foot, bend, end), generator)


def _bow(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Replace the stem of a 9, under what becomes a small loop, by a curve that bulges right and ends far left."""
    height = _uniform(0.55, 0.75, pixels, generator)
    stem = _ink_middle(pixels, height)
    y = torch.arange(pixels.shape[1])[None, :, None]
    loop = pixels * (stem[:, 1, None, None] + 1 - y).clamp(0, 1)
    drop, reach, bulge = (_uniform(low, high, stem, generator) for low, high in ((4, 22), (0, 2.0), (0, 0.9)))
    end = stem + _offset(-reach * drop, drop)
    return _draw_line(loop, _curve_points(stem, stem + _offset(bulge * drop, drop * 0.8), end), generator)


def _arch(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Replace the stem of a 9 by an arch from the top of what becomes a small loop, to the right and down."""
    cut = _uniform(0.4, 0.6, pixels, generator)
    top, waist = _ink_middle(pixels, torch.zeros(len(pixels))), _ink_middle(pixels, cut)
    y = torch.arange(pixels.shape[1])[None, :, None]
    loop = pixels * (waist[:, 1, None, None] + 1 - y).clamp(0, 1)
    reach, rise, drop = (_uniform(low, high, top, generator) for low, high in ((8, 20), (0, 5), (14, 32)))
    shoulder = top + _offset(0.6 * reach, -rise)
    upstroke = _curve_points(top, top + _offset(0.2 * reach, -rise), shoulder)
    foot = top + _offset(reach + _uniform(-0.5, 0.1, top, generator) * drop, drop)
    corner = top + _offset(reach * _uniform(0.9, 1.2, top, generator), torch.zeros_like(rise))
    return _draw_line(loop, [*upstroke, *_curve_points(shoulder, corner, foot)], generator)


def _narrow(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Squeeze a digit to 35% to 75% of its width."""
    return _stretch(pixels, _uniform(0.35, 0.75, pixels, generator), torch.zeros(len(pixels)))


def _neck(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Extend the upper end of a 6 upwards, over what becomes a small loop."""
    top = _ink_middle(pixels, torch.zeros(len(pixels)))
    rise = _uniform(2, 26, top, generator)
    return _draw_line(pixels, [top, top + _offset(_uniform(-0.2, 0.5, top, generator) * rise, -rise)], generator)


def _armless(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Remove the stem of a 4 above the crossbar, which hurried writers leave out."""
    foot, shin = (_ink_middle(pixels, torch.full((len(pixels),), height)) for height in (1.0, 0.8))
    lean = ((shin - foot)[:, 0] / (foot - shin)[:, 1].clamp_min(1)).clamp(-0.3, 1)
    _, top, _, bottom = _ink_bounds(pixels)
    row = torch.arange(pixels.shape[1])
    height = (bottom - top)[:, None].float()
    middle = (row > top[:, None] + 0.3 * height) & (row < top[:, None] + 0.8 * height)
    crossbar = (pixels.sum(dim=2) * middle).argmax(dim=1)  # the row with the most ink
    y, x = row[None, :, None], row[None, None, :]
    above = (crossbar[:, None, None] - 1 - y).clamp(0, 1)
    stem = foot[:, 0, None, None] + lean[:, None, None] * (foot[:, 1, None, None] - y)
    cut = pixels * (1 - above * (x - stem + _uniform(2, 4, stem, generator)[:, None, None]).clamp(0, 1))
    # Leave a 4 of another shape unchanged, if the cut would remove more than the arm.
    is_cut = (cut * above).sum(dim=(1, 2)) > MIN_INK_ABOVE_CROSSBAR * (pixels * above).sum(dim=(1, 2))
    return torch.where(is_cut[:, None, None], cut, pixels)


def _bolt(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Remove the arm of a 4, shorten its leg and let its crossbar slope down to the right, like a lightning bolt."""
    _, top, _, bottom = _ink_bounds(pixels)
    end = bottom - (bottom - top) * _uniform(0.0, 0.35, pixels, generator)
    row = torch.arange(pixels.shape[1])[None, :, None]
    bolt = _armless(pixels, generator) * (end[:, None, None] - row).clamp(0, 1)
    slope, width = _uniform(0.0, 0.7, bolt, generator), _uniform(0.6, 1.1, bolt, generator)
    return _stretch(bolt, width, slope)


# Most digits keep their own style: a plain 1 must remain the most common 1.
STYLES = (
    HandwritingStyle("slash", 0, 0.15, _slash),
    HandwritingStyle("level slash", 0, 0.04, _level_slash),
    HandwritingStyle("dot", 0, 0.03, _dot),
    HandwritingStyle("base", 1, 0.12, _base),
    HandwritingStyle("flag", 1, 0.12, _flag),
    HandwritingStyle("flag and base", 1, 0.08, _flag_and_base),
    HandwritingStyle("narrow", 3, 0.2, _narrow),
    HandwritingStyle("armless", 4, 0.15, _armless),
    HandwritingStyle("bolt", 4, 0.2, _bolt),
    HandwritingStyle("neck", 6, 0.25, _neck),
    HandwritingStyle("bar", 7, 0.15, _bar),
    HandwritingStyle("hanging bar", 7, 0.25, _hanging_bar),
    HandwritingStyle("tied bar", 7, 0.3, _tied_bar),
    HandwritingStyle("tail", 9, 0.25, _tail),
    HandwritingStyle("bow", 9, 0.4, _bow),
    HandwritingStyle("arch", 9, 0.15, _arch),
)


def _offset(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return (N, 2) px from (N,) to the right and (N,) downwards."""
    return torch.stack([x, y], dim=1)


def _curve_points(start: torch.Tensor, control: torch.Tensor, end: torch.Tensor) -> list[torch.Tensor]:
    """Return points, (N, 2) px each, along a quadratic curve."""
    return quadratic_bezier(start, control, end, torch.linspace(0, 1, CURVE_PIECES + 1).tolist())


def _uniform(low: float, high: float, like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw numbers uniformly, (N,) float32, as many as the length of `like`."""
    return torch.rand(len(like), generator=generator) * (high - low) + low


def _stretch(pixels: torch.Tensor, width: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """Multiply the width of digits by (N,), and slope their horizontal lines by (N,) px down per px to the right."""
    zero, one = torch.zeros(len(pixels)), torch.ones(len(pixels))
    matrix = torch.stack([1 / width, zero, zero, -slope / width, one, zero], dim=1).unflatten(1, (2, 3))
    grid = functional.affine_grid(matrix, [len(pixels), 1, WIDE, WIDE], align_corners=False)
    return functional.grid_sample(pixels[:, None], grid, align_corners=False)[:, 0]


def _ink_middle(pixels: torch.Tensor, height: torch.Tensor) -> torch.Tensor:
    """Return the middle of the ink, (N, 2) px, in one row of each digit; height (N,) is 0 at its top, 1 at its foot."""
    _, top, _, bottom = _ink_bounds(pixels)
    row = torch.round(top + 0.5 + height * (bottom - top - 2)).long()
    line = pixels[torch.arange(len(pixels)), row]
    x = (line * torch.arange(pixels.shape[2])).sum(dim=1) / line.sum(dim=1).clamp_min(1e-3)
    return torch.stack([x, row.float()], dim=1)


def _ink_bounds(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the left, top, right and bottom of the ink, (N,) px each; right and bottom are exclusive."""
    columns, rows = ((pixels >= INK_THRESHOLD).any(dim=dim).float() for dim in (1, 2))
    return (
        columns.argmax(dim=1),
        rows.argmax(dim=1),
        pixels.shape[2] - columns.flip(1).argmax(dim=1),
        pixels.shape[1] - rows.flip(1).argmax(dim=1),
    )


def _draw_line(pixels: torch.Tensor, points: list[torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    """Draw one line with round ends, through points of (N, 2) px each, into each of (N, WIDE, WIDE) digits."""
    radius = _uniform(0.8, 1.5, pixels, generator)[:, None, None]
    row = torch.arange(pixels.shape[1])
    y, x = torch.meshgrid(row, row, indexing="ij")
    for start, end in pairwise(points):
        (x0, y0), (dx, dy) = (point.T[:, :, None, None] for point in (start, end - start))
        along = (((x - x0) * dx + (y - y0) * dy) / (dx**2 + dy**2).clamp_min(1e-6)).clamp_(0, 1)
        distance = torch.hypot(x - x0 - along * dx, y - y0 - along * dy)
        pixels = torch.maximum(pixels, (radius + 0.5 - distance).clamp_(0, 1))
    return pixels


def mnist_placement(pixels: torch.Tensor) -> torch.Tensor:
    """Return the (N, 3, 3) maps that place digits, (N, WIDE, WIDE) float32 in [0, 1], as in MNIST.

    MNIST's digits fit a box of 20 px, and their centre of mass is in the middle. The maps lead from the new image's
    coordinates, -1 to 1 over 28 px, to the old image's.
    """
    left, top, right, bottom = _ink_bounds(pixels)
    scale = torch.maximum(right - left, bottom - top) / BOX
    mass = pixels.sum(dim=(1, 2)).clamp_min(1e-3)  # keeps a blank image where it is
    coordinates = (torch.arange(WIDE) * 2 + 1 - WIDE) / SIDE  # the 28x28 image spans -1 to 1
    matrix = torch.diag_embed(torch.stack([scale, scale, torch.ones_like(scale)], dim=1))
    matrix[:, 0, 2] = (pixels.sum(dim=1) * coordinates).sum(dim=1) / mass
    matrix[:, 1, 2] = (pixels.sum(dim=2) * coordinates).sum(dim=1) / mass
    return matrix
