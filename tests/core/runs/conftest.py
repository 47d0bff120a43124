"""Registries in temporary folders, closed at the end."""

import atexit
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_core.runs.limits import Limits
from mnist_core.runs.registry import RunRegistry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunRegistry]:
    """A registry that lets two runs train at once, also of one owner, closed at the end."""
    registry = RunRegistry(tmp_path / "runs", max_concurrent=2, limits=Limits(training=2))
    yield registry
    for run in registry.runs.values():
        run.stop()
    registry.close()
    atexit.unregister(registry.close)


@pytest.fixture
def make_registry(tmp_path: Path) -> Iterator[Callable[[], RunRegistry]]:
    """Registries of one folder, as one process after another would have them; each ends the one before."""
    made: list[RunRegistry] = []

    def make() -> RunRegistry:
        if made:
            made[-1].close()
        made.append(RunRegistry(tmp_path / "runs", max_concurrent=2, limits=Limits(training=2)))
        return made[-1]

    yield make
    for each in made:
        each.close()
        atexit.unregister(each.close)
