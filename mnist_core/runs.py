"""Training in the background: runs that queue, go on while their owner looks elsewhere, pause, stop, and stay on disk.

A run is a thread that drains `training.fit`; torch releases the interpreter
lock in its kernels, so the pages go on answering. A registry, one a process, lets a fixed number train at once.
"""

import atexit
import copy
import errno
import gc
import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path

import torch
from torch import nn

from . import storage
from .data import Split
from .models import build_model, parameter_count
from .training import StepReport, TrainConfig, fit

CORES = os.cpu_count() or 1
PAUSE_CHECK = 0.05  # s
QUEUE_CHECK = 0.2  # s between two looks at whether a waiting run was stopped
METRICS_EVERY = 20  # steps between two writes to metrics.csv
STOP_TIMEOUT = 10.0  # s to wait for the threads when the process ends


class RunState(StrEnum):
    """What a run is doing."""

    QUEUED = "queued"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_alive(self) -> bool:
        """True while the run may still change."""
        return self in (RunState.QUEUED, RunState.TRAINING, RunState.PAUSED)


@dataclass
class Run:
    """One training run. Its thread writes, everybody else only reads, but for the three wishes below.

    Attributes:
        name: the run's name and its folder's.
        config: what was asked for.
        folder: where config.json, metrics.csv, model.safetensors and card.json are written.
        owner: who started it, an opaque token.
        state: what it is doing.
        reports: every step's report so far.
        message: for a failed run, one sentence that says what to do.
        snapshot: the model as of the last evaluation, on the CPU in evaluation mode; None before the first.
    """

    name: str
    config: TrainConfig
    folder: Path
    owner: str
    state: RunState = RunState.QUEUED
    reports: list[StepReport] = field(default_factory=list)
    message: str = ""
    snapshot: nn.Sequential | None = None
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _pause: threading.Event = field(default_factory=threading.Event, repr=False)

    def stop(self) -> None:
        """Ask the run to end after the step it is taking; what it learnt is kept."""
        self._stop.set()

    def pause(self) -> None:
        """Ask the run to wait after the step it is taking."""
        self._pause.set()

    def resume(self) -> None:
        """Let a paused run go on."""
        self._pause.clear()

    @property
    def evaluations(self) -> list[StepReport]:
        """The reports that carry a test accuracy."""
        return [report for report in self.reports if report.test_accuracy is not None]


class RunRegistry:
    """All runs of this process, at most `at_once` of them training.

    Args:
        root: the folder above the runs' folders; made when the first run starts.
        at_once: how many may train at the same time; the others wait their turn in order.
    """

    def __init__(self, root: Path, at_once: int = max(1, CORES)) -> None:
        self.root = root
        self.at_once = at_once
        self.runs: dict[str, Run] = {}
        self._threads: list[threading.Thread] = []
        self._turn = threading.Condition()
        atexit.register(self.close)

    def start(self, config: TrainConfig, load: Callable[[], tuple[Split, Split]], owner: str = "") -> Run:
        """Queue a run and return at once.

        Args:
            config: what to do.
            load: gives the training and the test split; called in the run's own thread.
            owner: who asks, an opaque token.

        Raises:
            OSError: the run's folder cannot be made.
        """
        name = f"{config.model}-{secrets.token_hex(3)}"
        folder = self.root / name
        folder.mkdir(parents=True)
        storage.save_json(folder / storage.CONFIG, config)
        run = Run(name, config, folder, owner)
        with self._turn:
            self.runs[name] = run
        # NOTE: a daemon, for Ctrl-C must not wait for hours of training; `close` still ends it in good order.
        thread = threading.Thread(target=self._work, args=(run, load), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return run

    def owned_by(self, owner: str) -> list[Run]:
        """Return somebody's runs, the newest first."""
        return [run for run in reversed(list(self.runs.values())) if run.owner == owner]

    def place_in_queue(self, run: Run) -> int:
        """Return a waiting run's place in the queue, 1 for the next to begin, and 0 once it has begun."""
        queue = [other for other in list(self.runs.values()) if other.state is RunState.QUEUED]
        return queue.index(run) + 1 if run in queue else 0

    def close(self) -> None:
        """Stop every run and wait for the threads: torch aborts a process that ends inside one of its kernels."""
        for run in self.runs.values():
            run.stop()
        with self._turn:
            self._turn.notify_all()
        deadline = time.monotonic() + STOP_TIMEOUT
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self, run: Run, load: Callable[[], tuple[Split, Split]]) -> None:
        try:
            with self._turn:
                while not (run._stop.is_set() or self._may_begin(run)):
                    self._turn.wait(QUEUE_CHECK)
                run.state = RunState.STOPPED if run._stop.is_set() else RunState.TRAINING
            if run.state is RunState.TRAINING:
                run.state = _train(run, *load())
        except Exception as error:
            run.message = _what_to_do(error, run)
            run.state = RunState.FAILED
        finally:
            with self._turn:
                self._turn.notify_all()

    def _may_begin(self, run: Run) -> bool:
        at_work = sum(other.state in (RunState.TRAINING, RunState.PAUSED) for other in self.runs.values())
        return at_work < self.at_once and self.place_in_queue(run) == 1


def _train(run: Run, train: Split, test: Split) -> RunState:
    # NOTE: the number of threads belongs to the thread that sets it; one each leaves the pages room to answer.
    torch.set_num_threads(1)
    model = build_model(run.config.model, run.config.seed)
    storage.start_metrics(run.folder / storage.METRICS)
    written = 0
    try:
        for report in _drain(run, fit(model, train, test, run.config)):
            if report.test_accuracy is not None:
                run.snapshot = copy.deepcopy(model).eval()
                storage.save_weights(run.folder / storage.WEIGHTS, run.snapshot)
            if report.test_accuracy is not None or len(run.reports) - written >= METRICS_EVERY:
                storage.append_metrics(run.folder / storage.METRICS, run.reports[written:])
                written = len(run.reports)
    finally:
        storage.append_metrics(run.folder / storage.METRICS, run.reports[written:])
    run.snapshot = model.eval()
    storage.save_weights(run.folder / storage.WEIGHTS, model)
    if run.evaluations:
        storage.save_json(run.folder / storage.CARD, _card(run, train, run.evaluations[-1]))
    gc.collect()
    return RunState.STOPPED if len(run.reports) < run.reports[-1].steps else RunState.FINISHED


def _drain(run: Run, reports: Iterator[StepReport]) -> Iterator[StepReport]:
    """Take the reports one by one, as the run's owner wishes: not while it is paused, and none once it is stopped."""
    for report in reports:
        if not math.isfinite(report.loss):
            raise FloatingPointError("the loss is no number any more")
        run.reports.append(report)
        yield report
        while run._pause.is_set() and not run._stop.is_set():
            run.state = RunState.PAUSED
            time.sleep(PAUSE_CHECK)
        run.state = RunState.TRAINING
        if run._stop.is_set():
            return


def _card(run: Run, train: Split, last: StepReport) -> storage.Card:
    return storage.Card(
        data=f"{train.source}, {len(train):,} images",
        command=command_line(run.config),
        seed=run.config.seed,
        epochs=run.config.epochs,
        parameters=parameter_count(build_model(run.config.model)),
        test_accuracy=last.test_accuracy or 0.0,
        seconds=round(run.reports[-1].seconds, 1),
    )


def command_line(config: TrainConfig) -> str:
    """Return the command that repeats a run."""
    options = [f"--model {config.model}"]
    for option in (option for option in fields(config) if option.name != "model"):
        flag, value = option.name.replace("_", "-"), getattr(config, option.name)
        on_or_off = f"--{flag}" if value else f"--no-{flag}"
        options.append(on_or_off if isinstance(value, bool) else f"--{flag} {value}")
    return " ".join(["python -m mnist_core train", *options, "--out runs/again"])


def _what_to_do(error: Exception, run: Run) -> str:
    if isinstance(error, FloatingPointError):
        return f"The loss became infinite at step {len(run.reports) + 1:,}: try a smaller learning rate."
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return "There was not enough memory: try a smaller batch."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
        return f"{run.folder} could not be written ({error.strerror}): free some space and start again."
    return (str(error) or f"The run ended with {type(error).__name__}.").splitlines()[0]
