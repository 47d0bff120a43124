"""Who goes to another page gets there, also when the page that they leave asks for something just after."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.load.process import run_alone
from tests.pages.state.test_presses import press

PAGES = str(Path(__file__).with_name("two_pages.py"))
BEGUN, REST = 0.1, 1.5  # s, after which a run has begun, and without a run until all has arrived
REFRESH, PAGE, PART = "what refreshes itself", "page", "part"  # the latter two are buttons


@pytest.fixture(scope="module", params=[{}, {"CURED": "1"}], ids=["by Streamlit alone", "cured"])
def pages(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    """The address of two pages, and whether their server keeps to what was asked for."""
    with serve(free_port(), PAGES, **request.param) as address:
        yield address, bool(request.param)


async def rest(visitor: Visitor) -> None:
    """Wait until no run has been under way for `REST`, however slow the machine is."""
    quiet = 0.0
    while quiet < REST:
        await asyncio.sleep(BEGUN)
        quiet = 0.0 if visitor.is_running else quiet + BEGUN


def shown_after(address: str, before: list[str], after: list[str]) -> tuple[bool, list[str]]:
    """Go back to the second page; return whether the browser knows that it is there, and what is shown in the end.

    Args:
        address: of the server.
        before: what the first page is asked for just before, of which the first thing is under way and the rest waits.
        after: what it is asked for just after.
    """

    async def visit() -> tuple[bool, list[str]]:
        visitor = Visitor(address)
        await visitor.open()
        first, second = visitor.pages["First"], visitor.pages["Second"]
        part = visitor.node("part").delta.fragment_id
        requests = {REFRESH: visitor.client_state(fragment=part, is_poll=True)}
        requests |= {button: press(visitor, button) for button in (PAGE, PART)}
        back = ClientState(page_script_hash=second, query_string="place=5", is_history_navigation=True)

        async def ask(request: ClientState) -> None:
            await visitor.send(BackMsg(rerun_script=request))
            await asyncio.sleep(BEGUN)

        for request in requests.values():
            request.page_script_hash = first
        for what in before:
            await ask(requests[what])
        await (visitor.send(BackMsg(rerun_script=back)) if before else ask(back))
        for what in after:
            await ask(requests[what])
        await rest(visitor)
        said = visitor.page == second, visitor.texts()
        await visitor.close()
        return said

    return run_alone(visit())


def second_page(presses: int = 0) -> tuple[bool, list[str]]:
    """What is to be shown, when the first page's button was pressed so often."""
    return True, [f"pressed {presses} times, place 5", "the second page"]


@pytest.mark.parametrize("before", [[REFRESH, REFRESH], []], ids=["while it waits", "when it has begun"])
def test_the_page_that_was_asked_for_is_shown_and_a_late_press_is_taken(
    pages: tuple[str, bool], before: list[str]
) -> None:
    address, is_cured = pages
    # Equal by Streamlit alone: the cure can go.
    assert (shown_after(address, before, [PAGE]) == second_page(presses=1)) is is_cured


@pytest.mark.parametrize(
    ("before", "after"),
    [([REFRESH, REFRESH], [REFRESH]), ([], [REFRESH]), ([PART, REFRESH], [])],
    ids=["a part, while it waits", "a part, when it has begun", "a run that asks for one more"],
)
def test_what_runs_by_itself_does_not_lead_back(pages: tuple[str, bool], before: list[str], after: list[str]) -> None:
    address, _ = pages  # Streamlit alone does not, but it loses presses
    assert shown_after(address, before, after) == second_page()


def test_after_the_new_page_has_been_used_the_old_one_can_be_asked_for(pages: tuple[str, bool]) -> None:
    async def visit() -> list[str]:
        visitor = Visitor(pages[0])
        await visitor.open()
        request = visitor.client_state()
        request.page_script_hash = visitor.pages["First"]
        for page in ("Second", "First", "Second"):
            await visitor.go_to(page)
        await visitor.rerun()
        await visitor.send(BackMsg(rerun_script=request))
        await rest(visitor)
        said = visitor.texts()
        await visitor.close()
        return said

    assert run_alone(visit())[-1] == "the first page"
