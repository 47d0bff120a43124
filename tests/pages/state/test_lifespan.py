"""What the server does before the first visitor: it is ready, and leaves no pool of OpenMP threads behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_core.classroom.records import DAY
from mnist_core.classroom.store import ClassStore

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio, os, time
from app_pages.state.lifespan import is_warming, lifespan

def native_threads():
    return len(os.listdir("/proc/self/task"))

async def serve():
    import numpy, pandas, torch  # their own threads, which are no pools of OpenMP's, are there before
    from app_pages.state import resources
    before = native_threads()
    async with lifespan(None):
        while is_warming():
            time.sleep(0.01)
        expected = before + len(resources.inference_thread()._threads)
        deadline = time.monotonic() + 10  # a thread that Python has joined, and its pool, end a moment later
        while native_threads() > expected and time.monotonic() < deadline:
            time.sleep(0.01)
        print(native_threads() - expected)

asyncio.run(serve())
"""


def serving(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that serves, with a folder of its own for all that is kept, and return what it said."""
    folders = dict.fromkeys(("RUNS_ROOT", "MNIST_ROOT", "CLASSES_ROOT"), str(folder))
    environment = os.environ | folders | {"MNIST_OFFLINE": "1"}
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts the threads of Linux")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="with one core, there are no pools")
def test_the_warm_up_leaves_only_the_thread_for_inference(tmp_path: Path) -> None:
    """More threads in pools than cores have a run's threads sleep instead of spin: training takes a third longer."""
    store = ClassStore(tmp_path, lambda: time.time() - 31 * DAY)
    old = store.open_class("", "t").code
    ended = serving(PROGRAM, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "0"
    assert store.find(old) is None  # what is too old goes at the start
    store.close()


FIRST_PAGE_FIRST = """
import asyncio, sys, time
from app_pages.state import lifespan

async def serve():
    lifespan.PATIENCE = 30
    async with lifespan.lifespan(None):
        time.sleep(2)
        print("torch" in sys.modules, lifespan.is_warming())
        lifespan.say_that_a_page_is_shown()
        begun = time.monotonic()
        lifespan.wait_until_warm()
        print("torch" in sys.modules, lifespan.is_warming(), time.monotonic() - begun < 25)

asyncio.run(serve())
"""


def test_torch_waits_for_the_first_visitor(tmp_path: Path) -> None:
    ended = serving(FIRST_PAGE_FIRST, tmp_path)
    assert ended.stdout.splitlines() == ["False True", "True False True"], ended.stderr


BROKEN = """
import asyncio
from app_pages.state import lifespan

def fail():
    raise OSError("the weights are damaged")

async def serve():
    lifespan._warm_up = fail
    async with lifespan.lifespan(None):
        await asyncio.sleep(60)

asyncio.run(serve())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs the signals of POSIX")
def test_a_server_that_cannot_get_ready_says_why_and_ends() -> None:
    ended = subprocess.run([sys.executable, "-c", BROKEN], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert ended.returncode == -signal.SIGTERM
    assert "could not get ready" in ended.stderr and "the weights are damaged" in ended.stderr
