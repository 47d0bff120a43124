"""A fresh process for every test of a page: empty caches, and a folder of its own for the runs."""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from app_pages.state import background, photos, resources
from app_pages.state.singletons import forget_all
from app_pages.training import pace
from mnist_core.data.split import Split
from mnist_core.models.networks import MODELS
from mnist_core.runs.pace import Pace
from mnist_core.runs.registry import RunRegistry
from mnist_core.synthetic.splits import standin_splits

SECONDS = dict.fromkeys(MODELS, 1e-3)
PACE = Pace(per_step=SECONDS, per_image=SECONDS, per_evaluated_image=SECONDS, augmentation=1e-3)  # nothing is measured


@functools.cache
def draw_standins() -> tuple[Split, Split]:
    """Draw a few stand-in digits, once, as nothing writes to them; the app itself draws thousands, in seconds."""
    return standin_splits(train=400, test=150)


@pytest.fixture(autouse=True)
def fresh_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clear what the process keeps before and after a test, and end its runs, which train one at a time."""
    registries: list[RunRegistry] = []
    executors: list[ThreadPoolExecutor] = []

    def make_registry(*_: object, **__: object) -> RunRegistry:
        registries.append(RunRegistry(tmp_path / "runs", max_concurrent=1))
        return registries[-1]

    def make_executor(*args: Any, **options: Any) -> ThreadPoolExecutor:
        executors.append(ThreadPoolExecutor(*args, **options))
        return executors[-1]

    monkeypatch.setenv("CLASSES_ROOT", str(tmp_path / "classes"))
    monkeypatch.setattr(resources, "RunRegistry", make_registry)
    for module in (background, pace, photos, resources):
        monkeypatch.setattr(module, "ThreadPoolExecutor", make_executor)
    monkeypatch.setattr(resources, "standin_splits", draw_standins)
    monkeypatch.setattr(pace, "measured", lambda device: PACE)
    st.cache_resource.clear()
    forget_all()
    yield
    for executor in executors:
        executor.shutdown(cancel_futures=True)  # else a model would go on reading a test's images in the next one
    for registry in registries:
        registry.close()
    st.cache_resource.clear()
    forget_all()


@pytest.fixture
def standins() -> tuple[Split, Split]:
    """The stand-in digits that the pages show without MNIST."""
    return draw_standins()
