"""Measure how well a model reads strangers' ink, by brush, digit and writer, after different preprocessing.

    python -m tests.benchmarks.ink pen_digits.jsonl [--model cnn] [--box 500]

The file has one line per digit: {"label": 3, "writer": 7, "strokes": [[[x, y], ...], ...]}, in px of a box with the
given side. Each digit is drawn on a canvas of 280 px with brushes of 8, 14, 20 and 28 px. "squashed" scales the whole
canvas down to 28x28. "box" is MNIST's own recipe: a box of 20x20, then the centre of mass. "ours" first normalises the
thickness of the lines, once from the strokes and once from their pixels.
"""

import statistics
import time
from dataclasses import dataclass, replace

import torch

from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor
from tests.benchmarks.strangers import strangers_digits, strangers_parser

BRUSHES = (8, 14, 20, 28)  # px
MANY = 20  # groups, too many to name each
SQUASHED = Recipe(crop=False, thickness=False, box=False, centre=False)
BOX = replace(MNIST_RECIPE, thickness=False)


@dataclass(frozen=True)
class Preparation:
    """How strokes come to a model: as they are or as the pixels that they paint, and with which steps."""

    recipe: Recipe
    is_painted: bool = False


PREPARATIONS = {
    "squashed": Preparation(SQUASHED),
    "box": Preparation(BOX),
    "ours, strokes": Preparation(MNIST_RECIPE),
    "ours, pixels": Preparation(MNIST_RECIPE, is_painted=True),
}


def extent(strokes: Strokes) -> float:
    """Return the longer side of the strokes' bounding box, without the brush, in px."""
    left, top, right, bottom = strokes.bounds()
    return max(right - left, bottom - top)


def correct(predictor: Predictor, strokes: list[Strokes], labels: torch.Tensor, prepare: Preparation) -> torch.Tensor:
    """Return which digits the model reads correctly, (N,) bool."""
    inks = (rasterise(digit) if prepare.is_painted else digit for digit in strokes)
    return torch.tensor([predictor.predict(ink, prepare.recipe).label for ink in inks]) == labels


def accuracies(is_correct: torch.Tensor, groups: torch.Tensor) -> str:
    """Return the accuracy of each group as text."""
    shares = {group: float(is_correct[groups == group].float().mean()) for group in groups.unique().tolist()}
    if len(shares) > MANY:
        return (
            f"of {len(shares)} groups, from {min(shares.values()):.1%}; median {statistics.median(shares.values()):.1%}"
        )
    return "  ".join(f"{group}: {share:.1%}" for group, share in shares.items())


def main() -> None:
    parser = strangers_parser(__doc__)
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor = Predictor.of(load_trained(model_folder(options.model)))
    digits = strangers_digits(options.file, options.box)
    strokes = [digit.strokes for digit in digits]
    names = list(dict.fromkeys(digit.writer for digit in digits))
    labels = torch.tensor([digit.label for digit in digits])
    writers = torch.tensor([names.index(digit.writer) + 1 for digit in digits])
    print(f"{len(strokes):,} digits by {len(writers.unique())} writers, model {options.model}")
    half = statistics.median(map(extent, strokes))
    print(f"half of them are less than {half:.0f} px high and wide, without the brush\n")
    print("brush (px)       " + "".join(f"{brush:>9}" for brush in BRUSHES))
    for name, prepare in PREPARATIONS.items():
        is_correct = {
            brush: correct(predictor, [replace(digit, brush=brush) for digit in strokes], labels, prepare)
            for brush in BRUSHES
        }
        print(f"{name:<17}" + "".join(f"{is_correct[brush].float().mean():>9.1%}" for brush in BRUSHES), flush=True)
        if name.startswith("ours"):
            print(
                f"  by digit   {accuracies(is_correct[20], labels)}\n  by writer  {accuracies(is_correct[20], writers)}"
            )
    milliseconds = []
    for digit in strokes[:200]:
        started = time.perf_counter()
        predictor.predict(digit)
        milliseconds.append((time.perf_counter() - started) * 1000)
    print(f"\none answer: median {statistics.median(milliseconds):.1f} ms")
    answers = [predictor.predict(digit) for digit in strokes]
    pairs = list(zip(answers, labels.tolist(), strict=True))
    named = sum(digit in (answer.label, answer.second) for answer, digit in pairs)
    doubted = sum(answer.label != digit and not answer.is_digit for answer, digit in pairs)
    misread = sum(answer.label != digit for answer, digit in pairs)
    print(f"strokes: the digit is the answer or the close second one the page names too: {named / len(pairs):.1%}")
    print(f"strokes: {misread} misread, of which {doubted} are called probably not a digit")


if __name__ == "__main__":
    main()
