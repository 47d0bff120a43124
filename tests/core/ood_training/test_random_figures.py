import math

import numpy as np
import pytest

from mnist_core.ood_training.random_figures import RANDOM_FIGURES, arc, outline, rotate, symmetric


@pytest.mark.parametrize("name", RANDOM_FIGURES)
def test_a_random_figure_is_lines_of_finite_points_and_no_two_are_equal(name: str) -> None:
    rng = np.random.default_rng(0)
    figures = [RANDOM_FIGURES[name](rng) for _ in range(30)]
    assert all(line.ndim == 2 and line.shape[1] == 2 and np.isfinite(line).all() for f in figures for line in f)
    assert len({tuple(np.concatenate(figure).ravel()) for figure in figures}) == len(figures)


def test_an_outline_is_closed() -> None:
    rng = np.random.default_rng(0)
    for line in (outline(rng) for _ in range(50)):
        assert np.hypot(*(line[0] - line[-1])) < 1e-9


def test_a_symmetric_figure_is_its_own_mirror_image() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        points = np.concatenate(symmetric(rng))
        mirrored = []
        for axis in (0, 1):
            other = points.copy()
            other[:, axis] = points[:, axis].min() + points[:, axis].max() - points[:, axis]
            mirrored.append({tuple(point) for point in other.round(6)} == {tuple(point) for point in points.round(6)})
        assert any(mirrored)


def test_a_rotation_by_a_quarter_turn_and_a_circle_are_those_of_geometry() -> None:
    assert rotate(np.array([[1.0, 0.0]]), math.pi / 2) == pytest.approx(np.array([[0.0, 1.0]]))
    circle = arc((2, 3), 0.5)
    assert np.hypot(*(circle - (2, 3)).T) == pytest.approx(0.5)
