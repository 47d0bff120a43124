"""Computations that take a while, as generators: they yield the fraction that is done and return the result.

Whoever runs one decides when its next step comes, and whether it comes at all: a page shows the progress and lets
others work in between, a script runs it to its end with `result_of`.
"""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Progress = Generator[float, None, T]


def as_part(progress: Progress[T], done: float, share: float) -> Progress[T]:
    """Run a computation as a part of a longer one: the fraction `done` comes before it, and it takes a `share`."""
    while True:
        try:
            fraction = next(progress)
        except StopIteration as end:
            result: T = end.value
            return result
        yield done + share * fraction


def result_of(progress: Progress[T]) -> T:
    """Run a computation to its end and return its result."""
    while True:
        try:
            next(progress)
        except StopIteration as end:
            result: T = end.value
            return result
