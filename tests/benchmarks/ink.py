"""Measure how well a model reads strangers' ink, by brush, digit and writer, after different preprocessing.

    python -m tests.benchmarks.ink pen_digits.jsonl [--model cnn] [--box 500]

The file has one line per digit: {"label": 3, "writer": 7, "strokes": [[[x, y], ...], ...]}, in px of a box with the
given side. Each digit is drawn on a canvas of 280 px with brushes of 8, 14, 20 and 28 px. "squashed" scales the whole
canvas down to 28x28. "box" is MNIST's own recipe: a box of 20x20, then the centre of mass. "ours" first normalises the
thickness of the lines, once from the strokes and once from their pixels.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe, preprocess
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes, rasterise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor

BRUSHES = (8, 14, 20, 28)  # px
SQUASHED = Recipe(crop=False, thickness=False, box=False, centre=False)
BOX = replace(MNIST_RECIPE, thickness=False)

Preparation = Callable[[Strokes], torch.Tensor]


def preparation(recipe: Recipe, pixels: bool = False) -> Preparation:
    """Return a function that turns strokes, or the pixels that they paint, into a model's input."""

    def to_tensor(strokes: Strokes) -> torch.Tensor:
        stages = preprocess(rasterise(strokes) if pixels else strokes, recipe)
        assert stages is not None, "every digit in the file must have ink"
        return stages.tensor

    return to_tensor


PREPARATIONS: dict[str, Preparation] = {
    "squashed": preparation(SQUASHED),
    "box": preparation(BOX),
    "ours, strokes": preparation(MNIST_RECIPE),
    "ours, pixels": preparation(MNIST_RECIPE, pixels=True),
}


def read_digits(path: Path, box: float) -> tuple[list[Strokes], torch.Tensor, torch.Tensor]:
    """Read a file of digits; returns their strokes in canvas px, their labels (N,) and their writers (N,)."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    scale = CANVAS_SIZE / box
    strokes = [Strokes(tuple(np.array(line, float) * scale for line in record["strokes"])) for record in records]
    labels, writers = (torch.tensor([record[name] for record in records]) for name in ("label", "writer"))
    return strokes, labels, writers


def extent(strokes: Strokes) -> float:
    """Return the longer side of the strokes' bounding box, without the brush, in px."""
    left, top, right, bottom = strokes.bounds()
    return max(right - left, bottom - top)


def correct(predictor: Predictor, strokes: list[Strokes], labels: torch.Tensor, to_tensor: Preparation) -> torch.Tensor:
    """Return which digits the model reads correctly, (N,) bool."""
    tensors = torch.stack([to_tensor(digit) for digit in strokes])
    return torch.cat([predictor.probabilities(part) for part in tensors.split(500)]).argmax(dim=1) == labels


def accuracies(is_correct: torch.Tensor, groups: torch.Tensor) -> str:
    """Return the accuracy of each group as text."""
    return "  ".join(f"{group}: {is_correct[groups == group].float().mean():.1%}" for group in groups.unique().tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the digits, one JSON object per line")
    parser.add_argument("--model", default="cnn", help="a shipped model's name or a run's folder")
    parser.add_argument("--box", type=float, default=500, help="side of the box that the points are in, in px")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor = Predictor.of(load_trained(model_folder(options.model)))
    strokes, labels, writers = read_digits(options.file, options.box)
    print(f"{len(strokes):,} digits by {len(writers.unique())} writers, model {options.model}")
    half = statistics.median(map(extent, strokes))
    print(f"half of them are less than {half:.0f} px high and wide, without the brush\n")
    print("brush (px)       " + "".join(f"{brush:>9}" for brush in BRUSHES))
    for name, to_tensor in PREPARATIONS.items():
        is_correct = {
            brush: correct(predictor, [replace(digit, brush=brush) for digit in strokes], labels, to_tensor)
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


if __name__ == "__main__":
    main()
