"""Background computations: in turn, shared, bounded in number, and nobody waits for ever."""

import threading
import time
from collections.abc import Iterator

import pytest

from app_pages.state import background
from app_pages.state.background import Background
from tests.waiting import wait_for


class Count:
    """A computation of some steps, which notes each of them in a list; it can be held before its first step."""

    def __init__(self, name: str, steps: int, notes: list[str], release: threading.Event | None = None) -> None:
        self.name, self.left, self.notes, self.release = name, steps, notes, release

    @property
    def is_done(self) -> bool:
        return self.left == 0

    def step(self) -> None:
        if self.release:
            assert self.release.wait(60)
        self.notes.append(self.name)
        self.left -= 1


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_computations_take_turns_so_a_short_one_does_not_wait_for_a_long_one(release: threading.Event) -> None:
    notes: list[str] = []
    work = Background[Count](4)
    work.get("long", lambda: Count("long", 100, notes, release))
    work.get("short", lambda: Count("short", 3, notes))
    release.set()
    wait_for(lambda: work.is_idle)
    assert notes[:7].count("short") == 3 and notes.count("long") == 100


def test_those_who_want_the_same_share_it() -> None:
    notes: list[str] = []
    work = Background[Count](4)
    first = work.get("a", lambda: Count("a", 5, notes))
    assert work.get("a", lambda: Count("another", 5, notes)) is first is work.peek("a")
    wait_for(lambda: work.is_idle)
    assert notes == ["a"] * 5


def test_one_that_is_awaited_keeps_its_place_and_newcomers_get_theirs_in_order(
    release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    notes: list[str] = []
    work = Background[Count](1)

    def ask(name: str) -> Count | None:
        return work.get(name, lambda: Count(name, 1, notes, release), is_awaited=True)

    first = ask("first")
    assert first and ask("second") is None and ask("third") is None
    clock[0] += background.PATIENCE - 1
    assert ask("second") is None and ask("third") is None
    clock[0] += 2  # nobody has asked for the first any more
    assert ask("third") is None, "the second has come earlier"
    assert ask("second") is not None and ask("third") is None
    assert list(work.entries) == ["second"]
    clock[0] += background.PATIENCE + 1
    assert ask("third") is not None


def test_a_newcomer_that_gave_up_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    work = Background[Count](1)
    assert work.get("first", lambda: Count("first", 0, []), is_awaited=True)
    assert work.get("gone", lambda: Count("gone", 0, []), is_awaited=True) is None
    clock[0] += background.PATIENCE + 1
    assert work.get("last", lambda: Count("last", 0, []), is_awaited=True)


def test_what_nobody_awaits_takes_no_place_from_those_who_wait() -> None:
    work = Background[Count](1)
    assert work.get("first", lambda: Count("first", 0, []), is_awaited=True)
    assert work.get("ahead", lambda: Count("ahead", 0, [])) is None
    assert list(work.entries) == ["first"] and not work.arrivals


def test_one_that_is_no_longer_current_begins_anew() -> None:
    work = Background[Count](1)
    first = work.get("a", lambda: Count("a", 0, []))
    assert work.get("a", lambda: Count("a", 0, []), is_current=lambda _: False) is not first


def test_an_error_reaches_those_who_ask_and_the_others_go_on() -> None:
    notes: list[str] = []
    work = Background[Count](4)
    broken = Count("broken", 1, notes)
    broken.step = lambda: 1 / 0  # type: ignore[assignment, method-assign]
    work.get("broken", lambda: broken)
    work.get("sound", lambda: Count("sound", 3, notes))
    wait_for(lambda: work.is_idle)
    assert notes == ["sound"] * 3
    with pytest.raises(RuntimeError, match="a step of the computation failed"):
        work.get("broken", lambda: broken)
    assert work.get("broken", lambda: Count("broken", 1, notes))
    wait_for(lambda: work.is_idle)
    assert notes[-1] == "broken"


def test_what_is_dropped_makes_no_further_step(release: threading.Event) -> None:
    notes: list[str] = []
    work = Background[Count](4)
    work.get("held", lambda: Count("held", 50, notes, release))
    work.drop("held")
    release.set()
    wait_for(lambda: work.is_idle)
    assert len(notes) <= 1 and work.peek("held") is None
