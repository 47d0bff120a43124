import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mnist_core.ink import strokes as strokes_module
from mnist_core.ink.strokes import MAX_POINTS, Strokes, check_bounds, first_part, parse_strokes, rasterise


def strokes_of(*lines: list[tuple[float, float]], brush: float = 20, size: float = 280) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush, size)


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


def drawn_shape_by_shape(strokes: Strokes, width: int, height: int) -> np.ndarray:
    """The oracle: every segment and every joint, drawn one after another, is averaged down."""
    picture = Image.new("L", (4 * width, 4 * height))
    draw = ImageDraw.Draw(picture)
    brush = max(1.0, 4 * strokes.brush)
    for line in strokes.lines:
        points = [(float(x), float(y)) for x, y in line * 4 - 0.5]
        if len(points) > 1:
            draw.line(points, fill=255, width=round(brush))
        last = points[0]
        for place, (x, y) in enumerate(points):
            if place not in (0, len(points) - 1) and math.dist((x, y), last) < brush / 16:
                continue
            last = x, y
            draw.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), fill=255)
    return np.asarray(picture.reduce(4), dtype=np.float32) / 255


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.1, 0.3, 1, 3.7, 8, 20, 33.3, 40, 120]),
    st.sampled_from([0.2, 1, 4, 15, 60]),
    st.lists(st.integers(1, 400), min_size=1, max_size=6),
    st.sampled_from([(90, 90), (90, 60), (33, 200)]),
    st.sampled_from([1, 20, strokes_module.BATCH]),
)
def test_strokes_are_painted_as_if_every_segment_and_joint_were_drawn(
    seed: int, brush: float, step: float, lengths: list[int], size: tuple[int, int], batch: int
) -> None:
    generator = np.random.default_rng(seed)
    lines = tuple(
        generator.uniform(-20, 110, 2) + np.cumsum(generator.normal(0, step, (length, 2)), 0) for length in lengths
    )
    strokes = Strokes(lines, brush, 90)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes_module, "BATCH", batch)
        assert np.array_equal(rasterise(strokes, *size), drawn_shape_by_shape(strokes, *size))


def scribble(points: int, step: float) -> np.ndarray:
    """A line that wanders over the whole canvas of 280 px."""
    walk = np.cumsum(np.random.default_rng(0).normal(0, step, (points, 2)), axis=0)
    return 280 - np.abs(walk % 560 - 280)


SCRIBBLES: dict[str, tuple[np.ndarray, float]] = {  # as large as they may be
    "short steps": (scribble(MAX_POINTS, 2), 40),
    "long steps": (scribble(MAX_POINTS, 10), 40),
    "to and fro": (140 + 42 * np.resize([[1.0, 1], [-1, -1]], (MAX_POINTS, 2)), 8),
    "the widest brush": (scribble(MAX_POINTS, 2), 120),
}


@pytest.mark.parametrize(("line", "brush"), SCRIBBLES.values(), ids=list(SCRIBBLES))
def test_a_large_scribble_is_painted_from_few_of_its_shapes_but_exactly(
    monkeypatch: pytest.MonkeyPatch, line: np.ndarray, brush: float
) -> None:
    strokes = Strokes((line,), brush, 280)
    check_bounds(strokes.lines, strokes.brush, strokes.size)
    expected = drawn_shape_by_shape(strokes, 280, 280)
    drawn: list[str] = []
    for name in ("line", "ellipse"):
        draw = getattr(ImageDraw.ImageDraw, name)

        def count(*args: Any, draw: Any = draw, name: str = name, **options: Any) -> None:
            drawn.append(name)
            draw(*args, **options)

        monkeypatch.setattr(ImageDraw.ImageDraw, name, count)
    assert np.array_equal(rasterise(strokes), expected)
    assert len(drawn) < MAX_POINTS / 4


def test_blank_strokes_paint_nothing() -> None:
    assert not rasterise(strokes_of(), 30, 20).any() and rasterise(strokes_of(), 30, 20).shape == (20, 30)


def test_coverage_is_float32_between_0_and_1_with_soft_edges() -> None:
    painted = rasterise(strokes_of([(60.3, 60.7), (190.2, 210.4)]), width=300, height=290)
    assert painted.shape == (290, 300) and painted.dtype == np.float32
    assert painted.min() == 0 and painted.max() == 1
    assert ((painted > 0.1) & (painted < 0.9)).any()


def test_corners_of_a_line_are_round_and_filled() -> None:
    painted = rasterise(strokes_of([(60, 200), (140, 60), (220, 200)], brush=30))
    assert painted[48, 140] > 0.9 and painted[43, 140] == 0


def test_a_drawing_is_parsed_with_its_brush_and_size() -> None:
    strokes = parse_strokes('{"strokes": [[[1, 2], [3.5, 4]], [], [[9, 9]]], "brush": 12, "size": 300}')
    assert [line.tolist() for line in strokes.lines] == [[[1, 2], [3.5, 4]], [[9, 9]]]
    assert (strokes.brush, strokes.size) == (12, 300)


def test_brush_and_size_are_optional() -> None:
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
def test_an_invalid_drawing_is_refused_in_one_sentence(text: str, named: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_strokes(text)
    assert named in str(refused.value)
    assert len(str(refused.value)) < 250 and "\n" not in str(refused.value)


def test_the_error_for_a_stroke_with_a_line_break_is_one_line() -> None:
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
def test_any_text_is_parsed_within_bounds_or_refused_in_one_line(value: Any) -> None:
    for text in (str(value), json.dumps(value), json.dumps({"strokes": value}), json.dumps({"strokes": [value]})):
        try:
            strokes = parse_strokes(text)
        except ValueError as error:
            assert "\n" not in str(error) and len(str(error)) < 300
        else:
            check_bounds(strokes.lines, strokes.brush, strokes.size)


@given(st.lists(st.lists(scalars, min_size=2, max_size=2)), scalars, scalars)
def test_any_points_brush_and_size_are_parsed_within_bounds_or_refused_in_one_line(
    points: list[Any], brush: Any, size: Any
) -> None:
    try:
        strokes = parse_strokes(json.dumps({"strokes": [points], "brush": brush, "size": size}))
    except ValueError as error:
        assert "\n" not in str(error) and len(str(error)) < 300
    else:
        check_bounds(strokes.lines, strokes.brush, strokes.size)


def test_bounds_and_transformations_apply_to_the_centre_lines() -> None:
    strokes = strokes_of([(1, 2), (5, 9)], [(0, 4)])
    assert strokes.bounds() == (0, 2, 5, 9)
    moved = strokes.transformed(2, 10, 20, brush=4, size=100)
    assert moved.bounds() == (10, 24, 20, 38) and (moved.brush, moved.size) == (4, 100)


def test_the_first_part_of_strokes_has_that_part_of_their_length() -> None:
    strokes = Strokes((np.array([[0.0, 0], [10, 0]]), np.array([[0.0, 5], [0, 15], [20, 15]])))  # 10 and 30 px long
    assert first_part(strokes, 0).lines == ()
    for part, last in ((0.125, [5, 0]), (0.5, [0, 15]), (0.75, [10, 15]), (1.0, [20, 15])):
        written = first_part(strokes, part)
        length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in written.lines)
        assert length == pytest.approx(40 * part)
        np.testing.assert_allclose(written.lines[-1][-1], last)
    assert len(first_part(strokes, 0.25).lines) == 1


def test_a_dot_is_written_at_once() -> None:
    dot = Strokes((np.array([[3.0, 4]]),))
    assert len(first_part(dot, 0).lines) == len(first_part(dot, 1).lines) == 1
