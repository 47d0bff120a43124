"""A hasty hand loses nothing, at any pace and however busy the server is."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.hasty_hand import held_up, opened, slow_network
from tests.browser.serving import free_port, launch
from tests.browser.visiting import expect_no_exception, go_to

PACES = (50,)  # ms between two actions

Server = tuple[str, subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The address and the process of the app."""
    port = free_port()
    process = launch(port, RUNS_ROOT=str(tmp_path_factory.mktemp("runs")))
    yield f"http://127.0.0.1:{port}", process
    process.terminate()
    process.wait(30)


@pytest.mark.parametrize("pace", PACES)
def test_every_stroke_and_every_press_counts(server: Server, page: Page, pace: int) -> None:
    hand = opened(page, server[0])
    for _ in range(9):
        hand.stroke()
    assert hand.lost() == ""
    for _ in range(8):
        hand.undo()
        page.wait_for_timeout(pace)
    hand.stroke()
    assert hand.lost() == ""
    for _ in range(30):
        hand.act()
        page.wait_for_timeout(pace)
    assert hand.lost() == ""


def test_what_is_done_while_the_server_is_busy_counts(server: Server, page: Page) -> None:
    hand = opened(page, server[0])
    for _ in range(12):
        hand.stroke()
    assert hand.lost() == ""
    with held_up(server[1]):
        for _ in range(9):
            hand.undo()
            page.wait_for_timeout(50)
    assert hand.lost() == ""
    with held_up(server[1]):
        hand.clear()
        hand.stroke()
        hand.undo()
        hand.stroke()
        hand.stroke()
        page.wait_for_timeout(1000)
    assert hand.lost() == ""


@pytest.mark.parametrize("pace", [0])
def test_a_drawing_from_before_can_be_undone_and_drawn_on_in_haste(server: Server, page: Page, pace: int) -> None:
    hand = opened(page, server[0])
    for _ in range(6):
        hand.stroke()
    assert hand.lost() == ""
    go_to(page, "Learn")
    go_to(page, "Draw")
    page.wait_for_timeout(1000)
    hand.look()
    assert hand.lost() == ""
    for act in (hand.stroke, hand.undo, hand.undo, hand.undo, hand.stroke, hand.stroke):
        act()
        page.wait_for_timeout(pace)
    assert hand.lost() == "" and len(hand.left) == 6 - 2 + 2
    hand.clear()
    hand.stroke()
    hand.undo()
    hand.undo()
    hand.stroke()
    assert hand.lost() == ""


def test_undo_and_clear_work_from_the_keyboard(server: Server, page: Page) -> None:
    hand = opened(page, server[0])
    for _ in range(4):
        hand.stroke()
    page.locator(".st-key-draw_undo button").focus()
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        del hand.left[-1:]
    assert hand.lost() == ""
    page.locator(".st-key-draw_clear button").press("Enter")
    hand.left.clear()
    assert hand.lost() == ""


@pytest.mark.own_tab
def test_the_page_lives_on_when_the_server_s_messages_come_late(server: Server, page: Page) -> None:
    slow_network(page, 150)
    hand = opened(page, server[0])
    for _ in range(40):
        hand.act()
        page.wait_for_timeout(80)
    assert hand.lost() == ""
    assert hand.fatal == []
    expect_no_exception(page)


def test_a_stroke_may_begin_in_any_corner_at_once(server: Server, page: Page) -> None:
    hand = opened(page, server[0])
    for _ in range(6):  # from left to right along the top
        page.mouse.move(600, 5)
        page.wait_for_timeout(400)  # the canvas's toolbar has come to rest
        hand.stroke()
    assert hand.lost() == ""
