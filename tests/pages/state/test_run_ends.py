"""A request that comes just as a run ends: what the run said last is on the page all the same."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.scriptrunner import RerunData

from app_pages.state import run_ends
from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.load.process import run_alone

PAGE = str(Path(__file__).with_name("busy_page.py"))


@pytest.fixture(params=[{}, {"CURED": "1"}], ids=["by Streamlit alone", "cured"])
def busy(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    """The address of the page, and whether its server hears every run out."""
    with serve(free_port(), PAGE, **request.param) as address:
        yield address, bool(request.param)


def started_after(requests: list[RerunData], monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Ask for runs while one that was told to stop still computes; return those that are started when it has ended."""
    started: list[object] = []
    later: list[tuple[Any, ...]] = []
    monkeypatch.setattr(run_ends, "_start", lambda session, request: started.append(request))
    stopping = SimpleNamespace(request_rerun=lambda request: False, _script_thread=threading.current_thread())
    loop = SimpleNamespace(call_later=lambda *planned: later.append(planned))
    session: Any = SimpleNamespace(
        _state=None, _scriptrunner=stopping, _event_loop=loop, _call_soon_on_event_loop=lambda work: work()
    )
    for request in requests:
        run_ends._start_after_the_last(session, request)
    ((pause, look_again, *given),) = later  # one look for all of them, and not at once
    assert pause > 0 and not started
    session._scriptrunner = None
    look_again(*given)
    return started


def test_a_server_is_not_kept_busy_by_what_waits_for_a_run_that_was_told_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = [RerunData(), RerunData()]
    assert started_after(requests, monkeypatch) == requests


def test_a_flood_of_requests_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [RerunData(query_string=str(number)) for number in range(1_000)]
    assert started_after(requests, monkeypatch) == requests[-run_ends.MOST_WAITING :]


def test_the_end_of_a_run_is_shown_when_another_part_is_asked_for_meanwhile(busy: tuple[str, bool]) -> None:
    address, is_cured = busy

    async def visit() -> list[bool]:
        visitor = Visitor(address)
        await visitor.open()
        are_shown = []
        for run in (2, 3):
            long, short = (visitor.node(key).delta.fragment_id for key in ("long", "short"))
            await visitor.send(BackMsg(rerun_script=visitor.client_state(fragment=long)))
            await visitor.rerun(fragment=short)
            are_shown.append(visitor.says(f"the end of run {run}"))
        await visitor.close()
        return are_shown

    assert run_alone(visit()) == [is_cured] * 2  # False by Streamlit alone; if that is True, the cure can go
