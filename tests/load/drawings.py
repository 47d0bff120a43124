"""Drawings for the visitors, and what the page must answer to each stroke: computed here, before the visitors come."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from app_pages.components.html import data_url
from app_pages.drawing.answers import model_view
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.strokes import CANVAS_SIZE, Polyline, Strokes, parse_strokes
from mnist_core.recognition.predictor import Predictor


@dataclass(frozen=True)
class Answer:
    """What the Draw page shows for a drawing.

    Attributes:
        digit: the digit in large, or several, or "?" while the canvas is blank.
        comment: the words below it.
        picture: the data URL of the model's input, which no two drawings share.
    """

    digit: str
    comment: str
    picture: str


@dataclass(frozen=True)
class Stroke:
    """One stroke.

    Attributes:
        canvas: the state that the canvas sends after it, JSON.
        answer: what the page must then show.
        is_last: the drawing is complete, and the visitor clears the canvas.
    """

    canvas: str
    answer: Answer
    is_last: bool


def shown_answer(panel: Mapping[str, Any]) -> Answer:
    """Return the answer that the answer panel shows, by what the server has it show."""
    model, inputs = panel["models"][0], panel["inputs"]
    digits = "".join(digit["label"] for digit in model["digits"])
    return Answer(digits or model["answer"], model["comment"], inputs[0]["image"] if inputs else "")


def expected_answer(predictor: Predictor, drawing: Strokes) -> Answer:
    """Return what the page must show for a drawing."""
    number = predictor.predict_strokes(drawing)
    stages = number.digits[0].stages
    assert stages, "a drawing with ink has an answer"
    return Answer(number.number, model_view("", number, "").comment, data_url(stages.centre))


def load_drawings(path: Path) -> list[Strokes]:
    """Read drawings, one per line of a file in the format of assets/examples.jsonl, scaled to the app's canvas."""
    drawings = [parse_strokes(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [each.transformed(CANVAS_SIZE / each.size, 0, 0, 20, CANVAS_SIZE) for each in drawings]


def strokes_of_visitors(
    drawings: Sequence[Strokes], predictor: Predictor, visitors: int, strokes: int, seed: int = 0
) -> list[list[Stroke]]:
    """Return the strokes of each visitor, in order; no two visitors draw the same.

    Args:
        drawings: what to draw; each visitor varies its size and place.
        predictor: the shipped model that the page uses.
        visitors: how many there are.
        strokes: how many each makes.
        seed: of the choice and the variations.
    """
    generator = random.Random(seed)
    return [_strokes(drawings, predictor, strokes, generator) for _ in range(visitors)]


def _strokes(drawings: Sequence[Strokes], predictor: Predictor, count: int, generator: random.Random) -> list[Stroke]:
    strokes: list[Stroke] = []
    while len(strokes) < count:
        drawing = _varied(generator.choice(drawings), generator)
        lines = [line for line in drawing.lines if len(line) > 1][: count - len(strokes)]
        for made in range(1, len(lines) + 1):
            canvas = canvas_state(lines[:made], drawing.brush)
            answer = expected_answer(predictor, strokes_from_fabric(json.loads(canvas)["drawing"]["raw"]))
            strokes.append(Stroke(canvas, answer, made == len(lines)))
    return strokes


def _varied(drawing: Strokes, generator: random.Random) -> Strokes:
    """Return a drawing as another hand would make it: slanted, stretched and moved.

    NOTE: not only scaled and moved, because the preprocessing makes the same picture of that.
    """
    slant, stretch = generator.uniform(-0.2, 0.2), generator.uniform(0.8, 1.1)
    matrix = np.array([[stretch, 0.0], [-slant, 0.9]])
    offset = generator.uniform(15, 40), generator.uniform(5, 25)
    return Strokes(tuple(line @ matrix + offset for line in drawing.lines), drawing.brush, drawing.size)


def canvas_state(lines: Sequence[Polyline], brush: float) -> str:
    """Return what the canvas sends after the last of some lines was drawn: JSON with one Fabric.js path per line."""
    paths = [_fabric_path(line, brush) for line in lines]
    return json.dumps({"drawing": {"raw": {"version": "7.4.0", "objects": paths}}}, separators=(",", ":"))


def _fabric_path(line: Polyline, brush: float) -> dict[str, Any]:
    """Return a path as Fabric.js makes it from a pen's points: curves from the middle of each piece to the next."""
    points = np.round(line, 4).tolist()
    middles = [[(x0 + x1) / 2, (y0 + y1) / 2] for (x0, y0), (x1, y1) in pairwise(points)]
    curves = [["Q", *point, *middle] for point, middle in zip(points, middles, strict=False)]
    path: dict[str, Any] = {
        "type": "Path",
        "version": "7.4.0",
        "originX": "center",
        "originY": "center",
        "fill": None,
        "stroke": "#ffffff",
        "strokeWidth": brush,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "path": [["M", *points[0]], *curves, ["L", *points[-1]]],
    }
    left, top, right, bottom = strokes_from_fabric({"objects": [path]}).bounds()
    return path | {"left": (left + right) / 2, "top": (top + bottom) / 2, "width": right - left, "height": bottom - top}
