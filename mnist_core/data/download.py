"""Download MNIST from torchvision's mirrors in the background, with progress, a deadline, cancel and retry.

torchvision opens URLs without a timeout and accepts a partial file as complete. Here a file gets its final name only
when it is complete and its MD5 sum is right, so a failed download leaves existing files unchanged.
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
STALL = 20.0  # s without data after which a mirror is abandoned
POLL_INTERVAL = 0.1  # s between two progress reports
RETRY_HINT = "check the network and try again, or set MNIST_ROOT to a folder that contains MNIST/raw/*-ubyte"


class DownloadState(StrEnum):
    """The state of a download."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """The state of a download, the fraction of the bytes received so far, and one sentence if it failed."""

    state: DownloadState
    fraction: float = 0.0
    message: str = ""


class Download:
    """A download of MNIST into one folder, in its own thread; it can be started again after it ends.

    Args:
        root: the folder above MNIST/raw.
        deadline: s for the whole download.
        stall: s without data after which a mirror is abandoned.
    """

    def __init__(self, root: Path, deadline: float = DEADLINE, stall: float = STALL) -> None:
        self.root, self.deadline, self.stall = root, deadline, stall
        self._lock = threading.Lock()
        self._attempt: _Attempt | None = None
        atexit.register(self.cancel)

    def start(self) -> None:
        """Start, or try again; do nothing while the download runs."""
        with self._lock:
            if self._attempt is None or self._attempt.current_progress().state != DownloadState.RUNNING:
                self._attempt = _Attempt(self.root, self.deadline, self.stall)

    def cancel(self) -> None:
        """Stop at once; complete files are kept."""
        if self._attempt:
            self._attempt.finish(DownloadState.CANCELLED)

    def progress(self) -> Progress:
        """Return the current progress."""
        return self._attempt.current_progress() if self._attempt else Progress(DownloadState.IDLE)


class _Attempt:
    """One attempt. Once it is finished, it writes no more files, even if its thread still hangs."""

    def __init__(self, root: Path, deadline: float, stall: float) -> None:
        self.root, self.deadline, self.stall = root, deadline, stall
        self.ends_at = time.monotonic() + deadline
        self.progress = Progress(DownloadState.RUNNING)
        self.lock = threading.Lock()
        self.token = secrets.token_hex(4)
        # NOTE: a daemon thread, because a name server or a mirror can block it and must not keep the process alive.
        threading.Thread(target=self._work, name="download", daemon=True).start()

    def current_progress(self) -> Progress:
        if time.monotonic() > self.ends_at:
            fraction = self.progress.fraction
            self.finish(
                DownloadState.FAILED,
                f"Only {fraction:.0%} of MNIST was downloaded within {self.deadline:g} s; {RETRY_HINT}",
            )
        return self.progress

    def finish(self, state: DownloadState, message: str = "") -> None:
        with self.lock:
            if self.progress.state != DownloadState.RUNNING:
                return
            self.progress = Progress(state, self.progress.fraction, message)
        with suppress(OSError):  # NOTE: the thread also does this, but it may hang until the process ends
            for part in raw_folder(self.root).glob(f"*.{self.token}{PART}"):
                part.unlink(missing_ok=True)

    def _work(self) -> None:
        try:
            with closing(fetch_missing(self.root, self.stall, self.token)) as steps:
                for fraction in steps:
                    with self.lock:
                        if self.progress.state == DownloadState.RUNNING:
                            self.progress = Progress(DownloadState.RUNNING, fraction)
                    if self.current_progress().state != DownloadState.RUNNING:
                        return
            self.finish(DownloadState.DONE)
        except (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError):
            self.finish(
                DownloadState.FAILED,
                f"{self.root} must be a writable folder; correct its permissions or set MNIST_ROOT to another folder",
            )
        except Exception as error:  # NOTE: an error in a thread would otherwise go unnoticed
            reason = (str(error) or type(error).__name__).splitlines()[0]
            self.finish(DownloadState.FAILED, f"MNIST could not be downloaded to {self.root} ({reason}); {RETRY_HINT}")


def download(
    root: Path,
    report: Callable[[float], None] = lambda fraction: None,
    *,
    deadline: float = DEADLINE,
    stall: float = STALL,
) -> None:
    """Download MNIST's missing or incomplete files to a root, and wait until they are complete.

    Args:
        root: the folder above MNIST/raw.
        report: called several times per second with the fraction of the bytes received so far.
        deadline: s for the whole download.
        stall: s without data after which a mirror is abandoned.

    Raises:
        OSError: all mirrors failed, or the folder is not writable; no partial files are left behind.
    """
    running = Download(root, deadline, stall)
    running.start()
    try:
        while (progress := running.progress()).state == DownloadState.RUNNING:
            report(progress.fraction)
            time.sleep(POLL_INTERVAL)
    finally:
        running.cancel()
    if progress.state != DownloadState.DONE:
        raise OSError(progress.message)
    report(1.0)
