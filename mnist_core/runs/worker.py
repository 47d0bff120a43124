"""The work of a run's thread: train, write down what happens as it goes, and end in good order."""

import copy
import errno
import gc
import math
import time
from dataclasses import fields

import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import calibrate
from mnist_core.models.networks import parameter_count
from mnist_core.runs import files
from mnist_core.runs.run import Run, RunEndedError, RunState
from mnist_core.runs.snapshots import save_snapshot
from mnist_core.training.learner import Learner
from mnist_core.training.loop import fit, make_learner
from mnist_core.training.metrics import METRICS_EVERY
from mnist_core.training.reinking import append_reinked
from mnist_core.training.report import StepReport
from mnist_core.training.subset import training_subset

CHECKPOINT_EVERY = 5.0  # s between two checkpoints; a run that is killed loses no more


def train_run(run: Run, train: Split, test: Split, device: torch.device | str = "cpu") -> RunState:
    """Train a run on a device to its end, from its checkpoint if its folder has one, and return how it ended.

    With the same seed and as many threads on the CPU a resumed run ends with the weights of an uninterrupted one.

    Raises:
        FloatingPointError: the loss is no number any more.
        ValueError: the checkpoint is broken.
        OSError: the folder cannot be written.
    """
    run.save_record(RunState.TRAINING)
    model = run.config.build_model()
    try:
        if run.config.reink:
            train = append_reinked(train, run.config.seed, lambda done: run.check_requests())
    except RunEndedError:
        return RunState.INTERRUPTED if run.shutdown_requested else RunState.STOPPED
    state = files.load_checkpoint(run.folder)
    learner = make_learner(model, train, run.config, state=state, device=device)
    journal = _Journal(run, learner, test)
    try:
        for report in fit(model, train, test, run.config, device=device, learner=learner, on_batch=run.check_requests):
            journal.note(report)
            run.check_requests()
    except RunEndedError:
        pass
    finally:
        journal.write_tables()
    return _end(run, learner, train, journal.calibration_error)


class _Journal:
    """Writes down what a run does: reports in batches, the model at every evaluation, a checkpoint now and then."""

    def __init__(self, run: Run, learner: Learner, test: Split) -> None:
        self.run, self.learner, self.test = run, learner, test
        run.reports = files.load_reports(run.folder)[: learner.step] if learner.step else []
        if len(run.reports) < learner.step:
            raise ValueError(f"{run.folder / storage.METRICS} lacks lines: delete the run and start it anew")
        files.start_tables(run.folder, run.reports)
        self.written, self.saved = len(run.reports), time.monotonic()
        self.calibration_error: float | None = None

    def note(self, report: StepReport) -> None:
        if not math.isfinite(report.loss):
            raise FloatingPointError("the loss is no number any more")
        evaluated = report.test_accuracy is not None
        if evaluated:
            assert self.learner.evaluation is not None
            temperature, _, self.calibration_error = calibrate(self.learner.evaluation.logits, self.test.labels)
            self.run.temperature = temperature
        self.run.reports.append(report)
        if evaluated:
            _keep_model(self.run, self.learner)
            save_snapshot(self.run.folder, report.step, self.learner.eval_model, self.run.temperature)
        due = evaluated or self.run.pause_requested or time.monotonic() - self.saved >= CHECKPOINT_EVERY
        if due or len(self.run.reports) - self.written >= METRICS_EVERY:
            self.write_tables()
        if due and report.step < report.steps:
            files.save_checkpoint(self.run.folder, self.learner.state())
            self.saved = time.monotonic()

    def write_tables(self) -> None:
        reports = self.run.reports[self.written :]
        files.add_to_tables(self.run.folder, reports)
        self.written += len(reports)


def _end(run: Run, learner: Learner, train: Split, calibration_error: float | None) -> RunState:
    # NOTE: a run that ended inside an evaluation has taken a step more than it reported; its last checkpoint stays.
    if run.shutdown_requested and learner.step < learner.steps:
        if learner.step == len(run.reports):
            files.save_checkpoint(run.folder, learner.state())
        return RunState.INTERRUPTED
    _keep_model(run, learner)
    if run.evaluations:
        storage.save_json(run.folder / storage.CARD, _card(run, train, calibration_error))
    (run.folder / files.CHECKPOINT).unlink(missing_ok=True)
    gc.collect()
    return RunState.FINISHED if len(run.reports) == learner.steps else RunState.STOPPED


def _keep_model(run: Run, learner: Learner) -> None:
    model = copy.deepcopy(learner.eval_model).cpu().eval()
    assert isinstance(model, nn.Sequential)
    run.latest_model = model
    storage.save_weights(run.folder / storage.WEIGHTS, model)


def _card(run: Run, train: Split, calibration_error: float | None) -> storage.ModelCard:
    last, train = run.evaluations[-1], training_subset(train, run.config)
    return storage.ModelCard(
        data=f"{train.source}, {len(train):,} images",
        command=command_line(run.config),
        seed=run.config.seed,
        epochs=run.config.epochs,
        parameters=parameter_count(run.config.build_model()),
        test_accuracy=last.test_accuracy or 0.0,
        seconds=round(run.reports[-1].seconds, 1),
        temperature=run.temperature,
        calibration_error=calibration_error,
    )


def command_line(config: TrainConfig) -> str:
    """Return the command that repeats a run."""
    options = [f"--model {config.model}"]
    for option in (option for option in fields(config) if option.name != "model"):
        flag, value = option.name.replace("_", "-"), getattr(config, option.name)
        on_or_off = f"--{flag}" if value else f"--no-{flag}"
        options.append(on_or_off if isinstance(value, bool) else f"--{flag} {value}")
    return " ".join(["python -m mnist_core train", *options, "--out runs/again"])


def explain_failure(error: Exception, run: Run) -> str:
    """Return one sentence that says why a run failed and what to do about it."""
    if isinstance(error, FloatingPointError):
        return f"The loss became infinite at step {len(run.reports) + 1:,}: try a smaller learning rate."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "There was not enough memory: try a smaller batch."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
        return f"{run.folder} could not be written ({error.strerror}): free some space and start again."
    return (str(error) or f"The run ended with {type(error).__name__}.").splitlines()[0]
