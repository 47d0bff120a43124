"""What lives as long as the process: made once, and safe from a browser that clears Streamlit's caches."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st

from app_pages.state import predictions, resources
from app_pages.state.singletons import Singleton, forget_all


def test_a_browser_that_clears_the_caches_takes_nothing_from_the_process(tmp_path: Path) -> None:
    kept = [resources.registry(), resources.inference_thread(), resources.download_into(tmp_path)]
    cache = predictions.predicted_splits()
    st.cache_resource.clear()
    st.cache_data.clear()
    assert kept == [resources.registry(), resources.inference_thread(), resources.download_into(tmp_path)]
    assert predictions.predicted_splits() is cache


def test_many_threads_get_one_object() -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.02)
        made.append(object())
        return made[-1]

    one = Singleton(make)
    start = threading.Barrier(20)
    with ThreadPoolExecutor(20) as threads:
        given = list(threads.map(lambda _: (start.wait(), one())[1], range(20)))
    assert len(made) == 1 and set(given) == set(made)


def test_there_is_one_object_per_argument_until_it_is_forgotten() -> None:
    squares = Singleton(lambda number: [number**2])
    assert squares(3) is squares(3) and squares(3) == [9] and squares(4) == [16]
    before = squares(3)
    forget_all()
    assert squares(3) == before and squares(3) is not before


def test_a_failure_is_not_kept() -> None:
    attempts: list[int] = []

    def make() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("not yet")
        return 7

    one = Singleton(make)
    with pytest.raises(OSError, match="not yet"):
        one()
    assert one() == 7 and one() == 7 and len(attempts) == 2
