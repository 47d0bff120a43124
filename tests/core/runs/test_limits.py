from dataclasses import replace
from pathlib import Path

import pytest

from mnist_core.models.config import PRESETS, TrainConfig
from mnist_core.runs import registry as registry_module
from mnist_core.runs.limits import MB, Limits, RunLimitError, count_steps, folder_size, largest_size
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState
from mnist_core.training.loop import make_learner
from tests.core.runs.running import EVALUATED_OFTEN, LONG, QUICK, Splits, ended
from tests.waiting import wait_for

ALLOWED = Limits()


@pytest.mark.parametrize("config", [QUICK, replace(QUICK, share=0.3), replace(QUICK, batch_size=512)])
def test_the_number_of_steps_is_the_learners(config: TrainConfig, tiny_splits: Splits) -> None:
    train, _ = tiny_splits
    assert count_steps(config, len(train)) == make_learner(config.build_model(), train, config).steps


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("model", ["linear", "mlp", "cnn"])
def test_no_run_takes_more_disk_than_was_reckoned_with(
    registry: RunRegistry, tiny_splits: Splits, model: str, average: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.runs.recorder.CHECKPOINT_EVERY", 0.0)
    monkeypatch.setattr("mnist_core.runs.files.CHECKPOINT", "checkpoint")  # the largest state: it is not removed
    config = replace(EVALUATED_OFTEN, model=model, average=average, epochs=6)
    run = ended(registry.start(config, lambda: tiny_splits))
    taken, reckoned = folder_size(run.folder), largest_size(config, len(tiny_splits[0]))
    assert reckoned / 4 < taken <= reckoned + 20_000  # the texts and headers, which do not grow


def test_every_preset_is_allowed() -> None:
    for preset in PRESETS.values():
        for config in preset.configs.values():
            ALLOWED.check_steps(config, 60_000)
            ALLOWED.check_disk(largest_size(config, 60_000), 0, 0, 2_000 * MB)


def test_too_long_a_run_is_refused_in_one_sentence(registry: RunRegistry, tiny_splits: Splits) -> None:
    with pytest.raises(RunLimitError, match="at most 100,000 steps, and this one would have 1,500,000: choose fewer"):
        registry.start(LONG, lambda: tiny_splits, images=60_000)
    assert not registry.runs and not [path for path in registry.root.iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    ("owned", "total", "free", "message"),
    [
        (1_000, 1_000, 5_000, "Your runs can take at most 1,000 MB. They take 1,000 MB"),
        (0, 20_000, 5_000, "no disk space left"),
        (0, 0, 500, "no disk space left"),
    ],
)
def test_too_little_disk_space_is_said(owned: int, total: int, free: int, message: str) -> None:
    ALLOWED.check_disk(1 * MB, 0, 0, 5_000 * MB)
    with pytest.raises(RunLimitError, match=message):
        ALLOWED.check_disk(1 * MB, owned * MB, total * MB, free * MB)


def test_the_folder_of_a_run_that_has_ended_is_measured_once(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Path] = []

    def measure(folder: Path) -> int:
        measured.append(folder)
        return folder_size(folder)

    monkeypatch.setattr(registry_module, "folder_size", measure)
    runs = [ended(registry.start(QUICK, lambda: tiny_splits)) for _ in range(3)]
    wait_for(lambda: not registry._threads)
    ended(registry.start(QUICK, lambda: tiny_splits))
    assert sorted(measured) == sorted(run.folder for run in runs)


def test_a_full_disk_refuses_a_run_before_it_starts(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "free_space", lambda folder: 100 * MB)
    with pytest.raises(RunLimitError, match="no disk space left"):
        registry.start(QUICK, lambda: tiny_splits)
    assert not registry.runs


def test_a_visitor_may_train_one_run_and_queue_a_few(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=2)
    try:
        mine = [registry.start(LONG, lambda: tiny_splits, "me") for _ in range(4)]
        with pytest.raises(RunLimitError, match="At most 4 of your runs can train, wait or be paused"):
            registry.start(LONG, lambda: tiny_splits, "me")
        wait_for(lambda: mine[0].history)
        assert [run.state for run in mine] == [RunState.TRAINING] + [RunState.QUEUED] * 3  # though two might train
        theirs = registry.start(QUICK, lambda: tiny_splits, "them")
        assert ended(theirs).state is RunState.FINISHED
        mine[0].stop()
        ended(mine[0])
        wait_for(lambda: mine[1].state is RunState.TRAINING)
        registry.start(LONG, lambda: tiny_splits, "me")
    finally:
        registry.close()


def test_many_visitors_together_cannot_queue_without_end(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, limits=Limits(alive=3))
    try:
        for number in range(3):
            registry.start(LONG, lambda: tiny_splits, f"visitor {number}")
        with pytest.raises(RunLimitError, match="The server has 3 runs to train, as many as it takes: try again later"):
            registry.start(LONG, lambda: tiny_splits, "one more")
    finally:
        registry.close()


def test_resuming_counts_like_starting(tmp_path: Path, tiny_splits: Splits) -> None:
    first = RunRegistry(tmp_path)
    names = [first.start(LONG, lambda: tiny_splits, "me").name for _ in range(4)]
    first.close()
    second = RunRegistry(tmp_path, limits=Limits(waiting=1))
    try:
        for name in names[:2]:
            second.resume_interrupted(second.runs[name], lambda: tiny_splits)
        with pytest.raises(RunLimitError):
            second.resume_interrupted(second.runs[names[2]], lambda: tiny_splits)
        assert second.runs[names[2]].state is RunState.INTERRUPTED
    finally:
        second.close()


def test_a_run_is_stopped_when_it_has_trained_for_as_long_as_it_may(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, limits=Limits(hours=0.1 / 3600))
    run = ended(registry.start(LONG, lambda: tiny_splits))
    registry.close()
    assert run.state is RunState.STOPPED and "hours of training, the most that this server allows" in run.message
    assert run.history.last.seconds > 0.1 and len(run.history) < 10_000 and run.latest_model is not None


@pytest.mark.parametrize("doing", ["training", "paused", "queued"])
def test_a_run_that_nobody_looks_at_is_interrupted_and_can_be_resumed(
    tmp_path: Path, tiny_splits: Splits, doing: str
) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1, limits=Limits(abandoned_hours=1 / 3600))
    try:
        other = registry.start(LONG, lambda: tiny_splits, "other") if doing == "queued" else None
        run = registry.start(LONG, lambda: tiny_splits, "me")
        if doing == "paused":
            wait_for(lambda: run.history)
            run.pause()

        def still_alive() -> bool:
            if other is not None:
                other.look()
            return not run.state.is_alive

        for _ in range(3):  # while somebody looks, it lives on
            run.look()
            assert not still_alive()
        wait_for(still_alive)
        assert run.state is RunState.INTERRUPTED and run.message.startswith("Nobody looked at it for")
        assert other is None or other.state is RunState.TRAINING
        registry.limits = ALLOWED
        run.look()
        registry.resume_interrupted(run, lambda: tiny_splits)
        assert not run.message
        if other is not None:
            registry.delete(other)
        steps = len(run.history)
        wait_for(lambda: run.state is RunState.TRAINING and len(run.history) > steps)
    finally:
        registry.close()
