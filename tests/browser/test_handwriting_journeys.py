"""Teach a model one's own handwriting, in a real browser: collect, correct, teach, keep, and draw with the model."""

import re

from playwright.sync_api import Page, expect

from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception, go_to


def collect(page: Page, digit: int, count: int) -> None:
    """Write a digit, and say which one it is; then there are so many drawings."""
    write(page, DIGITS[digit])
    yes = page.locator(".st-key-handwriting_yes button")
    yes.wait_for()
    page.wait_for_timeout(600)  # the last stroke may change the answer
    other = page.locator(f".st-key-handwriting_digit_{digit} button")
    (other if other.count() else yes).click()
    expect(page.get_by_role("heading", name=re.compile(f"of {count} read correctly"))).to_be_visible()
    expect(yes).to_have_count(0)


def test_ten_drawings_are_taught_to_a_model_that_is_then_in_use(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    page.get_by_role("radio", name="My handwriting").click()
    expect(page).to_have_url(re.compile("view=handwriting"))
    page.get_by_role("combobox", name=re.compile("Model to teach")).click()
    page.get_by_role("option", name="Linear (shipped)").click()
    expect(page.get_by_text("Not there yet")).to_have_count(0)
    for digit in range(10):
        collect(page, digit, digit + 1)
    teach = page.get_by_role("button", name=re.compile("Teach it"))
    expect(teach).to_be_enabled()
    teach.click()
    figures = page.locator(".handwriting-figures")
    expect(figures).to_contain_text("Your handwriting", timeout=90_000)
    expect(figures).to_contain_text("of 10")
    expect(page.get_by_text("leave-one-out")).to_be_visible()
    page.get_by_role("button", name="Keep as a run").click()
    page.get_by_role("button", name="Draw with it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw")
    expect(page.get_by_role("combobox", name=re.compile("Model in use"))).to_have_value(
        re.compile("Linear, my handwriting")
    )
    go_to(page, "Train")
    expect(page.get_by_text("Fine-tuned from Linear")).to_be_visible()
    expect_no_exception(page)
