"""Drawings that nobody planned: what their names promise of them."""

import math

import numpy as np
import pytest

from mnist_core.ood_training.random_figures import RANDOM_FIGURES, outline, ring, symmetric, turned


@pytest.mark.parametrize("name", RANDOM_FIGURES)
def test_a_composition_is_lines_of_finite_points_and_differs_from_the_next(name: str) -> None:
    rng = np.random.default_rng(0)
    figures = [RANDOM_FIGURES[name](rng) for _ in range(30)]
    assert all(line.ndim == 2 and line.shape[1] == 2 and np.isfinite(line).all() for f in figures for line in f)
    assert len({tuple(np.concatenate(figure).ravel()) for figure in figures}) == len(figures)


def test_an_outline_ends_where_it_began() -> None:
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


def test_turning_and_rings_are_what_geometry_says() -> None:
    assert turned(np.array([[1.0, 0.0]]), math.pi / 2) == pytest.approx(np.array([[0.0, 1.0]]))
    circle = ring((2, 3), 0.5)
    assert np.hypot(*(circle - (2, 3)).T) == pytest.approx(0.5)
