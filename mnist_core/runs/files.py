"""Write and read the files of a run's folder, so that another process can list the run and resume it.

Each file is replaced atomically, except the two tables, to which lines are appended; see `tables`.

- config.json: the configuration.
- run.json: the owner, the state and a message.
- metrics.csv: one line per step.
- confusion.csv: one line per evaluation.
- model.safetensors: the model as of the last evaluation.
- moments/: the models of some evaluations; see `snapshots`.
- checkpoint.safetensors: everything needed to resume; removed when the run ends.
- card.json: the origin and the quality of the model; written when the run ends.
- name.json: the name and the star that the owner gave it, if any; see `naming`.
- origin.json: where the model comes from, if it was not trained from the configuration alone; see `kept_model`.
- run.lock: locked by the process that trains the run.
"""

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

import torch
from filelock import FileLock, Timeout

from mnist_core.durable_files import sync_file
from mnist_core.models import storage
from mnist_core.runs.naming import NAMING
from mnist_core.runs.tables import CONFUSION
from mnist_core.training.learner import TrainingState

CHECKPOINT, RECORD, LOCK = "checkpoint.safetensors", "run.json", "run.lock"
ORIGIN = "origin.json"
MAX_ORIGIN_LENGTH = 1_000  # characters
SNAPSHOTS = "moments"  # the folder's name since the first version
MAX_CHECKPOINT_BYTES = 64_000_000
RECORD_FIELDS = ("owner", "state", "message")
LOCK_TIMEOUT = 1.0  # s; another process may hold a lock for an instant to test it


class BusyRunError(ValueError):
    """Another process or thread is training the run, and alone may write its files."""


@contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Keep other writers away from a run's folder, in this process and in others.

    The lock belongs to the process, so it is free again however the process ends.

    Raises:
        BusyRunError: another process or thread is training this run.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=LOCK_TIMEOUT)
    except Timeout:
        raise BusyRunError(
            f"{folder} is being trained by another process: wait until it ends, or choose another folder"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Return whether a process is training the run in a folder."""
    if not (folder / LOCK).is_file():
        return False
    try:
        with FileLock(folder / LOCK).acquire(blocking=False):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that cannot be written has no writer
        return False


def clear_run(folder: Path) -> None:
    """Remove the files of an earlier run from a folder, so that a new one can start there; other files are kept."""
    shutil.rmtree(folder / SNAPSHOTS, ignore_errors=True)
    for name in (CHECKPOINT, RECORD, ORIGIN, NAMING, CONFUSION, storage.CARD, storage.METRICS, storage.WEIGHTS):
        (folder / name).unlink(missing_ok=True)


def save_checkpoint(folder: Path, state: TrainingState) -> None:
    """Write everything that a run needs to resume, as safetensors.

    Raises:
        OSError: the folder cannot be written.
    """
    for table in (storage.METRICS, CONFUSION):  # a run that resumes needs the rows of all steps before the checkpoint
        if (folder / table).is_file():
            sync_file(folder / table)
    counts = {"step": torch.tensor(state.step), "seconds": torch.tensor(state.seconds, dtype=torch.float64)}
    storage.save_tensors(folder / CHECKPOINT, state.tensors | counts)


def load_checkpoint(folder: Path) -> TrainingState | None:
    """Read a run's checkpoint, or return None if it has none. `Learner.restore` checks it against the run.

    Raises:
        ValueError: the file is too large, or is not a checkpoint.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        tensors = storage.load_tensors(path, MAX_CHECKPOINT_BYTES)
    except ValueError as error:
        raise ValueError(f"{error}: delete the run and start it again") from None
    step, seconds = tensors.pop("step", None), tensors.pop("seconds", None)
    if not (_is_count(step, torch.int64) and _is_count(seconds, torch.float64)):
        raise ValueError(f"{path} must be a checkpoint, got something else: delete the run and start it again")
    return TrainingState(int(step), float(seconds), tensors)


def _is_count(tensor: torch.Tensor | None, dtype: torch.dtype) -> TypeGuard[torch.Tensor]:
    """Return whether a tensor is a single finite number from 0, of the given type."""
    return tensor is not None and tensor.shape == () and tensor.dtype == dtype and 0 <= float(tensor) < math.inf


def save_record(folder: Path, record: dict[str, str]) -> None:
    """Write a run's owner, state and message.

    Raises:
        OSError: the folder cannot be written.
    """
    storage.save_json(folder / RECORD, record)


def load_record(folder: Path) -> dict[str, str] | None:
    """Read a run's `owner`, `state` and `message`, or return None if there is no record.

    Raises:
        ValueError: the file is not a record.
    """
    path = folder / RECORD
    if not path.exists():
        return None
    record = storage.read_json(path)
    if not all(storage.is_text(record.get(name)) for name in RECORD_FIELDS):
        raise ValueError(f"{path} must have the texts {', '.join(RECORD_FIELDS)}, got {list(record)!r:.80}")
    return {name: record[name] for name in RECORD_FIELDS}


def save_origin(folder: Path, origin: str) -> None:
    """Write where the model of a run comes from.

    Raises:
        OSError: the folder cannot be written.
    """
    storage.save_json(folder / ORIGIN, {"origin": origin})


def load_origin(folder: Path) -> str:
    """Read where the model of a run comes from; "" when it was trained from the configuration alone.

    A file that is damaged says that it is not known, as the configuration alone does not make this model.
    """
    if not (folder / ORIGIN).exists():
        return ""
    try:
        origin = storage.read_json(folder / ORIGIN).get("origin")
    except ValueError:
        origin = None
    text = str(origin) if storage.is_text(origin) else ""
    return text if 0 < len(text) <= MAX_ORIGIN_LENGTH else "Where this model comes from is not known."
