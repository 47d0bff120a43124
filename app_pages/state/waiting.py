"""How a page waits for a computation: a moment without a word, then with its progress, which refreshes itself."""

import itertools
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

from app_pages.state.rerun import run_again

REFRESH = 0.5  # s between two updates of the progress
GRACE = 0.2  # s that a page waits for what may be done at once, rather than show progress
FAILED = "This could not be computed. The server's log says why. Reload the page to try again."
BUSY = "Waiting for a place: the server is computing this for other visitors"


class Advancing(Protocol):
    """A computation of which it is known how far it is."""

    @property
    def fraction(self) -> float:
        """How much is done, in [0, 1]."""


A = TypeVar("A", bound=Advancing)


def wait_on_page(ask: Callable[[], A | None], is_ready: Callable[[A], bool], words: str) -> A | None:
    """Return a computation when it is ready; until then show its progress.

    Only the progress runs again meanwhile, so a click elsewhere takes effect at once. Then the whole page runs again.

    Args:
        ask: returns the computation, begun or going on; None when there is no place for it yet.
        is_ready: whether it has what the page needs.
        words: shown with the progress, such as "Comparing 10,000 images".

    Returns:
        None while it is not ready, and when it failed, which the page then says.
    """

    def render_progress() -> None:
        try:
            work = ask()
        except RuntimeError:
            st.error(FAILED)
            return
        # NOTE: the first time, this is a part of the page's own run, which must not be cut off.
        if next(calls) and work and is_ready(work):
            run_again()
        st.progress(work.fraction if work else 0.0, f"{words if work else BUSY}…")

    calls = itertools.count()
    deadline = time.monotonic() + GRACE
    try:
        while (work := ask()) and not is_ready(work) and time.monotonic() < deadline:
            time.sleep(0.01)
    except RuntimeError:
        st.error(FAILED)
        return None
    if work and is_ready(work):
        return work
    st.fragment(render_progress, run_every=REFRESH)()
    return None
