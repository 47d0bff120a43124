"""Computations in steps."""

import pytest

from mnist_core.progress import Progress, result_of


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
