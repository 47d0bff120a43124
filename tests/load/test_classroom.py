"""A class works while the server is killed: everybody goes on, and what they handed in is there, once, and theirs."""

from pathlib import Path

import pytest

from mnist_core.classroom.store import ClassStore
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from tests.load.classroom import (
    PASSWORD,
    ClassOutcome,
    ClassPlan,
    drawings_of_pupils,
    hold_class,
    teacher_sees,
    wrong_in_file,
)
from tests.load.drawings import load_drawings
from tests.load.process import run_alone, running

PLAN = ClassPlan(pupils=10, answers=3, drawings=2, think=0.2, arrive=1.0)


@pytest.mark.slow
def test_a_class_goes_on_after_the_server_was_killed_and_nothing_is_lost_or_kept_twice(tmp_path: Path) -> None:
    folder = tmp_path / "classes"
    store = ClassStore(folder)
    code = store.open_class("7b", "t").code
    drawings = drawings_of_pupils(
        load_drawings(ASSETS / "examples.jsonl"), load_predictor("cnn"), PLAN.pupils, PLAN.drawings
    )
    with running(tmp_path, CLASSES_ROOT=str(folder), TEACHER_PASSWORD=PASSWORD) as server:
        outcome = run_alone(hold_class(server, code, PLAN, drawings))
        assert outcome.complaints == [] and outcome.lost > 0
        assert wrong_in_file(store, code, outcome) == []
        assert len(store.answers(code)) + len(store.drawings(code)) == PLAN.work
        words, pupils = run_alone(teacher_sees(server.address, code))
        assert sorted(pupils) == sorted((f"P{number}", PLAN.answers, PLAN.drawings) for number in range(PLAN.pupils))
        assert f"<dt>drawings</dt><dd>{PLAN.pupils * PLAN.drawings}</dd>" in words
        assert server.tracebacks() == []


def test_what_is_missing_kept_twice_or_of_somebody_else_is_noticed(tmp_path: Path) -> None:
    store = ClassStore(tmp_path)
    code = store.open_class("", "t").code
    ada, ben = store.join(code, "a" * 32, "P0"), store.join(code, "b" * 32, "P1")
    store.answer(ada, "cnn", 1)
    right = ClassOutcome(answered={"P0": {"cnn": 1}, "P1": {}}, drawn={"P0": [], "P1": []})
    assert wrong_in_file(store, code, right) == []
    swapped = ClassOutcome(answered={"P0": {}, "P1": {"cnn": 1}}, drawn={"P0": [], "P1": []})
    assert len(wrong_in_file(store, code, swapped)) == 2
    missing = ClassOutcome(answered={"P0": {"cnn": 1}, "P1": {"cnn": 0}}, drawn={"P0": [("url", 3)], "P1": []})
    assert [each[:22] for each in wrong_in_file(store, code, missing)] == [
        "1 answers are missing:", "1 drawings are missing",
    ]  # fmt: skip
    store.leave(ben)
    assert wrong_in_file(store, code, right) == ["the pupils are ['P0']"]
