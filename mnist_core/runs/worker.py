"""Train a run, record it and its outcome; the app and the command line both use this."""

import errno
from collections.abc import Callable
from contextlib import nullcontext, suppress

import torch

from mnist_core.data.split import Split
from mnist_core.runs import files
from mnist_core.runs.recorder import RunRecorder
from mnist_core.runs.run import Run, RunEndedError, RunState
from mnist_core.training.distributed import SINGLE_PROCESS, Workers
from mnist_core.training.loop import fit, make_learner
from mnist_core.training.reinking import append_reinked
from mnist_core.training.report import StepReport

NOT_WRITABLE = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT)


def train_run(
    run: Run,
    train: Split,
    test: Split,
    device: torch.device | str = "cpu",
    *,
    workers: Workers = SINGLE_PROCESS,
    on_report: Callable[[StepReport], None] = lambda report: None,
    on_reinked: Callable[[int], None] = lambda count: None,
) -> RunState:
    """Train a run to its end, from its checkpoint if its folder has one, and return how it ended.

    With the same seed and number of threads on the CPU, a resumed run ends with the weights of an uninterrupted one.

    Args:
        run: what to train; its folder exists.
        train, test: the splits to train on and to evaluate on.
        device: where to compute.
        workers: the processes that train together; only the first writes the folder. Only a single process can resume.
        on_report: called with the report of every step, after it has been recorded.
        on_reinked: called regularly with the number of images re-inked since the last call.

    Raises:
        FloatingPointError: the loss is no longer finite.
        BusyRunError: another process or thread is training this run.
        ValueError: the checkpoint is damaged or belongs to another run.
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
        return recorder.finish(train)


def record_outcome(run: Run, state: RunState) -> None:
    """Record how a run ended, first on disk and then in memory."""
    with suppress(OSError):  # a full disk may be the reason that the run failed
        if state is RunState.FAILED:
            (run.folder / files.CHECKPOINT).unlink(missing_ok=True)
        run.save_record(state)
    run.state = state  # last, because other threads read the folder once they see it


def fail_run(run: Run, error: Exception) -> None:
    """Record that an error ended a run.

    A run whose folder could not be written is interrupted: it keeps its checkpoint, and can be resumed once there is
    space again. Any other error fails it.
    """
    run.message = explain_failure(error, run)
    record_outcome(run, RunState.INTERRUPTED if _is_not_writable(error) else RunState.FAILED)


def _is_not_writable(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in NOT_WRITABLE


def explain_failure(error: Exception, run: Run) -> str:
    """Return one sentence that says why a run failed and what to do about it."""
    if isinstance(error, FloatingPointError):
        return f"The loss became infinite at step {len(run.history) + 1:,}: try a smaller learning rate."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "There was not enough memory: try a smaller batch."
    if isinstance(error, OSError) and _is_not_writable(error):
        reason = f"{run.folder} could not be written ({error.strerror})"
        return f"{reason}: free space or correct its permissions, then resume the run."
    return (str(error) or f"The run ended with {type(error).__name__}.").splitlines()[0]
