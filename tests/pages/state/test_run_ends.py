"""A request that comes just as a run ends: what the run said last is on the page all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.load.process import run_alone

PAGE = str(Path(__file__).with_name("busy_page.py"))


@pytest.fixture(params=[{}, {"CURED": "1"}], ids=["by Streamlit alone", "cured"])
def busy(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    """The address of the page, and whether its server hears every run out."""
    with serve(free_port(), PAGE, **request.param) as address:
        yield address, bool(request.param)


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
