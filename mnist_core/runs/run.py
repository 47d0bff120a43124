"""One training run: its configuration, its state and its results so far."""

import math
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs import files
from mnist_core.runs.history import History
from mnist_core.runs.naming import NO_NAME, Naming, default_name, distinct, load_naming
from mnist_core.runs.tables import HistoryReader, load_history
from mnist_core.runs.turns import TurnTaker
from mnist_core.training.report import StepReport

PAUSE_CHECK = 0.05  # s between two checks of a paused run's requests
TURN_CHECK = 0.2  # s between two checks of a waiting run's requests
APPLIED_CHECK = 0.01  # s between two checks of whether a request has been applied


class RunState(StrEnum):
    """The state of a run."""

    QUEUED = "queued"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process ended during training; the run can be resumed
    ELSEWHERE = "training elsewhere"  # in another process, such as the command line's

    @property
    def is_alive(self) -> bool:
        """True while this process may still change the run."""
        return self in (RunState.QUEUED, RunState.TRAINING, RunState.PAUSED)


class RunEndedError(Exception):
    """Raised inside a run's thread when its owner has stopped it or the process is ending."""


@dataclass
class Run:
    """One training run. Only its own thread changes it; other threads read it and make requests.

    Attributes:
        name: the identifier of the run: the name of its folder, also used in links.
        config: what to train.
        folder: its files; see `files`.
        owner: who started it, an opaque token; empty for the command line.
        state: waiting in the queue, training, ended and so on.
        message: for a failed run, one sentence that says why and what to do.
        command: the command that started it; empty for a run that was started in the app.
        naming: what its owner calls it.
        origin: where its model comes from, in sentences, if not from a training with `config` alone; else "".
        started_at: when it was started, in s since the epoch; 0 if that is not known.
        stop_requested: end after the current step.
        pause_requested: wait after the current step.
        shutdown_requested: end after the current step, to be resumed later, because the process is ending.
        delete_requested: end, and remove the folder.
        turns: whose run trains next; None for a run that waits for no other.
        max_seconds: the training time, in s, after which the run is stopped.
        abandoned_after: the time without anybody looking at the run, in s, after which it is interrupted.
    """

    name: str
    config: TrainConfig
    folder: Path
    owner: str
    state: RunState = RunState.QUEUED
    message: str = ""
    command: str = ""
    naming: Naming = NO_NAME
    origin: str = ""
    started_at: float = 0.0
    stop_requested: bool = field(default=False, repr=False)
    pause_requested: bool = field(default=False, repr=False)
    shutdown_requested: bool = field(default=False, repr=False)
    delete_requested: bool = field(default=False, repr=False)
    turns: TurnTaker | None = field(default=None, repr=False)
    max_seconds: float = field(default=math.inf, repr=False)
    abandoned_after: float = field(default=math.inf, repr=False)
    _looked_at: float = field(default_factory=time.monotonic, repr=False)
    _history: History | None = field(default=None, repr=False)
    _reader: HistoryReader | None = field(default=None, repr=False)  # of a run that another process trains
    _latest_model: nn.Sequential | None = field(default=None, repr=False)
    _temperature: float = field(default=1.0, repr=False)

    def spoken_name(self, now: datetime) -> str:
        """Return what people call the run: its owner's name for it, or else see `naming.default_name`."""
        return self.naming.name or default_name(self.config, self.started_at, now)

    def stop(self) -> None:
        """Ask the run to end after its current step and keep its model."""
        self.stop_requested = True

    def pause(self) -> None:
        """Ask the run to wait after its current step, or mini-batch of an evaluation."""
        self.pause_requested = True

    def unpause(self) -> None:
        """Let a paused run continue."""
        self.pause_requested = False

    def look(self) -> None:
        """Note that somebody looks at the run: it is not abandoned."""
        self._looked_at = time.monotonic()

    def wait_until_applied(self, seconds: float) -> None:
        """Wait until the run has applied its owner's requests, for `seconds` at most."""
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
        """True once the run has been asked to end, for any reason."""
        return self.stop_requested or self.shutdown_requested or self.delete_requested

    @property
    def history(self) -> History:
        """The reports so far; those of another process's run are read as its tables grow."""
        if self.state is RunState.ELSEWHERE:
            self._reader = self._reader or HistoryReader(self.folder)
            return self._reader.update()
        if self._history is None:
            self._history = load_history(self.folder)
        return self._history

    @history.setter
    def history(self, history: History) -> None:
        """Replace the history."""
        self._history = history

    @property
    def latest_model(self) -> nn.Sequential | None:
        """The model as of the last evaluation, on the CPU in evaluation mode; None before the first."""
        if self._latest_model is None and not self.state.is_alive and (self.folder / storage.WEIGHTS).is_file():
            try:
                trained = storage.load_trained(self.folder)
            except ValueError:  # the file has been damaged since
                return None
            self._temperature, self._latest_model = trained.temperature, trained.model
        return self._latest_model

    @latest_model.setter
    def latest_model(self, model: nn.Sequential) -> None:
        """Replace the model."""
        self._latest_model = model

    @property
    def temperature(self) -> float:
        """The number that divides the latest model's logits before the softmax; 1 before the first evaluation."""
        return self._temperature if self.latest_model is not None else 1.0

    @temperature.setter
    def temperature(self, temperature: float) -> None:
        """Replace the temperature."""
        self._temperature = temperature

    @property
    def evaluations(self) -> list[StepReport]:
        """The reports of evaluations; of very many, some."""
        return self.history.evaluations

    def forget(self, unseen_for: float) -> None:
        """Drop what can be read from its folder again, if it has ended and nobody has looked at it for so many s."""
        if not self.state.is_alive and time.monotonic() - self._looked_at > unseen_for:
            self._history = self._reader = self._latest_model = None

    def check_requests(self) -> None:
        """Wait while the run is paused or others have their turn; called by the run's own thread.

        A paused run gives up its turn, and waits for another one when it is to continue.

        Raises:
            RunEndedError: the run has been asked to end, has trained for as long as it may, or is abandoned.
        """
        while not self.is_ending:
            self._check_limits()
            if self.pause_requested:
                self.leave_turns()
                self.state = RunState.PAUSED
                time.sleep(PAUSE_CHECK)
            elif self._has_turn() and not self.is_ending:
                self.state = RunState.TRAINING
                return
            else:
                self.state = RunState.QUEUED
        raise RunEndedError

    def _has_turn(self) -> bool:
        return self.turns is None or self.turns.take(self.name, self.owner, TURN_CHECK)

    @property
    def turn_name(self) -> str:
        """The name under which it waits for its turn; the two runs of a race wait under one."""
        return getattr(self.turns, "name", None) or self.name

    def leave_turns(self) -> None:
        """Give up the run's turn, or its place among those that wait."""
        if self.turns is not None:
            self.turns.leave(self.name)

    def _check_limits(self) -> None:
        if self._history and self._history.last.seconds > self.max_seconds:
            hours = self.max_seconds / 3600
            self.message = f"It was stopped after {hours:.3g} hours of training, the most that this server allows."
            self.stop()
        elif time.monotonic() - self._looked_at > self.abandoned_after:
            hours = self.abandoned_after / 3600
            self.message = f"Nobody looked at it for {hours:.3g} h, so it made room. Resume continues where it was."
            self.shutdown_requested = True

    def save_record(self, state: RunState) -> None:
        """Write the run's owner, state and message to its folder, for other processes.

        Raises:
            OSError: the folder cannot be written.
        """
        files.save_record(self.folder, {"owner": self.owner, "state": str(state), "message": self.message})


def spoken_names(runs: Iterable[Run], now: datetime) -> dict[str, str]:
    """Return what people call each of some runs, by its identifier; of two with one name, the later has a number."""
    return distinct({run.name: run.spoken_name(now) for run in sorted(runs, key=lambda run: run.started_at)})


def load_runs(root: Path, *, is_served: bool = False) -> list[Run]:
    """Return the runs in a folder of runs, the oldest first; folders that are not runs are skipped.

    Args:
        root: the folder above the runs' folders.
        is_served: whether another process serves this folder, see `load_run`.
    """
    try:
        started = sorted((started_at(path), path) for path in root.iterdir())
    except OSError:  # there is no such folder
        return []
    runs = [load_run(path, is_served=is_served) for at, path in started if at]
    return [run for run in runs if run is not None]


def started_at(folder: Path) -> float:
    """Return when the configuration of a run was written, in s since the epoch; 0 for what is no folder of a run."""
    try:
        config = (folder / storage.CONFIG).stat()
    except OSError:  # also where the folder may not be entered
        return 0.0
    return config.st_mtime if stat.S_ISREG(config.st_mode) else 0.0


def load_run(folder: Path, *, is_served: bool = False) -> Run | None:
    """Return the run in a folder, or None if it is not the folder of a run.

    A run is interrupted if its process ended during the training, and training elsewhere if a process still trains it.
    A folder without run.json, as earlier versions of the command line left it, is a finished run if it has a card.

    Args:
        folder: the folder of the run.
        is_served: whether another process serves the folder above it; a run that waits for its turn there counts as
            training elsewhere.
    """
    try:
        config = storage.load_config(folder)
        record = files.load_record(folder)
        if record is None:
            is_finished = (folder / storage.CARD).is_file()
            finished = Run(folder.name, config, folder, "", RunState.FINISHED, started_at=started_at(folder))
            return finished if is_finished else None
        state = RunState(record["state"])
    except (ValueError, OSError):
        return None
    if files.is_locked(folder) or (is_served and state.is_alive):
        state = RunState.ELSEWHERE
    elif state.is_alive:
        state = RunState.INTERRUPTED
    return Run(
        folder.name,
        config,
        folder,
        record["owner"],
        state,
        record["message"],
        naming=load_naming(folder),
        origin=files.load_origin(folder),
        started_at=started_at(folder),
    )
