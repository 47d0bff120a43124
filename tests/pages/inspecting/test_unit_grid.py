import numpy as np
import pytest

from app_pages.inspecting.unit_grid import ACROSS, sprite, valid


def test_the_sprite_has_each_picture_in_its_place() -> None:
    pictures = np.random.default_rng(0).random((ACROSS + 3, 2, 4)).astype(np.float32)
    whole = sprite(pictures)
    assert whole.shape == (4, 4 * ACROSS)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, ACROSS)
        np.testing.assert_array_equal(
            whole[2 * row : 2 * row + 2, 4 * column : 4 * column + 4], np.rint(picture * 255).astype(np.uint8)
        )
    assert not whole[2:, 4 * 3 :].any()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([0, 3], {0, 3}),
        ([3, 3], {3}),
        ([4, -1, 2], {2}),
        (["1", 1.0, None, True, [1]], set()),
        ("12", set()),
        (None, set()),
    ],
)
def test_only_numbers_of_units_are_taken_from_a_browser(sent: object, expected: set[int]) -> None:
    assert valid(sent, 4) == expected
