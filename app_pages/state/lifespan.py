"""What the server does before the first visitor, and after the last."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from typing import Any

from mnist_core.memory import limit_arenas

log = logging.getLogger(__name__)
PATIENCE = 3.0  # s, for which PyTorch waits for a first visitor, who then need not wait for it
_warming: Future[None] | None = None  # what gets the server ready
_page_is_shown = threading.Event()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncGenerator[None, None]:
    """Keep the memory of the threads to come small, and get ready while the first browser loads the page.

    Classes that are too old are deleted, now and once a day. At the end the runs are interrupted, each after its
    current step, so that they can be resumed: a server that is told to end by a signal does not come to Python's own
    functions at exit.
    """
    limit_arenas()
    # NOTE: in a thread that ends. OpenMP keeps a pool for every thread that has used torch, and as soon as there are
    # more threads in pools than cores, those of a run no longer spin but sleep at once: it then takes a third longer.
    global _warming
    thread = ThreadPoolExecutor(1, "warm_up")
    _warming = thread.submit(_warm_up)
    thread.shutdown(wait=False)
    daily = asyncio.create_task(_delete_old_classes_daily(_warming))
    try:
        yield
    finally:
        daily.cancel()
        await asyncio.to_thread(_close_runs)


def is_warming() -> bool:
    """Return True while the server of this process gets ready."""
    return _warming is not None and not _warming.done()


def wait_until_warm() -> None:
    """Wait until the server is ready, or could not get ready: the page then fails for the same reason."""
    if _warming is not None:
        wait([_warming])


def say_that_a_page_is_shown() -> None:
    """Tell that a first visitor has been sent a page or its outline: what takes long may begin."""
    _page_is_shown.set()


def _warm_up() -> None:
    # NOTE: first what Streamlit sends the canvas with. While torch is being imported, hardly anything else runs.
    import pandas  # noqa: F401

    _page_is_shown.wait(PATIENCE)
    # NOTE: late imports, because they import torch: the arenas are limited before, and the server listens meanwhile.
    from app_pages.state import classes, resources

    resources.warm_up()
    classes.delete_old_classes()


async def _delete_old_classes_daily(warming: Future[None]) -> None:
    try:
        await asyncio.wrap_future(warming)
    except Exception:
        log.exception("The server could not get ready, so it ends.")
        signal.raise_signal(signal.SIGTERM)
        return
    from app_pages.state import classes

    await classes.delete_old_classes_daily()


def _close_runs() -> None:
    from app_pages.state import resources

    resources.registry().close()
