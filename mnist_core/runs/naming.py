"""What people call a run: the name and the star that its owner gave it, or a name made of what it trains and when.

A run's folder and its links keep the identifier that the run was given at its start. The owner's choice is in a small
file of its own, so that it can change while the run trains.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.storage import atomic_write, is_text, read_json
from mnist_core.plain_text import plain_line

NAMING = "name.json"
MAX_NAME_LENGTH = 40  # characters, which fit into a list on a phone
QUICK = PRESETS["quick"]
# What Markdown, or Streamlit's kind of it, would take for more than text. A colon between digits is a time of day.
MARKS = re.compile(r"[\\`*_\[\]{}#!|<>~$&^=+-]|(?<!\d):|:(?!\d)|(?<=\w)\.(?=[A-Za-z])")


@dataclass(frozen=True)
class Naming:
    """What its owner calls a run.

    Attributes:
        name: as `checked_name` returns it; empty for a run that has not been renamed.
        is_starred: whether it is listed first.
    """

    name: str = ""
    is_starred: bool = False


NO_NAME = Naming()


def checked_name(text: str) -> str:
    """Return a name as plain text on one line; empty text gives a run its own name back.

    Raises:
        ValueError: it is too long.
    """
    return plain_line(text, MAX_NAME_LENGTH, "name")


def save_naming(folder: Path, naming: Naming) -> None:
    """Write what a run is called into its folder.

    Raises:
        OSError: the folder cannot be written.
    """
    with atomic_write(folder / NAMING) as unfinished:
        unfinished.write_text(json.dumps(asdict(naming)) + "\n", encoding="utf-8")


def load_naming(folder: Path) -> Naming:
    """Read what a run is called; a file that is missing or damaged says nothing, and the run is shown without it."""
    try:
        record = read_json(folder / NAMING)
        name = record.get("name", "")
        return Naming(checked_name(name) if is_text(name) else "", record.get("is_starred") is True)
    except ValueError:
        return NO_NAME


def default_name(config: TrainConfig, started_at: float, now: datetime) -> str:
    """Return the name of a run that nobody has renamed: "CNN, 3 epochs, 14:05", or "MLP quick look, 24 Nov, 14:07".

    Args:
        config: what it trains.
        started_at: when it was started, in s since the epoch; 0 if that is not known.
        now: of the same day, the date is left out; local time.
    """
    words = f"{SETTINGS['model'].choices[config.model]}{_length(config)}"
    try:
        started = datetime.fromtimestamp(started_at)
    except (ValueError, OverflowError, OSError):  # a file's time can be anything
        return words
    if not started_at:
        return words
    date = "" if started.date() == now.date() else f", {started.day} {started:%b}"
    year = "" if started.year == now.year else f" {started.year}"
    return f"{words}{date}{year}, {started:%H:%M}"


def _length(config: TrainConfig) -> str:
    quick = QUICK.configs[config.model]
    if config == replace(quick, seed=config.seed, precision=config.precision):
        return f" {QUICK.label.lower()}"
    return f", {config.epochs:,} epoch{'' if config.epochs == 1 else 's'}"


def as_markdown(name: str) -> str:
    """Return a name as Markdown that shows it as it is: its marks neither format nor load anything."""
    return MARKS.sub(r"\\\g<0>", name)


def distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Return the same names, with a number behind those that occur again: "MLP" and "MLP (2)"."""
    seen: Counter[str] = Counter()
    numbered = {}
    for key, name in names.items():
        seen[name] += 1
        numbered[key] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return numbered
