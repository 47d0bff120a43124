"""The course in a real browser: predict, read on, come back later, on a desktop and on a phone."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import Visit, expect_no_exception

FIRST, SECOND = "1. Get PyTorch and torchvision", "2. Download the training set"


def expect_step(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=2)).to_have_text(title, timeout=60_000)
    expect_no_exception(page)


def answer(page: Page, words: str) -> None:
    page.get_by_role("radiogroup").get_by_text(words).click()


def test_an_answer_is_revealed_and_kept_until_the_next_visit(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    expect_step(page, FIRST)
    answer(page, "It draws charts.")
    expect(page.get_by_text("Not quite.")).to_be_visible()
    answer(page, "It brings image datasets")
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    expect(page.get_by_text("1 answered")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect_step(page, SECOND)
    expect(page).to_have_url(re.compile(r"step=train-set"))
    page.reload()
    expect_step(page, SECOND)
    expect(page.get_by_role("button", name=f"{FIRST}, answered")).to_be_visible()
    page.get_by_role("button", name=f"{FIRST}, answered").click()
    expect_step(page, FIRST)
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile(r"step="))  # a step of the history is made after the page has come
    page.go_back()
    expect_step(page, SECOND)


def test_chapters_are_opened_with_the_keyboard(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    expect_step(page, FIRST)
    page.get_by_role("button", name="Networks, 0 of 3 answered").focus()
    page.keyboard.press("Enter")
    expect_step(page, "18. Add a hidden layer: an MLP")
    step = page.get_by_role("button", name="20. Train a CNN")
    step.focus()
    page.keyboard.press("Enter")
    expect_step(page, "20. Train a CNN")
    expect(page.get_by_text("20490 parameters")).to_be_visible()
    expect(step).to_have_attribute("aria-current", "step")


@pytest.mark.parametrize("kept", ["[1, 2]", "no JSON", '{"install": 77, "nothing": 1}', "null"])
def test_what_the_browser_kept_may_be_anything(app: str, visit: Visit, kept: str) -> None:
    page = visit(f"{app}/learn")
    expect_step(page, FIRST)
    page.evaluate("kept => localStorage.setItem('digits_course', kept)", kept)
    page.reload()
    expect_step(page, FIRST)
    answer(page, "It brings image datasets")
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    page.wait_for_function("(localStorage.getItem('digits_course') ?? '').includes('\"install\":1')")


def test_a_chapter_is_downloaded_as_a_notebook(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?step=one-hot")
    expect_step(page, "10. Make one-hot targets")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Chapter as a notebook").click()
    assert downloading.value.suggested_filename == "2-softmax-regression.ipynb"
    notebook = json.loads(downloading.value.path().read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4 and any(cell["id"] == "one-hot" for cell in notebook["cells"])


def test_on_a_phone_the_list_is_closed_and_a_new_step_begins_at_its_top(app: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{app}/learn?step=loop")
    expect_step(page, "15. Write the training loop")
    step = page.get_by_role("button", name=re.compile("^16. See what accuracy hides"))
    expect(step).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    forward = page.get_by_role("button", name="Next", exact=True)
    forward.scroll_into_view_if_needed()
    forward.tap()
    expect_step(page, "16. See what accuracy hides")
    expect(page.get_by_role("heading", level=2)).to_be_in_viewport()
    page.get_by_text("Step 16 of 23").tap()
    expect(step).to_be_visible()
    page.get_by_role("button", name=re.compile("^17. Evaluate on the test set")).tap()
    expect_step(page, "17. Evaluate on the test set and report metrics")
    expect(step).to_be_hidden()
    page.context.close()
