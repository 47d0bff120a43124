"""Ways into the Inside page and back, in a real browser: from a drawing, an image, a run and a moment of it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.drawing import DIGITS, draw, write
from tests.browser.visiting import Visit, expect_no_exception, go_to


def expect_inside(page: Page, what: str) -> None:
    """Expect the Inside page with the answer for something."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Inside", timeout=15_000)
    expect(page.locator(".inside-answer")).to_contain_text(what, timeout=15_000)
    expect_no_exception(page)


def test_a_drawing_is_looked_at_inside_and_can_be_changed_there(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, DIGITS[3])
    page.get_by_role("button", name="See inside").click()
    expect_inside(page, "your drawing")
    expect(page.locator(".inside-answer b")).to_have_text("3")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".inside-answer")).to_contain_text("an example")
    write(page, DIGITS[7])
    expect(page.locator(".inside-answer b")).to_have_text("7")
    go_to(page, "Draw")
    expect(page.get_by_test_id("answer")).to_contain_text("7")


def test_an_image_is_looked_at_inside_and_back_returns_to_it(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?image=247")
    page.get_by_role("button", name="See inside").click()
    expect_inside(page, "test image 247")
    expect(page).to_have_url(re.compile("inside.*image=247"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Browse")
    expect(page.get_by_role("heading", name="Test image 247")).to_be_visible()
    page.go_forward()
    expect_inside(page, "test image 247")


def test_a_moment_of_a_run_is_looked_at_inside(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    page.get_by_role("radio", name="Linear").first.click()
    page.get_by_role("radio", name="Quick look").first.click()
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".st-key-train_head")).to_contain_text("finished", timeout=60_000)
    page.get_by_role("radio", name="My digit").click()
    slider = page.get_by_role("slider", name="After step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(500)
    step = re.sub(r"\D", "", slider.get_attribute("aria-valuetext") or "")
    page.locator(".st-key-train_probe_step_inside").get_by_role("button", name="See inside").click()
    expect_inside(page, "an example")
    expect(page).to_have_url(re.compile(f"moment={step}"))


def test_a_link_to_share_opens_exactly_what_is_shown(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?model=mlp&moment=0")
    write(page, DIGITS[4])
    expect_inside(page, "your drawing")
    page.wait_for_timeout(1_000)
    answer = page.locator(".inside-answer").inner_text()
    page.get_by_role("button", name="Share this view").click()
    link = page.get_by_test_id("stCode").inner_text()
    page.goto(link)
    expect_inside(page, "your drawing")
    expect(page.locator(".inside-answer")).to_have_text(re.compile(re.escape(answer.split("\n")[-1])))
    assert "model=mlp" in link and "moment=0" in link and "drawing=" in link
