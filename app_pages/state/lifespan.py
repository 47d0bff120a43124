"""What the server does before the first visitor, and after the last."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from mnist_core.memory import limit_arenas


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncGenerator[None, None]:
    """Keep the memory of the threads to come small, and be ready to answer before a browser can ask.

    Classes that are too old are deleted, now and once a day. At the end the runs are interrupted, each after its
    current step, so that they can be resumed: a server that is told to end by a signal does not come to Python's own
    functions at exit.
    """
    limit_arenas()
    # NOTE: in a thread that ends. OpenMP keeps a pool for every thread that has used torch, and as soon as there are
    # more threads in pools than cores, those of a run no longer spin but sleep at once: it then takes a third longer.
    with ThreadPoolExecutor(1, "warm_up") as thread:
        resources, classes = await asyncio.get_running_loop().run_in_executor(thread, _warm_up)
    daily = asyncio.create_task(classes.delete_old_classes_daily())
    try:
        yield
    finally:
        daily.cancel()
        await asyncio.to_thread(resources.registry().close)


def _warm_up() -> tuple[Any, Any]:
    # NOTE: a late import, because it imports torch, and the arenas are limited before that.
    from app_pages.state import classes, resources

    resources.warm_up()
    classes.delete_old_classes()
    return resources, classes
