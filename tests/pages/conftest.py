"""A fresh process for every test of a page: empty caches, and a folder of its own for the runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from app_pages.state import resources
from app_pages.state.singletons import forget_all
from mnist_core.runs.registry import RunRegistry


@pytest.fixture(autouse=True)
def fresh_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clear what the process keeps before and after a test, and end its runs, which train one at a time."""
    registries: list[RunRegistry] = []

    def make_registry(*_: object, **__: object) -> RunRegistry:
        registries.append(RunRegistry(tmp_path / "runs", max_concurrent=1))
        return registries[-1]

    monkeypatch.setattr(resources, "RunRegistry", make_registry)
    st.cache_resource.clear()
    forget_all()
    yield
    for registry in registries:
        registry.close()
    st.cache_resource.clear()
    forget_all()
