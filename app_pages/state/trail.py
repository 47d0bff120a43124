"""The models of all kept moments of a training, in memory while they are looked at, if they are small enough."""

import functools
from collections.abc import Callable
from pathlib import Path

from torch import nn

from app_pages.state import resources
from mnist_core.analysis.time_lapse import Moment
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import parameter_count
from mnist_core.runs.snapshots import load_snapshot, snapshot_temperature

INITIAL = 0  # the step before the first: random weights
MAX_PARAMETERS = 8_000_000  # of all moments of a training that stay in memory: 32 MB
MAX_CACHED = 3  # trainings


@functools.lru_cache(maxsize=MAX_CACHED)
def moments_of_run(folder: Path, config: TrainConfig, steps: tuple[int, ...]) -> tuple[Moment, ...]:
    """Return the moments of a run: random weights, then the steps that it keeps.

    Args:
        folder: of the run.
        config: of the run.
        steps: see `snapshot_steps`.
    """
    initial = config.build_model().eval()
    stays = parameter_count(initial) * (1 + len(steps)) <= MAX_PARAMETERS
    random = Moment(name_of(INITIAL), lambda: (initial, 1.0))
    return random, *(Moment(name_of(step), _loader(folder, config, step, stays=stays)) for step in steps)


@functools.lru_cache(maxsize=MAX_CACHED)
def moments_of_shipped(name: str) -> tuple[Moment, ...]:
    """Return the two moments of a shipped model: random weights, and trained."""
    trained = resources.shipped_model(name)
    initial = trained.config.build_model().eval()
    return (
        Moment(name_of(INITIAL), lambda: (initial, 1.0)),
        Moment("trained", lambda: (trained.model, trained.temperature)),
    )


def name_of(step: int) -> str:
    """Return what people call a moment."""
    return "random weights" if step == INITIAL else f"step {step:,}"


def _loader(folder: Path, config: TrainConfig, step: int, *, stays: bool) -> Callable[[], tuple[nn.Sequential, float]]:
    def load() -> tuple[nn.Sequential, float]:
        return load_snapshot(folder, config, step), snapshot_temperature(folder, step)

    return functools.cache(load) if stays else load
