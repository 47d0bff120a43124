"""The work of a run: train it, record it, and end in good order, whoever started it."""

import errno
import gc
from collections.abc import Callable
from contextlib import nullcontext, suppress

import torch

from mnist_core.data.split import Split
from mnist_core.runs import files
from mnist_core.runs.recorder import RunRecorder
from mnist_core.runs.run import Run, RunEndedError, RunState
from mnist_core.training.distributed import ALONE, Workers
from mnist_core.training.loop import fit, make_learner
from mnist_core.training.reinking import append_reinked
from mnist_core.training.report import StepReport

NO_ROOM = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT)


def train_run(
    run: Run,
    train: Split,
    test: Split,
    device: torch.device | str = "cpu",
    *,
    workers: Workers = ALONE,
    on_report: Callable[[StepReport], None] = lambda report: None,
    on_reinked: Callable[[int], None] = lambda count: None,
) -> RunState:
    """Train a run to its end, from its checkpoint if its folder has one, and return how it ended.

    With the same seed and number of threads on the CPU, a resumed run ends with the weights of an uninterrupted one.

    Args:
        run: what to train; its folder exists.
        train, test: the digits to learn from, and those to evaluate on.
        device: where to compute.
        workers: the processes that train together; the first one alone writes the folder. Several start afresh.
        on_report: called with every step's report once it is recorded.
        on_reinked: called now and then with how many more images have been re-inked.

    Raises:
        FloatingPointError: the loss is no longer finite.
        BusyRunError: somebody else is training this run.
        ValueError: the checkpoint is broken.
        OSError: the folder cannot be written.
    """

    def count_reinked(count: int) -> None:
        on_reinked(count)
        run.check_requests()

    with files.lock_run(run.folder) if workers.is_first else nullcontext():
        if workers.is_first:
            run.save_record(RunState.TRAINING)
        model = run.config.build_model()
        try:
            if run.config.reink:
                train = append_reinked(train, run.config.seed, count_reinked)
        except RunEndedError:
            return RunState.INTERRUPTED if run.shutdown_requested else RunState.STOPPED
        state = files.load_checkpoint(run.folder) if workers.count == 1 else None
        learner = make_learner(model, train, run.config, state=state, device=device, workers=workers)
        steps = fit(model, train, test, run.config, device=device, learner=learner, on_batch=run.check_requests)
        if not workers.is_first:
            for _ in steps:
                pass
            return RunState.FINISHED
        recorder = RunRecorder(run, learner, test)
        try:
            for report in steps:
                recorder.record(report)
                on_report(report)
                run.check_requests()
        except RunEndedError:
            pass
        finally:
            recorder.flush()
        ended = recorder.finish(train)
    gc.collect()
    return ended


def settle_run(run: Run, state: RunState) -> None:
    """Record how a run ended, on disk and then for everyone who looks at it."""
    with suppress(OSError):  # a full disk may be what ended it
        if state is RunState.FAILED:
            (run.folder / files.CHECKPOINT).unlink(missing_ok=True)
        run.save_record(state)
    run.state = state  # last, as whoever sees it may read the folder


def fail_run(run: Run, error: Exception) -> None:
    """Record that an error ended a run: it has failed, or is interrupted where nothing but room on the disk is missing.

    An interrupted run keeps its checkpoint, and can be resumed once there is room again.
    """
    run.message = explain_failure(error, run)
    settle_run(run, RunState.INTERRUPTED if _is_no_room(error) else RunState.FAILED)


def _is_no_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in NO_ROOM


def explain_failure(error: Exception, run: Run) -> str:
    """Return one sentence that says why a run failed and what to do about it."""
    if isinstance(error, FloatingPointError):
        return f"The loss became infinite at step {len(run.reports) + 1:,}: try a smaller learning rate."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "There was not enough memory: try a smaller batch."
    if isinstance(error, OSError) and _is_no_room(error):
        return f"{run.folder} could not be written ({error.strerror}): free some space, then resume the run."
    return (str(error) or f"The run ended with {type(error).__name__}.").splitlines()[0]
