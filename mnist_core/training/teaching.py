"""Teach a model one person's handwriting, and measure honestly what came of it.

A model's accuracy on drawings that it was trained on says little. So each drawing is judged by a model that was
fine-tuned without it: cross-validation (Stone, 1974), which is leave-one-out when every fold is one drawing.
"""

from dataclasses import dataclass, replace

import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import BATCH, Evaluation, calibrate, evaluation_of
from mnist_core.progress import Progress, as_part
from mnist_core.training.fine_tuning import DEFAULT, Drawings, FineTuning, fine_tune
from mnist_core.training.report import StepReport

MIN_DRAWINGS = 10  # fewer say too little about a person's handwriting
MAX_FOLDS = 10
EVALUATION_SHARE = 0.3  # of the time, roughly, for the evaluations after all fine-tunings


@dataclass(frozen=True)
class Taught:
    """A model that learned a person's handwriting, and how well it did.

    Attributes:
        model: fine-tuned on all drawings, in evaluation mode.
        reports: of the steps of that fine-tuning; the last one has the test accuracy.
        labels: (N,) int64, the digits that the drawings mean.
        answers_before: (N,) int64, the answers of the model that was fine-tuned, which knew none of the drawings.
        answers_after: (N,) int64, the answer for each drawing of a model that was fine-tuned without it.
        folds: into how many parts the drawings were divided for that; N for leave-one-out.
        test_before, test_after: the accuracy over the test split, as a fraction, of both models.
        temperature: that calibrates the fine-tuned model, see `evaluation.calibrate`.
        calibration_error: on the second half of the test split.
    """

    model: nn.Sequential
    reports: tuple[StepReport, ...]
    labels: torch.Tensor
    answers_before: torch.Tensor
    answers_after: torch.Tensor
    folds: int
    test_before: float
    test_after: float
    temperature: float
    calibration_error: float

    @property
    def own_before(self) -> float:
        """The accuracy on the drawings before, as a fraction."""
        return float((self.answers_before == self.labels).float().mean())

    @property
    def own_after(self) -> float:
        """The accuracy on the drawings after, each judged without having been learned, as a fraction."""
        return float((self.answers_after == self.labels).float().mean())

    def by_digit(self) -> list[tuple[int, int, int, int]]:
        """Return a row for each digit drawn: the digit, its drawings, and how many are right before and after."""
        rows = []
        for digit in self.labels.unique().tolist():
            answers = [each[self.labels == digit] == digit for each in (self.answers_before, self.answers_after)]
            rows.append((int(digit), len(answers[0]), int(answers[0].sum()), int(answers[1].sum())))
        return rows


def teach(
    model: nn.Sequential,
    drawings: Drawings,
    train: Split,
    test: Split,
    settings: FineTuning = DEFAULT,
    *,
    test_before: float | None = None,
) -> Progress[Taught]:
    """Fine-tune a model on drawings, and measure the accuracy on them and on the test split before and after.

    Args:
        model: any of `mnist_core.models.networks`, trained and in evaluation mode; it is left as it is.
        drawings: what to learn, `MIN_DRAWINGS` or more.
        train: the images to rehearse.
        test: the images to evaluate on.
        settings: see `fine_tuning`.
        test_before: the model's accuracy on `test`, as a fraction, if it is known; it saves the time to evaluate.

    Raises:
        ValueError: there are too few drawings.
        FloatingPointError: the loss is no longer finite.
    """
    if len(drawings) < MIN_DRAWINGS:
        raise ValueError(f"teaching needs {MIN_DRAWINGS} drawings or more, got {len(drawings)}")
    parts = folds(drawings.labels, settings.seed)
    tunings, done = len(parts) + 1, 1 - EVALUATION_SHARE
    answers_after = torch.empty_like(drawings.labels)
    for number, fold in enumerate(parts):
        kept = torch.ones(len(drawings), dtype=torch.bool).index_fill(0, fold, False)
        judge = yield from as_part(
            fine_tune(model, drawings.at(kept.nonzero()[:, 0]), train, settings),
            done * number / tunings,
            done / tunings,
        )
        answers_after[fold] = _answers(judge.model, drawings.tensors[fold])
    tuned = yield from as_part(fine_tune(model, drawings, train, settings), done * len(parts) / tunings, done / tunings)
    evaluated = [tuned.model] if test_before is not None else [tuned.model, model]
    share = EVALUATION_SHARE / len(evaluated)
    evaluations = []
    for number, each in enumerate(evaluated):
        evaluations.append((yield from as_part(_evaluate(each, test), done + number * share, share)))
    after, *before = evaluations
    temperature, _, error = calibrate(after.logits, test.labels)
    last = replace(tuned.reports[-1], test_accuracy=after.accuracy, test_loss=after.loss, confusion=after.confusion)
    return Taught(
        tuned.model,
        (*tuned.reports[:-1], last),
        drawings.labels,
        _answers(model, drawings.tensors),
        answers_after,
        len(parts),
        before[0].accuracy if test_before is None else test_before,
        after.accuracy,
        temperature,
        error,
    )


def folds(labels: torch.Tensor, seed: int = 0) -> list[torch.Tensor]:
    """Divide drawings into `MAX_FOLDS` parts of nearly the same size, or into as many as there are drawings.

    Drawings of one digit are spread over the parts, so that few digits are missing from what a judge learns.

    Args:
        labels: (N,) int64.
        seed: decides, among the drawings of one digit, which comes into which part.

    Returns:
        Indices, each (n,) int64; every drawing is in one part.
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    by_digit = order[labels[order].argsort(stable=True)]
    count = min(MAX_FOLDS, len(labels))
    return [by_digit[start::count] for start in range(count)]


def folds_in_words(folds: int, count: int) -> str:
    """Return how a number of drawings was judged: "leave-one-out" or "10-fold cross-validation"."""
    return "leave-one-out" if folds == count else f"{folds}-fold cross-validation"


@torch.no_grad()
def _answers(model: nn.Module, tensors: torch.Tensor) -> torch.Tensor:
    answers: torch.Tensor = model(tensors).argmax(dim=1)
    return answers


def _evaluate(model: nn.Module, split: Split) -> Progress[Evaluation]:
    """Evaluate a model batch by batch, see `evaluation.evaluate`."""
    logits = []
    for batch in split.images.split(BATCH):
        with torch.no_grad():  # NOTE: not around the yield, where another computation would run without gradients
            logits.append(model(normalise(batch)))
        yield len(logits) * BATCH / max(len(split), BATCH)
    return evaluation_of(torch.cat(logits), split.labels)
