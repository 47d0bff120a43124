"""One training run, as everybody sees it: what was asked for, what it is doing, and what came of it so far."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs import files
from mnist_core.training.report import StepReport

PAUSE_CHECK = 0.05  # s between two looks at a paused run's wishes
APPLIED_CHECK = 0.01  # s between two looks at whether a run has obeyed


class RunState(StrEnum):
    """What a run is doing."""

    QUEUED = "queued"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # the server ended meanwhile; the run can be resumed

    @property
    def is_alive(self) -> bool:
        """True while the run may still change."""
        return self in (RunState.QUEUED, RunState.TRAINING, RunState.PAUSED)


class RunEndedError(Exception):
    """Raised inside a run's thread when its owner stopped it or the process ends."""


@dataclass
class Run:
    """One training run. Its thread writes, everybody else only reads, but for the wishes below.

    Attributes:
        name: the run's name and its folder's.
        config: what was asked for.
        folder: where all that is known of it lies, see `checkpoints`.
        owner: who started it, an opaque token.
        state: what it is doing.
        message: for a failed run, one sentence that says what to do.
        stop_wanted, pause_wanted: what its owner wishes.
        leave_wanted: the process ends; the run shall be resumed another time.
        delete_wanted: its folder shall go.
    """

    name: str
    config: TrainConfig
    folder: Path
    owner: str
    state: RunState = RunState.QUEUED
    message: str = ""
    stop_requested: bool = field(default=False, repr=False)
    pause_requested: bool = field(default=False, repr=False)
    shutdown_requested: bool = field(default=False, repr=False)
    delete_requested: bool = field(default=False, repr=False)
    _reports: list[StepReport] | None = field(default=None, repr=False)
    _latest_model: nn.Sequential | None = field(default=None, repr=False)
    _temperature: float = field(default=1.0, repr=False)

    def stop(self) -> None:
        """Ask the run to end after the step it is taking; what it learnt is kept."""
        self.stop_requested = True

    def pause(self) -> None:
        """Ask the run to wait after the step, or the piece of an evaluation, that it is at."""
        self.pause_requested = True

    def unpause(self) -> None:
        """Let a paused run go on."""
        self.pause_requested = False

    def wait_until_applied(self, seconds: float) -> None:
        """Wait, no longer than that, until the run does what its owner wishes."""
        deadline = time.monotonic() + seconds
        while not self._is_applied and time.monotonic() < deadline:
            time.sleep(APPLIED_CHECK)

    @property
    def _is_applied(self) -> bool:
        return not self.state.is_alive or (
            not self.is_ending and self.pause_requested == (self.state is RunState.PAUSED)
        )

    @property
    def is_ending(self) -> bool:
        """True once the run was told to end, whatever for."""
        return self.stop_requested or self.shutdown_requested or self.delete_requested

    @property
    def reports(self) -> list[StepReport]:
        """Every step's report so far; read from the folder when a run of an earlier process is asked first."""
        if self._reports is None:
            self._reports = files.load_reports(self.folder)
        return self._reports

    @reports.setter
    def reports(self, reports: list[StepReport]) -> None:
        """Begin with the reports there are."""
        self._reports = reports

    @property
    def latest_model(self) -> nn.Sequential | None:
        """The model as of the last evaluation, on the CPU in evaluation mode; None before the first."""
        if self._latest_model is None and not self.state.is_alive and (self.folder / storage.WEIGHTS).is_file():
            try:
                trained = storage.load_trained(self.folder)
            except ValueError:  # a file that was damaged meanwhile has nothing to say
                return None
            self._temperature, self._latest_model = trained.temperature, trained.model
        return self._latest_model

    @latest_model.setter
    def latest_model(self, model: nn.Sequential) -> None:
        """Show another model from now on."""
        self._latest_model = model

    @property
    def temperature(self) -> float:
        """What the snapshot's logits are divided by before the softmax: fitted at its evaluation, 1 before that."""
        return self._temperature if self.latest_model is not None else 1.0

    @temperature.setter
    def temperature(self, temperature: float) -> None:
        """Calibrate the snapshot anew."""
        self._temperature = temperature

    @property
    def evaluations(self) -> list[StepReport]:
        """The reports that carry a test accuracy."""
        return [report for report in self.reports if report.test_accuracy is not None]

    def check_requests(self) -> None:
        """Wait while the owner wants a pause; called by the run's own thread.

        Raises:
            RunEndedError: the run was told to end.
        """
        while self.pause_requested and not self.is_ending:
            self.state = RunState.PAUSED
            time.sleep(PAUSE_CHECK)
        if self.is_ending:
            raise RunEndedError
        self.state = RunState.TRAINING

    def save_record(self, state: RunState) -> None:
        """Write down whose run it is and how it stands, so that another process knows.

        Raises:
            OSError: the folder cannot be written.
        """
        files.save_record(self.folder, {"owner": self.owner, "state": str(state), "message": self.message})


def load_runs(root: Path) -> list[Run]:
    """Return the runs whose folders lie in a folder, the oldest first; what is no run's folder is passed over.

    A run that was alive when its process ended is interrupted. A folder without a record, as the command line leaves
    it, is a finished run if it has a card.
    """
    folders = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    found = [(path / storage.CONFIG, path) for path in folders if (path / storage.CONFIG).is_file()]
    runs = [_run_of(path) for _, path in sorted(found, key=lambda pair: pair[0].stat().st_mtime)]
    return [run for run in runs if run is not None]


def _run_of(folder: Path) -> Run | None:
    try:
        config = storage.load_config(folder)
        record = files.load_record(folder)
        if record is None:
            finished = (folder / storage.CARD).is_file()
            return Run(folder.name, config, folder, "", RunState.FINISHED) if finished else None
        state = RunState(record["state"])
    except ValueError:
        return None
    return Run(
        folder.name,
        config,
        folder,
        record["owner"],
        RunState.INTERRUPTED if state.is_alive else state,
        record["message"],
    )
