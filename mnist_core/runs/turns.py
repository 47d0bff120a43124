"""Decide whose run trains next: a few train at a time, and their owners take turns."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Protocol


class TurnTaker(Protocol):
    """What decides when a run trains: `Turns`, or a turn that is shared within a race."""

    def take(self, name: str, owner: str, seconds: float) -> bool:
        """Wait up to `seconds` for a run's turn; True once it has it."""

    def leave(self, name: str) -> None:
        """Give up a run's turn or its place among those that wait."""


@dataclass
class _Waiting:
    """A run that waits for its turn."""

    name: str
    owner: str
    rank: int = 0  # runs of a lower rank come first, whoever owns them


class Turns:
    """The runs that train and those that wait for a turn.

    Among the waiting runs every owner's first comes before any owner's second, and so on; of two owners, the one whose
    last turn is longer ago comes first. So a visitor with many runs delays nobody by more than one run.

    Args:
        at_once: how many runs may train at a time.
        per_owner: how many of them may be one owner's.
    """

    def __init__(self, at_once: int, per_owner: int = 1) -> None:
        self.at_once, self.per_owner = at_once, per_owner
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []  # in the order in which they asked
        self._training: dict[str, str] = {}  # the owner of each run that has a turn
        self._last_turn: dict[str, int] = {}  # by owner; a larger number is more recent
        self._turns = 0

    def join(self, name: str, owner: str) -> None:
        """Let a run wait for a turn, unless it already waits or has one."""
        with self._changed:
            self._join(name, owner)

    def take(self, name: str, owner: str, seconds: float) -> bool:
        """Wait up to `seconds` for a run's turn; True once it has it, and at once if it has it already."""
        with self._changed:
            self._join(name, owner)
            self._changed.wait_for(lambda: self._grant(name), seconds)
            return name in self._training

    def leave(self, name: str) -> None:
        """Give up a run's turn or its place among those that wait."""
        with self._changed:
            self._training.pop(name, None)
            self._waiting = [each for each in self._waiting if each.name != name]
            self._changed.notify_all()

    def order(self) -> list[str]:
        """Return the names of the waiting runs in the order of their turns."""
        with self._changed:
            return [each.name for each in self._order()]

    def move(self, name: str, *, first: bool) -> None:
        """Give a waiting run the first place of all, or the last; nothing happens if it does not wait."""
        with self._changed:
            ranks = [each.rank for each in self._waiting]
            for each in self._waiting:
                if each.name == name:
                    each.rank = min(ranks) - 1 if first else max(ranks) + 1
            self._changed.notify_all()

    def _join(self, name: str, owner: str) -> None:
        if name in self._training or any(each.name == name for each in self._waiting):
            return
        if not self._waiting:  # nobody has waited, so nobody is owed a turn before another
            active = set(self._training.values())
            self._last_turn = {each: turn for each, turn in self._last_turn.items() if each in active}
        self._waiting.append(_Waiting(name, owner))

    def _order(self) -> list[_Waiting]:
        ahead: Counter[str] = Counter()  # runs of the same owner that come earlier
        keys = []
        for place, each in sorted(enumerate(self._waiting), key=lambda pair: (pair[1].rank, pair[0])):
            keys.append((each.rank, ahead[each.owner], self._last_turn.get(each.owner, 0), place, each))
            ahead[each.owner] += 1
        return [key[-1] for key in sorted(keys, key=lambda key: key[:-1])]

    def _grant(self, name: str) -> bool:
        """Give a run its turn if it is the next; True if it has one."""
        if name in self._training:
            return True
        if len(self._training) >= self.at_once:
            return False
        active = Counter(self._training.values())
        eligible = (each for each in self._order() if active[each.owner] < self.per_owner)
        chosen = next(eligible, None)
        if chosen is None or chosen.name != name:
            return False
        self._waiting.remove(chosen)
        self._training[name] = chosen.owner
        self._turns += 1
        self._last_turn[chosen.owner] = self._turns
        self._changed.notify_all()  # another may be next now
        return True
