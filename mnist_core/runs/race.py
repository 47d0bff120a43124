"""A race: two runs that start together and share one turn, in which they train in alternation.

So a race delays other visitors like one run of its length, and neither run's seconds depend on the other's work. The
training time of both grows evenly. A run that was interrupted is resumed with a turn of its own.
"""

import re
import threading
from collections.abc import Sequence
from pathlib import Path

from mnist_core.models import storage
from mnist_core.runs.run import Run
from mnist_core.runs.turns import Turns

RACE = "race.json"  # in the folder of each of the two runs
RUN_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
LEAD = 0.1  # s of training by which one run may be ahead of the other
REQUEST_CHECK = 0.2  # s between two checks of a waiting run's requests


class SharedTurn:
    """The turn of two runs, which stands for `Turns` in each of them.

    Args:
        turns: where it waits for its turn, under the first run's name.
        runs: the two runs; both are expected, and the first one to come waits for the other.
    """

    def __init__(self, turns: Turns, runs: Sequence[Run]) -> None:
        self.turns, self.name = turns, runs[0].name
        self._runs = {run.name: run for run in runs}
        self._racing = {run.name for run in runs}  # those that have not left
        self._next = runs[0].name  # the one that may train
        self._changed = threading.Condition()

    def take(self, name: str, owner: str, seconds: float) -> bool:
        """Wait up to `seconds` for the turn, and then until a run may train within it; True once it may.

        It is also True once the run is asked to pause or to end, so that it can do that.
        """
        if not self.turns.take(self.name, owner, seconds):
            return False
        run = self._runs[name]
        with self._changed:
            self._racing.add(name)
            while not (self._may_train(name) or run.is_ending or run.pause_requested):
                self._changed.wait(REQUEST_CHECK)
            return True

    def leave(self, name: str) -> None:
        """Let the other run train alone; the last one to leave gives up the turn."""
        with self._changed:
            self._racing.discard(name)
            self._changed.notify_all()
            if not self._racing:
                self.turns.leave(self.name)

    def _may_train(self, name: str) -> bool:
        """Return whether a run is to train now, and hand over to the other one if it is too far ahead."""
        others = self._racing - {name}
        if not others or self._next not in self._racing:
            self._next = name
        elif self._next == name:
            (other,) = others
            if _seconds(self._runs[name]) > _seconds(self._runs[other]) + LEAD:
                self._next = other
                self._changed.notify_all()
        return self._next == name


def save_rivals(runs: Sequence[Run]) -> None:
    """Write into the folder of each of two runs which one it races against.

    Raises:
        OSError: a folder cannot be written.
    """
    for run, rival in zip(runs, reversed(runs), strict=True):
        storage.save_json(run.folder / RACE, {"rival": rival.name})


def load_rival(folder: Path) -> str:
    """Return the name of the run that the run in a folder races against; empty if it is in no race."""
    try:
        rival = storage.read_json(folder / RACE).get("rival")
    except (OSError, ValueError):
        return ""
    return rival if isinstance(rival, str) and RUN_NAME.fullmatch(rival) else ""


def _seconds(run: Run) -> float:
    return run.history.last.seconds if run.history else 0.0
