"""What a run keeps on disk beside its model, so that another process can list it and resume it.

`runs/<name>/` holds config.json (what was asked for), run.json (whose it is and how it stands), metrics.csv (a line a
step), confusion.csv (a line an evaluation), model.safetensors (as of the last evaluation), moments/ (the models of
some evaluations), card.json (once it ended) and, until then, checkpoint.safetensors (all that is needed to go on).
Each is written whole or not at all, but for the two tables, which grow by lines.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from mnist_core.constants import CLASSES
from mnist_core.models import storage
from mnist_core.training.learner import TrainingState
from mnist_core.training.metrics import _report, append_metrics, start_metrics
from mnist_core.training.report import StepReport

CHECKPOINT, RECORD, CONFUSION = "checkpoint.safetensors", "run.json", "confusion.csv"
CHECKPOINT_ROOM = 64_000_000  # bytes a checkpoint may have
TABLE_ROOM = 256_000_000  # bytes a table may have
RECORD_FIELDS = ("owner", "state", "message")

Confusion = tuple[tuple[int, ...], ...]


def save_checkpoint(folder: Path, state: TrainingState) -> None:
    """Write all that a run needs to go on as safetensors.

    Raises:
        OSError: the folder cannot be written.
    """
    counts = {"step": torch.tensor(state.step), "seconds": torch.tensor(state.seconds, dtype=torch.float64)}
    with storage.atomic_write(folder / CHECKPOINT) as unfinished:
        save_file(state.tensors | counts, unfinished)


def load_checkpoint(folder: Path) -> TrainingState | None:
    """Read a run's checkpoint; None where there is none. `Learner.restore` checks it against the run.

    Raises:
        ValueError: the file is too large, or no checkpoint.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    if path.stat().st_size > CHECKPOINT_ROOM:
        raise ValueError(f"{path} must have at most {CHECKPOINT_ROOM:,} bytes, got {path.stat().st_size:,}")
    try:
        tensors = load_file(path)
        step, seconds = tensors.pop("step"), tensors.pop("seconds")
        return TrainingState(int(step), float(seconds), tensors)
    except (SafetensorError, KeyError, RuntimeError, ValueError, OSError):
        raise ValueError(f"{path} must be a checkpoint, got something else: delete the run and start it anew") from None


def save_record(folder: Path, record: dict[str, str]) -> None:
    """Write whose a run is and how it stands.

    Raises:
        OSError: the folder cannot be written.
    """
    with storage.atomic_write(folder / RECORD) as unfinished:
        unfinished.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def load_record(folder: Path) -> dict[str, str] | None:
    """Read whose a run is and how it stands: `owner`, `state` and `message`; None where nobody wrote it.

    Raises:
        ValueError: the file is no record.
    """
    path = folder / RECORD
    if not path.is_file():
        return None
    record = storage.read_json(path)
    if not all(isinstance(record.get(name), str) for name in RECORD_FIELDS):
        raise ValueError(f"{path} must have the texts {', '.join(RECORD_FIELDS)}")
    return {name: record[name] for name in RECORD_FIELDS}


def start_tables(folder: Path, reports: list[StepReport]) -> None:
    """Begin metrics.csv and confusion.csv anew, with the reports that there are already."""
    start_metrics(folder / storage.METRICS)
    (folder / CONFUSION).write_text("", encoding="utf-8")
    add_to_tables(folder, reports)


def add_to_tables(folder: Path, reports: list[StepReport]) -> None:
    """Add reports to metrics.csv, and the confusion counts of those that were evaluated to confusion.csv."""
    append_metrics(folder / storage.METRICS, reports)
    counted = [report for report in reports if report.confusion is not None]
    if counted:
        with (folder / CONFUSION).open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([report.step, *sum(report.confusion or (), ())] for report in counted)


def load_reports(folder: Path) -> list[StepReport]:
    """Read the reports of a run from its tables, in order and without a gap.

    A line that was cut short, because the process was killed in writing it, ends the reading.
    """
    confusions = {int(row[0]): _square([int(cell) for cell in row[1:]]) for row in _confusion_rows(folder)}
    reports: list[StepReport] = []
    for row in _rows(folder / storage.METRICS)[1:]:
        report = _report(row)
        if report is None or report.step != len(reports) + 1:
            break
        reports.append(replace(report, confusion=confusions.get(report.step)))
    return reports


def _confusion_rows(folder: Path) -> list[list[str]]:
    rows = _rows(folder / CONFUSION)
    return [row for row in rows if len(row) == 1 + CLASSES**2 and all(cell.isdecimal() for cell in row)]


def _square(counts: list[int]) -> Confusion:
    return tuple(tuple(counts[start : start + CLASSES]) for start in range(0, CLASSES**2, CLASSES))


def _rows(path: Path) -> list[list[str]]:
    """Return the cells of a table's whole lines, none if it is missing or absurdly large."""
    try:
        if path.stat().st_size > TABLE_ROOM:
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
