import os
from collections.abc import Iterator

import pytest

from mnist_core.recognition.processes import AHEAD, one_at_a_time, share_out


def with_its_process(number: int) -> tuple[int, int]:
    return number**2, os.getpid()


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def end_at_three(number: int) -> int:
    if number == 3:
        os._exit(1)
    return number


def under_the_lock(number: int) -> int:
    with one_at_a_time():
        return number


def test_results_are_in_order_and_from_other_processes() -> None:
    squares, processes = zip(*share_out(with_its_process, range(40), processes=2), strict=True)
    assert list(squares) == [number**2 for number in range(40)]
    assert os.getpid() not in processes and len(set(processes)) <= 2


@pytest.mark.parametrize(("batches", "processes"), [(1, 2), (5, 1), (0, 2)])
def test_one_batch_or_one_process_needs_no_other_process(batches: int, processes: int) -> None:
    results = list(share_out(with_its_process, range(batches), processes))
    assert results == [(number**2, os.getpid()) for number in range(batches)]


def test_batches_are_taken_only_as_they_are_needed() -> None:
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = share_out(fail_at_three, endless(), processes=2)
    assert next(results) == 1 and taken <= 2 * AHEAD + 1
    results.close()  # type: ignore[attr-defined]


def test_an_error_is_raised_in_its_place() -> None:
    results = share_out(fail_at_three, range(9), processes=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_a_process_that_ends_early_is_an_error_in_one_sentence() -> None:
    with pytest.raises(OSError, match=r"^a process ended before its work was done"):
        list(share_out(end_at_three, range(9), processes=2))


def test_the_lock_is_free_for_the_next_and_there_is_one_without_other_processes() -> None:
    assert list(share_out(under_the_lock, range(9), processes=2)) == list(range(9))
    assert under_the_lock(4) == 4
