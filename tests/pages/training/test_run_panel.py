"""The panel of a run: how often it is refreshed, and what it announces."""

import json
import re
import runpy
import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.state import own_runs, resources
from app_pages.training import run_panel
from app_pages.training.run_panel import refresh_interval
from mnist_core.models.config import TrainConfig
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, RunState
from mnist_core.training.report import StepReport
from tests.core.runs.running import LONG
from tests.made import Miniature
from tests.pages.opening import components, open_page, run
from tests.waiting import wait_for


def training(seconds: float) -> Run:
    """Return a run that has done a tenth of its steps in some seconds."""
    run = Run("linear-1", TrainConfig("linear"), Path("runs"), "me", RunState.TRAINING)
    run.history = History([StepReport(10, 100, 0.1, seconds, 1.0, 0.01, 320)])
    return run


def test_a_long_run_is_refreshed_less_often_and_an_ended_one_never() -> None:
    short, long = refresh_interval(training(1.0)), refresh_interval(training(60.0))
    assert short and long and 1.0 <= short <= 2.0 < long <= 3.0
    ended = training(1.0)
    ended.state = RunState.FINISHED
    assert refresh_interval(ended) is None
    assert (
        refresh_interval(Run("linear-2", TrainConfig("linear"), Path("runs"), "me")) == short
    )  # before its first step


@pytest.mark.parametrize("cores", [1, 2, 3, 16])
def test_with_few_cores_every_run_is_refreshed_less_often(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr("mnist_core.runs.registry.CORES", cores)
    reloaded = runpy.run_path(run_panel.__file__)
    assert reloaded["refresh_interval"](training(1.0)) == (1.0 if cores > 2 else 2.0)


def test_a_page_that_only_refreshes_keeps_its_run_from_being_abandoned(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = resources.registry().start(LONG, resources.splits_loader(), "somebody")
    page = open_page("train", run=started.name)
    monkeypatch.setattr(own_runs, "visible_runs", lambda: [started])  # as in a refresh, which reads no list of runs
    started._looked_at -= 3_000
    before = started._looked_at
    run(page)
    assert started._looked_at > before + 2_000


def test_a_page_waits_a_moment_for_a_run_that_was_started_just_now(tmp_path: Path) -> None:
    run = Run("linear-1", LONG, tmp_path, "me", started_at=time.time())
    threading.Timer(0.05, lambda: setattr(run, "state", RunState.TRAINING)).start()
    run_panel._wait_until_started(run)
    assert run.state is RunState.TRAINING


@pytest.mark.parametrize("age", [0.0, 3_600.0])
def test_a_page_does_not_wait_for_a_run_that_stays_in_the_queue(tmp_path: Path, age: float) -> None:
    run, before = Run("linear-1", LONG, tmp_path, "me", started_at=time.time() - age), time.monotonic()
    run_panel._wait_until_started(run)
    assert time.monotonic() - before < (2 * run_panel.STARTS_WITHIN if age == 0 else 0.1)


def announced(page: AppTest) -> dict[str, object]:
    (announcer,) = components(page, "announcer")
    return dict(json.loads(announcer.proto.json))


def test_the_progress_and_the_end_of_a_run_are_announced(miniature: Miniature) -> None:
    page = open_page("train")
    started = resources.registry().start(LONG, resources.splits_loader(), page.session_state["session"].visitor)
    wait_for(lambda: started.evaluations)
    said = announced(run(page))
    assert re.fullmatch(r"Step [\d,]+ of 10,000, \d+\.\d% test accuracy\.", str(said["text"])) and not said["is_final"]
    assert said["subject"] == started.name
    started.stop()
    wait_for(lambda: not started.state.is_alive)
    said = announced(run(page))
    assert re.fullmatch(r"Stopped: \d+\.\d% test accuracy after \d+ s\.", str(said["text"])) and said["is_final"]
