"""Share work on batches out over the cores, in processes that start at once."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from typing import Any, TypeVar

import torch

B = TypeVar("B")
R = TypeVar("R")

MAX_PROCESSES = 8
AHEAD = 2  # batches per process that are begun before the first of their results is asked for; this bounds the memory

_of_process: dict[str, Any] = {}  # what `_begin` gives to a process


def share_out(work: Callable[[B], R], batches: Iterable[B], processes: int | None = None) -> Iterator[R]:
    """Yield the results of some work on each batch, in order.

    The processes are forks of this one, which need not import PyTorch again. One batch alone is worked on in this
    process, and so is everything where a system has no forks, or no safe ones.

    Args:
        work: what to do with a batch. It must not use several threads, because each process has one core.
        batches: any number; they and their results must be picklable.
        processes: how many; as many as there are cores by default, and at most `MAX_PROCESSES`.

    Raises:
        OSError: a process ended early.
    """
    remaining = iter(batches)
    first = list(islice(remaining, 2))
    count = min(processes or len(os.sched_getaffinity(0)), MAX_PROCESSES) if sys.platform == "linux" else 1
    if len(first) < 2 or count < 2:
        yield from map(work, chain(first, remaining))
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(count, context, _begin, (work, context.Lock()))
    waiting: deque[Future[R]] = deque()
    try:
        for batch in chain(first, remaining):
            waiting.append(pool.submit(_work, batch))
            if len(waiting) > AHEAD * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise OSError("a process ended before its work was done, perhaps because the memory was full") from None
    finally:  # also when nobody asks for the rest
        pool.shutdown(cancel_futures=True)


def one_at_a_time() -> AbstractContextManager[Any]:
    """Return a lock for what only one of the processes may do at a time, for example because it takes much memory."""
    lock: AbstractContextManager[Any] = _of_process.get("lock") or nullcontext()
    return lock


def _begin(work: Callable[[Any], Any], lock: AbstractContextManager[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    torch.set_num_threads(1)
    _of_process.update(work=work, lock=lock)


def _work(batch: Any) -> Any:
    return _of_process["work"](batch)
