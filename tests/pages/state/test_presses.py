"""A press just before the page is asked for again is taken, once, and to its end."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.load.process import run_alone

PAGE = str(Path(__file__).with_name("pressed_page.py"))
ROUNDS = 3
UNDER_WAY = 0.05  # s, after which a run has begun, and far from its end
REST = 0.5  # s, until all has arrived


@pytest.fixture(scope="module", params=[{}, {"CURED": "1"}], ids=["by Streamlit alone", "cured"])
def pressed(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    """The address of the page, and whether its server keeps presses."""
    with serve(free_port(), PAGE, **request.param) as address:
        yield address, bool(request.param)


@pytest.mark.parametrize(
    ("key", "runs_already", "gap"),
    [("page", False, 0.02), ("page", True, 0.0), ("part", True, 0.0)],
    ids=["in the midst of its callback", "before its callback", "while it waits for a run to end"],
)
def test_a_press_is_taken_when_the_page_is_asked_for_again_at_once(
    pressed: tuple[str, bool], key: str, runs_already: bool, gap: float
) -> None:
    address, is_cured = pressed

    async def visit() -> list[str]:
        visitor = Visitor(address)
        await visitor.open()
        for _ in range(ROUNDS):
            if runs_already:
                await visitor.send(BackMsg(rerun_script=visitor.client_state()))
                await asyncio.sleep(UNDER_WAY)
            await visitor.send(BackMsg(rerun_script=press(visitor, key)))
            await asyncio.sleep(gap)
            await visitor.send(BackMsg(rerun_script=visitor.client_state()))
            await asyncio.sleep(REST)
        said = [text for text in visitor.texts() if "begun" in text]
        await visitor.close()
        return said

    other = {"page": "part", "part": "page"}[key]
    complete = sorted([f"{key} {ROUNDS} begun, {ROUNDS} ended", f"{other} 0 begun, 0 ended"])
    # Equal by Streamlit alone: the cure can go.
    assert (sorted(run_alone(visit())) == complete) is is_cured


def test_what_was_chosen_last_stays_chosen(pressed: tuple[str, bool]) -> None:
    address, _ = pressed

    async def visit() -> list[bool]:
        visitor = Visitor(address)
        await visitor.open()
        are_shown = []
        for _ in range(ROUNDS):
            await visitor.send(BackMsg(rerun_script=press(visitor, "part")))
            await visitor.tick("toggle")
            await asyncio.sleep(REST)
            are_shown.append(visitor.says("toggle on"))
            await visitor.send(BackMsg(rerun_script=press(visitor, "page")))
            await visitor.tick("toggle", is_ticked=False)
            await asyncio.sleep(REST)
            are_shown.append(visitor.says("toggle off"))
        await visitor.close()
        return are_shown

    assert run_alone(visit()) == [True] * 2 * ROUNDS


def press(visitor: Visitor, key: str) -> ClientState:
    """Return what the web page sends when a button is pressed."""
    node = visitor.node(key)
    state = WidgetState(id=node.element.id, trigger_value=True)
    return visitor.client_state(fragment=node.delta.fragment_id, trigger=state)
