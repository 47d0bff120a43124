"""Lessons of a teacher's own in a real browser: every link in a fresh one, and the way from step to step."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from app_pages.components.hidden_controls import CONTROLS
from app_pages.state.own_lessons import PAGES, SHIPPED
from mnist_core.sharing.lesson_file import parse_lesson
from tests.browser.visiting import Visit, expect_no_exception

EXAMPLE = parse_lesson((SHIPPED / "example.toml").read_bytes(), PAGES)
TITLES = {"": "Draw"} | {page: page.capitalize() for page in PAGES if page}
SHOWN = (  # what each step of the example is about, on its page
    lambda page: page.locator("canvas.upper-canvas"),
    lambda page: page.get_by_text("Model's answer").first,
    lambda page: page.get_by_role("radio", name="Flow", checked=True),
    lambda page: page.get_by_role("radio", name="What speaks for it", checked=True),
    lambda page: page.get_by_role("heading", name="30% wrong labels"),
    lambda page: page.get_by_role("button", name=re.compile("^Start")),
)


def expect_step(page: Page, number: int) -> None:
    """Expect a page to be that of a step of the example, as its link says."""
    step = EXAMPLE.steps[number - 1]
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[step.page])
    expect(page.locator(".lesson-step .where")).to_have_text(f"{EXAMPLE.title} · step {number} of {len(EXAMPLE.steps)}")
    expect(page.locator(".lesson-step .title")).to_have_text(step.title)
    expect(SHOWN[number - 1](page)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"lesson=example\.{number}(&|$)"))
    expect_no_exception(page)


@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize("number", range(1, len(EXAMPLE.steps) + 1))
def test_every_link_of_the_example_opens_in_a_fresh_browser(app: str, browser: Browser, number: int) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    link = EXAMPLE.steps[number - 1].link
    page.goto(f"{app}{link}{'&' if '?' in link else '?'}lesson=example.{number}")
    expect_step(page, number)
    expect(page.get_by_test_id("stAlert").filter(has_text="This link")).to_have_count(0)
    page.context.close()


@pytest.mark.usefixtures("mnist")
def test_the_lesson_leads_from_step_to_step_and_back_restores_what_was_left(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?view=lessons")
    page.get_by_role("link", name="Begin").click()
    for number in range(1, len(EXAMPLE.steps)):
        expect_step(page, number)
        page.wait_for_timeout(500)
        page.get_by_role("link", name="Next step").click()
    expect_step(page, len(EXAMPLE.steps))
    expect(page.get_by_role("link", name="Next step")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"lesson=\w+\.{len(EXAMPLE.steps)}\b"))
    page.go_back()
    expect_step(page, len(EXAMPLE.steps) - 1)
    page.get_by_role("link", name="Previous step").click()
    expect_step(page, 4)
    page.get_by_role("link", name="Previous step").click()
    expect_step(page, 3)  # the same page with another view, although it was visited before
    page.get_by_role("button", name="Leave the lesson").click()
    expect(page.locator(".lesson-step")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("lesson="))


def test_a_lesson_is_uploaded_and_a_wrong_one_gets_a_sentence(
    start_app: Callable[..., str], visit: Visit, tmp_path: Path
) -> None:
    (tmp_path / "class.toml").write_text("title = 'Class <b>7</b>'\n[[step]]\ntitle = 'Look'\nlink = '/inside'\n")
    page = visit(f"{start_app(LESSONS_ROOT=str(tmp_path))}/learn?view=lessons")
    expect(page.get_by_role("heading", level=2)).to_have_text("Class <b>7</b>")
    page.get_by_text("A lesson of your own").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "x.toml", "mimeType": "application/toml", "buffer": b"title = 'x'"})
    expect(page.get_by_text("A lesson needs one step or more")).to_be_visible()
    content = b"title = 'Mine'\n[[step]]\ntitle = 'Look'\nlink = 'https://evil.example/inside?image=3'\n"
    chooser.set_input_files({"name": "y.toml", "mimeType": "application/toml", "buffer": content})
    expect(page.get_by_role("heading", level=2)).to_have_text("Mine")
    page.get_by_role("link", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inside")
    expect(page).to_have_url(re.compile(r"^http://127\.0\.0\.1:\d+/inside\?.*image=3"))


def test_the_link_in_the_bar_opens_the_same_in_another_browser(app: str, visit: Visit, browser: Browser) -> None:
    page = visit(f"{app}/learn?view=labs")
    page.get_by_text("Squashed canvas", exact=True).first.click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Squashed canvas")
    page.get_by_role("button", name="Link").click()
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("lab=squashed")
    expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
    other = browser.new_context().new_page()
    other.goto(code.inner_text().strip())
    expect(other.get_by_role("heading", level=2)).to_have_text("Squashed canvas")
    other.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_link_hides_every_control_that_the_page_says_it_can(app: str, visit: Visit, path: str) -> None:
    controls = {name: control for name, control in CONTROLS.items() if path in control.pages}
    selectors = [", ".join(f".st-key-{key}" for key in control.keys) for control in controls.values()]
    page = visit(f"{app}/{path}?{urlencode({'hide': list(controls)}, doseq=True)}")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    for selector in selectors:
        expect(page.locator(selector).first).to_be_attached()
    expect(page.locator(", ".join(selectors)).filter(visible=True)).to_have_count(0)
    expect_no_exception(page)
