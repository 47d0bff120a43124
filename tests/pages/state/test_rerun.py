"""A page that runs again by itself loses no press of Back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[3]


def page(is_careful: bool) -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from app_pages.state.rerun import run_again

    context = get_script_run_ctx()
    assert context is not None and context.script_requests is not None
    runs = st.session_state.setdefault("runs", [])
    runs.append(context.is_history_navigation)
    if len(runs) == 1:
        context.script_requests.request_rerun(RerunData(is_history_navigation=True))  # the visitor presses Back
        if is_careful:
            run_again()
        st.rerun()


@pytest.mark.parametrize(("is_careful", "is_back"), [(True, True), (False, False)])
def test_a_press_of_back_that_waits_is_taken_first(is_careful: bool, is_back: bool) -> None:
    opened = AppTest.from_function(page, args=(is_careful,)).run()
    assert not opened.exception
    assert opened.session_state["runs"] == [False, is_back]


def test_what_refreshes_itself_runs_the_page_again_only_so() -> None:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "app_pages").rglob("*.py")}
    refreshing = {name for name, source in sources.items() if "run_every" in source}
    assert {"waiting", "race", "run_panel", "missing_data"} <= refreshing
    assert not {name for name in refreshing if "st.rerun(" in sources[name]}
