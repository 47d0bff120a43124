"""How often the panel of a run is refreshed."""

from pathlib import Path

import pytest

from app_pages.training.run_panel import refresh_interval
from mnist_core.models.config import TrainConfig
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, RunState
from mnist_core.training.report import StepReport


@pytest.mark.parametrize(("seconds", "interval"), [(0.5, 1.0), (0.98, 2.0), (3.0, 3.0), (60.0, 3.0)])
def test_a_long_run_is_refreshed_less_often_and_an_ended_one_never(seconds: float, interval: float) -> None:
    run = Run("linear-1", TrainConfig("linear"), Path("runs"), "me", RunState.TRAINING)
    run.history = History([StepReport(10, 100, 0.1, seconds, 1.0, 0.01, 320)])
    assert refresh_interval(run) == interval
    run.state = RunState.FINISHED
    assert refresh_interval(run) is None
    assert refresh_interval(Run("linear-2", TrainConfig("linear"), Path("runs"), "me")) == 1.0
