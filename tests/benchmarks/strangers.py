"""Digits that strangers wrote, for benchmarks: one JSON object per line of a file."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.ink.strokes import CANVAS_SIZE, Strokes


@dataclass(frozen=True)
class StrangersDigit:
    """A digit on a canvas of 280 px, and who wrote it."""

    label: int
    writer: str
    strokes: Strokes


def strangers_digits(path: Path, box: float) -> list[StrangersDigit]:
    """Read a file of digits, in px of a box of the given side.

    Each line is {"label": 3, "writer": 7, "strokes": [[[x, y], ...], ...]}.
    """
    return [StrangersDigit(int(label), writer, strokes) for label, writer, strokes in _records(path, box)]


def strangers_letters(path: Path, box: float) -> list[Strokes]:
    """Read a file of letters in the same format: the strokes of each on a canvas of 280 px."""
    return [strokes for _, _, strokes in _records(path, box)]


def _records(path: Path, box: float) -> Iterator[tuple[str, str, Strokes]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        lines = tuple(np.array(stroke, float) * (CANVAS_SIZE / box) for stroke in record["strokes"])
        yield str(record["label"]), str(record["writer"]), Strokes(lines)


def strangers_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark with strangers' digits has: `file`, `model` and `box`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the digits, one JSON object per line")
    parser.add_argument("--model", default="cnn", help="a shipped model's name or a run's folder")
    parser.add_argument("--box", type=float, default=500, help="side of the box that the points are in, in px")
    return parser
