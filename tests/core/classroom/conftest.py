"""A store of classes in a folder of its own, at a time that a test can move on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mnist_core.classroom.store import ClassStore

NOW = 1_800_000_000.0  # s


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[ClassStore]:
    store = ClassStore(tmp_path, clock)
    yield store
    store.close()
