"""Measure how short a link to a drawing is, and how often the answer stays the same.

    python -m tests.benchmarks.share_link pen_digits.jsonl [--model cnn] [--box 500]

The file has one line per digit, as `tests.benchmarks.ink` describes. "answer" is the digit, "is a digit" what the
detector of non-digits says, and "percentage" what the page shows, with one decimal place. "dense" are the same digits
with 20 points between any two of the pen's, each moved at random by up to 0.5 px, as a shaky fast pen would draw them;
"scribbles" are 50 random walks over the whole canvas, each as many points as a drawing may have.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from mnist_core.ink.share_link import pack_drawing, unpack_drawing
from mnist_core.ink.strokes import CANVAS_SIZE, MAX_POINTS, Strokes
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.benchmarks.strangers import strangers_digits, strangers_parser


def dense(strokes: Strokes, generator: np.random.Generator) -> Strokes:
    """Return strokes with 20 points between any two, each of them moved a little."""
    shares = np.arange(20)[:, None] / 20
    lines = [
        np.concatenate([*(start + shares * (end - start) for start, end in pairwise(line)), line[-1:]])
        for line in strokes.lines
    ]
    return replace(strokes, lines=tuple(line + generator.uniform(-0.5, 0.5, line.shape) for line in lines))


def scribble(generator: np.random.Generator) -> Strokes:
    """Return a random walk over the whole canvas."""
    walk = np.cumsum(generator.normal(0, 3, (MAX_POINTS, 2)), axis=0)
    return Strokes((CANVAS_SIZE - np.abs(walk % (2 * CANVAS_SIZE) - CANVAS_SIZE),))


def measure(name: str, drawings: Sequence[Strokes], predictor: Predictor) -> None:
    """Print the lengths, the time and how often each part of the answer stays the same."""
    lengths, milliseconds, same = [], [], []
    for drawing in drawings:
        started = time.perf_counter()
        text = pack_drawing([drawing])
        milliseconds.append((time.perf_counter() - started) * 1000)
        lengths.append(len(text))
        (back,) = unpack_drawing(text)
        before, after = predictor.predict(drawing), predictor.predict(back)
        same.append(
            (
                before.label == after.label,
                before.is_digit == after.is_digit,
                f"{before.probability:.1%}" == f"{after.probability:.1%}",
            )
        )
    answer, is_digit, percentage = np.mean(same, axis=0)
    print(
        f"{name:<10}{len(drawings):>8,}{statistics.median(lengths):>8.0f}{max(lengths):>8,}"
        f"{statistics.median(milliseconds):>10.1f}{max(milliseconds):>8.0f}"
        f"{answer:>10.2%}{is_digit:>12.2%}{percentage:>12.1%}",
        flush=True,
    )


def main() -> None:
    parser = strangers_parser(__doc__)
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor, generator = load_predictor(options.model), np.random.default_rng(0)
    digits = [digit.strokes for digit in strangers_digits(options.file, options.box)]
    print("                         characters      milliseconds                  the same")
    print("drawings     count  median     max    median     max    answer  is a digit  percentage")
    measure("digits", digits, predictor)
    measure("dense", [dense(digit, generator) for digit in digits[::10]], predictor)
    measure("scribbles", [scribble(generator) for _ in range(50)], predictor)


if __name__ == "__main__":
    main()
