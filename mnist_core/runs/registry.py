"""Training in the background: runs that queue, go on while their owner looks elsewhere, pause, stop, and stay on disk.

A run is a thread that drains `training.fit`; torch releases the interpreter lock in its kernels, so the pages go on
answering. A registry, one a process, lets a fixed number train at once, and knows the runs of earlier processes by
their folders.
"""

import atexit
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs import files
from mnist_core.runs.run import Run, RunState, load_runs
from mnist_core.runs.worker import explain_failure, train_run
from mnist_core.training.device import resolve_precision

CORES = os.cpu_count() or 1
THREADS = min(4, torch.get_num_threads())  # torch's, in each run; more gain these small models nothing
QUEUE_CHECK = 0.2  # s between two looks at whether a waiting run was stopped
STOP_TIMEOUT = 10.0  # s to wait for the threads when the process ends

Loader = Callable[[], tuple[Split, Split]]


class RunRegistry:
    """All runs of this process and those that lie in its folder, at most `max_concurrent` of them training.

    Args:
        root: the folder above the runs' folders; made when the first run starts.
        at_once: how many may train at the same time; the others wait their turn in order.
        device: where they train.
    """

    def __init__(self, root: Path, max_concurrent: int = max(1, CORES), device: torch.device | str = "cpu") -> None:
        self.root, self.device = root, device
        self.max_concurrent = max_concurrent
        self.runs: dict[str, Run] = {run.name: run for run in load_runs(root)}
        self._threads: dict[str, threading.Thread] = {}
        self._turn = threading.Condition()
        atexit.register(self.close)

    def start(self, config: TrainConfig, load: Loader, owner: str = "") -> Run:
        """Queue a run and return at once.

        Args:
            config: what to do.
            load: gives the training and the test split; called in the run's own thread.
            owner: who asks, an opaque token.

        Raises:
            OSError: the run's folder cannot be made.
        """
        config = resolve_precision(config, self.device)
        name = f"{config.model}-{secrets.token_hex(3)}"
        folder = self.root / name
        folder.mkdir(parents=True)
        storage.save_json(folder / storage.CONFIG, config)
        run = Run(name, config, folder, owner, _reports=[])
        run.save_record(run.state)
        with self._turn:
            self.runs[name] = run
        self._set_to_work(run, load)
        return run

    def resume_interrupted(self, run: Run, load: Loader) -> None:
        """Queue an interrupted run again, from its last checkpoint; whoever asks, it remains its owner's.

        With the same digits it ends where it would have ended without the interruption.

        Raises:
            ValueError: the run is not interrupted.
        """
        with self._turn:
            if run.state is not RunState.INTERRUPTED:
                raise ValueError(f"a run to take up must be interrupted, got one that is {run.state}")
            run.message, run.state = "", RunState.QUEUED
            run.shutdown_requested = run.pause_requested = False
            self.runs[run.name] = self.runs.pop(run.name)  # the last of the queue
        self._set_to_work(run, load)

    def delete(self, run: Run) -> None:
        """Remove a run and its folder, at once or as soon as its thread has put down what it holds."""
        with self._turn:
            run.delete_requested = True
            self.runs.pop(run.name, None)
            is_at_work = run.name in self._threads
            self._turn.notify_all()
        if not is_at_work:
            shutil.rmtree(run.folder, ignore_errors=True)

    def owned_by(self, owner: str) -> list[Run]:
        """Return somebody's runs, the newest first."""
        return [run for run in reversed(list(self.runs.values())) if run.owner == owner]

    def place_in_queue(self, run: Run) -> int:
        """Return a waiting run's place in the queue, 1 for the next to begin, and 0 once it has begun."""
        queue = [other for other in list(self.runs.values()) if other.state is RunState.QUEUED]
        return queue.index(run) + 1 if run in queue else 0

    def close(self) -> None:
        """Put every run down and wait for the threads: torch aborts a process that ends inside one of its kernels.

        The runs that had not ended are interrupted, and can be taken up by another process.
        """
        for run in list(self.runs.values()):
            run.shutdown_requested = True
        with self._turn:
            self._turn.notify_all()
        deadline = time.monotonic() + STOP_TIMEOUT
        for thread in list(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _set_to_work(self, run: Run, load: Loader) -> None:
        # NOTE: a daemon, for Ctrl-C must not wait for hours of training; `close` still ends it in good order.
        thread = threading.Thread(target=self._work, args=(run, load), name=run.name, daemon=True)
        self._threads[run.name] = thread
        thread.start()

    def _work(self, run: Run, load: Loader) -> None:
        try:
            with self._turn:
                while not (run.is_ending or self._may_begin(run)):
                    self._turn.wait(QUEUE_CHECK)
                if not run.is_ending:
                    run.state = RunState.TRAINING
            if run.state is RunState.TRAINING:
                _take_threads(THREADS)
                self._settle(run, train_run(run, *load(), self.device))
            else:
                self._settle(run, RunState.INTERRUPTED if run.shutdown_requested else RunState.STOPPED)
        except Exception as error:
            run.message = explain_failure(error, run)
            self._settle(run, RunState.FAILED)
        finally:
            with self._turn:
                self._threads.pop(run.name, None)
                self._turn.notify_all()
            if run.delete_requested:
                shutil.rmtree(run.folder, ignore_errors=True)

    def _settle(self, run: Run, state: RunState) -> None:
        with suppress(OSError):  # a full disk is what may have ended it
            if state is RunState.FAILED:
                (run.folder / files.CHECKPOINT).unlink(missing_ok=True)
            run.save_record(state)
        run.state = state  # only now, for whoever sees it may read the folder

    def _may_begin(self, run: Run) -> bool:
        at_work = sum(other.state in (RunState.TRAINING, RunState.PAUSED) for other in self.runs.values())
        return at_work < self.max_concurrent and self.place_in_queue(run) == 1


def _take_threads(count: int) -> None:
    """Let torch use so many threads for the work of this thread.

    The number is the same for every run, whoever trains beside it: the last bits of a sum depend on it, and with them
    whether a run can be repeated.
    """
    torch.get_num_threads()  # NOTE: a thread's first question sets it to the default
    torch.set_num_threads(count)
    # NOTE: threads that begin later take over the number that was set last, and a page's work is too small to share.
    later = threading.Thread(target=torch.set_num_threads, args=(1,))
    later.start()
    later.join()
