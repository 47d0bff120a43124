"""Computations that a visitor asks for with a click: off the page's thread, in steps, dropped at the next request."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from app_pages.state.background import Background
from app_pages.state.session import session
from app_pages.state.singletons import Singleton
from app_pages.state.waiting import wait_on_page
from mnist_core.progress import Progress

T = TypeVar("T")
MAX_CACHED = 64  # of all visitors; the results are small


class Computation(Generic[T]):
    """One computation and its result.

    Attributes:
        request: what was asked for; another request takes its place.
        fraction: how much is done, in [0, 1].
        result: only when `is_done`.
    """

    def __init__(self, request: Hashable, progress: Progress[T]) -> None:
        self.request = request
        self.fraction = 0.0
        self.is_done = False
        self.result: T | None = None
        self._progress = progress

    def step(self) -> None:
        """Make the next step."""
        try:
            self.fraction = next(self._progress)
        except StopIteration as end:
            self.result, self.fraction = end.value, 1.0
            self.is_done = True


@Singleton
def computations() -> Background[Computation[object]]:
    """Return what visitors asked for lately."""
    return Background(MAX_CACHED)


def cancel(name: str) -> None:
    """End the visitor's computation of a name, if there is one; its step that goes on now is the last.

    Args:
        name: as in `computed`, of a computation that is not shared.
    """
    computations().drop((name, session().visitor))


def computed(
    name: str, request: Hashable, begin: Callable[[], Progress[T]], words: str, *, is_shared: bool = False
) -> T | None:
    """Return the result of a computation; begin it if nobody has.

    Args:
        name: of the computation. A visitor has one of each name: another request ends the one before.
        request: what it depends on, such as the model, the drawing and the settings.
        begin: prepares it, in little time; it does the work in steps.
        words: shown with the progress, such as "Comparing 10,000 images".
        is_shared: whether all visitors who make the same request share one result: for what depends on a model alone.

    Returns:
        None while it is computed, with its progress on the page, which runs again at the end.
    """
    key: Hashable = (name, request) if is_shared else (name, session().visitor)

    def ask() -> Computation[T] | None:
        return computations().get(  # type: ignore[return-value]
            key,
            lambda: Computation(request, begin()),
            is_current=lambda work: work.request == request,
            is_awaited=True,
        )

    work = wait_on_page(ask, lambda work: work.is_done, words)
    return work.result if work else None
