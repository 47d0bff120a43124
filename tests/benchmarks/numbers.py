"""Measure how well several digits in one drawing are told apart and read, and whether single digits stay single.

    python -m tests.benchmarks.numbers pen_digits.jsonl [--model cnn] [--box 500] [--trials 200] [--letters FILE]

The file has one line per digit, as `tests.benchmarks.ink` describes. Numbers are composed of one writer's digits on a
canvas of 280 px (fives: 420 px): 110 px high with a brush of 20 px, triples and fives 75 px with 14 px. Heights vary by
12% and baselines by 9% of the height to either side. The gap is between the centre lines, in heights: at 0.10 the ink
touches, at -0.07 it overlaps; "joined" digits are one line. "right" are numbers with all digits right, and "divided"
those with as many digits as were written; "alone" is how often all their digits are right when each is read alone.
Times are medians, in ms of one processor core. With `--letters`, only how many of these are divided is measured.
"""

import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.benchmarks.strangers import StrangersDigit, strangers_digits, strangers_letters, strangers_parser

CASES = {"wide gap": (0.45, False), "gap": (0.25, False), "touching": (0.10, False), "overlapping": (-0.07, False)}
CASES["joined"] = (0.25, True)
SIZES = {1: (160, 20, CANVAS_SIZE), 2: (110, 20, CANVAS_SIZE), 3: (75, 14, CANVAS_SIZE), 5: (75, 14, 420)}  # px
HEIGHT_VARIATION, BASELINE_VARIATION = 0.12, 0.09  # of the height, to either side
FLATTEST = 0.7  # a digit is at least so high, in widths: a flat stroke is not blown up


def compose(digits: list[Strokes], gap: float, is_joined: bool, generator: np.random.Generator) -> Strokes:
    """Write digits side by side in the middle of a canvas."""
    height, brush, size = SIZES[len(digits)]
    lines: list[np.ndarray] = []
    x = 0.0
    for digit in digits:
        left, top, right, bottom = digit.bounds()
        wanted = height * (1 + generator.uniform(-HEIGHT_VARIATION, HEIGHT_VARIATION))
        scale = wanted / max(bottom - top, FLATTEST * (right - left), 1e-3)
        y = height * generator.uniform(-BASELINE_VARIATION, BASELINE_VARIATION) - bottom * scale
        moved = [line * scale + (x - left * scale, y) for line in digit.lines]
        if is_joined and lines:
            lines[-1] = np.concatenate([lines[-1], moved.pop(0)])
        lines += moved
        x += (right - left) * scale + gap * height
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    shrink = min(1.0, (size - 2 * brush) / float((high - low).max()))
    return Strokes(tuple((line - (low + high) / 2) * shrink + size / 2 for line in lines), brush * shrink, size)


def measure_singles(digits: list[StrangersDigit], predictor: Predictor) -> None:
    """Print how many single digits are read as several, the accuracy before and after, and the time."""
    several = right = right_alone = 0
    milliseconds: dict[str, list[float]] = {"predict": [], "predict_strokes": []}
    for digit in digits:
        started = time.process_time()
        alone = predictor.predict(digit.strokes)
        middle = time.process_time()
        result = predictor.predict_strokes(digit.strokes)
        milliseconds["predict_strokes"].append((time.process_time() - middle) * 1000)
        milliseconds["predict"].append((middle - started) * 1000)
        several += len(result.digits) != 1
        right += result.number == str(digit.label)
        right_alone += alone.label == digit.label
    count = len(digits)
    print(f"{count:,} single digits: {several} ({several / count:.2%}) read as several")
    print(f"accuracy {right_alone / count:.2%} without division, {right / count:.2%} with it")
    for name, times in milliseconds.items():
        print(f"{name}: median {statistics.median(times):.2f} ms, mean {statistics.mean(times):.2f} ms")


def measure_numbers(digits: list[StrangersDigit], predictor: Predictor, trials: int) -> None:
    """Print a line for every case."""
    by_writer: dict[str, list[StrangersDigit]] = {}
    for digit in digits:
        by_writer.setdefault(digit.writer, []).append(digit)
    writers, generator = list(by_writer.values()), np.random.default_rng(0)
    print("\ndigits  case           right   divided     alone   CPU ms")
    for count in (2, 3, 5):
        for name, (gap, is_joined) in CASES.items():
            right = divided = alone = 0
            milliseconds = []
            for _ in range(trials):
                own = writers[generator.integers(len(writers))]
                chosen = [own[place] for place in generator.integers(len(own), size=count)]
                drawing = compose([digit.strokes for digit in chosen], gap, is_joined, generator)
                number = "".join(str(digit.label) for digit in chosen)
                started = time.process_time()
                result = predictor.predict_strokes(drawing)
                milliseconds.append((time.process_time() - started) * 1000)
                right += result.number == number
                divided += len(result.digits) == count
                singles = [replace(digit.strokes, brush=drawing.brush) for digit in chosen]
                alone += "".join(str(predictor.predict(single).label) for single in singles) == number
            print(
                f"{count:>6}  {name:<12}{right / trials:>8.1%}{divided / trials:>10.1%}{alone / trials:>10.1%}"
                f"{statistics.median(milliseconds):>12.1f}",
                flush=True,
            )


def measure_letters(letters: list[Strokes], predictor: Predictor) -> None:
    """Print how many letters are divided into digits."""
    divided = sum(len(answer.digits) > 1 for answer in predictor.predict_many(letters))
    print(f"{len(letters):,} single letters: {divided:,} ({divided / len(letters):.1%}) read as several digits")


def main() -> None:
    parser = strangers_parser(__doc__)
    parser.add_argument("--trials", type=int, default=200, help="numbers of each kind")
    parser.add_argument("--letters", type=Path, help="letters on a canvas of 280 px, in a file of the same format")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor = load_predictor(options.model)
    if options.letters:
        measure_letters(strangers_letters(options.letters, CANVAS_SIZE), predictor)
        return
    digits = strangers_digits(options.file, options.box)
    measure_singles(digits, predictor)
    measure_numbers(digits, predictor, options.trials)


if __name__ == "__main__":
    main()
