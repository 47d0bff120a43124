"""What would change a model's mind: the smallest change of a picture that makes the answer a chosen digit.

The search is the targeted Fast Adaptive Boundary attack (Croce and Hein, arXiv:1907.02044). It takes the model for
linear near a point, goes to the nearest picture with the wanted answer, and repeats from there, pulled towards the
picture that it began with. On a linear model its first step is exact, as DeepFool's is (arXiv:1511.04599).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_core.constants import CLASSES, SIDE
from mnist_core.ink.normalisation import MEAN, STD, denormalise
from mnist_core.progress import Progress

STEPS = 30
OVERSHOOT = 1.05  # eta of the paper: how far a step goes, as a multiple of the way to the boundary
MAX_PULL = 0.1  # alpha_max of the paper: how much of a step is that of the first picture
RETREAT = 0.9  # beta of the paper: how much of the change is kept after a success, before the next step
EVEN = 0.5  # a probability that no other digit can exceed
MARGIN = 1e-3  # by how much the logit of the wanted digit must exceed the others
BISECTIONS = 12
FRAMES = 25  # of the path from the picture to the changed one, both included
NEWTON_STEPS, MAX_HALVINGS = 60, 30  # of the projection
TOLERANCE = 1e-9
VISIBLE = 0.05  # of full ink; a smaller change of a pixel does not count as one


class Norm(StrEnum):
    """How the size of a change is measured.

    L2 is the root of the sum of the pixels' squared changes, which spreads the change over many pixels. L1 is the sum
    of their absolute changes, which keeps it to few.
    """

    L2 = "L2"
    L1 = "L1"


@dataclass(frozen=True)
class Change:
    """A changed picture, and the way there.

    Attributes:
        target: the digit that was asked for.
        is_found: whether the model answers it for the changed picture, as surely as was asked.
        path: (FRAMES, 28, 28) float32 in [0, 1], from the picture in a straight line to the changed one.
        probabilities: (FRAMES, 10) float32, those of the pictures of the path.
    """

    target: int
    is_found: bool
    path: torch.Tensor
    probabilities: torch.Tensor

    @property
    def difference(self) -> torch.Tensor:
        """(28, 28) float32 in [-1, 1]: the ink to add, and below 0 the ink to remove."""
        return self.path[-1] - self.path[0]

    @property
    def l2(self) -> float:
        """The root of the sum of the squared changes, in full ink."""
        return float(self.difference.norm())

    @property
    def added(self) -> float:
        """The ink to add, in pixels of full ink."""
        return float(self.difference.clamp_min(0).sum())

    @property
    def removed(self) -> float:
        """The ink to remove, in pixels of full ink."""
        return float((-self.difference).clamp_min(0).sum())

    @property
    def l1(self) -> float:
        """The sum of the absolute changes, in pixels of full ink."""
        return self.added + self.removed

    @property
    def pixels(self) -> int:
        """How many pixels change by more than `VISIBLE`."""
        return int((self.difference.abs() > VISIBLE).sum())


def smallest_change(
    model: nn.Module,
    tensor: torch.Tensor,
    target: int,
    *,
    norm: Norm = Norm.L2,
    sureness: float | None = None,
    temperature: float = 1.0,
) -> Progress[Change]:
    """Look for the smallest change of a picture that makes a model answer a chosen digit.

    What is found is checked: the model does give that answer. That no smaller change exists is certain only for a
    linear model.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode.
        tensor: the picture, (1, 28, 28) float32, normalised.
        target: the wanted digit, 0 to 9.
        norm: how the size of a change is measured.
        sureness: the probability that the wanted digit must have, in [0.5, 1); None when it need only be the highest.
        temperature: divides the logits before the softmax.

    Raises:
        ValueError: the digit or the probability is out of range.
    """
    if not 0 <= target < CLASSES:
        raise ValueError(f"target must be 0 to {CLASSES - 1}, got {target}")
    if sureness is not None and not EVEN <= sureness < 1:
        raise ValueError(f"sureness must be from 0.5 to below 1, got {sureness}")
    # NOTE: in float64, so that the checks of what is found do not depend on rounding in the search.
    first = denormalise(tensor).flatten().double().numpy()
    project = nearest if norm is Norm.L2 else nearest_in_few_pixels

    def size(change: np.ndarray) -> float:
        return float(np.linalg.norm(change, 2 if norm is Norm.L2 else 1))

    def is_reached(picture: np.ndarray) -> bool:
        return bool(_excess(_logits(model, picture[None]), target, sureness, temperature).min() > 0)

    # NOTE: the projection in L1 meets one condition, and an even chance is one: no other digit can have more.
    aim = EVEN if sureness is None and norm is Norm.L1 else sureness
    best, here = (first if is_reached(first) else None), first
    for step in range(STEPS if best is None else 0):
        yield step / (STEPS + 1)
        excess, slopes = _linearised(model, here, target, aim, temperature)
        offsets = excess - slopes @ here
        from_first, from_here = project(first, slopes, offsets), project(here, slopes, offsets)
        far, near = size(from_first - first), size(from_here - here)
        pull = min(MAX_PULL, near / (near + far)) if near + far else MAX_PULL
        moved = (1 - pull) * (here + OVERSHOOT * (from_here - here)) + pull * (first + OVERSHOOT * (from_first - first))
        here = np.clip(moved, 0, 1)
        for candidate in (from_first, here):
            is_smaller = best is None or size(candidate - first) < size(best - first)
            if is_smaller and is_reached(candidate):
                best = candidate
        if is_reached(here):
            here = first + RETREAT * (here - first)
    yield STEPS / (STEPS + 1)
    after = here if best is None else _shortened(first, best, is_reached)
    return _change(model, first, after, target, sureness, temperature)


def nearest(point: np.ndarray, slopes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the picture nearest to a point in L2 that meets linear conditions.

    It solves the dual problem by the projected Newton method (Bertsekas, SIAM J. Control Optim. 20, 1982).

    Args:
        point: (P,) float64 in [0, 1].
        slopes, offsets: (K, P) and (K,) float64; the conditions are slopes @ picture + offsets >= 0.

    Returns:
        (P,) float64 in [0, 1]; when no picture meets the conditions, one that goes far in their direction.
    """

    def at(multipliers: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Return the picture that belongs to some multipliers, by how much it meets the conditions, and the dual."""
        picture = np.clip(point + multipliers @ slopes, 0, 1)
        excess = slopes @ picture + offsets
        return picture, excess, float(multipliers @ excess - ((picture - point) ** 2).sum() / 2)

    multipliers = np.zeros(len(offsets))
    picture, excess, dual = at(multipliers)
    for _ in range(NEWTON_STEPS):
        moves = (multipliers > 0) | (excess < 0)
        if np.abs(excess[moves]).max(initial=0) <= TOLERANCE:
            break
        unclipped = point + multipliers @ slopes
        rows = slopes[moves][:, (unclipped > 0) & (unclipped < 1) | (multipliers @ slopes == 0)]
        curvature = rows @ rows.T
        damping = 1e-9 * max(float(np.trace(curvature)), 1e-9)
        step = np.zeros(len(offsets))
        step[moves] = np.linalg.solve(curvature + damping * np.eye(len(rows)), -excess[moves])
        for halvings in range(MAX_HALVINGS):
            tried = np.maximum(multipliers + step * 0.5**halvings, 0)
            if at(tried)[2] < dual:
                break
        else:
            break
        multipliers = tried
        picture, excess, dual = at(multipliers)
    return picture


def nearest_in_few_pixels(point: np.ndarray, slopes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the picture nearest to a point in L1 that meets the least met of some linear conditions.

    The pixels with the steepest slope change first, each as far as it can, until the condition is met.

    Args:
        point: (P,) float64 in [0, 1].
        slopes, offsets: see `nearest`.
    """
    excess = slopes @ point + offsets
    worst = int(excess.argmin())
    slope = slopes[worst]
    order = np.argsort(-np.abs(slope), kind="stable")
    room = np.where(slope > 0, 1 - point, point)[order]  # how far each pixel can change in the direction that helps
    gains = np.abs(slope)[order] * room
    missing = -excess[worst] - (gains.cumsum() - gains)
    share = np.clip(missing / np.maximum(gains, 1e-300), 0, 1)
    changed = point.copy()
    changed[order] += np.sign(slope)[order] * room * share
    return np.clip(changed, 0, 1)


def _shortened(first: np.ndarray, reached: np.ndarray, is_reached: Callable[[np.ndarray], bool]) -> np.ndarray:
    """Return the picture nearest to the first one, on the line to one that is reached, that is reached too."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(first + middle * (reached - first)) else (middle, high)
    return first + high * (reached - first)


def _as_input(pictures: np.ndarray) -> torch.Tensor:
    """Return pictures (N, P) float64 in [0, 1] as model input, (N, 1, 28, 28) float32."""
    return ((torch.from_numpy(pictures).float() - MEAN) / STD).unflatten(1, (1, SIDE, SIDE))


def _logits(model: nn.Module, pictures: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        logits: np.ndarray = model(_as_input(pictures)).double().numpy()
    return logits


def _excess(logits: Any, target: int, sureness: float | None, temperature: float) -> Any:
    """Return by how much conditions on logits (N, 10) are met, (N, K): all of them where none is below 0.

    Works on arrays and on tensors.
    """
    others = [digit for digit in range(CLASSES) if digit != target]
    if sureness is None:
        return logits[:, target, None] - logits[:, others] - MARGIN
    scaled = torch.as_tensor(logits) / temperature
    odds = scaled[:, target] - torch.logsumexp(scaled[:, others], dim=1)
    return (odds - np.log(sureness / (1 - sureness)) - MARGIN)[:, None] * temperature


def _linearised(
    model: nn.Module, picture: np.ndarray, target: int, sureness: float | None, temperature: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the conditions at a picture, (K,), and their gradients, (K, P), both float64."""
    conditions = CLASSES - 1 if sureness is None else 1
    # NOTE: one copy of the picture per condition, so that one backward pass gives all gradients.
    copies = _as_input(np.repeat(picture[None], conditions, axis=0)).requires_grad_()
    excess = _excess(model(copies), target, sureness, temperature)
    (gradient,) = torch.autograd.grad(excess.diagonal().sum(), copies)
    return excess[0].detach().double().numpy(), gradient.flatten(1).double().numpy() / STD


def _change(
    model: nn.Module,
    first: np.ndarray,
    after: np.ndarray,
    target: int,
    sureness: float | None,
    temperature: float,
) -> Change:
    path = first + np.linspace(0, 1, FRAMES)[:, None] * (after - first)
    logits = torch.from_numpy(_logits(model, path))
    probabilities = torch.softmax(logits / temperature, dim=1).float()
    reached = probabilities[-1, target]
    is_found = int(logits[-1].argmax()) == target and (sureness is None or float(reached) >= sureness)
    return Change(target, is_found, torch.from_numpy(path).float().unflatten(1, (SIDE, SIDE)), probabilities)
