"""A canvas that the browser takes off the screen and puts on it again, blank, has its drawing again.

Streamlit's page does so when it takes the end of one run and the begin of the next together: it then believes that
the canvas, which the second run leaves as it is, is no longer there.
"""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.drawing import DIGITS, draw, expect_answer, write
from tests.browser.visiting import Visit, expect_no_exception, wait_for_rest

pytestmark = pytest.mark.own_tab


class CanvasLoser:
    """The connection of a page to its server, on which the canvas can be taken away and put back."""

    def __init__(self, page: Page) -> None:
        self._canvas = b""  # the message that shows the canvas
        self._to_page: WebSocketRoute | None = None
        page.route_web_socket("**/_stcore/stream", self._listen)

    def _listen(self, page: WebSocketRoute) -> None:
        self._to_page, server = page, page.connect_to_server()

        def from_server(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            told = ForwardMsg.FromString(message)
            if "drawable" in told.delta.new_element.bidi_component.component_name:
                self._canvas = message
            page.send(message)

        server.on_message(from_server)
        page.on_message(server.send)

    def lose(self, page: Page) -> None:
        """Take the canvas off the screen, and put it on it again."""
        assert self._to_page
        canvas = page.locator("canvas.upper-canvas")
        for _ in range(10):  # a run of the page that has not ended yet may put it on the screen again at once
            wait_for_rest(page)
            nothing = ForwardMsg.FromString(self._canvas)
            nothing.ClearField("hash")
            nothing.delta.new_element.empty.SetInParent()
            self._to_page.send(nothing.SerializeToString())
            page.wait_for_timeout(200)
            if canvas.count() == 0:
                break
        else:
            raise AssertionError("the canvas stayed on the screen")
        self._to_page.send(self._canvas)
        expect(canvas).to_have_count(1)


@pytest.mark.parametrize(("name", "answer"), [("", '[data-testid="answer"]'), ("inside", ".inside-answer b")])
def test_a_canvas_that_the_browser_lost_has_its_drawing_again(
    app: str, page: Page, visit: Visit, name: str, answer: str
) -> None:
    loser = CanvasLoser(page)
    visit(f"{app}/{name}")
    expect(page.get_by_text("Draw here")).to_be_visible()
    write(page, DIGITS[7])
    expect(page.locator(answer)).to_have_text("7")
    for _ in range(2):  # what the canvas begins with the second time is its background
        loser.lose(page)
        page.wait_for_timeout(1000)
        expect(page.locator(answer)).to_have_text("7")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect_no_exception(page)


def test_a_canvas_that_was_cleared_before_the_browser_lost_it_stays_blank(app: str, page: Page, visit: Visit) -> None:
    loser = CanvasLoser(page)
    visit(app)
    draw(page, DIGITS[7])
    expect_answer(page, "7")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw here")).to_be_visible()
    loser.lose(page)
    page.wait_for_timeout(1000)
    expect(page.get_by_text("Draw here")).to_be_visible()
    write(page, DIGITS[1])
    expect_answer(page, "1")


def test_a_canvas_that_the_browser_lost_while_it_had_the_focus_has_it_again(app: str, page: Page, visit: Visit) -> None:
    loser = CanvasLoser(page)
    visit(app)
    canvas = page.locator("canvas.upper-canvas")
    canvas.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    pen = page.locator("#hand .pen")
    expect(pen).to_be_visible()
    loser.lose(page)
    expect(canvas).to_be_focused()
    expect(pen).to_be_visible()
    page.wait_for_timeout(1000)
    page.keyboard.press("Space")
    page.wait_for_timeout(1000)
    loser.lose(page)  # while the pen is on the paper
    expect(canvas).to_be_focused()
    expect(pen).to_have_class("pen")  # it was lifted
    page.wait_for_timeout(1000)  # until the dot that it made is on the canvas again
    for key in ("Space", *["ArrowDown"] * 20, "Space"):
        page.keyboard.press(key)
    expect_answer(page, "1")


def test_a_canvas_that_the_browser_lost_does_not_take_the_focus_from_what_has_it(
    app: str, page: Page, visit: Visit
) -> None:
    loser = CanvasLoser(page)
    visit(app)
    page.locator("canvas.upper-canvas").focus()
    browse = page.get_by_role("link", name="Browse").first
    browse.focus()
    loser.lose(page)
    expect(page.locator("#hand")).to_have_count(1)
    page.wait_for_timeout(500)
    expect(browse).to_be_focused()
