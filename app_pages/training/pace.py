"""How long a run will take here: measured in the background from the first visit on, then learned from the runs."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch

from app_pages.state import resources
from app_pages.state.singletons import Singleton
from mnist_core.models.config import TrainConfig
from mnist_core.models.storage import METRICS
from mnist_core.runs.pace import Pace, PaceKeeper, measure_pace
from mnist_core.runs.registry import THREADS
from mnist_core.runs.run import Run, RunState
from mnist_core.training.device import resolve_precision

RECENT_RUNS = 8  # that are looked at, of all visitors
MAX_TABLE_BYTES = 1_000_000  # a longer table takes a page too long to read
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MachinePace:
    """What the process knows of its pace, and the measurement that it begins with."""

    keeper: PaceKeeper
    measurement: Future[None]

    @property
    def is_measuring(self) -> bool:
        """True until the first measurement has ended, after less than a second."""
        return not self.measurement.done()


@Singleton
def machine_pace() -> MachinePace:
    """Return the process's pace; the first call begins to measure it in the background."""
    keeper = PaceKeeper()
    # NOTE: an executor's thread is waited for when the process ends; torch would abort it inside one of its kernels.
    executor = ThreadPoolExecutor(1, "pace")
    measurement = executor.submit(_measure, keeper, resources.registry().device)
    executor.shutdown(wait=False)
    return MachinePace(keeper, measurement)


def expected_here() -> Callable[[TrainConfig], float | None]:
    """Return what tells how long a run will take on this machine, in s, or None while that is not known."""
    keeper = machine_pace().keeper
    if not keeper.is_ready:
        return lambda _: None
    train, test = (len(resources.available_split(name)) for name in ("train", "test"))
    for run in reversed(resources.registry().all_runs()[:RECENT_RUNS]):  # the newest counts most
        if _is_of_this_machine(run):
            keeper.learn(run.name, run.config, run.history, test)
    device = resources.registry().device
    return lambda config: keeper.expected_seconds(resolve_precision(config, device), train, test)


def _measure(keeper: PaceKeeper, device: torch.device | str) -> None:
    try:
        keeper.set_pace(measured(device))
    except Exception:  # whatever it is, a run can be started without knowing how long it takes
        log.exception("the machine's pace could not be measured")


def measured(device: torch.device | str) -> Pace:
    """Measure the pace of runs on a device."""
    return measure_pace(THREADS, device)


def _is_of_this_machine(run: Run) -> bool:
    """Return whether a run was started in the app, and has a table that is quick to read."""
    try:
        is_short = (run.folder / METRICS).stat().st_size <= MAX_TABLE_BYTES
    except OSError:  # it has not begun
        return False
    return is_short and bool(run.owner) and run.state is not RunState.ELSEWHERE
