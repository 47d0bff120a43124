"""A page that was just left may still ask for one of its parts: the page that follows comes whole all the same."""

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.drawing import DIGITS, draw, expect_answer
from tests.browser.visiting import Visit, expect_no_exception, go_to


@dataclass
class Line:
    """The connection of a page to its server, on which a request can come late.

    Attributes:
        late: what the page last asked of one of its parts (a fragment), to be sent once more.
        when: "asked", right behind the request for another page; "begun", when the server has begun with that page.
        sent: how often it was.
    """

    when: str = ""
    late: bytes = b""
    sent: int = 0
    _page: str = field(default="", init=False)

    def listen(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def send_late() -> None:
            self.when = ""
            self.sent += 1
            server.send(self.late)

        def from_page(message: str | bytes) -> None:
            server.send(message)
            assert isinstance(message, bytes)
            request = BackMsg.FromString(message)
            if not request.HasField("rerun_script"):
                return
            if request.rerun_script.fragment_id:
                self.late = message
                self._page = request.rerun_script.page_script_hash
            elif self.when == "asked" and request.rerun_script.page_script_hash != self._page:
                send_late()

        def from_server(message: str | bytes) -> None:
            page.send(message)
            assert isinstance(message, bytes)
            answer = ForwardMsg.FromString(message)
            begun = answer.HasField("new_session") and answer.new_session.page_script_hash != self._page
            if self.when == "begun" and begun:
                send_late()

        page.on_message(from_page)
        server.on_message(from_server)


@pytest.mark.own_tab
@pytest.mark.parametrize("when", ["asked", "begun"])
def test_a_late_request_of_the_page_that_was_left_changes_nothing(
    app: str, page: Page, visit: Visit, when: str
) -> None:
    line = Line()
    page.route_web_socket("**/_stcore/stream", line.listen)
    visit(app)
    draw(page, DIGITS[7])
    expect_answer(page, "7")
    for _ in range(3):
        line.when = when
        go_to(page, "Learn")
        expect(page.get_by_role("heading", name=re.compile("^1[.]"))).to_be_visible()
        page.wait_for_timeout(1000)  # long enough for an answer to the late request
        expect(page.get_by_role("heading", name=re.compile("^1[.]"))).to_be_visible()
        go_to(page, "Draw")
        expect_answer(page, "7")
    assert line.sent == 3
    expect_no_exception(page)
