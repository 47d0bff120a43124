"""Download MNIST from torchvision's mirrors: in the background, with progress, a deadline, Cancel and another try.

torchvision itself opens URLs without a time-out and takes half a file for a whole one. Here a file gets its name only
when all of it has come and its MD5 is right, so whatever happens, what was there before stays as it was.
"""

import atexit
import os
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .idx import BrokenDataError, IdxFile, MissingDataError, UnreadableDataError, check_exactly, read_raw
from .mirror import MirrorError, fetch, name_of
from .sets import all_files, raw_folder

DEADLINE = 600.0  # s for the whole download: 12 MB at 20 KB/s
STALL = 20.0  # s without a byte after which a mirror is given up
STALE = 3600.0  # s after which the part of a file belongs to a download that was killed
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
            if self.progress.state == DownloadState.RUNNING:
                self.progress = Progress(state, self.progress.fraction, message)

    def _work(self) -> None:
        try:
            with closing(fetch_missing(self.root, self.stall)) as steps:
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


def fetch_missing(root: Path, stall: float) -> Generator[float, None, None]:
    """Download each file that is missing or not whole, yielding the fraction of the unpacked bytes that came.

    Whoever stops asking stops the download. A file gets its name as a whole, and only after a last yield.

    Raises:
        OSError: a file came from no mirror, or cannot be written.
    """
    mirrors, archives = sources()
    folder = raw_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    wanted = [file for file in all_files() if not _is_whole(folder / file.name, file)]
    total, done = sum(file.size for file in wanted), 0
    for file in wanted:
        part = folder / f"{file.name}.{secrets.token_hex(4)}.part"
        try:
            for written in _from_any(mirrors, file, archives.get(file.name), part, stall):
                yield (done + written) / total
            part.replace(folder / file.name)
        finally:
            part.unlink(missing_ok=True)
        done += file.size


def sources() -> tuple[list[str], dict[str, str]]:
    """Return the mirrors' URLs, and the MD5 of each file's archive under the raw file's name.

    They are torchvision's; the environment's MNIST_MIRROR, one URL or several with spaces between, stands in for its
    mirrors, and then no archive's MD5 is asked for: such a mirror may have packed the files anew.
    """
    from .vision import import_datasets

    own = [url if url.endswith("/") else f"{url}/" for url in os.environ.get("MNIST_MIRROR", "").split()]
    if own:
        return own, {}
    published = import_datasets().MNIST
    return list(published.mirrors), {name.removesuffix(".gz"): md5 for name, md5 in published.resources}


def _from_any(mirrors: list[str], file: IdxFile, archive_md5: str | None, part: Path, stall: float) -> Iterator[int]:
    """Fetch a file from the first mirror that gives it; one that fails is asked last from then on."""
    failures = []
    for mirror in list(mirrors):
        try:
            yield from fetch(f"{mirror}{file.name}.gz", file, archive_md5, part, stall)
        except MirrorError as error:
            failures.append(f"{name_of(mirror)} {error}")
            mirrors.append(mirrors.pop(mirrors.index(mirror)))
        else:
            return
    raise OSError(", ".join(failures))


def _sweep(folder: Path) -> None:
    """Remove what downloads left that were killed, but not what another process is writing now."""
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > STALE:
            part.unlink(missing_ok=True)


def _is_whole(path: Path, expected: IdxFile) -> bool:
    try:
        check_exactly(read_raw(path), path, expected)
    except UnreadableDataError:
        return True  # as far as anybody knows, and what cannot be read is not ours to replace
    except (MissingDataError, BrokenDataError):
        return False
    return True
