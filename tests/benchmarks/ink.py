"""How well strangers' ink is read: accuracy for each brush, by digit and by writer, for three ways to make it a tensor.

    python -m tests.benchmarks.ink pen_digits.jsonl [--model cnn] [--box 500]

The file has a line a digit: {"label": 3, "writer": 7, "strokes": [[[x, y], ...], ...]} in px of a box of that side.
Each digit is drawn on a canvas of 280 px with brushes of 8, 14, 20 and 28 px. "squashed" shrinks the whole canvas to
28x28; "box" is MNIST's recipe (20x20, centre of mass) as it stands; "ours" brings the lines to one thickness first,
once from the strokes and once from the pixels that they paint.
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


def way(recipe: Recipe, pixels: bool = False) -> Preparation:
    def to_tensor(strokes: Strokes) -> torch.Tensor:
        stages = preprocess(rasterise(strokes) if pixels else strokes, recipe)
        assert stages is not None, "the file holds a digit with no ink"
        return stages.tensor

    return to_tensor


PREPARATIONS: dict[str, Preparation] = {
    "squashed": way(SQUASHED),
    "box": way(BOX),
    "ours, strokes": way(MNIST_RECIPE),
    "ours, pixels": way(MNIST_RECIPE, pixels=True),
}


def read_digits(path: Path, box: float) -> tuple[list[Strokes], torch.Tensor, torch.Tensor]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    scale = CANVAS_SIZE / box
    strokes = [Strokes(tuple(np.array(line, float) * scale for line in record["strokes"])) for record in records]
    labels, writers = (torch.tensor([record[name] for record in records]) for name in ("label", "writer"))
    return strokes, labels, writers


def extent(strokes: Strokes) -> float:
    left, top, right, bottom = strokes.bounds()
    return max(right - left, bottom - top)


def right(predictor: Predictor, strokes: list[Strokes], labels: torch.Tensor, to_tensor: Preparation) -> torch.Tensor:
    tensors = torch.stack([to_tensor(digit) for digit in strokes])
    return torch.cat([predictor.probabilities(part) for part in tensors.split(500)]).argmax(dim=1) == labels


def shares(found: torch.Tensor, groups: torch.Tensor) -> str:
    return "  ".join(f"{group}: {found[groups == group].float().mean():.1%}" for group in groups.unique().tolist())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--model", default="cnn")
    arguments.add_argument("--box", type=float, default=500, help="side of the box that the points are in, px")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor = Predictor.of(load_trained(model_folder(chosen.model)))
    strokes, labels, writers = read_digits(chosen.file, chosen.box)
    print(f"{len(strokes):,} digits by {len(writers.unique())} writers, model {chosen.model}")
    print(f"half of them are under {statistics.median(map(extent, strokes)):.0f} px high and wide, the brush aside\n")
    print("brush (px)       " + "".join(f"{brush:>9}" for brush in BRUSHES))
    for name, to_tensor in PREPARATIONS.items():
        found = {
            brush: right(predictor, [replace(digit, brush=brush) for digit in strokes], labels, to_tensor)
            for brush in BRUSHES
        }
        print(f"{name:<17}" + "".join(f"{found[brush].float().mean():>9.1%}" for brush in BRUSHES), flush=True)
        if name.startswith("ours"):
            print(f"  by digit   {shares(found[20], labels)}\n  by writer  {shares(found[20], writers)}")
    milliseconds = []
    for digit in strokes[:200]:
        started = time.perf_counter()
        predictor.predict(digit)
        milliseconds.append((time.perf_counter() - started) * 1000)
    print(f"\none answer: median {statistics.median(milliseconds):.1f} ms")


if __name__ == "__main__":
    main()
