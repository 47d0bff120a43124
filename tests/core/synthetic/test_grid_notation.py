import numpy as np
import pytest

from mnist_core.synthetic.grid_notation import parse_grid


def test_a_figure_is_its_strokes_with_points_corners_and_smoothness() -> None:
    curve, line = parse_grid("~40 11 06! 39/16 76")
    assert curve.points == pytest.approx(np.array([[4, 0], [1, 1], [0, 6], [3, 9]]) / 9)
    assert (curve.corners, curve.is_smooth) == ((False, False, True, False), True)
    assert line.points == pytest.approx(np.array([[1, 6], [7, 6]]) / 9)
    assert (line.corners, line.is_smooth) == ((False, False), False)


def test_a_stroke_can_be_a_single_point() -> None:
    (dot,) = parse_grid("45")
    assert dot.points.shape == (1, 2)


def test_the_points_cannot_be_changed_for_other_callers() -> None:
    with pytest.raises(ValueError, match="read-only"):
        parse_grid("09 40")[0].points[0] = 0


@pytest.mark.parametrize(
    "figure", ["", "4", "40 1", "40  11", "40 11/", "/40 11", "40!! 11", "40 ~11", "4a 11", "40,11"]
)
def test_a_broken_stroke_is_refused_with_the_figure(figure: str) -> None:
    with pytest.raises(ValueError, match="^a stroke must be points such as") as refused:
        parse_grid(figure)
    assert repr(figure) in str(refused.value)
