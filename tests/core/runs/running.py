"""Runs for the tests of this folder."""

from dataclasses import replace

from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.runs.run import Run
from tests.waiting import wait_for

Splits = tuple[Split, Split]
QUICK = TrainConfig("linear", epochs=2, batch_size=40, learning_rate=0.003)  # 20 steps
LONG = replace(QUICK, epochs=1000)


def ended(run: Run) -> Run:
    """Wait until a run has ended."""
    wait_for(lambda: not run.state.is_alive)
    return run
