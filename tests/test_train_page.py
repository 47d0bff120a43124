"""The Train page: what it refuses, and a run from Start to the model that draws with it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from made import Miniature
from streamlit.testing.v1 import AppTest

from app_pages import state
from mnist_core.run import Run, RunState
from mnist_core.runs import RunRegistry

APP = Path(__file__).parent.parent / "app.py"
PAGE = "app_pages/train.py"


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One run at a time, in a folder of the test's own; none is left at the end."""
    made: list[RunRegistry] = []

    def make(*args: object, **options: object) -> RunRegistry:
        made.append(RunRegistry(tmp_path / "runs", at_once=1))
        return made[-1]

    monkeypatch.setattr(state, "RunRegistry", make)
    st.cache_resource.clear()
    yield
    for each in made:
        each.close()
    st.cache_resource.clear()


def run(page: Any) -> AppTest:
    """Run a page, or the page of a widget that was set."""
    shown: AppTest = page.run()
    assert not shown.exception
    return shown


def train(**query: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page(PAGE)
    for name, value in query.items():
        page.query_params[name] = value
    return run(page)


def start(page: AppTest, epochs: int = 2, model: str = "linear", seed: int = 0) -> Run:
    """Start a run of mini-batches of 32 and return it."""
    before = set(state.registry().runs)
    run(page.button_group(key="train_model").set_value(model))
    page.number_input(key=f"train_epochs_{model}").set_value(epochs)
    page.select_slider(key=f"train_batch_{model}").set_value(32)
    page.number_input(key="train_seed").set_value(seed)
    page.button(key="train_start").click()
    run(page)
    (name,) = set(state.registry().runs) - before
    return state.registry().runs[name]


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def words(page: AppTest) -> str:
    badges = [str(element.value) for element in page.markdown]
    return "\n".join([*badges, *(element.value for element in page.subheader)])


def keys(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_without_mnist_one_sentence_says_how_to_get_it(miniature: Miniature, damage: str) -> None:
    path = miniature.file("train-images")
    path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes()[:100])
    page = train()
    (info,) = page.info
    assert info.value.startswith("Training needs the data.") and "python -m mnist_core data" in info.value
    assert "train_start" not in keys(page)


def test_before_the_first_run_the_page_says_what_will_be_there(miniature: Miniature) -> None:
    page = train()
    assert page.info[0].value.startswith("No run yet.")
    assert not state.registry().runs


def test_start_shows_the_run_and_its_end(miniature: Miniature) -> None:
    page = train()
    started = start(page, seed=3)
    assert (started.config.model, started.config.epochs, started.config.batch_size) == ("linear", 2, 32)
    assert started.config.seed == 3
    assert started.name in words(page)
    assert page.query_params["run"] in (started.name, [started.name])
    wait_for(lambda: not started.state.is_alive)
    run(page)
    assert started.state is RunState.FINISHED and "finished" in words(page)
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Test accuracy"] == f"{started.evaluations[-1].test_accuracy:.2%}"
    assert figures["Loss"] == f"{started.reports[-1].loss:.3f}"
    assert "train_use" in keys(page) and not {"train_stop", "train_pause", "train_resume"} & keys(page)


def test_a_trained_model_is_drawn_with(miniature: Miniature) -> None:
    page = train()
    started = start(page)
    wait_for(lambda: not started.state.is_alive)
    run(page)
    page.button(key="train_use").click()
    run(page)
    assert page.title[0].value == "Draw"
    assert page.selectbox(key="model").value == started.name


def test_a_run_obeys_pause_resume_and_stop(miniature: Miniature) -> None:
    page = train()
    started = start(page, epochs=50, model="cnn")
    wait_for(lambda: started.reports)
    page.button(key="train_pause").click()
    run(page)
    wait_for(lambda: started.state is RunState.PAUSED)
    run(page)
    assert "paused" in words(page) and {"train_resume", "train_stop"} <= keys(page)
    page.button(key="train_resume").click()
    run(page)
    steps = len(started.reports)
    wait_for(lambda: len(started.reports) > steps)
    page.button(key="train_stop").click()
    run(page)
    wait_for(lambda: started.state is RunState.STOPPED)
    assert "stopped" in words(run(page))


def test_a_run_that_waits_says_so_and_can_be_stopped(miniature: Miniature) -> None:
    page = train()
    first = start(page, epochs=50, model="cnn")
    wait_for(lambda: first.reports)
    first.pause()
    second = start(page)
    assert second.name in words(page) and "queued, place 1" in words(page)
    assert "train_stop" in keys(page) and "train_pause" not in keys(page)
    page.button(key="train_stop").click()
    run(page)
    wait_for(lambda: second.state is RunState.STOPPED, seconds=5)
    assert "stopped" in words(run(page)) and "train_use" not in keys(page)


def test_a_run_that_failed_says_why(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the digits went away")

    monkeypatch.setattr(state, "both_splits", lambda *args, **options: broken)
    page = train()
    started = start(page)
    wait_for(lambda: started.state is RunState.FAILED)
    assert [error.value for error in run(page).error] == ["the digits went away"]


def test_a_learning_rate_of_nothing_is_refused_beside_the_form(miniature: Miniature) -> None:
    page = train()
    page.number_input(key="train_rate_cnn").set_value(0.0)
    page.button(key="train_start").click()
    run(page)
    (error,) = page.error
    assert "rate must be" in error.value and "\n" not in error.value
    assert not state.registry().runs


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(miniature: Miniature, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    page = train()
    page.button(key="train_start").click()
    run(page)
    (error,) = page.error
    assert "folder could not be made" in error.value
    assert not state.registry().runs


def test_somebody_elses_run_is_seen_only_by_its_address(miniature: Miniature) -> None:
    started = start(train())
    wait_for(lambda: not started.state.is_alive)
    assert train().info[0].value.startswith("No run yet.")
    assert started.name in words(train(run=started.name))
    assert train(run="linear-000000").info[0].value.startswith("No run yet.")
