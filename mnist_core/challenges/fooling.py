"""The challenge to fool a model: add strokes to a digit until the model reads another one, though people still read it.

A small change that makes a model answer wrongly is an adversarial example (Szegedy et al., arXiv:1312.6199). Here a
person draws it, with a pen and within a budget of ink.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np
import torch

from mnist_core.challenges.scoring import Score
from mnist_core.data.split import Split
from mnist_core.ink.strokes import Polyline, Strokes, rasterise
from mnist_core.ink.vectorisation import vectorise
from mnist_core.recognition.predictor import Prediction, Predictor

KEY = "fool"
MAX_SHARE = 0.35  # of the digit's own ink that may be added; a person still reads the digit then
CANDIDATES = 40  # images that are looked at to find one that the model reads right
PIXEL = 10  # canvas px, the side of what counts as one pixel of ink: the canvas has 28 x 28 of them
TIE = 1_000  # px of ink that would weigh as much as one stroke; the canvas has only 784


@dataclass(frozen=True)
class Target:
    """A test image as ink on the canvas, which the model reads right.

    Attributes:
        number: the index of the image in the test split.
        label: its digit.
        strokes: its ink, one line each.
    """

    number: int
    label: int
    strokes: tuple[Strokes, ...] = field(repr=False, compare=False)

    @property
    def brush(self) -> float:
        """The width of its lines, in canvas px."""
        return self.strokes[0].brush


def deal(test: Split, predictor: Predictor, generator: torch.Generator) -> Target | None:
    """Return a random test image that a model reads right once it is drawn as strokes.

    Args:
        test: the images.
        predictor: the one to fool.
        generator: decides which image it is.

    Returns:
        None when the model reads none of `CANDIDATES` images.
    """
    for number in torch.randint(len(test), (CANDIDATES,), generator=generator).tolist():
        drawing, label = vectorise(test.images[number].numpy()), int(test.labels[number])
        if drawing.is_blank:
            continue
        prediction = predictor.predict(drawing)
        if prediction.is_digit and prediction.label == label:
            strokes = tuple(Strokes((line,), drawing.brush, drawing.size) for line in drawing.lines)
            return Target(number, label, strokes)
    return None


class Verdict(Enum):
    """What an attempt has achieved so far."""

    UNTOUCHED = auto()  # nothing is added
    ERASED = auto()  # the digit is no longer whole
    TOO_MUCH = auto()  # more ink is added than allowed
    STILL_READ = auto()  # the model reads the digit
    NO_DIGIT = auto()  # the OOD detector takes it for no digit
    FOOLED = auto()


@dataclass(frozen=True)
class Attempt:
    """A digit with strokes added to it.

    Attributes:
        verdict: whether it counts, and if not why.
        strokes: how many are added; 0 when the digit is no longer whole.
        ink: that they add, in px, see `ink_of`.
        own_ink: of the digit, in px.
        prediction: the model's, None when the digit is no longer whole.
    """

    verdict: Verdict
    strokes: int = 0
    ink: float = 0.0
    own_ink: float = 0.0
    prediction: Prediction | None = None

    @property
    def share(self) -> float:
        """The ink added as a fraction of the digit's own."""
        return self.ink / self.own_ink if self.own_ink else 0.0


def ink_of(lines: Sequence[Polyline], brush: float, size: float) -> float:
    """Return how much ink lines leave on the canvas as an image of 28 x 28 pixels: the sum of the pixels in [0, 1].

    What lies over other ink counts once, so more lines never leave less ink.

    Args:
        lines: polylines (n, 2) in canvas px; none leave no ink.
        brush: their width, in canvas px.
        size: the side of the canvas, in px.
    """
    return float(rasterise(Strokes(tuple(lines), brush, size)).sum(dtype=np.float64)) / PIXEL**2


def added_lines(target: Target, strokes: Sequence[Strokes]) -> list[Polyline] | None:
    """Return the lines that were added to a digit, or None when it is no longer whole.

    Args:
        target: the digit.
        strokes: what is on the canvas: the digit's own strokes first.
    """
    own = [line for stroke in target.strokes for line in stroke.lines]
    lines = [line for stroke in strokes for line in stroke.lines]
    is_whole = len(lines) >= len(own) and all(map(np.array_equal, lines, own))
    return lines[len(own) :] if is_whole else None


def judge(target: Target, strokes: Sequence[Strokes], predictor: Predictor) -> Attempt:
    """Judge what is on the canvas.

    Preprocessing redraws all lines with one width. So every added stroke counts with the digit's own, whatever the
    brush was: a thin brush saves no ink.

    Args:
        target: the digit that the canvas began with.
        strokes: what is on the canvas now.
        predictor: the one to fool.
    """
    lines = added_lines(target, strokes)
    if lines is None:
        return Attempt(Verdict.ERASED)
    own = [line for stroke in target.strokes for line in stroke.lines]
    size = target.strokes[0].size
    own_ink = ink_of(own, target.brush, size)
    ink = ink_of([*own, *lines], target.brush, size) - own_ink if lines else 0.0
    prediction = predictor.predict(Strokes((*own, *lines), target.brush, size))
    verdict = _verdict(target, len(lines), ink / own_ink, prediction)
    return Attempt(verdict, len(lines), ink, own_ink, prediction)


def _verdict(target: Target, strokes: int, share: float, prediction: Prediction) -> Verdict:
    if not strokes:
        return Verdict.UNTOUCHED
    if share > MAX_SHARE:
        return Verdict.TOO_MUCH
    if prediction.label == target.label:
        return Verdict.STILL_READ
    return Verdict.FOOLED if prediction.is_digit else Verdict.NO_DIGIT


def score_of(target: Target, attempt: Attempt, model: str) -> Score:
    """Return the score of an attempt that fooled the model: its strokes, and among equals its ink; the lowest wins.

    Args:
        target: the digit.
        attempt: with the verdict FOOLED.
        model: what people call the model.

    Raises:
        ValueError: the attempt did not fool the model.
    """
    if attempt.verdict is not Verdict.FOOLED or attempt.prediction is None:
        raise ValueError(f"only an attempt that fools the model has a score, got one that is {attempt.verdict.name}")
    count = f"{attempt.strokes} stroke{'' if attempt.strokes == 1 else 's'}"
    detail = f"a {target.label} read as {attempt.prediction.label} by {model}"
    return Score(KEY, attempt.strokes + attempt.ink / TIE, f"{count}, {attempt.ink:.1f} px of ink", detail)
