"""axe finds no serious or critical violation on any page and view: light and dark, on a wide screen and on a phone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import change_theme, settle, violations
from tests.browser.drawing import DIGITS, draw, write

SIZES = {"wide": (1280, 900), "phone": (360, 740)}  # px
Prepare = Callable[[Page], None]


def show_nothing_more(page: Page) -> None:
    """Leave a page as it opens."""


def draw_a_digit(page: Page) -> None:
    page.locator("canvas.upper-canvas").wait_for()
    draw(page, DIGITS[3])


def open_settings(page: Page) -> None:
    page.get_by_text("All settings").click()
    page.get_by_role("spinbutton", name="Epochs").wait_for()


def list_shortcuts(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def run_a_lab(page: Page) -> None:
    page.locator(".stRadio label").nth(1).click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="Why?").wait_for()


def play_a_challenge(page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    page.locator(".challenge-figures").wait_for()


def collect_a_drawing(page: Page) -> None:
    """On Learn, write a digit and confirm the answer; then write another."""
    write(page, DIGITS[7])
    page.locator(".st-key-handwriting_yes button").click()
    page.get_by_role("heading", name="1 read correctly").wait_for()
    write(page, DIGITS[2])
    page.locator(".st-key-handwriting_yes button").wait_for()


VIEWS: dict[str, tuple[str, Prepare]] = {
    "draw": ("", show_nothing_more),
    "draw, a digit": ("", draw_a_digit),
    "draw, presented": ("?present=1", show_nothing_more),
    "browse, grid": ("browse?model=mlp", show_nothing_more),
    "browse, an open image": ("browse?image=8&model=mlp", show_nothing_more),
    "browse, confusion": ("browse?browse_view=Confusion&model=mlp", show_nothing_more),
    "browse, map": ("browse?browse_view=Map&model=mlp", show_nothing_more),
    "browse, averages": ("browse?browse_view=Averages&model=mlp", show_nothing_more),
    "browse, presented": ("browse?present=1&model=mlp", show_nothing_more),
    "train, presented": ("train?present=1", show_nothing_more),
    "train, first visit": ("train", show_nothing_more),
    "train, settings": ("train", open_settings),
    "inside, flow": ("inside?image=8", show_nothing_more),
    "inside, presented": ("inside?present=1&image=8", show_nothing_more),
    "inside, saliency": ("inside?view=What speaks for it&image=8", show_nothing_more),
    "inside, change": ("inside?view=What would change it&model=mlp&image=8", show_nothing_more),
    "inside, sliders": ("inside?view=What would change it&change=Sliders&model=mlp&image=8", show_nothing_more),
    "inside, morph": ("inside?view=What would change it&change=Morph&model=mlp&image=8", show_nothing_more),
    "inside, attack": ("inside?view=What would change it&change=Attack&model=mlp&image=8", show_nothing_more),
    "inside, surgery": ("inside?view=Surgery&model=mlp&image=8", show_nothing_more),
    "inside, likes": ("inside?view=What a unit likes&model=mlp&image=8", show_nothing_more),
    "inside, over time": ("inside?view=Over time&model=mlp&image=8", show_nothing_more),
    "inside, map": ("inside?view=Map&model=mlp", show_nothing_more),
    "learn": ("learn", show_nothing_more),
    "learn, labs": ("learn?view=labs&lab=labels", run_a_lab),
    "learn, lessons": ("learn?view=lessons", show_nothing_more),
    "learn, a challenge": ("learn?view=challenges", play_a_challenge),
    "learn, handwriting": ("learn?view=handwriting", collect_a_drawing),
    "train, in a lesson": ("train?lesson=example.6", show_nothing_more),
    "learn, trained templates": ("learn?step=loop", show_nothing_more),
    "learn, presented": ("learn?present=1&step=5", show_nothing_more),
    "the shortcuts": ("learn", list_shortcuts),
}


def violations_everywhere(page: Page) -> dict[str, list[str]]:
    """Return what axe finds on a page in the light theme at all sizes, and of its colours in the dark one."""
    found = {}
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # the layout follows
        found[name] = violations(page)
    change_theme(page)
    found["dark"] = violations(page, ["color-contrast"])
    return found


NOTHING: dict[str, list[str]] = {name: [] for name in (*SIZES, "dark")}


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Page]:
    """A tab without motion, for one view after the other: one of its own takes twice the processor's time for each."""
    page = browser.new_page(reduced_motion="reduce")
    page.set_default_timeout(30_000)
    yield page
    page.context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_grave(app: str, still: Page, view: str) -> None:
    (path, prepare), page = VIEWS[view], still
    page.context.clear_cookies()  # another visitor
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{app}/{path}")
    page.get_by_role("heading", level=1).wait_for(state="attached")
    settle(page)
    if prepare is not show_nothing_more:
        prepare(page)
        settle(page)
    assert violations_everywhere(page) == NOTHING


def test_axe_finds_nothing_grave_in_a_finished_run(app: str, browser: Browser) -> None:
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    page.set_default_timeout(60_000)
    page.goto(f"{app}/train?train=linear&preset=quick")
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.get_by_role("button", name="Draw with it").wait_for(timeout=120_000)
    settle(page)
    assert violations_everywhere(page) == NOTHING
    page.context.close()


def test_the_check_can_fail(page: Page) -> None:
    page.set_content(
        '<html lang="en"><title>x</title><main><h1>x</h1><p style="color:#888">grey</p><img src="x"></main>'
    )
    assert {line.split(":")[0] for line in violations(page)} == {"color-contrast", "image-alt"}
    assert {line.split(":")[0] for line in violations(page, ["color-contrast"])} == {"color-contrast"}
