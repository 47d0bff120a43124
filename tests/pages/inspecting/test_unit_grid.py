import pytest

from app_pages.inspecting.unit_grid import valid


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
