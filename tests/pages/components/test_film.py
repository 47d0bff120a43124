import numpy as np
import pytest

from app_pages.components.film import sheet


@pytest.mark.parametrize(
    ("count", "across", "shape"), [(11, 8, (4, 32)), (3, 8, (2, 12)), (8, 8, (2, 32)), (1, 16, (2, 4))]
)
def test_the_sheet_has_each_picture_in_its_place_and_is_black_elsewhere(
    count: int, across: int, shape: tuple[int, int]
) -> None:
    pictures = np.random.default_rng(0).random((count, 2, 4)).astype(np.float32)
    whole = sheet(pictures, across)
    assert whole.shape == shape
    for number, picture in enumerate(pictures):
        top, left = number // across * 2, number % across * 4
        cell = whole[top : top + 2, left : left + 4]
        np.testing.assert_array_equal(cell, np.rint(picture * 255).astype(np.uint8))
        cell[:] = 0
    assert not whole.any()
