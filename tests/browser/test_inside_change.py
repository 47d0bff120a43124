"""What would change the answer, on the Inside page, as a visitor sees it."""

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception, wait_for_rest

VIEW = "inside?model=mlp&view=What+would+change+it"
PHONE: ViewportSize = {"width": 360, "height": 740}


def answer(page: Page) -> str:
    """Return the model's answer for what is looked at."""
    return page.locator(".inside-answer b").last.inner_text()


def choose(page: Page, kind: str) -> None:
    page.locator(".st-key-inside_change").get_by_text(kind, exact=True).click()


def test_a_drawing_becomes_another_digit_in_a_film_that_can_be_stepped_by_key(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{VIEW}")
    page.locator("canvas.upper-canvas").wait_for()
    write(page, DIGITS[4])
    expect(page.locator(".inside-answer").last).to_contain_text("4")
    page.locator(".st-key-inside_change_target").get_by_text("6", exact=True).click()
    changed = page.get_by_test_id("changed-answer")
    expect(changed).to_have_text("6")  # once the film has played
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page).to_have_url(re.compile("target=6"))
    slider = page.get_by_role("slider", name="How much of the change")
    slider.press("Home")
    expect(changed).to_have_text("4")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0% of the change, read as 4 with"))
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(changed).to_have_text("6")
    expect_no_exception(page)


def test_with_reduced_motion_the_film_shows_its_end_and_waits(app: str, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{app}/{VIEW}")
    page.get_by_role("button", name="Play").wait_for(timeout=30_000)
    expect(page.get_by_role("slider", name="How much of the change")).to_have_value("24")
    page.wait_for_timeout(500)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    page.context.close()


def test_a_slider_turns_the_digit_until_its_answer_breaks(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{VIEW}&change=Sliders")
    shown = page.get_by_test_id("disturbed-answer")
    shown.wait_for()
    first = shown.inner_text()
    page.locator(".bears .track").first.wait_for()
    turn = page.get_by_role("slider", name="Turn (degrees)")
    turn.focus()
    for _ in range(90):
        turn.press("ArrowRight")
    expect(shown).not_to_have_text(first)
    page.get_by_role("button", name="Reset").click()
    expect(shown).to_have_text(first)
    expect_no_exception(page)


@pytest.mark.parametrize("kind", ["Smallest change", "Sliders", "Morph", "Attack"])
def test_every_kind_of_change_fits_a_phone(app: str, browser: Browser, kind: str) -> None:
    page = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{app}/{VIEW}")
    page.locator(".st-key-inside_change").wait_for(timeout=30_000)
    wait_for_rest(page)
    choose(page, kind)
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=30_000)
    page.get_by_text(re.compile("in numbers$")).first.wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth") <= PHONE["width"]
    expect_no_exception(page)
    page.context.close()


def test_the_attack_fools_the_model_and_chance_does_not(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{VIEW}")
    choose(page, "Attack")
    table = page.get_by_role("table").first
    table.wait_for()
    cells = table.locator("tbody tr").first.locator("td b").all_inner_texts()
    assert cells[0] != answer(page) and cells[1] == answer(page)
    expect(page).to_have_url(re.compile("change=Attack"))
    page.go_back()
    expect(page.get_by_role("button", name=re.compile("Play|Pause"))).to_be_visible()
    expect_no_exception(page)
