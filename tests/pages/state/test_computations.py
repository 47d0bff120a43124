"""Computations that a visitor asks for: made in steps, kept, and dropped at the next request."""

from collections.abc import Callable

import pytest

from app_pages.state import computations
from app_pages.state.computations import Computation
from mnist_core.progress import Progress
from tests.waiting import wait_for


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Say which visitor asks; without a page, nobody sees the progress."""
    computations.computations.forget()
    monkeypatch.setattr(
        computations, "wait_on_page", lambda ask, is_ready, _: (work := ask()) and is_ready(work) and work
    )

    def become(token: str) -> None:
        monkeypatch.setattr(computations, "session", lambda: type("Session", (), {"visitor": token}))

    become("first")
    return become


def doubled(number: int, calls: list[int]) -> Callable[[], Progress[int]]:
    def work() -> Progress[int]:
        calls.append(number)
        yield 0.5
        return 2 * number

    return work


def result(name: str, number: int, calls: list[int], *, is_shared: bool = False) -> int:
    def is_there() -> bool:
        return bool(ask())

    def ask() -> int | None:
        return computations.computed(name, number, doubled(number, calls), "Doubling", is_shared=is_shared)

    wait_for(is_there)
    found = ask()
    assert found
    return found


def test_a_result_is_kept_until_the_visitor_asks_for_another(visitor: Callable[[str], None]) -> None:
    calls: list[int] = []
    assert [result("double", number, calls) for number in (3, 3, 4, 4)] == [6, 6, 8, 8]
    assert calls == [3, 4]
    assert result("double", 3, calls) == 6
    assert calls == [3, 4, 3]


def test_visitors_have_their_own_results_or_share_one(visitor: Callable[[str], None]) -> None:
    calls: list[int] = []
    assert result("double", 3, calls) == 6
    visitor("second")
    assert result("double", 3, calls) == 6
    assert calls == [3, 3]
    assert result("of the model", 5, calls, is_shared=True) == 10
    visitor("first")
    assert result("of the model", 5, calls, is_shared=True) == 10
    assert calls == [3, 3, 5]


def test_the_next_request_ends_the_one_before(visitor: Callable[[str], None]) -> None:
    steps: list[int] = []
    ended: list[str] = []

    def endless() -> Progress[int]:
        try:
            while True:
                steps.append(1)
                yield 0.0
        finally:
            ended.append("yes")

    assert computations.computed("search", "endless", endless, "Searching") is None
    wait_for(lambda: len(steps) > 1)
    assert result("search", 2, []) == 4
    wait_for(lambda: computations.computations().is_idle)
    assert ended == ["yes"]


def test_a_computation_says_how_far_it_is() -> None:
    computation = Computation("request", doubled(4, [])())
    assert (computation.fraction, computation.is_done) == (0.0, False)
    computation.step()
    assert (computation.fraction, computation.is_done) == (0.5, False)
    computation.step()
    assert (computation.fraction, computation.is_done, computation.result) == (1.0, True, 8)


def test_a_cancelled_computation_makes_no_further_step_and_begins_anew(visitor: Callable[[str], None]) -> None:
    calls: list[int] = []
    assert result("twice", 3, calls) == 6
    computations.cancel("twice")
    computations.cancel("nothing of that name")
    assert result("twice", 3, calls) == 6
    assert calls == [3, 3]
