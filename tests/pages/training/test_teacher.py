"""The teacher's view of the class, behind a password that the server was given."""

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.state import resources, teacher
from mnist_core.models.config import TrainConfig
from mnist_core.runs.run import Run, RunState
from tests.made import Miniature
from tests.pages.opening import open_page, run
from tests.waiting import wait_for

LONG = TrainConfig("linear", epochs=1000, batch_size=8)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(teacher.PASSWORD, "chalk and cheese")
    monkeypatch.setattr(teacher, "DELAY", 0.0)
    return "chalk and cheese"


@pytest.fixture
def start(miniature: Miniature) -> Callable[[str], Run]:
    return lambda owner: resources.registry().start(LONG, resources.splits_loader(), owner, 400)


def log_in(page: AppTest, attempt: str) -> AppTest:
    page.text_input(key="train_password").set_value(attempt)
    return run(page.button(key="train_log_in_press").click())


def open_run(page: AppTest, name: str) -> AppTest:
    run(page.selectbox(key="train_class").set_value(name))
    return run(page.button(key="train_class_open").click())


def keys(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


def test_without_a_password_there_is_no_teacher(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(teacher.PASSWORD, raising=False)
    page = open_page("train")
    assert not page.text_input and "train_log_in_press" not in keys(page)
    assert not teacher.log_in("")


@pytest.mark.parametrize("attempt", ["", "chalk", "chalk and cheese ", "Chalk and cheese", "クリーム" * 40])
def test_a_wrong_password_shows_nothing_of_the_class(start: Callable[[str], Run], password: str, attempt: str) -> None:
    theirs = start("somebody")
    page = log_in(open_page("train"), attempt)
    assert [error.value for error in page.error] == ["That isn't the teacher's password."]
    assert theirs.name not in str(page.main) and "train_class_open" not in keys(page)


def test_the_teacher_stops_deletes_and_reorders_any_run(start: Callable[[str], Run], password: str) -> None:
    training, second, third = (start(owner) for owner in ("one", "two", "three"))
    wait_for(lambda: training.history)
    page = log_in(open_page("train"), password)
    assert page.dataframe[0].value["State"].tolist() == ["training", "number 1 in the queue", "number 2 in the queue"]
    open_run(page, third.name)
    run(page.button(key="train_first").click())
    assert resources.registry().queue() == [third, second]
    run(page.button(key="train_last").click())
    assert resources.registry().queue() == [second, third]
    run(page.button(key="train_delete_yes").click())
    assert third.name not in resources.registry().runs
    open_run(page, training.name)
    run(page.button(key="train_stop").click())
    wait_for(lambda: training.state is RunState.STOPPED)
    wait_for(lambda: second.state is RunState.TRAINING)


def test_a_student_beside_the_teacher_gains_nothing(start: Callable[[str], Run], password: str) -> None:
    theirs = start("somebody")
    wait_for(lambda: theirs.history)
    log_in(open_page("train"), password)
    student = open_page("train", run=theirs.name)
    assert not {"train_stop", "train_pause", "train_delete_yes", "train_class_open"} & keys(student)


def test_the_password_may_be_one_of_streamlits_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(teacher.PASSWORD, raising=False)
    monkeypatch.setattr(st, "secrets", {teacher.PASSWORD: "from a file"})
    assert teacher.is_teacher_possible()
