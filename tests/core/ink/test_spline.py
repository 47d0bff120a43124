"""Curves, compared with scipy's, and points at equal distances along a polyline."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import BPoly, CubicHermiteSpline

from mnist_core.ink.spline import arc_lengths, catmull_rom, quadratic_bezier, resample

polylines = st.integers(2, 8).flatmap(lambda count: arrays(np.float64, (count, 2), elements=st.floats(-100, 100)))


@given(polylines, st.integers(1, 9))
def test_a_catmull_rom_spline_is_scipys_hermite_spline_with_central_differences(points: np.ndarray, steps: int) -> None:
    mirrored = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    oracle = CubicHermiteSpline(np.arange(len(points)), points, (mirrored[2:] - mirrored[:-2]) / 2)
    curve = catmull_rom(points, steps)
    assert curve.shape == ((len(points) - 1) * steps + 1, 2)
    assert curve == pytest.approx(oracle(np.linspace(0, len(points) - 1, len(curve))), abs=1e-9)


@given(polylines, st.integers(1, 9))
def test_a_catmull_rom_spline_passes_through_its_points(points: np.ndarray, steps: int) -> None:
    assert catmull_rom(points, steps)[::steps] == pytest.approx(points, abs=1e-9)


@given(arrays(np.float64, (3, 2), elements=st.floats(-100, 100)), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_quadratic_bezier_curve_is_scipys_bernstein_polynomial(controls: np.ndarray, ts: list[float]) -> None:
    curve = quadratic_bezier(controls[0], controls[1], controls[2], ts)
    assert np.stack(curve) == pytest.approx(BPoly(controls[:, None], [0, 1])(ts), abs=1e-9)


def test_a_quadratic_bezier_curve_takes_tensors_of_many_points() -> None:
    start, control, end = torch.rand(3, 5, 2, generator=torch.Generator().manual_seed(0))
    first, middle, last = quadratic_bezier(start, control, end, [0.0, 0.5, 1.0])
    assert torch.equal(first, start) and torch.equal(last, end)
    torch.testing.assert_close(middle, start / 4 + control / 2 + end / 4)


@given(polylines)
def test_arc_lengths_add_up_the_distances_between_points(line: np.ndarray) -> None:
    expected = [sum(math.dist(line[i], line[i + 1]) for i in range(count)) for count in range(len(line))]
    assert arc_lengths(line) == pytest.approx(np.array(expected), abs=1e-9)


def test_a_resampled_corner_has_points_at_equal_distances() -> None:
    corner = np.array([[0.0, 0], [3, 0], [3, 1]])  # length 4
    assert resample(corner, 5).tolist() == [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]
    assert resample(corner, 3).tolist() == [[0, 0], [2, 0], [3, 1]]


@given(arrays(np.float64, 2, elements=st.floats(-100, 100)), st.floats(0.1, 100), st.floats(0, 6), st.integers(2, 20))
def test_points_on_a_straight_line_are_resampled_evenly(
    start: np.ndarray, length: float, angle: float, count: int
) -> None:
    end = start + length * np.array([math.cos(angle), math.sin(angle)])
    line = np.stack([start, start + 0.3 * (end - start), end])
    assert resample(line, count) == pytest.approx(np.linspace(start, end, count), abs=1e-9)
