"""The command line, run in the process of the test."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from mnist_core import cli


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str


CommandLine = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run the command line in this process."""

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["mnist_core", *map(str, words)])
        status = cli.main()
        return Ended(status, *capsys.readouterr())

    return run
