"""The server's log: what happened, without what was drawn or who drew it."""

import logging
import re
from collections.abc import Iterator

import pytest

from app_pages.state import resources
from app_pages.state.logs import LEVEL, configure_logs
from mnist_core.runs.limits import Limits
from tests.core.runs.running import ended
from tests.made import Miniature
from tests.pages.opening import open_page, run
from tests.pages.test_train import start

NAMES = ("mnist_core", "app_pages")


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    yield
    for name in NAMES:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_run_is_logged_from_start_to_end_without_its_owner(
    miniature: Miniature, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    page = open_page("train")
    done = ended(start(page))
    run(page)
    run(page.button(key="train_delete_yes").click())
    messages = [record.getMessage() for record in caplog.records if record.name.startswith(NAMES)]
    assert f"run {done.name} starts: linear" in messages
    accuracy = done.evaluations[-1].test_accuracy
    (end,) = (message for message in messages if message.startswith(f"run {done.name} ends"))
    assert re.fullmatch(rf"run {done.name} ends: finished after [\d.]+ s, test accuracy {accuracy:.2%}", end)
    assert f"run {done.name} deleted" in messages
    assert not any(done.owner in message for message in messages)


def test_a_refused_run_is_logged(
    miniature: Miniature, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    page = open_page("train")
    monkeypatch.setattr(resources.registry(), "limits", Limits(owner_mb=0))
    run(page.button(key="train_start").click())
    messages = [record.getMessage() for record in caplog.records if record.name.startswith(NAMES)]
    assert any(message.startswith("a run was refused: ") for message in messages)


@pytest.mark.parametrize(("level", "expected"), [(None, "INFO"), ("warning", "WARNING"), ("everything", "INFO")])
def test_the_level_can_be_set(level: str | None, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LEVEL, raising=False)
    if level is not None:
        monkeypatch.setenv(LEVEL, level)
    configure_logs()
    assert all(logging.getLevelName(logging.getLogger(name).level) == expected for name in NAMES)
