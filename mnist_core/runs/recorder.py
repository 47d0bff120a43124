"""Write a run's folder while it trains; the app and `train --out` both use this recorder."""

import copy
import math
import time

from torch import nn

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.evaluation import calibrate
from mnist_core.models.networks import parameter_count
from mnist_core.runs import files, tables
from mnist_core.runs.repeat_command import repeat_command
from mnist_core.runs.run import Run, RunState
from mnist_core.runs.snapshots import save_snapshot
from mnist_core.training.learner import Learner
from mnist_core.training.metrics import METRICS_EVERY
from mnist_core.training.report import StepReport
from mnist_core.training.subset import training_subset

CHECKPOINT_EVERY = 5.0  # s between two checkpoints; a killed run loses no more than this


class RunRecorder:
    """Keeps a run and its folder up to date: reports, the model of every evaluation, and checkpoints.

    Args:
        run: the run to record; its reports begin with those of the steps that the learner has already taken.
        learner: trains the run; restored from the run's checkpoint if there is one.
        test: the split that the run is evaluated on.

    Raises:
        ValueError: the run is resumed, but its metrics.csv lacks lines.
        OSError: the folder cannot be written.
    """

    def __init__(self, run: Run, learner: Learner, test: Split) -> None:
        self.run, self.learner, self.test = run, learner, test
        if learner.step:
            tables.cut_tables(run.folder, learner.step)
        else:
            tables.start_tables(run.folder)
        run.history = tables.load_history(run.folder)
        self._unwritten: list[StepReport] = []  # reports that are not in the tables yet
        self._saved_at = time.monotonic()  # when the last checkpoint was written
        self._calibration_error: float | None = None

    def record(self, report: StepReport) -> None:
        """Record one step.

        Raises:
            FloatingPointError: the loss is no longer finite.
            OSError: the folder cannot be written.
        """
        if not math.isfinite(report.loss):
            raise FloatingPointError("the loss is no longer finite")
        self._unwritten.append(report)
        self.run.history.append(report)
        is_evaluated = report.test_accuracy is not None
        if is_evaluated:
            self._calibrate()
            self._save_model()
            save_snapshot(self.run.folder, report.step, self.learner.eval_model, self.run.temperature)
        is_due = is_evaluated or self.run.pause_requested or time.monotonic() - self._saved_at >= CHECKPOINT_EVERY
        if is_due or len(self._unwritten) >= METRICS_EVERY:
            self.flush()
        if is_due and report.step < report.steps:
            files.save_checkpoint(self.run.folder, self.learner.state())
            self._saved_at = time.monotonic()

    def flush(self) -> None:
        """Write the reports that are not in the tables yet."""
        tables.append_to_tables(self.run.folder, self._unwritten)
        self._unwritten = []

    def finish(self, train: Split) -> RunState:
        """Write the remaining files when the training has ended, and return how it ended.

        Args:
            train: the split that the run was trained on.
        """
        run, learner = self.run, self.learner
        # NOTE: a run that was interrupted during an evaluation has taken one step more than it has reported. Its state
        # does not match its reports, so the previous checkpoint is kept.
        if run.shutdown_requested and len(run.history) < learner.steps:
            if learner.step == len(run.history):
                files.save_checkpoint(run.folder, learner.state())
            return RunState.INTERRUPTED
        self._save_model()
        if run.evaluations:
            storage.save_json(run.folder / storage.CARD, self._card(train))
        (run.folder / files.CHECKPOINT).unlink(missing_ok=True)
        return RunState.FINISHED if len(run.history) == learner.steps else RunState.STOPPED

    def _calibrate(self) -> None:
        assert self.learner.evaluation is not None
        temperature, _, error = calibrate(self.learner.evaluation.logits, self.test.labels)
        self.run.temperature, self._calibration_error = temperature, error

    def _save_model(self) -> None:
        model = copy.deepcopy(self.learner.eval_model).cpu().eval()
        assert isinstance(model, nn.Sequential)
        self.run.latest_model = model
        storage.save_weights(self.run.folder / storage.WEIGHTS, model)

    def _card(self, train: Split) -> storage.ModelCard:
        run, train = self.run, training_subset(train, self.run.config)
        return storage.ModelCard(
            data=f"{train.source}, {len(train):,} images",
            command=run.command or repeat_command(run.config),
            seed=run.config.seed,
            epochs=run.config.epochs,
            parameters=parameter_count(run.config.build_model()),
            test_accuracy=run.evaluations[-1].test_accuracy or 0.0,
            seconds=round(run.history.last.seconds, 1),
            temperature=run.temperature,
            calibration_error=self._calibration_error,
        )
