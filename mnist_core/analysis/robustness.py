"""How much noise, shift, turning or thickness a picture bears before a model answers another digit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import MEAN, STD, denormalise
from mnist_core.progress import Progress

FINENESS = 4  # parts per px in which lines grow or shrink
CHUNK = 8  # pictures per step of a computation
BISECTIONS = 6  # between two amounts of a curve, to find where the answer changes


@dataclass(frozen=True)
class Distortion:
    """How a picture is changed: first its thickness, then its place and angle, then the noise.

    Attributes:
        noise: standard deviation of Gaussian noise, as a fraction of full ink.
        right, down: how far it is moved, in px.
        turn: by how many degrees it is turned about its middle, clockwise.
        thickness: how much thicker its lines become, in px; below 0 thinner.
    """

    noise: float = 0.0
    right: float = 0.0
    down: float = 0.0
    turn: float = 0.0
    thickness: float = 0.0


@dataclass(frozen=True)
class Kind:
    """One way to change a picture: a field of `Distortion`.

    Attributes:
        field: its name.
        unit: of the amount.
        lowest, highest, step: the amounts of a curve.
    """

    field: str
    unit: str
    lowest: float
    highest: float
    step: float

    @property
    def amounts(self) -> list[float]:
        """The amounts of a curve, rising; 0 is one of them."""
        first, last = round(self.lowest / self.step), round(self.highest / self.step)
        return [place * self.step for place in range(first, last + 1)]

    def at(self, amount: float, others: Distortion) -> Distortion:
        """Return a distortion with this amount of this kind."""
        return replace(others, **{self.field: amount})


KINDS = (
    Kind("noise", "of full ink", 0.0, 1.0, 0.025),
    Kind("right", "px", -10.0, 10.0, 0.5),
    Kind("down", "px", -10.0, 10.0, 0.5),
    Kind("turn", "°", -180.0, 180.0, 5.0),
    Kind("thickness", "px", -3.0, 5.0, 0.25),
)


@dataclass(frozen=True)
class Break:
    """Where an answer changes: the amount, and the digit that is answered there."""

    amount: float
    answer: int


@dataclass(frozen=True)
class Curve:
    """What a model answers over the amount of one kind of change.

    Attributes:
        kind: the kind.
        amounts: those of the kind.
        probabilities: (len(amounts), 10) float32.
        answer: the digit that is answered at 0.
        below, above: where another digit is answered first, on the way down and up from 0; None when nowhere.
    """

    kind: Kind
    amounts: Sequence[float]
    probabilities: torch.Tensor
    answer: int
    below: Break | None
    above: Break | None


def distort(tensor: torch.Tensor, distortions: Sequence[Distortion], *, seed: int = 0) -> torch.Tensor:
    """Change a picture in several ways.

    Args:
        tensor: the picture, (1, 28, 28) float32, normalised.
        distortions: N of them.
        seed: of the noise, which is the same pattern for every amount.

    Returns:
        (N, 1, 28, 28) float32, normalised, within the range of paper and ink.
    """
    ink = _thickened(denormalise(tensor), [each.thickness for each in distortions])
    ink = _moved(ink, distortions)
    pattern = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(seed))
    noise = torch.tensor([each.noise for each in distortions])[:, None, None, None]
    return ((ink + noise * pattern).clamp(0, 1) - MEAN) / STD


def inverted(tensor: torch.Tensor) -> torch.Tensor:
    """Return a picture with ink and paper exchanged.

    Args:
        tensor: the picture, (1, 28, 28) float32, normalised.

    Returns:
        (1, 28, 28) float32, normalised.
    """
    return (1 - denormalise(tensor) - MEAN) / STD


def answer_curve(
    model: nn.Module,
    tensor: torch.Tensor,
    kind: Kind,
    others: Distortion = Distortion(),
    *,
    temperature: float = 1.0,
    seed: int = 0,
) -> Progress[Curve]:
    """Compute what a model answers over the amount of one kind of change, and where its answer changes first.

    Where it changes is searched between the amounts of the curve, to within 2% of their distance. A change that is
    undone before the next amount is missed.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode.
        tensor: the picture, (1, 28, 28) float32, normalised.
        kind: what changes.
        others: how the picture is changed besides; the amount of `kind` in it does not matter.
        temperature: divides the logits before the softmax.
        seed: of the noise.
    """

    @torch.no_grad()
    def logits(amounts: Sequence[float]) -> torch.Tensor:
        changed: torch.Tensor = model(distort(tensor, [kind.at(each, others) for each in amounts], seed=seed))
        return changed

    def first_break(places: Sequence[int]) -> Break | None:
        """Look for another answer at some places of the curve, one after another."""
        far = next((place for place in places if answers[place] != answer), None)
        if far is None:
            return None
        near = far - 1 if far > zero else far + 1
        same, other, digit = amounts[near], amounts[far], answers[far]
        for _ in range(BISECTIONS):
            middle = (same + other) / 2
            found = int(logits([middle]).argmax())
            same, other, digit = (middle, other, digit) if found == answer else (same, middle, found)
        return Break(other, digit)

    amounts, parts = kind.amounts, []
    for start in range(0, len(amounts), CHUNK):
        parts.append(logits(amounts[start : start + CHUNK]))
        yield min(start + CHUNK, len(amounts)) / (len(amounts) + CHUNK)
    rows = torch.cat(parts)
    answers = rows.argmax(dim=1).tolist()
    zero = amounts.index(0)
    answer = answers[zero]
    above, below = first_break(range(zero, len(amounts))), first_break(range(zero, -1, -1))
    return Curve(kind, amounts, torch.softmax(rows / temperature, dim=1), answer, below, above)


def answer_curves(
    model: nn.Module, tensor: torch.Tensor, *, temperature: float = 1.0, seed: int = 0
) -> Progress[dict[str, Curve]]:
    """Compute the curve of every kind of change of a picture, see `answer_curve`; by field."""
    curves = {}
    for done, kind in enumerate(KINDS):
        work = answer_curve(model, tensor, kind, temperature=temperature, seed=seed)
        while True:
            try:
                fraction = next(work)
            except StopIteration as end:
                curves[kind.field] = end.value
                break
            yield (done + fraction) / len(KINDS)
    return curves


def _thickened(ink: torch.Tensor, amounts: Sequence[float]) -> torch.Tensor:
    """Thicken the lines of a picture (1, 28, 28) in [0, 1] by N amounts in px: (N, 1, 28, 28).

    Lines grow by dilation with an octagon and shrink by erosion, in parts of a px; between these parts it interpolates.
    """
    levels = [amount * FINENESS / 2 for amount in amounts]  # a line grows on both of its sides
    largest = max((abs(level) for level in levels), default=0.0)
    fine = ink[None].repeat_interleave(FINENESS, 2).repeat_interleave(FINENESS, 3)
    # NOTE: shrinking the ink is growing the paper.
    grown = [_grown(fine, largest), [1 - each for each in _grown(1 - fine, largest)]]
    pictures = []
    for level in levels:
        steps = grown[level < 0]
        whole = int(abs(level))
        part = abs(level) - whole
        pictures.append(steps[whole] if not part else torch.lerp(steps[whole], steps[whole + 1], part))
    return (
        functional.avg_pool2d(torch.cat(pictures), FINENESS) if largest else ink[None].expand(len(amounts), 1, -1, -1)
    )


def _grown(fine: torch.Tensor, largest: float) -> list[torch.Tensor]:
    """Return a picture after 0, 1, ... steps of dilation, until `largest` steps."""
    steps = [fine]
    while len(steps) <= largest + 1:
        last = steps[-1]
        if len(steps) % 2:  # a plus and a square in turn make an octagon, which is close to a disc
            wide = functional.max_pool2d(last, (1, 3), 1, (0, 1))
            steps.append(torch.maximum(wide, functional.max_pool2d(last, (3, 1), 1, (1, 0))))
        else:
            steps.append(functional.max_pool2d(last, 3, 1, 1))
    return steps


def _moved(ink: torch.Tensor, distortions: Sequence[Distortion]) -> torch.Tensor:
    """Turn and then move pictures (N, 1, 28, 28) in [0, 1], each as one of N distortions says; paper comes in."""
    angle = torch.tensor([each.turn for each in distortions]).deg2rad()
    shift = torch.tensor([[each.right, each.down] for each in distortions]) * (2 / SIDE)
    if not angle.any() and not shift.any():
        return ink
    cos, sin = torch.cos(angle), torch.sin(angle)
    turn = torch.stack([torch.stack([cos, sin], dim=1), torch.stack([-sin, cos], dim=1)], dim=1)
    matrix = torch.cat([turn, -(turn @ shift[:, :, None])], dim=2)
    grid = functional.affine_grid(matrix, [len(ink), 1, SIDE, SIDE], align_corners=False)
    return functional.grid_sample(ink, grid, align_corners=False)
