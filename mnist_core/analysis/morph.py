"""From one picture to another, in small steps: what a model answers on the way."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mnist_core.ink.normalisation import MEAN, STD, as_images
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.spline import arc_lengths, resample
from mnist_core.ink.strokes import CANVAS_SIZE, Polyline, Strokes
from mnist_core.ink.vectorisation import vectorise
from mnist_core.progress import Progress

FRAMES = 41  # of a morph, both pictures included
POINTS = 32  # per stroke, while strokes move
BOX_SIDE = 200.0  # canvas px, of the box that the moving strokes fill


@dataclass(frozen=True)
class Morph:
    """Pictures on the way from one to another, and what a model answers for them.

    Attributes:
        pictures: (FRAMES, 1, 28, 28) float32, normalised; the first and the last are the two pictures themselves.
        probabilities: (FRAMES, 10) float32.
        has_strokes: whether strokes moved; otherwise the pictures only fade.
    """

    pictures: torch.Tensor
    probabilities: torch.Tensor
    has_strokes: bool


def fade(model: nn.Module, first: torch.Tensor, second: torch.Tensor, *, temperature: float = 1.0) -> Progress[Morph]:
    """Fade one picture out and another one in: each pixel changes evenly.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode.
        first, second: the pictures, (1, 28, 28) float32, normalised.
        temperature: divides the logits before the softmax.
    """
    shares = torch.linspace(0, 1, FRAMES)[:, None, None, None]
    yield 0.0
    return _answered(model, torch.lerp(first[None], second[None], shares), temperature, has_strokes=False)


def move_strokes(
    model: nn.Module,
    first: torch.Tensor,
    second: torch.Tensor,
    *,
    first_strokes: Strokes | None = None,
    second_strokes: Strokes | None = None,
    temperature: float = 1.0,
) -> Progress[Morph]:
    """Move the strokes of one picture to the places of those of another, as if the digit changed its shape.

    Each stroke becomes the nearest one of the other picture. Where one picture has more strokes, the longest of the
    other picture are divided. Every step goes through the preprocessing that a drawing goes through. What the strokes
    do not show of a picture, such as its grey levels, fades. Without strokes in one of the pictures, all of it fades.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode.
        first, second: the pictures, (1, 28, 28) float32, normalised.
        first_strokes, second_strokes: their strokes; where None, they are traced.
        temperature: divides the logits before the softmax.
    """
    yield 0.0
    starts, ends = first_strokes or _traced(first), second_strokes or _traced(second)
    if starts.is_blank or ends.is_blank:
        return (yield from fade(model, first, second, temperature=temperature))
    pairs = paired(starts, ends)
    frames = []
    for place, share in enumerate(np.linspace(0, 1, FRAMES)):
        lines = tuple((1 - share) * start + share * end for start, end in pairs)
        stages = preprocess(Strokes(lines))
        assert stages, "strokes leave ink"
        frames.append(stages.tensor)
        if place % 2:
            yield (place + 1) / (FRAMES + 1)
    moved = torch.stack(frames)
    shares = torch.linspace(0, 1, FRAMES)[:, None, None, None]
    rest = torch.lerp(first - moved[:1], second - moved[-1:], shares)
    ink = ((moved + rest) * STD + MEAN).clamp(0, 1)
    return _answered(model, (ink - MEAN) / STD, temperature, has_strokes=True)


def paired(first: Strokes, second: Strokes) -> list[tuple[Polyline, Polyline]]:
    """Return which stroke becomes which, each (POINTS, 2), on one canvas; a stroke may run in the other direction.

    Raises:
        ValueError: one of them is blank.
    """
    # NOTE: a late import, because it is rarely needed and would delay the first page.
    from scipy.optimize import linear_sum_assignment

    if first.is_blank or second.is_blank:
        raise ValueError("both pictures must have ink, got one without")
    count = max(len(first.lines), len(second.lines))
    starts, ends = ([resample(line, POINTS) for line in _divided(_in_box(each), count)] for each in (first, second))
    both_ways = np.array([[[_distance(start, way) for way in (end, end[::-1])] for end in ends] for start in starts])
    rows, columns = linear_sum_assignment(both_ways.min(axis=2))
    pairs = []
    for row, column in zip(rows, columns, strict=True):
        is_reversed = both_ways[row, column].argmin()
        pairs.append((starts[row], ends[column][::-1] if is_reversed else ends[column]))
    return pairs


def _traced(tensor: torch.Tensor) -> Strokes:
    return vectorise(as_images(tensor[None])[0].numpy())


def _in_box(strokes: Strokes) -> list[Polyline]:
    """Return lines whose longer side fills a box of `BOX_SIDE` px in the middle of the canvas."""
    left, top, right, bottom = strokes.bounds()
    scale = BOX_SIDE / max(right - left, bottom - top, 1.0)
    middle = np.array([left + right, top + bottom]) / 2
    return [(line - middle) * scale + CANVAS_SIZE / 2 for line in strokes.lines]


def _divided(lines: list[Polyline], count: int) -> list[Polyline]:
    """Divide the longest line in the middle, again and again, until there are `count` lines."""
    lines = list(lines)
    while len(lines) < count:
        longest = max(range(len(lines)), key=lambda place: arc_lengths(lines[place])[-1])
        line = resample(lines.pop(longest), 2 * POINTS - 1)
        lines[longest:longest] = [line[:POINTS], line[POINTS - 1 :]]
    return lines


def _distance(first: Polyline, second: Polyline) -> float:
    return float(np.hypot(*(first - second).T).mean())


def _answered(model: nn.Module, pictures: torch.Tensor, temperature: float, *, has_strokes: bool) -> Morph:
    with torch.no_grad():
        logits = model(pictures)
    return Morph(pictures, torch.softmax(logits / temperature, dim=1), has_strokes)
