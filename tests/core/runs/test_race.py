"""A race: two runs share one turn, train in alternation, and end as they would have ended alone."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from mnist_core.runs.limits import Limits, RunLimitError
from mnist_core.runs.race import LEAD, RACE, SharedTurn, load_rival
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import Run, RunState
from mnist_core.runs.turns import Turns
from tests.core.runs.running import LONG, QUICK, Splits, ended, same_weights
from tests.waiting import wait_for

OTHER = replace(QUICK, model="mlp", epochs=3)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunRegistry]:
    """A registry that lets one run train at a time."""
    registry = RunRegistry(tmp_path / "runs", max_concurrent=1)
    yield registry
    for run in registry.runs.values():
        run.stop()
    registry.close()


def test_both_runs_of_a_race_end_as_they_would_alone(registry: RunRegistry, tiny_splits: Splits) -> None:
    one, other = registry.start_race((QUICK, OTHER), lambda: tiny_splits, "ada", 400)
    for run in (one, other):
        assert ended(run).state is RunState.FINISHED and len(run.history) == run.history.last.steps
    for run in (one, other):
        alone = ended(registry.start(run.config, lambda: tiny_splits))
        assert alone.latest_model is not None and same_weights(run, alone.latest_model)


def test_the_runs_of_a_race_stay_side_by_side_and_share_one_turn(registry: RunRegistry, tiny_splits: Splits) -> None:
    one, other = registry.start_race((LONG, replace(LONG, model="mlp")), lambda: tiny_splits, "ada", 400)
    wait_for(lambda: one.history and other.history)
    third = registry.start(QUICK, lambda: tiny_splits, "bob", 400)
    seen: list[tuple[float, float]] = []
    for _ in range(20):
        wait_for(lambda: sum(run.history.last.seconds for run in (one, other)) > sum(seen[-1] if seen else (0, 0)))
        seen.append((one.history.last.seconds, other.history.last.seconds))
    assert all(earlier[0] <= later[0] and earlier[1] <= later[1] for earlier, later in pairwise(seen))
    assert {one.state, other.state} == {RunState.TRAINING} and third.state is RunState.QUEUED
    slowest_step = max(run.history.last.seconds / len(run.history) for run in (one, other))
    assert abs(one.history.last.seconds - other.history.last.seconds) <= 5 * LEAD + 50 * slowest_step
    one.stop()
    wait_for(lambda: one.state is RunState.STOPPED)
    steps = len(other.history)
    wait_for(lambda: len(other.history) > steps + 10)  # alone
    assert third.state is RunState.QUEUED
    other.stop()
    assert ended(third).state is RunState.FINISHED


def test_a_race_waits_as_one(registry: RunRegistry, tiny_splits: Splits) -> None:
    first = registry.start(LONG, lambda: tiny_splits, "ada", 400)
    wait_for(lambda: first.history)
    race = registry.start_race((QUICK, OTHER), lambda: tiny_splits, "bob", 400)
    last = registry.start(QUICK, lambda: tiny_splits, "cyd", 400)
    assert {run.name for run in registry.queue()[:2]} == {run.name for run in race}
    assert registry.queue_position(last) == 3
    registry.turns.move(race[1].turn_name, first=False)  # both move
    assert registry.queue_position(last) == 1
    registry.turns.move(race[1].turn_name, first=True)
    race[0].stop()
    wait_for(lambda: race[0].state is RunState.STOPPED)
    assert [run.name for run in registry.queue()] == [race[1].name, last.name]  # the other keeps the place
    first.stop()
    assert ended(race[1]).state is ended(last).state is RunState.FINISHED


def test_a_paused_racer_lets_the_other_go_on_and_catches_up(registry: RunRegistry, tiny_splits: Splits) -> None:
    one, other = registry.start_race((LONG, LONG), lambda: tiny_splits, "ada", 400)
    wait_for(lambda: one.history and other.history)
    one.pause()
    wait_for(lambda: one.state is RunState.PAUSED)
    at = one.history.last.seconds
    wait_for(lambda: other.history.last.seconds > at + 3 * LEAD)
    assert one.history.last.seconds == at
    one.unpause()
    wait_for(lambda: one.history.last.seconds > at + 3 * LEAD)
    assert {one.state, other.state} == {RunState.TRAINING}


def test_a_race_whose_runs_are_both_paused_makes_room(registry: RunRegistry, tiny_splits: Splits) -> None:
    race = registry.start_race((LONG, LONG), lambda: tiny_splits, "ada", 400)
    wait_for(lambda: all(run.history for run in race))
    for run in race:
        run.pause()
    assert ended(registry.start(QUICK, lambda: tiny_splits, "bob", 400)).state is RunState.FINISHED
    for run in race:
        run.unpause()
    steps = [len(run.history) for run in race]
    wait_for(lambda: all(len(run.history) > before + 5 for run, before in zip(race, steps, strict=True)))


def test_a_racer_that_fails_leaves_the_other_alone(registry: RunRegistry, tiny_splits: Splits) -> None:
    calls = threading.Semaphore(1)

    def load() -> Splits:
        if calls.acquire(blocking=False):
            raise RuntimeError("the digits went away")
        return tiny_splits

    race = registry.start_race((QUICK, QUICK), load, "ada", 400)
    assert {ended(run).state for run in race} == {RunState.FAILED, RunState.FINISHED}


def test_a_race_counts_as_two_runs(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path / "runs", max_concurrent=1, limits=Limits(waiting=1))
    first = registry.start(LONG, lambda: tiny_splits, "ada", 400)
    with pytest.raises(RunLimitError, match="^A race has 2 runs. At most 2 of your runs can train"):
        registry.start_race((QUICK, QUICK), lambda: tiny_splits, "ada", 400)
    with pytest.raises(RunLimitError, match="at most 100,000 steps"):
        registry.start_race((QUICK, replace(QUICK, epochs=1000, batch_size=8)), lambda: tiny_splits, "bob", 40_000)
    assert list(registry.runs) == [first.name]
    assert len([path for path in (tmp_path / "runs").iterdir() if path.is_dir()]) == 1
    registry.close()


def test_each_run_knows_its_rival_in_a_later_process_too(registry: RunRegistry, tiny_splits: Splits) -> None:
    one, other = (ended(run) for run in registry.start_race((QUICK, OTHER), lambda: tiny_splits, "ada", 400))
    assert (load_rival(one.folder), load_rival(other.folder)) == (other.name, one.name)
    assert load_rival(ended(registry.start(QUICK, lambda: tiny_splits)).folder) == ""


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"rival": 7}', '{"rival": "../.."}', '{"rival": "\\ud800"}', "\0"]
)
def test_a_damaged_record_of_a_race_names_no_rival(tmp_path: Path, content: str) -> None:
    (tmp_path / RACE).write_text(content, encoding="utf-8")
    assert load_rival(tmp_path) == ""


def test_a_turn_is_given_up_when_the_last_run_leaves(tmp_path: Path) -> None:
    turns = Turns(at_once=1)
    runs = [Run(name, QUICK, tmp_path, "ada") for name in ("a", "b")]
    shared = SharedTurn(turns, runs)
    assert shared.take("a", "ada", 1.0)
    shared.leave("a")
    assert not turns.take("c", "bob", 0.01)
    shared.leave("b")
    assert turns.take("c", "bob", 1.0)
