"""Where pupils are is written down at a change, seldom, and in the end as it is."""

from dataclasses import dataclass, field, replace

import pytest

from app_pages.state import class_places
from app_pages.state.class_places import EVERY, Places
from mnist_core.classroom.records import Pupil, UnknownClassError

ADA = Pupil("BCDFHJ", 1, "Ada", "", "", 0, 0)


@dataclass
class Fake:
    """A file that only counts, with a clock that stands still."""

    now: float = 100.0
    is_there: bool = True
    moves: list[tuple[int, str, str]] = field(default_factory=list)

    def move(self, pupil: Pupil, page: str, step: str) -> None:
        if not self.is_there:
            raise UnknownClassError("gone")
        assert (pupil.page, pupil.step) != (page, step)  # a store would leave it out
        self.moves.append((pupil.number, page, step))


def made() -> tuple[Fake, Places]:
    fake = Fake()
    return fake, Places(fake.move, lambda: fake.now)


def test_a_change_is_written_at_once_and_nothing_else_is() -> None:
    fake, places = made()
    for _ in range(20):
        places.report("ada", ADA, "learn", "tensor")
        fake.now += 60
    assert fake.moves == [(1, "learn", "tensor")]
    places.report("ada", ADA, "draw", "")
    assert fake.moves[1:] == [(1, "draw", "")]


def test_whoever_hurries_is_written_down_once_in_a_while_and_where_they_end() -> None:
    fake, places = made()
    for step in range(30):
        places.report("ada", ADA, "learn", f"step-{step}")
        fake.now += EVERY / 12  # exact in binary
    assert [step for _, _, step in fake.moves] == ["step-0", "step-12", "step-24"]
    assert not places.is_due("ada")
    fake.now += EVERY
    assert places.is_due("ada") and not places.is_due("ben")
    places.write("ada")
    assert fake.moves[-1] == (1, "learn", "step-29") and not places.is_due("ada")
    places.write("ada")
    assert len(fake.moves) == 4


def test_whoever_is_back_before_it_was_written_has_not_moved() -> None:
    fake, places = made()
    places.report("ada", ADA, "learn", "")
    places.report("ada", ADA, "draw", "")
    places.report("ada", ADA, "learn", "")
    fake.now += EVERY
    assert not places.is_due("ada") and fake.moves == [(1, "learn", "")]


def test_what_the_file_has_already_is_not_written() -> None:
    fake, places = made()
    places.report("ada", replace(ADA, page="learn", step="cnn"), "learn", "cnn")  # known again after a restart
    assert fake.moves == []


def test_whoever_joins_anew_is_somebody_else() -> None:
    fake, places = made()
    places.report("ada", ADA, "learn", "")
    places.report("ada", replace(ADA, number=2), "learn", "")
    assert fake.moves == [(1, "learn", ""), (2, "learn", "")]


def test_a_write_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, places = made()
    fake.is_there = False
    with pytest.raises(UnknownClassError):
        places.report("ada", ADA, "learn", "")
    fake.is_there = True
    places.report("ada", ADA, "learn", "")
    assert fake.moves == [(1, "learn", "")]
    monkeypatch.setattr(class_places, "MAX_KNOWN", 3)
    for number in range(10):
        places.report(f"{number}", replace(ADA, number=number), "draw", "")
    assert len(places._places) == 3
