"""Download MNIST from torchvision's mirrors: in the background, with progress, a deadline, Cancel and another try.

torchvision itself opens URLs without a time-out and takes half a file for a whole one. Here a file gets its name only
when all of it has come and its MD5 is right, so whatever happens, what was there before stays as it was.
"""

import atexit
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnist_core.data.catalog import raw_folder
from mnist_core.data.mirror import PART, fetch_missing

DEADLINE = 600.0  # s for the whole download: 12 MB at 20 KB/s
STALL = 20.0  # s without a byte after which a mirror is given up
LOOK_EVERY = 0.1  # s between two looks at the progress
ADVICE = "check the network and try again, or set MNIST_ROOT to a folder that has MNIST/raw/*-ubyte"


class DownloadState(StrEnum):
    """What a download is doing."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """How far a download is: its state, the fraction of the bytes that came, and for a failure one sentence."""

    state: DownloadState
    fraction: float = 0.0
    message: str = ""


class Download:
    """The download of MNIST into one folder, by a thread of its own; it may be started again after it ended.

    Args:
        root: the folder above MNIST/raw.
        deadline: s for the whole of it.
        stall: s without a byte after which a mirror is given up.
    """

    def __init__(self, root: Path, deadline: float = DEADLINE, stall: float = STALL) -> None:
        self.root, self.deadline, self.stall = root, deadline, stall
        self._lock = threading.Lock()
        self._attempt: _Attempt | None = None
        atexit.register(self.cancel)

    def start(self) -> None:
        """Start, or try again; does nothing while it runs."""
        with self._lock:
            if self._attempt is None or self._attempt.look().state != DownloadState.RUNNING:
                self._attempt = _Attempt(self.root, self.deadline, self.stall)

    def cancel(self) -> None:
        """End it at once; files that came whole stay."""
        if self._attempt:
            self._attempt.settle(DownloadState.CANCELLED)

    def look(self) -> Progress:
        """Return how far it is."""
        return self._attempt.look() if self._attempt else Progress(DownloadState.IDLE)


class _Attempt:
    """One try. However long its thread hangs, the try is over when it is settled, and writes no file after that."""

    def __init__(self, root: Path, deadline: float, stall: float) -> None:
        self.root, self.deadline, self.stall = root, deadline, stall
        self.ends = time.monotonic() + deadline
        self.progress = Progress(DownloadState.RUNNING)
        self.lock = threading.Lock()
        self.token = secrets.token_hex(4)
        # NOTE: a daemon, for a name server or a mirror may hold it for longer than the process wants to live.
        threading.Thread(target=self._work, name="download", daemon=True).start()

    def look(self) -> Progress:
        if time.monotonic() > self.ends:
            fraction = self.progress.fraction
            self.settle(
                DownloadState.FAILED,
                f"MNIST did not come within {self.deadline:g} s, only {fraction:.0%} of it; {ADVICE}",
            )
        return self.progress

    def settle(self, state: DownloadState, message: str = "") -> None:
        with self.lock:
            if self.progress.state != DownloadState.RUNNING:
                return
            self.progress = Progress(state, self.progress.fraction, message)
        with suppress(OSError):  # NOTE: the thread would do it too, but may hang for longer than the process lives
            for part in raw_folder(self.root).glob(f"*.{self.token}{PART}"):
                part.unlink(missing_ok=True)

    def _work(self) -> None:
        try:
            with closing(fetch_missing(self.root, self.stall, self.token)) as steps:
                for fraction in steps:
                    with self.lock:
                        if self.progress.state == DownloadState.RUNNING:
                            self.progress = Progress(DownloadState.RUNNING, fraction)
                    if self.look().state != DownloadState.RUNNING:
                        return
            self.settle(DownloadState.DONE)
        except (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError):
            self.settle(
                DownloadState.FAILED,
                f"{self.root} must be a folder that can be written; set MNIST_ROOT to one, or mend this one",
            )
        except Exception as error:  # NOTE: nobody else would ever hear of it
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self.settle(DownloadState.FAILED, f"MNIST could not be downloaded into {self.root} ({reason}); {ADVICE}")


def download(
    root: Path,
    report: Callable[[float], None] = lambda fraction: None,
    *,
    deadline: float = DEADLINE,
    stall: float = STALL,
) -> None:
    """Download what is missing or not whole of MNIST into a root, and wait for it.

    Args:
        root: the folder above MNIST/raw.
        report: called with the fraction of the bytes that came, several times a second.
        deadline: s for the whole of it.
        stall: s without a byte after which a mirror is given up.

    Raises:
        OSError: no mirror gave it, or the folder cannot be written; nothing half-written is left behind.
    """
    running = Download(root, deadline, stall)
    running.start()
    try:
        while (progress := running.look()).state == DownloadState.RUNNING:
            report(progress.fraction)
            time.sleep(LOOK_EVERY)
    finally:
        running.cancel()
    if progress.state != DownloadState.DONE:
        raise OSError(progress.message)
    report(1.0)
