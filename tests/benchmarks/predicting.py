"""Measure how long one answer takes, and how long the command line takes per input, one by one and in batches.

    python -m tests.benchmarks.predicting [--file drawings.jsonl] [--lines 1000] [--images 200] [--rounds 3]

The drawings are the ten examples, each moved and stretched a little, or those of a file with one drawing per line; the
images are the first of them, drawn in black on white. "one by one" is what the command did before it had batches, in a
process that is warm: it predicts each input alone, once as one digit and once as several. "in batches" is the command
itself, with all its processes. Both begin after the model is loaded. "one process" is the command's own work on one
core, in batches. Everything takes turns. Prints medians; other programs slow the processor's time down the least.
"""

import argparse
import contextlib
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mnist_core import cli
from mnist_core.ink.strokes import Strokes, parse_strokes, rasterise
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import Predictor, load_predictor
from mnist_core.recognition.processes import share_out


def made_drawings(count: int) -> list[str]:
    """Return lines of strokes: the examples, each stretched by up to 15% and moved by up to 20 px."""
    generator = np.random.default_rng(0)
    examples = [json.loads(line) for line in (ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = []
    for number in range(count):
        record = examples[number % len(examples)]
        stretch, shift = generator.uniform(0.85, 1.15, 2), generator.uniform(-20, 20, 2)
        strokes = [((np.array(line) - 140) * stretch + 140 + shift).round(1).tolist() for line in record["strokes"]]
        lines.append(json.dumps(record | {"strokes": strokes}))
    return lines


def one_by_one(predictor: Predictor, paths: Sequence[Path]) -> int:
    """Answer for each input alone, as one digit and as several; returns how many there were."""
    answers = []
    for path in paths:
        for source, load in cli._inks(path):
            ink = load()
            answer, row = predictor.predict(ink).as_json(source), predictor.predict_sequence(ink)
            answers.append(json.dumps(answer | {"number": "".join(str(digit.label) for digit in row)}))
    return len(answers)


def in_batches(predictor: Predictor, paths: Sequence[Path], processes: int | None) -> int:
    """Answer as the command does; returns how many inputs there were."""
    inks = (ink for path in paths for ink in cli._inks_of(path))
    parts = share_out(lambda batch: cli._answers(predictor, batch), cli._batches(inks), processes)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for part in parts:
            for text, _ in part:
                print(text)
    return out.getvalue().count("\n")


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Return the time and the time of this process's processor, both in ms per input."""
    started, cpu = time.perf_counter(), time.process_time()
    count = work()
    return (time.perf_counter() - started) * 1000 / count, (time.process_time() - cpu) * 1000 / count


def compare(name: str, predictor: Predictor, files: Sequence[Path], folder: Path, rounds: int) -> None:
    """Print the ms per input of each way, and the ratios to one by one."""
    ways: dict[str, Callable[[], int]] = {
        "one by one": lambda: one_by_one(predictor, files),
        "one process": lambda: in_batches(predictor, [folder], 1),
        "in batches": lambda: in_batches(predictor, [folder], None),
    }
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            times[way].append(timed(work))
    for way, values in times.items():
        milliseconds, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        ratio = statistics.median(one[0] / other[0] for one, other in zip(times["one by one"], values, strict=True))
        processor = "" if way == "in batches" else f", {cpu:.2f} ms of the processor's time"
        print(f"{name}, {way}: {milliseconds:.2f} ms per input{processor}; ratio {ratio:.1f}", flush=True)


def single(predictor: Predictor, drawings: Sequence[Strokes]) -> None:
    """Print how long one answer takes on one thread."""
    for name, answer in (("predict", predictor.predict), ("predict_strokes", predictor.predict_strokes)):
        values = []
        for drawing in drawings:
            started, cpu = time.perf_counter(), time.process_time()
            answer(drawing)
            values.append(((time.perf_counter() - started) * 1000, (time.process_time() - cpu) * 1000))
        wall, processor = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"one answer, {name}: median {wall:.2f} ms, {processor:.2f} ms of the processor's time", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, help="drawings, one JSON object per line")
    parser.add_argument("--lines", type=int, default=1000, help="how many drawings")
    parser.add_argument("--images", type=int, default=200, help="how many of them are images in a folder too")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    lines = options.file.read_text(encoding="utf-8").splitlines() if options.file else made_drawings(options.lines)
    lines = lines[: options.lines]
    drawings = [parse_strokes(line) for line in lines]
    predictor = load_predictor()
    predictor.predict_strokes(drawings[0])
    single(predictor, drawings[:300])
    with tempfile.TemporaryDirectory() as name:
        path, folder = Path(name) / "drawings.jsonl", Path(name) / "images"
        path.write_text("\n".join(lines), encoding="utf-8")
        folder.mkdir()
        for number, drawing in enumerate(drawings[: options.images]):
            Image.fromarray((255 - 255 * rasterise(drawing)).astype(np.uint8)).save(folder / f"{number:06}.png")
        compare(f"{len(lines):,} drawings", predictor, [path], path, options.rounds)
        images = sorted(folder.iterdir())
        compare(f"{len(images):,} images", predictor, images, folder, options.rounds)


if __name__ == "__main__":
    main()
