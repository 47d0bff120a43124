"""Computations in steps."""

import pytest

from mnist_core.progress import Progress, as_part, result_of


def counting(last: int) -> Progress[int]:
    total = 0
    for number in range(1, last + 1):
        total += number
        yield number / last
    return total


def test_a_computation_yields_what_is_done_and_returns_its_result() -> None:
    steps = counting(4)
    assert [next(steps) for _ in range(4)] == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == 10


def test_the_result_of_a_computation_is_that_of_its_last_step() -> None:
    assert result_of(counting(100)) == 5050
    assert result_of(counting(0)) == 0


def test_a_part_takes_its_share_of_a_longer_computation() -> None:
    def whole() -> Progress[int]:
        first = yield from as_part(counting(2), 0.0, 0.5)
        return first + (yield from as_part(counting(4), 0.5, 0.5))

    assert list(whole()) == [0.25, 0.5, 0.625, 0.75, 0.875, 1.0]
    assert result_of(whole()) == 3 + 10
