"""Playing with the controls of the course in a real browser: with the pointer, the keyboard, and on a phone."""

import re

from playwright.sync_api import Page, expect

from mnist_core.course.catalog import NUMBERS
from tests.browser.accessibility import change_theme, settle, violations
from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception

PHONE = {"width": 360, "height": 740}  # px


def test_a_drawing_is_summed_with_the_templates_and_is_there_after_another_step(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?step=templates")
    write(page, DIGITS[4])
    expect(page.locator("tr.chosen td").first).to_have_text("4")
    page.get_by_role("button", name="Digit 9: ask for its sum").click()
    expect(page.get_by_role("heading", name="The sum for 9")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("cross-entropy")
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_role("radio", name="All ten").click()
    expect(page.locator("tr.chosen td").first).to_have_text("4")
    expect_no_exception(page)


def test_steps_downhill_lead_to_the_bottom_of_the_valley(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?step=gradient")
    step = page.get_by_role("button", name="One step downhill")
    value = page.get_by_role("slider", name="Value of the parameter")
    expect(value).to_have_value("0")
    for _ in range(3):
        before = value.input_value()
        step.click()
        expect(value).not_to_have_value(before)
    sentence = page.get_by_test_id("stMarkdown").filter(has_text="By hand:")
    expect(sentence).to_contain_text(re.compile(r"0\.00\d\d.*0\.00\d\d"))  # it was 0.0693
    by_hand, by_autograd = re.findall(r"0\.\d{4}", sentence.inner_text())
    assert by_hand == by_autograd
    assert float(value.input_value()) > 0.9


def test_pixels_are_read_with_the_arrow_keys_and_with_the_pointer(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?step=values")
    settle(page)
    reading = page.locator(".reading")
    expect(reading).to_contain_text("row 14, column 14")
    picture = page.get_by_role("group", name=re.compile("^Pixels of an example"))
    picture.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    expect(reading).to_contain_text("image_tensor[0, 12, 15]")
    box = picture.bounding_box()
    assert box
    picture.hover(position={"x": 3, "y": box["height"] - 3})
    expect(reading).to_contain_text("image_tensor[0, 27, 0] is 0.0000")
    expect(page.locator(".numbers .here")).to_have_text("0.00")


def test_a_batch_size_is_trained_with_progress(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?step=batches")
    page.get_by_role("button", name="Train for 1 s").click()
    expect(page.get_by_text("After 1 s, mini-batches of 1 image give")).to_be_visible(timeout=60_000)
    expect_no_exception(page)


def test_every_control_fits_a_phone_and_breaks_no_rule_of_accessibility(app: str, visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    shown = visit(f"{app}/learn")
    for step, number in NUMBERS.items():
        expect(shown.get_by_role("heading", level=2)).to_contain_text(f"{number}. ")
        settle(shown)
        expect_no_exception(shown)
        assert shown.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], step
        assert violations(shown) == [], step
        change_theme(shown)
        assert violations(shown, ["color-contrast"]) == [], step
        if number < len(NUMBERS):
            shown.get_by_role("button", name="Next", exact=True).click()
