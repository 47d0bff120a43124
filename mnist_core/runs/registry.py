"""Train runs in the background: queue, start, resume and delete them.

Each run has a thread that consumes `training.loop.fit`. torch releases the interpreter lock in its kernels, so the
pages stay responsive. A process has one registry. It lets a fixed number of runs train at a time, and loads the runs of
earlier processes, and of the command line, from their folders.
"""

import atexit
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs.files import BusyRunError
from mnist_core.runs.run import Run, RunState, load_run, load_runs
from mnist_core.runs.worker import fail_run, record_outcome, train_run
from mnist_core.training.device import resolve_precision

CORES = os.cpu_count() or 1
THREADS = min(4, torch.get_num_threads())  # torch's threads per run; more gain these small models nothing
QUEUE_CHECK = 0.2  # s between two checks of whether a waiting run has been stopped
STOP_TIMEOUT = 10.0  # s to wait for the threads when the process ends

Loader = Callable[[], tuple[Split, Split]]


class RunRegistry:
    """All runs of this process and those in its folder, of which at most `max_concurrent` train at a time.

    Args:
        root: the folder above the runs' folders; created when the first run starts.
        max_concurrent: how many runs may train at a time; the others wait in a queue.
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
            config: what to train.
            load: returns the training and the test split; called in the run's own thread.
            owner: who started it, an opaque token.

        Raises:
            OSError: the run's folder cannot be created.
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
        self._start_thread(run, load)
        return run

    def find(self, name: str) -> Run | None:
        """Return a run by its name, or None if there is none.

        A run that another process has started or is training is loaded from its folder.
        """
        with self._turn:
            run = self.runs.get(name)
            # A run that has been deleted here is nobody's, although its thread may not have let go of the folder yet.
            is_foreign = name not in self._threads and (run is None or run.state is RunState.ELSEWHERE)
        if not (name and is_foreign):
            return run
        loaded = load_run(self.root / name) if self._is_run_folder(name) else None
        with self._turn:
            if loaded is None:
                self.runs.pop(name, None)
            elif run is None or loaded.state is not run.state:
                self.runs[name] = loaded
            return self.runs.get(name)

    def resume_interrupted(self, run: Run, load: Loader) -> None:
        """Queue an interrupted run again, from its last checkpoint; its owner does not change.

        With the same images the result is that of a run without the interruption.

        Raises:
            ValueError: the run is not interrupted.
        """
        with self._turn:
            if run.state is not RunState.INTERRUPTED:
                raise ValueError(f"only an interrupted run can be resumed, but {run.name} is {run.state}")
            run.message, run.state = "", RunState.QUEUED
            run.shutdown_requested = run.pause_requested = False
            self.runs[run.name] = self.runs.pop(run.name)  # the last of the queue
        self._start_thread(run, load)

    def delete(self, run: Run) -> None:
        """Remove a run and its folder, at once or as soon as its thread has ended."""
        with self._turn:
            if run.state is RunState.ELSEWHERE:
                raise ValueError(f"{run.folder} is being trained by another process: wait until it ends")
            run.delete_requested = True
            self.runs.pop(run.name, None)
            is_active = run.name in self._threads
            self._turn.notify_all()
        if not is_active:
            shutil.rmtree(run.folder, ignore_errors=True)

    def owned_by(self, owner: str) -> list[Run]:
        """Return an owner's runs, the newest first."""
        return [run for run in reversed(list(self.runs.values())) if run.owner == owner]

    def queue_position(self, run: Run) -> int:
        """Return the position of a run in the queue: 1 for the next to start, 0 for a run that is not waiting."""
        queue = [other for other in list(self.runs.values()) if other.state is RunState.QUEUED]
        return queue.index(run) + 1 if run in queue else 0

    def close(self) -> None:
        """Interrupt all runs and wait for their threads; another process can resume the runs.

        Without the wait, torch would abort a process that ends inside one of its kernels.
        """
        for run in list(self.runs.values()):
            run.shutdown_requested = True
        with self._turn:
            self._turn.notify_all()
        deadline = time.monotonic() + STOP_TIMEOUT
        for thread in list(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _is_run_folder(self, name: str) -> bool:
        # NOTE: the name may come from a URL, so it becomes part of a path only if the folder has an entry of that name.
        return self.root.is_dir() and any(path.name == name and path.is_dir() for path in self.root.iterdir())

    def _start_thread(self, run: Run, load: Loader) -> None:
        # NOTE: a daemon thread, because Ctrl-C must not wait for hours of training; `close` interrupts it.
        thread = threading.Thread(target=self._work, args=(run, load), name=run.name, daemon=True)
        self._threads[run.name] = thread
        thread.start()

    def _work(self, run: Run, load: Loader) -> None:
        try:
            with self._turn:
                while not (run.is_ending or self._may_start(run)):
                    self._turn.wait(QUEUE_CHECK)
                if not run.is_ending:
                    run.state = RunState.TRAINING
            if run.state is RunState.TRAINING:
                _set_threads(THREADS)
                record_outcome(run, train_run(run, *load(), self.device))
            else:
                record_outcome(run, RunState.INTERRUPTED if run.shutdown_requested else RunState.STOPPED)
        except BusyRunError:
            run.state = RunState.ELSEWHERE  # the other process alone may write its files
        except Exception as error:
            fail_run(run, error)
        finally:
            with self._turn:
                self._threads.pop(run.name, None)
                self._turn.notify_all()
            if run.delete_requested:
                shutil.rmtree(run.folder, ignore_errors=True)

    def _may_start(self, run: Run) -> bool:
        active = sum(other.state in (RunState.TRAINING, RunState.PAUSED) for other in self.runs.values())
        return active < self.max_concurrent and self.queue_position(run) == 1


def _set_threads(count: int) -> None:
    """Let torch use this many threads for the work of this thread.

    The number is the same for every run, because the last bits of a sum depend on it. Otherwise a run could not be
    repeated exactly.
    """
    torch.get_num_threads()  # NOTE: the first call in a thread sets the number to the default
    torch.set_num_threads(count)
    # NOTE: new threads inherit the number that was set last, and a page's work is too small for several threads.
    reset = threading.Thread(target=torch.set_num_threads, args=(1,))
    reset.start()
    reset.join()
