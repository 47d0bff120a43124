"""Runs for the tests of this folder, and what the tests look at."""

import csv
from dataclasses import asdict, replace

import torch

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs.run import Run
from mnist_core.training.report import StepReport
from tests.waiting import wait_for

Splits = tuple[Split, Split]
QUICK = TrainConfig("linear", epochs=2, batch_size=40, learning_rate=0.003)  # 20 steps
LONG = replace(QUICK, epochs=1000)
EVALUATED_OFTEN = replace(QUICK, epochs=3, evaluations=2)  # 30 steps


def ended(run: Run) -> Run:
    """Wait until a run has ended."""
    wait_for(lambda: not run.state.is_alive)
    return run


def same_weights(run: Run, oracle: torch.nn.Module) -> bool:
    assert run.latest_model is not None
    pairs = zip(run.latest_model.state_dict().values(), oracle.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def metrics(run: Run) -> list[dict[str, float | None]]:
    with (run.folder / storage.METRICS).open(newline="") as file:
        return [{key: float(text) if text else None for key, text in row.items()} for row in csv.DictReader(file)]


def as_row(report: StepReport) -> dict[str, float | None]:
    return {name: value for name, value in asdict(report).items() if name != "confusion"}
