"""Ways of writing that MNIST's writers seldom had: a 1 with a base, a 7 with a bar, a 9 with a curled tail, and more.

Half of the world learns to write other digits than MNIST's writers did. Some of MNIST's own digits are given their
habits here, so that a model trained on MNIST alone reads them.
"""

from itertools import pairwise

import torch
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK_THRESHOLD
from mnist_core.ink.spline import quadratic_bezier

UNSTYLED = -1  # instead of its label: a digit that keeps the habits of its writer
WIDE = 56  # px, the side of a digit with enough paper around it for longer lines
ARM = 0.35  # of the ink above a 4's crossbar: what must stay when the arm on the right is cut off
CURVE_PIECES = 5  # straight pieces of a bow


def apply_styles(
    pixels: torch.Tensor, labels: torch.Tensor, strength: float, generator: torch.Generator
) -> torch.Tensor:
    """Give some digits what MNIST's writers seldom gave them, in place.

    Args:
        pixels: (N, WIDE, WIDE) float32 coverage in [0, 1], the digits with paper around them.
        labels: (N,) int64 in 0 to 9, or `UNSTYLED`.
        strength: at 1 each habit comes to its share in `STYLES` of its digits.
        generator: where the randomness comes from.

    Returns:
        (M,) int64, the places of the digits that were changed.
    """
    touched = torch.zeros(len(pixels), dtype=torch.bool)
    for digit, share, habit in STYLES:
        chosen = (labels == digit) & (torch.rand(len(pixels), generator=generator) < share * strength)
        if chosen.any():
            pixels[chosen] = habit(pixels[chosen], generator)
            touched |= chosen
    return touched.nonzero()[:, 0]


def _base(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw the line that a 1 stands on."""
    foot = _on_ink(pixels, torch.ones(len(pixels)))
    left, right = _between(2, 9, foot, generator), _between(2, 9, foot, generator)
    tilt = _between(-1, 1, foot, generator)
    return _with_line(pixels, [foot + _by(-left, tilt), foot + _by(right, -tilt)], generator)


def _flag(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw the upstroke that leads to the top of a 1."""
    top = _on_ink(pixels, torch.zeros(len(pixels)))
    length, angle = _between(3, 12, top, generator), _between(0.5, 1.1, top, generator)
    return _with_line(pixels, [top, top + _by(-length * torch.cos(angle), length * torch.sin(angle))], generator)


def _flag_and_base(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return _base(_flag(pixels, generator), generator)


def _bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a line across the stem of a 7."""
    stem = _on_ink(pixels, _between(0.4, 0.85, pixels, generator))
    left, right = _between(1.5, 6, stem, generator), _between(1.5, 9, stem, generator)
    tilt = _between(-1, 1, stem, generator)
    return _with_line(pixels, [stem + _by(-left, tilt), stem + _by(right, -tilt)], generator)


def _hanging_bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a bar whose left end bends down, as of a pen that hurries from the foot of a 7 to its bar."""
    stem = _on_ink(pixels, _between(0.55, 0.85, pixels, generator))
    left, right = _between(2, 6, stem, generator), _between(2, 9, stem, generator)
    drop, tilt = _between(1, 8, stem, generator), _between(-0.5, 1.5, stem, generator)
    start, bend, end = stem + _by(-left, drop), stem + _by(-left * 0.8, -0.3 * tilt), stem + _by(right, -tilt)
    return _with_line(pixels, _curve(start, bend, end), generator)


def _tied_bar(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw a bar without lifting the pen: from the foot of a 7 up to the left, round, and across the stem."""
    part = _between(0.45, 0.8, pixels, generator)
    stem, foot = _on_ink(pixels, part), _on_ink(pixels, torch.ones(len(pixels)))
    left, right = _between(3, 12, stem, generator), _between(2, 10, stem, generator)
    bend = stem + _by(-left, _between(-3, 3, stem, generator))
    return _with_line(pixels, _curve(foot, bend, stem + _by(right, _between(-2, 1, stem, generator))), generator)


def _tail(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw what leads on from the foot of a 9: down, then in a bow to the left."""
    foot = _on_ink(pixels, torch.ones(len(pixels)))
    reach, drop = _between(3, 14, foot, generator), _between(0, 7, foot, generator)
    bend = foot + _by(_between(-0.3, 0.2, foot, generator) * reach, drop * 1.3)
    return _with_line(
        pixels, _curve(foot, bend, foot + _by(-reach, drop + _between(-4, 1, foot, generator))), generator
    )


def _bow(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Write the stem of a 9 anew, as a bow that bulges to the right and ends far to the left, under a small loop."""
    part = _between(0.55, 0.75, pixels, generator)
    stem = _on_ink(pixels, part)
    y = torch.arange(pixels.shape[1])[None, :, None]
    head = pixels * (stem[:, 1, None, None] + 1 - y).clamp(0, 1)
    drop, reach, bulge = (_between(low, high, stem, generator) for low, high in ((4, 22), (0, 2.0), (0, 0.9)))
    end = stem + _by(-reach * drop, drop)
    return _with_line(head, _curve(stem, stem + _by(bulge * drop, drop * 0.8), end), generator)


def _arch(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Lead a 9 on from the top of its loop, in an arch to the right and down, over what is then a small loop."""
    cut = _between(0.4, 0.6, pixels, generator)
    top, waist = _on_ink(pixels, torch.zeros(len(pixels))), _on_ink(pixels, cut)
    y = torch.arange(pixels.shape[1])[None, :, None]
    loop = pixels * (waist[:, 1, None, None] + 1 - y).clamp(0, 1)
    reach, rise, drop = (_between(low, high, top, generator) for low, high in ((8, 20), (0, 5), (14, 32)))
    shoulder = top + _by(0.6 * reach, -rise)
    rising = _curve(top, top + _by(0.2 * reach, -rise), shoulder)
    foot = top + _by(reach + _between(-0.5, 0.1, top, generator) * drop, drop)
    corner = top + _by(reach * _between(0.9, 1.2, top, generator), torch.zeros_like(rise))
    return _with_line(loop, [*rising, *_curve(shoulder, corner, foot)], generator)


def _narrow(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Write a digit half as wide."""
    return _drawn_out(pixels, _between(0.35, 0.75, pixels, generator), torch.zeros(len(pixels)))


def _neck(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Lead the upper end of a 6 further up, over what is then a small loop."""
    top = _on_ink(pixels, torch.zeros(len(pixels)))
    rise = _between(2, 26, top, generator)
    return _with_line(pixels, [top, top + _by(_between(-0.2, 0.5, top, generator) * rise, -rise)], generator)


def _armless(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Take the stem above the crossbar away from a 4, as hurried writers leave it out."""
    foot, shin = (_on_ink(pixels, torch.full((len(pixels),), part)) for part in (1.0, 0.8))
    lean = ((shin - foot)[:, 0] / (foot - shin)[:, 1].clamp_min(1)).clamp(-0.3, 1)
    _, top, _, bottom = _bounds(pixels)
    row = torch.arange(pixels.shape[1])
    height = (bottom - top)[:, None].float()
    middle = (row > top[:, None] + 0.3 * height) & (row < top[:, None] + 0.8 * height)
    crossbar = (pixels.sum(dim=2) * middle).argmax(dim=1)  # the row with the most ink
    y, x = row[None, :, None], row[None, None, :]
    above = (crossbar[:, None, None] - 1 - y).clamp(0, 1)
    stem = foot[:, 0, None, None] + lean[:, None, None] * (foot[:, 1, None, None] - y)
    cut = pixels * (1 - above * (x - stem + _between(2, 4, stem, generator)[:, None, None]).clamp(0, 1))
    # Where the cut takes more than the arm, the 4 was of another kind.
    kept = (cut * above).sum(dim=(1, 2)) > ARM * (pixels * above).sum(dim=(1, 2))
    return torch.where(kept[:, None, None], cut, pixels)


def _bolt(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Let the crossbar of an armless 4 fall to the right, and cut its leg short: a bolt of lightning."""
    _, top, _, bottom = _bounds(pixels)
    end = bottom - (bottom - top) * _between(0.0, 0.35, pixels, generator)
    row = torch.arange(pixels.shape[1])[None, :, None]
    bolt = _armless(pixels, generator) * (end[:, None, None] - row).clamp(0, 1)
    fall, across = _between(0.0, 0.7, bolt, generator), _between(0.6, 1.1, bolt, generator)
    return _drawn_out(bolt, across, fall)


# Digit, the share of them that gets it, the habit; a plain 1 must stay the usual one.
STYLES = (
    (1, 0.12, _base),
    (1, 0.12, _flag),
    (1, 0.08, _flag_and_base),
    (3, 0.2, _narrow),
    (4, 0.15, _armless),
    (4, 0.2, _bolt),
    (6, 0.25, _neck),
    (7, 0.15, _bar),
    (7, 0.25, _hanging_bar),
    (7, 0.3, _tied_bar),
    (9, 0.25, _tail),
    (9, 0.4, _bow),
    (9, 0.15, _arch),
)


def _by(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return (N, 2) px from (N,) to the right and (N,) downwards."""
    return torch.stack([x, y], dim=1)


def _curve(start: torch.Tensor, control: torch.Tensor, end: torch.Tensor) -> list[torch.Tensor]:
    """Return the corners, (N, 2) px each, of line pieces along a quadratic curve."""
    return quadratic_bezier(start, control, end, torch.linspace(0, 1, CURVE_PIECES + 1).tolist())


def _between(low: float, high: float, like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw one number for each of N things, (N,) float32, uniformly."""
    return torch.rand(len(like), generator=generator) * (high - low) + low


def _drawn_out(pixels: torch.Tensor, across: torch.Tensor, fall: torch.Tensor) -> torch.Tensor:
    """Make digits `across` times as wide, (N,), and let their level lines fall by `fall` px a px to the right, (N,)."""
    zero, one = torch.zeros(len(pixels)), torch.ones(len(pixels))
    matrix = torch.stack([1 / across, zero, zero, -fall / across, one, zero], dim=1).unflatten(1, (2, 3))
    grid = functional.affine_grid(matrix, [len(pixels), 1, WIDE, WIDE], align_corners=False)
    return functional.grid_sample(pixels[:, None], grid, align_corners=False)[:, 0]


def _on_ink(pixels: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    """Return the middle of the ink, (N, 2) px, in the row at a part (N,) of the way from top to bottom."""
    _, top, _, bottom = _bounds(pixels)
    row = torch.round(top + 0.5 + part * (bottom - top - 2)).long()
    line = pixels[torch.arange(len(pixels)), row]
    x = (line * torch.arange(pixels.shape[2])).sum(dim=1) / line.sum(dim=1).clamp_min(1e-3)
    return torch.stack([x, row.float()], dim=1)


def _bounds(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return left, top, right and bottom of the ink, (N,) px each; the last two are one past it."""
    columns, rows = ((pixels >= INK_THRESHOLD).any(dim=dim).float() for dim in (1, 2))
    return (
        columns.argmax(dim=1),
        rows.argmax(dim=1),
        pixels.shape[2] - columns.flip(1).argmax(dim=1),
        pixels.shape[1] - rows.flip(1).argmax(dim=1),
    )


def _with_line(pixels: torch.Tensor, corners: list[torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    """Draw one round line into each of (N, WIDE, WIDE) pictures, through corners of (N, 2) px each."""
    radius = _between(0.8, 1.5, pixels, generator)[:, None, None]
    row = torch.arange(pixels.shape[1])
    y, x = torch.meshgrid(row, row, indexing="ij")
    for start, end in pairwise(corners):
        (x0, y0), (dx, dy) = (point.T[:, :, None, None] for point in (start, end - start))
        along = (((x - x0) * dx + (y - y0) * dy) / (dx**2 + dy**2).clamp_min(1e-6)).clamp_(0, 1)
        distance = torch.hypot(x - x0 - along * dx, y - y0 - along * dy)
        pixels = torch.maximum(pixels, (radius + 0.5 - distance).clamp_(0, 1))
    return pixels


def mnist_placement(pixels: torch.Tensor) -> torch.Tensor:
    """Return the (N, 3, 3) maps that put digits where MNIST puts them: in a box of 20 px, the mass in the middle."""
    left, top, right, bottom = _bounds(pixels)
    scale = torch.maximum(right - left, bottom - top) / BOX
    mass = pixels.sum(dim=(1, 2)).clamp_min(1e-3)  # what is blank stays where it is
    places = (torch.arange(WIDE) * 2 + 1 - WIDE) / SIDE  # 28x28 is from -1 to 1
    matrix = torch.diag_embed(torch.stack([scale, scale, torch.ones_like(scale)], dim=1))
    matrix[:, 0, 2] = (pixels.sum(dim=1) * places).sum(dim=1) / mass
    matrix[:, 1, 2] = (pixels.sum(dim=2) * places).sum(dim=1) / mass
    return matrix
