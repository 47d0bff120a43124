import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink.fabric import fabric_from_strokes, strokes_from_fabric
from mnist_core.ink.strokes import MAX_POINTS, Strokes, parse_strokes, rasterise


def strokes_of(*lines: list[tuple[float, float]], brush: float = 20, size: float = 280) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush, size)


def fabric_path(path: list[list[Any]], **more: Any) -> dict[str, Any]:
    return {"objects": [{"type": "Path", "path": path, "strokeWidth": 12, **more}]}


@pytest.mark.parametrize("brush", [8, 20, 40])
@pytest.mark.parametrize("end", [(220, 60), (60, 220), (200, 210), (61, 60)])
def test_a_painted_line_covers_the_area_of_a_rectangle_with_round_caps(brush: int, end: tuple[int, int]) -> None:
    painted = rasterise(strokes_of([(60, 60), end], brush=brush))
    area = brush * math.dist((60, 60), end) + math.pi * brush**2 / 4
    assert painted.sum() == pytest.approx(area, rel=0.06 if brush == 8 else 0.03)


def test_a_single_point_paints_a_disc_around_it() -> None:
    painted = rasterise(strokes_of([(140, 100)]))
    y, x = np.indices(painted.shape)
    assert painted.sum() == pytest.approx(math.pi * 10**2, rel=0.04)
    assert (x * painted).sum() / painted.sum() == pytest.approx(139.5, abs=0.26)  # pixel 139 spans 139 to 140
    assert (y * painted).sum() / painted.sum() == pytest.approx(99.5, abs=0.26)


def test_coverage_is_float32_between_0_and_1_with_soft_edges() -> None:
    painted = rasterise(strokes_of([(60.3, 60.7), (190.2, 210.4)]), width=300, height=290)
    assert painted.shape == (290, 300) and painted.dtype == np.float32
    assert painted.min() == 0 and painted.max() == 1
    assert ((painted > 0.1) & (painted < 0.9)).any()


def test_corners_of_a_line_are_round_and_filled() -> None:
    painted = rasterise(strokes_of([(60, 200), (140, 60), (220, 200)], brush=30))
    assert painted[48, 140] > 0.9 and painted[43, 140] == 0


def test_a_stroke_line_is_read_with_its_brush_and_size() -> None:
    strokes = parse_strokes('{"strokes": [[[1, 2], [3.5, 4]], [], [[9, 9]]], "brush": 12, "size": 300}')
    assert [line.tolist() for line in strokes.lines] == [[[1, 2], [3.5, 4]], [[9, 9]]]
    assert (strokes.brush, strokes.size) == (12, 300)


def test_brush_and_size_of_a_stroke_line_may_be_left_out() -> None:
    strokes = parse_strokes('{"strokes": []}')
    assert strokes.is_blank and (strokes.brush, strokes.size) == (20, 280)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[]", '"strokes"'),
        ("null", '"strokes"'),
        ("{}", '"strokes"'),
        ('{"strokes": "7"}', '"strokes"'),
        ('{"strokes": [[[1]]]}', "[x, y]"),
        ('{"strokes": [[[1, 2, 3]]]}', "[x, y]"),
        ('{"strokes": [[1, 2]]}', "[x, y]"),
        ('{"strokes": [[[1, 2], [3]]]}', "[x, y]"),
        ('{"strokes": [[[1, "here"]]]}', "[x, y]"),
        ('{"strokes": [[[1, null]]]}', "[x, y]"),
        ('{"strokes": [[[1, NaN]]]}', "[x, y]"),
        ('{"strokes": [[[1, Infinity]]]}', "[x, y]"),
        ('{"strokes": [[[1, 1' + "0" * 400 + "]]]}", "[x, y]"),
        ('{"strokes": [{"x": 1}]}', "[x, y]"),
        ('{"strokes": [[[1, 1e6]]]}', "280 px"),
        ('{"strokes": [[[1, 1]]], "brush": 0}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "brush": -3}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "brush": "wide"}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "brush": true}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "brush": NaN}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "brush": 281}', '"brush"'),
        ('{"strokes": [[[1, 1]]], "size": 0}', '"size"'),
        ('{"strokes": [[[1, 1]]], "size": 100000}', '"size"'),
        (json.dumps({"strokes": [[[1, 1]] * (MAX_POINTS + 1)]}), "20,000 points, got 20,001"),
    ],
)
def test_a_bad_stroke_line_is_refused_in_one_sentence(text: str, named: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_strokes(text)
    assert named in str(refused.value)
    assert len(str(refused.value)) < 250 and "\n" not in str(refused.value)


def test_a_refused_stroke_with_a_line_break_in_it_is_still_one_line() -> None:
    with pytest.raises(ValueError) as refused:
        parse_strokes(r'{"strokes": ["a\nb"]}')
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("point", ['["1", "2"]', "[true, false]"])
def test_points_must_be_numbers(point: str) -> None:
    with pytest.raises(ValueError):
        parse_strokes(f'{{"strokes": [[{point}]]}}')


scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3)


lists = st.lists(scalars, max_size=3)


@given(st.text(max_size=20) | scalars | lists | st.lists(lists, max_size=3))
def test_any_text_is_read_or_refused_with_a_value_error(value: Any) -> None:
    for text in (str(value), json.dumps(value), json.dumps({"strokes": value}), json.dumps({"strokes": [value]})):
        try:
            assert isinstance(parse_strokes(text), Strokes)
        except ValueError:
            pass


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


def test_what_the_edit_tool_moved_scaled_and_turned_is_followed() -> None:
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
def test_strokes_come_back_from_the_drawing_they_were_turned_into(
    lines: list[list[tuple[float, float]]], brush: int
) -> None:
    strokes = strokes_of(*lines, brush=brush)
    drawing = json.loads(json.dumps(fabric_from_strokes(strokes, "#fff")))
    back = strokes_from_fabric(drawing)
    assert back.brush == brush and len(back.lines) == len(lines)
    for line, original in zip(back.lines, strokes.lines, strict=True):
        assert line == pytest.approx(original, abs=0.011)
    assert {item["stroke"] for item in drawing["objects"]} == {"#fff"}


def test_a_dot_comes_back_from_the_drawing_as_a_dot() -> None:
    back = strokes_from_fabric(fabric_from_strokes(strokes_of([(7, 9)]), "#000"))
    assert np.array_equal(rasterise(back), rasterise(strokes_of([(7, 9)])))


def test_bounds_and_moves_are_those_of_the_centre_lines() -> None:
    strokes = strokes_of([(1, 2), (5, 9)], [(0, 4)])
    assert strokes.bounds() == (0, 2, 5, 9)
    moved = strokes.transformed(2, 10, 20, brush=4, size=100)
    assert moved.bounds() == (10, 24, 20, 38) and (moved.brush, moved.size) == (4, 100)
