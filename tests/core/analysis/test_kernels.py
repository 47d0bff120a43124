"""One kernel by hand: held to loops, and to what each preset is for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.analysis.kernels import KERNELS, convolve

weights = st.lists(st.lists(st.floats(-9, 9), min_size=3, max_size=3), min_size=3, max_size=3)


def by_loops(picture: torch.Tensor, kernel: list[list[float]]) -> torch.Tensor:
    height, width = picture.shape
    result = torch.zeros(height, width, dtype=torch.float64)
    for row in range(height):
        for column in range(width):
            for down in (-1, 0, 1):
                for across in (-1, 0, 1):
                    if 0 <= row + down < height and 0 <= column + across < width:
                        weight = kernel[down + 1][across + 1]
                        result[row, column] += weight * float(picture[row + down, column + across])
    return result


def ink(rows: slice, columns: slice) -> torch.Tensor:
    picture = torch.zeros(12, 12)
    picture[rows, columns] = 1
    return picture


HORIZONTAL, VERTICAL = ink(slice(6, 7), slice(2, 10)), ink(slice(2, 10), slice(6, 7))


@given(weights)
def test_it_is_what_loops_compute(kernel: list[list[float]]) -> None:
    picture = torch.rand(7, 6, generator=torch.Generator().manual_seed(3))
    assert torch.allclose(convolve(picture, kernel).double(), by_loops(picture, kernel), atol=1e-4)


def test_a_kernel_for_lines_sees_those_of_its_direction() -> None:
    for name, line, other in (
        ("Horizontal lines", HORIZONTAL, VERTICAL),
        ("Vertical lines", VERTICAL, HORIZONTAL),
    ):
        assert float(convolve(line, KERNELS[name]).max()) == 6
        assert float(convolve(other, KERNELS[name])[4:8, 4:8].max()) <= 0  # away from its ends


def test_an_edge_is_seen_from_above_and_only_there() -> None:
    block = convolve(ink(slice(4, 9), slice(3, 9)), KERNELS["Upper edges"])
    assert block[3, 5] == 3 and block[6, 5] == 0 and block[9, 5] == -3


def test_an_area_of_one_grey_has_no_outline_and_stays_when_blurred() -> None:
    area = torch.full((9, 9), 0.4)
    assert convolve(area, KERNELS["Outline"])[4, 4].abs() < 1e-6
    assert convolve(area, KERNELS["Blur"])[4, 4] == pytest.approx(0.4)
    assert torch.equal(convolve(area, KERNELS["Unchanged"]), area)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [([[1.0]], "3 rows"), ([[1.0, 0.0]] * 3, "3 rows"), ([[float("nan"), 0, 0]] + [[0, 0, 0]] * 2, "finite")],
)
def test_what_is_no_kernel_is_refused(kernel: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convolve(HORIZONTAL, kernel)
