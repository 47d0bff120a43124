"""Fabric.js drawings and strokes, compared with hand-worked examples and by conversion in both directions."""

import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink.fabric import ERASER_COLOUR, stroke_by_stroke, strokes_from_fabric
from mnist_core.ink.strokes import MAX_POINTS, Strokes, check_bounds, rasterise
from tests.fabric import fabric_from_strokes


def strokes_of(*lines: list[tuple[float, float]], brush: float = 20, size: float = 280) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush, size)


def fabric_path(path: list[Any], **more: Any) -> dict[str, Any]:
    return {"objects": [{"type": "Path", "path": path, "strokeWidth": 12, **more}]}


def test_moves_and_lines_of_a_canvas_drawing_become_polylines() -> None:
    strokes = strokes_from_fabric(fabric_path([["M", 10, 20], ["L", 30, 40], ["L", 50, 10], ["M", 5, 5], ["L", 6, 6]]))
    assert [line.tolist() for line in strokes.lines] == [[[10, 20], [30, 40], [50, 10]], [[5, 5], [6, 6]]]
    assert strokes.brush == 12


def test_quadratic_curves_of_a_canvas_drawing_are_followed() -> None:
    # By hand: from (0, 0) by (10, 20) to (20, 0) a quadratic curve has its top, half way, at (10, 10).
    (line,) = strokes_from_fabric(fabric_path([["M", 0, 0], ["Q", 10, 20, 20, 0]])).lines
    assert line[0].tolist() == [0, 0] and line[-1].tolist() == [20, 0]
    assert line[:, 1].max() == pytest.approx(10, abs=0.2)
    # Every point of it satisfies y = 2x - x^2 / 10.
    assert line[:, 1] == pytest.approx(2 * line[:, 0] - line[:, 0] ** 2 / 10)


def test_moved_scaled_rotated_and_flipped_paths_keep_their_new_position() -> None:
    bar = [["M", 10, 20], ["L", 30, 20]]  # 20 px long, its middle at (20, 20)
    placed = {"originX": "center", "originY": "center", "left": 100.0, "top": 50.0, "scaleX": 2, "scaleY": 3}
    (line,) = strokes_from_fabric(fabric_path(bar, **placed)).lines
    assert line == pytest.approx(np.array([[80, 50], [120, 50]]))
    (line,) = strokes_from_fabric(fabric_path(bar, **placed, angle=90)).lines  # clockwise, for y is down
    assert line == pytest.approx(np.array([[100, 30], [100, 70]]))
    (line,) = strokes_from_fabric(fabric_path(bar, **placed, flipX=True)).lines
    assert line == pytest.approx(np.array([[120, 50], [80, 50]]))


@pytest.mark.parametrize("drawing", [None, {}, {"objects": []}, {"objects": [{"type": "rect"}]}, fabric_path([])])
def test_a_canvas_drawing_without_a_path_gives_blank_strokes(drawing: dict[str, Any] | None) -> None:
    assert strokes_from_fabric(drawing).is_blank


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 280), st.integers(0, 280)), min_size=2, max_size=6), min_size=1, max_size=3
    ),
    st.integers(8, 40),
)
def test_strokes_survive_conversion_to_a_drawing_and_back(lines: list[list[tuple[float, float]]], brush: int) -> None:
    strokes = strokes_of(*lines, brush=brush)
    drawing = json.loads(json.dumps(fabric_from_strokes(strokes, "#fff")))
    back = strokes_from_fabric(drawing)
    assert back.brush == brush and len(back.lines) == len(lines)
    for line, original in zip(back.lines, strokes.lines, strict=True):
        assert line == pytest.approx(original, abs=0.011)
    assert {item["stroke"] for item in drawing["objects"]} == {"#fff"}


def test_a_dot_survives_conversion_to_a_drawing_and_back() -> None:
    back = strokes_from_fabric(fabric_from_strokes(strokes_of([(7, 9)]), "#000"))
    assert np.array_equal(rasterise(back), rasterise(strokes_of([(7, 9)])))


def quadratic(reach: float) -> list[list[Any]]:
    return [["M", 0, 0], ["Q", reach, reach, reach, 0]]


HOSTILE: dict[str, Any] = {
    "one curve of 10^9 px": fabric_path(quadratic(1e9)),
    "one curve to infinity": fabric_path(quadratic(float("inf"))),
    "not a number": fabric_path([["M", float("nan"), 0], ["L", 1, 1]]),
    "10^6 lines": fabric_path([["M", 0, 0], *[["L", 1, 1]] * 10**6]),
    "20 000 long curves": fabric_path([["M", 0, 0], *[["Q", 280, 280, 0, 0]] * 19_000]),
    "an endless line scaled up": fabric_path([["M", 0, 0], ["L", 200, 0]], scaleX=1e300),
    "a brush as wide as a house": fabric_path([["M", 0, 0], ["L", 200, 0]])
    | {"objects": [{"type": "path", "path": [["M", 0, 0]], "strokeWidth": 1e9}]},
    "a negative brush": {"objects": [{"type": "path", "path": [["M", 0, 0]], "strokeWidth": -3}]},
    "a list": [],
    "a number": 3,
    "text": "drawing",
    "objects that are text": {"objects": "path"},
    "objects that are numbers": {"objects": [1, 2]},
    "an object that is a list": {"objects": [["type", "path"]]},
    "a path that is text": {"objects": [{"type": "path", "path": "M 0 0"}]},
    "a path that is a number": {"objects": [{"type": "path", "path": 7}]},
    "commands that are numbers": fabric_path([1, 2]),
    "a line before a move": fabric_path([["L", 1, 1]]),
    "a move without a point": fabric_path([["M"]]),
    "a curve without an end": fabric_path([["M", 1, 1], ["Q", 2, 2]]),
    "points that are text": fabric_path([["M", "1", "1"], ["L", "2", "2"]]),
    "points that are null": fabric_path([["M", None, None]]),
    "a brush that is text": {"objects": [{"type": "path", "path": [["M", 1, 1]], "strokeWidth": "wide"}]},
    "an angle that is text": fabric_path([["M", 1, 1], ["L", 9, 9]], angle="steep"),
    "a scale that is a list": fabric_path([["M", 1, 1], ["L", 9, 9]], scaleX=[2]),
}


@pytest.mark.parametrize("drawing", HOSTILE.values(), ids=HOSTILE)
def test_a_drawing_that_no_canvas_sends_is_blank_after_little_work(drawing: object) -> None:
    started = time.process_time()
    assert strokes_from_fabric(drawing).is_blank
    assert time.process_time() - started < 1  # the curves alone took 14 s and more before there were bounds


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.sampled_from(["path", "M", "L", "Q"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["objects", "type", "path", "strokeWidth", "angle", "left", "scaleX"]), inner)
    ),
    max_leaves=20,
)


@given(json_values | json_values.map(lambda value: {"objects": [{"type": "path", "path": value}]}))
def test_any_json_is_read_as_strokes_within_bounds_or_as_blank(drawing: object) -> None:
    strokes = strokes_from_fabric(drawing)
    if not strokes.is_blank:
        check_bounds(strokes.lines, strokes.brush, strokes.size)
        assert rasterise(strokes).shape == (280, 280)


def drawn(*paths: tuple[list[Any], str]) -> dict[str, Any]:
    return {"objects": [fabric_path(path)["objects"][0] | {"stroke": colour} for path, colour in paths]}


ACROSS, DOWN = [["M", 20, 60], ["L", 200, 60]], [["M", 100, 20], ["L", 100, 90]]  # 12 px wide
CUT = [[[20, 60], [94, 60]], [[106, 60], [200, 60]]]


def test_a_path_in_the_papers_colour_erases_what_was_drawn_before_it_and_not_after() -> None:
    erased = stroke_by_stroke(drawn((ACROSS, "#ffffff"), (DOWN, ERASER_COLOUR)))
    assert [[line.tolist() for line in stroke.lines] for stroke in erased] == [CUT]
    redrawn = stroke_by_stroke(drawn((ACROSS, "#ffffff"), (DOWN, ERASER_COLOUR), (ACROSS, "#ffffff")))
    assert [[line.tolist() for line in stroke.lines] for stroke in redrawn] == [CUT, [[[20, 60], [200, 60]]]]


def test_an_eraser_reaches_the_strokes_from_before_and_they_come_first() -> None:
    before = (strokes_of([(20, 60), (200, 60)], brush=30), strokes_of([(20, 200), (200, 200)], brush=9))
    later = [["M", 20, 250], ["L", 200, 250]]
    left = stroke_by_stroke(drawn((DOWN, ERASER_COLOUR), (later, "#ffffff")), before=before)
    assert [line.tolist() for line in left[0].lines] == CUT
    assert left[1] is before[1] and [stroke.brush for stroke in left] == [30, 9, 12]


@pytest.mark.parametrize("drawing", [None, {}, *HOSTILE.values()], ids=["nothing", "empty", *HOSTILE])
def test_strokes_from_before_outlast_a_drawing_that_no_canvas_sends(drawing: object) -> None:
    before = (strokes_of([(20, 60), (200, 60)]),)
    assert stroke_by_stroke(drawing, before=before) == before


def test_strokes_from_before_stay_alone_when_all_would_be_too_many() -> None:
    before = (strokes_of([(140, 140)] * (MAX_POINTS - 1)),)
    assert stroke_by_stroke(drawn((ACROSS, "#ffffff")), before=before) == before


def test_only_erasing_leaves_a_blank_drawing() -> None:
    assert stroke_by_stroke(drawn((ACROSS, ERASER_COLOUR))) == ()
    assert stroke_by_stroke(drawn((ACROSS, ERASER_COLOUR)), before=(strokes_of([(30, 60), (190, 60)]),)) == ()
