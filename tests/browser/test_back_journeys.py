"""Back and Forward in a real browser: each press goes one step, to the URL and the page that were there."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.visiting import Visit, expect_no_exception, go_to

pytestmark = pytest.mark.usefixtures("mnist")
Step = tuple[str, str]  # what the URL holds after the address, and what the page shows


def number_of_mistake(page: Page) -> str:
    """Return the heading of the image that nobody opened."""
    heading = page.get_by_role("heading", name=re.compile(r"^Test image \d+$"))
    expect(heading).to_be_visible()
    return heading.inner_text()


def expect_step(page: Page, app: str, step: Step) -> None:
    """Wait until the browser is at a step, and look that it stays there."""
    path, heading = step
    expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
    for _ in range(2):
        expect(page).to_have_url(f"{app}/{path}")
        page.wait_for_timeout(700)  # a late write of the URL would come meanwhile
    expect_no_exception(page)


def walk_back_and_forward(page: Page, app: str, steps: list[Step]) -> None:
    """Go back from the last step to the first, and forward again, one press a step."""
    for step in reversed(steps[:-1]):
        page.go_back()
        expect_step(page, app, step)
    for step in steps[1:]:
        page.go_forward()
        expect_step(page, app, step)


def test_each_press_of_back_undoes_one_step_across_all_pages(app: str, visit: Visit) -> None:
    page = visit(app)
    steps = [("", "Draw")]
    expect_step(page, app, steps[-1])
    go_to(page, "Browse")
    steps.append(("browse", number_of_mistake(page)))
    expect_step(page, app, steps[-1])
    for number in (3, 5):
        page.get_by_role("option", name=re.compile(f"^test {number}, ")).click()
        steps.append((f"browse?image={number}", f"Test image {number}"))
        expect_step(page, app, steps[-1])
    for name in ("Train", "Learn"):
        go_to(page, name)
        steps.append((name.lower(), name))
        expect_step(page, app, steps[-1])
    walk_back_and_forward(page, app, steps)


@pytest.mark.own_tab
def test_a_page_that_runs_once_more_while_back_leads_away_makes_no_entry(app: str, page: Page, visit: Visit) -> None:
    arrived: list[bytes] = []
    held: list[bytes] | None = None
    sockets: list[WebSocketRoute] = []

    def relay(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            arrived.append(message)
            if held is None:
                socket.send(message)
            else:
                held.append(message)

        sockets.append(socket)
        socket.connect_to_server().on_message(pass_on)

    page.route_web_socket(re.compile("_stcore/stream"), relay)
    visit(f"{app}/learn")
    go_to(page, "Browse")
    page.get_by_role("option", name=re.compile("^test 3, ")).click()
    steps = [("learn", "Learn"), ("browse", "Browse"), ("browse?image=3", "Test image 3")]
    expect_step(page, app, steps[-1])
    run_again = [raw for raw in arrived if ForwardMsg.FromString(raw).WhichOneof("type") == "navigation"][-1]
    page.go_back()
    expect_step(page, app, steps[1])
    held = []
    page.go_back()
    expect(page).to_have_url(f"{app}/learn")
    sockets[-1].send(run_again)
    page.wait_for_timeout(500)
    assert page.url == f"{app}/learn"
    late, held = held, None
    for message in late:
        sockets[-1].send(message)
    expect_step(page, app, steps[0])
    for step in steps[1:]:
        page.go_forward()
        expect_step(page, app, step)


def test_each_filter_and_each_view_is_one_step(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?model=mlp")
    mistake = number_of_mistake(page)
    shown: list[tuple[str, str]] = [("browse?model=mlp", "10,000 images")]

    def choose(name: str, path: str, words: str) -> None:
        page.get_by_role("radio", name=name, exact=True).first.click()
        shown.append((path, words))
        expect(page.get_by_text(words).first).to_be_visible()
        expect_step(page, app, (path, mistake if "Averages" not in path else "Browse"))

    choose("7", "browse?browse_digit=7&model=mlp", "1,028 images of a 7")
    choose("8", "browse?browse_digit=8&model=mlp", "974 images of an 8")
    choose("Averages", "browse?browse_view=Averages&model=mlp", "The mean of all test images")
    for path, words in reversed(shown[:-1]):
        page.go_back()
        expect(page.get_by_text(words).first).to_be_visible()
        expect(page).to_have_url(f"{app}/{path}")
    pressed = page.get_by_role("radio", name="All", exact=True).first
    expect(pressed).to_have_attribute("aria-checked", "true")
    for path, words in shown[1:]:
        page.go_forward()
        expect(page.get_by_text(words).first).to_be_visible()
        expect(page).to_have_url(f"{app}/{path}")


def test_back_after_edit_in_draw_returns_to_the_image(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_digit=7&image=34")
    expect_step(page, app, ("browse?browse_digit=7&image=34", "Test image 34"))
    page.get_by_role("button", name="Edit in Draw").click()
    expect_step(page, app, ("", "Draw"))
    expect(page.get_by_text("Test image 34 was redrawn as strokes")).to_be_visible()
    page.go_back()
    expect_step(page, app, ("browse?browse_digit=7&image=34", "Test image 34"))
    expect(page.get_by_text("1,028 images of a 7")).to_be_visible()
    page.go_forward()
    expect_step(page, app, ("", "Draw"))
    expect(page.get_by_text("Test image 34 was redrawn as strokes")).to_be_visible()


def test_returning_by_the_navigation_restores_the_choice_in_one_step(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_digit=7&image=34")
    expect_step(page, app, ("browse?browse_digit=7&image=34", "Test image 34"))
    go_to(page, "Learn")
    go_to(page, "Browse")
    expect_step(page, app, ("browse?browse_digit=7&image=34", "Test image 34"))
    page.go_back()
    expect_step(page, app, ("learn", "Learn"))
    page.go_back()
    expect_step(page, app, ("browse?browse_digit=7&image=34", "Test image 34"))


def test_the_model_in_use_is_that_of_the_step(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_view=Averages")
    model = page.get_by_role("combobox", name=re.compile("^(Selected .*)?Model in use"))
    expect(page.get_by_text("The mean of all")).to_be_visible()
    model.click()
    page.get_by_role("option", name="Linear").click()
    expect_step(page, app, ("browse?browse_view=Averages&model=linear", "Browse"))
    page.go_back()
    expect_step(page, app, ("browse?browse_view=Averages", "Browse"))
    page.go_forward()
    expect_step(page, app, ("browse?browse_view=Averages&model=linear", "Browse"))
    go_to(page, "Draw")
    expect_step(page, app, ("?model=linear", "Draw"))
    page.go_back()
    expect_step(page, app, ("browse?browse_view=Averages&model=linear", "Browse"))


def test_a_link_to_nothing_says_so_and_leaves_no_step_behind(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    visit(f"{app}/browse?image=999999&browse_digit=x")
    expect(
        page.get_by_text("There is no test image 999999: the test images have the numbers 0 to 9,999.")
    ).to_be_visible()
    expect(page.get_by_text("This link names a digit that does not exist, so that part is ignored.")).to_be_visible()
    expect(page).to_have_url(f"{app}/browse")
    mistake = number_of_mistake(page)
    page.get_by_role("option", name=re.compile("^test 3, ")).click()
    expect_step(page, app, ("browse?image=3", "Test image 3"))
    page.go_back()
    expect_step(page, app, ("browse", mistake))
    page.go_back()
    expect_step(page, app, ("learn", "Learn"))


def test_a_run_s_steps(start_app: Callable[..., str], visit: Visit) -> None:
    app = start_app()
    page = visit(app)
    go_to(page, "Train")
    page.get_by_role("radio", name="Linear").first.click()
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.get_by_role("button", name="Draw with it").click(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw")
    expect(page).to_have_url(re.compile(r"/\?model=linear-"))
    page.wait_for_timeout(700)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Train")
    expect(page).to_have_url(re.compile(r"/train\?(model=cnn&)?run=linear-[\w-]+&train=linear$"))
    page.wait_for_timeout(700)
    page.go_back()
    expect_step(page, app, ("", "Draw"))
