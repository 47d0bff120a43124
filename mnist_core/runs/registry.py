"""Train runs in the background: queue, start, resume and delete them.

Each run has a thread that consumes `training.loop.fit`. torch releases the interpreter lock in its kernels, so the
pages stay responsive. A process has one registry. It lets a fixed number of runs train at a time, and loads the runs of
earlier processes, and of the command line, from their folders. Of several processes that serve one folder of runs, the
first alone starts, resumes and deletes runs there; the others only read.
"""

import atexit
import gc
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from mnist_core.data.split import Split
from mnist_core.memory import return_memory
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs.files import BusyRunError
from mnist_core.runs.history import History
from mnist_core.runs.kept_model import KeptModel, save_kept
from mnist_core.runs.limits import TRAIN_IMAGES, Limits, folder_size, free_space, largest_size
from mnist_core.runs.naming import Naming, save_naming
from mnist_core.runs.race import SharedTurn, save_rivals
from mnist_core.runs.run import Run, RunEndedError, RunState, load_run, load_runs, started_at
from mnist_core.runs.turns import Turns
from mnist_core.runs.worker import fail_run, record_outcome, train_run
from mnist_core.training.device import resolve_precision

CORES = os.cpu_count() or 1
THREADS = min(4, torch.get_num_threads())  # torch's threads per run; more gain these small models nothing
STOP_TIMEOUT = 10.0  # s to wait for the threads when the process ends
SERVER_LOCK = "server.lock"  # in the folder of runs; locked by the process that may write there
FORGET_AFTER = 600.0  # s; what nobody has looked at for longer is kept on disk only
REREAD_EVERY = 2.0  # s between two looks at what another process does in the folder
READ_ONLY = (
    "Another server uses this folder of runs, so this one only shows them: train there, stop one of the two servers, "
    "or give each a folder of its own with RUNS_ROOT"
)

Loader = Callable[[], tuple[Split, Split]]
log = logging.getLogger(__name__)


class ReadOnlyError(ValueError):
    """Another process serves the folder of runs, and this one only reads it."""


class RunRegistry:
    """All runs of this process and those in its folder, of which at most `max_concurrent` train at a time.

    Args:
        root: the folder above the runs' folders.
        max_concurrent: how many runs may train at a time; the others wait for their turn.
        device: where they train.
        limits: what one owner may ask for.

    Attributes:
        runs: all runs by name, the oldest first.
        turns: whose run trains next.
    """

    def __init__(
        self,
        root: Path,
        max_concurrent: int = max(1, CORES),
        device: torch.device | str = "cpu",
        limits: Limits = Limits(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self.root, self.device, self.limits = root, device, limits
        self.turns = Turns(max_concurrent, limits.training)
        self.runs: dict[str, Run] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._guard = threading.RLock()  # of what is above, and of the folder
        self._sizes: dict[str, int] = {}  # bytes that runs take on disk, or may take until they end
        self._server_lock: FileLock | None = None
        self._read_at = -REREAD_EVERY
        self.is_reader = True
        self._look()
        atexit.register(self.close)

    def start(self, config: TrainConfig, load: Loader, owner: str = "", images: int | None = None) -> Run:
        """Queue a run and return at once.

        Args:
            config: what to train.
            load: returns the training and the test split; called in the run's own thread.
            owner: who started it, an opaque token.
            images: the number of training images, which decides how long the run is; if it is not known, the length is
                not checked.

        Raises:
            ReadOnlyError: another process serves this folder of runs.
            RunLimitError: the run, or its owner, would exceed the limits.
            OSError: the run's folder cannot be created.
        """
        (run,) = self._start([config], load, owner, images)
        return run

    def start_race(
        self, configs: tuple[TrainConfig, TrainConfig], load: Loader, owner: str = "", images: int | None = None
    ) -> tuple[Run, Run]:
        """Queue two runs that share one turn and train in alternation, and return at once; see `start`.

        Each counts as a run of its own for the limits.
        """
        one, other = self._start(configs, load, owner, images)
        return one, other

    def _start(self, configs: Sequence[TrainConfig], load: Loader, owner: str, images: int | None) -> list[Run]:
        configs = [resolve_precision(config, self.device) for config in configs]
        if images is not None:
            for config in configs:
                self.limits.check_steps(config, images)
        with self._guard:
            self._check_writer()
            self.root.mkdir(parents=True, exist_ok=True)
            self._check_alive(owner, len(configs))
            for run in self.runs.values():
                run.forget(FORGET_AFTER)
            needed = [largest_size(config, images or TRAIN_IMAGES) for config in configs]
            self._check_disk(sum(needed), owner)
            runs = self._make_folders(configs, owner)
            for run, size in zip(runs, needed, strict=True):
                self.runs[run.name], self._sizes[run.name] = run, size
            turns = SharedTurn(self.turns, runs) if len(runs) > 1 else None
            for run in runs:
                self._start_thread(run, load, turns)
        return runs

    def _make_folders(self, configs: Sequence[TrainConfig], owner: str) -> list[Run]:
        """Make the folder of each new run, or none if one of them cannot be made."""
        runs: list[Run] = []
        try:
            for config in configs:
                name = f"{config.model}-{secrets.token_hex(3)}"
                folder = self.root / name
                folder.mkdir()
                run = Run(name, config, folder, owner, _history=History())
                runs.append(run)
                storage.save_json(folder / storage.CONFIG, config)
                run.started_at = started_at(folder)
                run.save_record(run.state)
            if len(runs) > 1:
                save_rivals(runs)
        except OSError:
            for run in runs:
                shutil.rmtree(run.folder, ignore_errors=True)
            raise
        return runs

    def keep(self, kept: KeptModel, owner: str = "") -> Run:
        """Keep a model that was trained elsewhere in the process as a run that has finished.

        Args:
            kept: the model, and where it comes from.
            owner: whose run it is, an opaque token.

        Raises:
            ReadOnlyError: another process serves this folder of runs.
            RunLimitError: the owner's runs would take too much space.
            OSError: the run's folder cannot be written.
        """
        with self._guard:
            self._check_writer()
            self.root.mkdir(parents=True, exist_ok=True)
            self._check_disk(kept.largest_size, owner)
            folder = self.root / f"{kept.config.model}-{secrets.token_hex(3)}"
            folder.mkdir()
            run = Run(folder.name, kept.config, folder, owner, RunState.FINISHED)
            run.naming, run.origin = kept.naming, kept.origin
            try:
                save_kept(folder, kept)
                run.save_record(run.state)
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            run.started_at = started_at(folder)
            self.runs[run.name] = run
        log.info("run %s kept: %s", run.name, kept.config.model)
        return run

    def find(self, name: str) -> Run | None:
        """Return a run by its name, or None if there is none.

        A run that another process has started or is training is loaded from its folder.
        """
        self._look()
        run = self.runs.get(name)
        # A run that has been deleted here is nobody's, although its thread may not have let go of the folder yet.
        is_foreign = name not in self._threads and (run is None or run.state is RunState.ELSEWHERE)
        if not (name and is_foreign):
            return run
        loaded = load_run(self.root / name, is_served=self.is_reader) if self._is_run_folder(name) else None
        with self._guard:
            if loaded is None:
                self.runs.pop(name, None)
            elif run is None or loaded.state is not run.state:
                self.runs[name] = loaded
            else:
                run.naming = loaded.naming
            return self.runs.get(name)

    def resume_interrupted(self, run: Run, load: Loader) -> None:
        """Queue an interrupted run again, from its last checkpoint; its owner does not change.

        With the same images the result is that of a run without the interruption.

        Raises:
            ValueError: the run is not interrupted.
            ReadOnlyError: another process serves this folder of runs.
            RunLimitError: the run's owner would exceed the limits.
        """
        with self._guard:
            self._check_writer()
            run = self.runs.get(run.name, run)
            if run.state is not RunState.INTERRUPTED:
                raise ValueError(f"only an interrupted run can be resumed, but {run.name} is {run.state}")
            self._check_alive(run.owner)
            run.message, run.state = "", RunState.QUEUED
            run.shutdown_requested = run.pause_requested = run.stop_requested = False
            self.runs[run.name] = self.runs.pop(run.name)  # the newest
            self._sizes.pop(run.name, None)
            self._start_thread(run, load)

    def call(self, run: Run, naming: Naming) -> None:
        """Give a run another name, or a star.

        Raises:
            ReadOnlyError: another process serves this folder of runs.
            OSError: the run's folder cannot be written.
        """
        with self._guard:
            self._check_writer()
            save_naming(run.folder, naming)
            run.naming = naming

    def delete(self, run: Run) -> None:
        """Remove a run and its folder, at once or as soon as its thread has ended.

        Raises:
            ValueError: another process trains the run.
            ReadOnlyError: another process serves this folder of runs.
        """
        with self._guard:
            if run.state is RunState.ELSEWHERE:
                raise ValueError(f"{run.folder} is being trained by another process: wait until it ends")
            self._check_writer()
            run.delete_requested = True
            self.runs.pop(run.name, None)
            self._sizes.pop(run.name, None)
            is_active = run.name in self._threads
        if not is_active:
            shutil.rmtree(run.folder, ignore_errors=True)
        log.info("run %s deleted", run.name)

    def owned_by(self, owner: str) -> list[Run]:
        """Return an owner's runs, the newest first."""
        return [run for run in self.all_runs() if run.owner == owner]

    def hand_over(self, owner: str, to: str) -> None:
        """Give all runs of one owner to another."""
        with self._guard:
            for run in self.runs.values():
                if run.owner != owner or self.is_reader:
                    continue
                run.owner = to
                if not run.state.is_alive:  # NOTE: a run that is alive writes its record itself, when it ends
                    with suppress(OSError):
                        run.save_record(run.state)

    def all_runs(self) -> list[Run]:
        """Return everybody's runs, the newest first."""
        self._look()
        # NOTE: without the lock, because every page asks at every stroke. The copy is one step of the interpreter.
        return list(self.runs.values())[::-1]

    def queue(self) -> list[Run]:
        """Return the waiting runs in the order of their turns."""
        with self._guard:
            places = {name: place for place, name in enumerate(self.turns.order())}
            waiting = [run for run in self.runs.values() if run.state is RunState.QUEUED and run.turn_name in places]
        return sorted(waiting, key=lambda run: places[run.turn_name])

    def queue_position(self, run: Run) -> int:
        """Return the position of a run in the queue: 1 for the next to start, 0 for a run that is not waiting."""
        names = [other.name for other in self.queue()]
        return names.index(run.name) + 1 if run.name in names else 0

    def close(self) -> None:
        """Interrupt all runs and wait for their threads; another process can resume the runs.

        Without the wait, torch would abort a process that ends inside one of its kernels.
        """
        with self._guard:
            for run in self.runs.values():
                run.shutdown_requested = True
            threads = list(self._threads.values())
        deadline = time.monotonic() + STOP_TIMEOUT
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._guard:
            if self._server_lock is not None:
                self._server_lock.release()
            self._server_lock, self.is_reader = None, True
            self._read_at = float("inf")  # a closed registry takes no lock any more

    def _look(self) -> None:
        """Become the one process that may write the folder if there is none; while another is, read what it does."""
        if not self.is_reader or time.monotonic() < self._read_at + REREAD_EVERY:
            return
        with self._guard:
            self._read_at = time.monotonic()
            self.is_reader = not self._lock_root()
            known = self.runs
            self.runs = {run.name: run for run in load_runs(self.root, is_served=self.is_reader)}
            for name, run in self.runs.items():  # keep what has been read of runs that are as they were
                if name in known and known[name].state is run.state:
                    known[name].naming = run.naming
                    self.runs[name] = known[name]

    def _lock_root(self) -> bool:
        """Try to lock the folder of runs; False if another process has locked it."""
        # NOTE: not thread-local, because a page's thread takes the lock and another one releases it.
        lock = FileLock(self.root / SERVER_LOCK, thread_local=False)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except (OSError, NotImplementedError):  # no folder, or a file system without locks: starting a run will tell
            return True
        self._server_lock = lock
        return True

    def _check_writer(self) -> None:
        self._look()
        if self.is_reader:
            raise ReadOnlyError(READ_ONLY)

    def _check_alive(self, owner: str, more: int = 1) -> None:
        owners = [run.owner for run in self.runs.values() if run.state.is_alive]
        self.limits.check_alive(owners.count(owner), len(owners), more)

    def _check_disk(self, needed: int, owner: str) -> None:
        sizes = {run.name: self._size(run) for run in self.runs.values()}
        owned = sum(sizes[run.name] for run in self.runs.values() if run.owner == owner)
        self.limits.check_disk(needed, owned, sum(sizes.values()), free_space(self.root))

    def _size(self, run: Run) -> int:
        """Return the bytes that a run takes on disk, or those that were reserved for it while it trains."""
        if run.state is RunState.ELSEWHERE:
            return folder_size(run.folder)
        if run.name not in self._sizes:
            self._sizes[run.name] = folder_size(run.folder)
        return self._sizes[run.name]

    def _is_run_folder(self, name: str) -> bool:
        # NOTE: the name may come from a URL, so it becomes part of a path only if the folder has an entry of that name.
        return self.root.is_dir() and any(path.name == name and path.is_dir() for path in self.root.iterdir())

    def _start_thread(self, run: Run, load: Loader, turns: SharedTurn | None = None) -> None:
        run.turns = turns or self.turns
        run.max_seconds, run.abandoned_after = 3600 * self.limits.hours, 3600 * self.limits.abandoned_hours
        run.look()
        self.turns.join(run.turn_name, run.owner)
        # NOTE: a daemon thread, because Ctrl-C must not wait for hours of training; `close` interrupts it.
        thread = threading.Thread(target=self._work, args=(run, load), name=run.name, daemon=True)
        self._threads[run.name] = thread
        thread.start()

    def _work(self, run: Run, load: Loader) -> None:
        try:
            run.check_requests()  # waits for its turn
            log.info("run %s starts: %s", run.name, run.config.model)
            _set_threads(THREADS)
            record_outcome(run, train_run(run, *load(), self.device))
        except RunEndedError:  # before it began
            record_outcome(run, RunState.INTERRUPTED if run.shutdown_requested else RunState.STOPPED)
        except BusyRunError:
            run.state = RunState.ELSEWHERE  # the other process alone may write its files
        except Exception as error:
            fail_run(run, error)
        finally:
            run.leave_turns()
            with self._guard:
                self._threads.pop(run.name, None)
                self._sizes.pop(run.name, None)
            if run.delete_requested:
                shutil.rmtree(run.folder, ignore_errors=True)
            gc.collect()
            return_memory()
            log.info("run %s ends: %s", run.name, _outcome(run))


def _outcome(run: Run) -> str:
    accuracy = run.evaluations[-1].test_accuracy if run.evaluations else None
    seconds = f" after {run.history.last.seconds:.1f} s" if run.history else ""
    return f"{run.state}{seconds}" + (f", test accuracy {accuracy:.2%}" if accuracy is not None else "")


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
