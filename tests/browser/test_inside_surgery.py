"""Surgery and what a unit likes, in a real browser: from the keyboard, by a link, and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from mnist_core.analysis.ablation import ablated
from mnist_core.data.split import Split
from mnist_core.models.evaluation import evaluate
from mnist_core.models.storage import load_trained, model_folder
from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception

pytestmark = pytest.mark.usefixtures("mnist")
LONG = 60_000  # ms; enough for a model to read 60,000 images


def switch_off_all_but(page: Page, kept: str) -> None:
    """Switch off the whole layer, and one unit on again."""
    page.get_by_role("button", name=re.compile("^Switch off all")).click()
    expect(page.get_by_role("switch", checked=True)).to_have_count(0)
    page.get_by_role("switch", name=kept, exact=True).click()


def test_units_are_switched_off_from_the_keyboard_and_put_back(
    app: str, visit: Visit, mnist: tuple[Split, Split]
) -> None:
    model = load_trained(model_folder("mlp")).model
    before, after = (evaluate(each, mnist[1]).accuracy for each in (model, ablated(model, [(2, 17), (2, 18)])))
    page = visit(f"{app}/inside?view=Surgery&model=mlp")
    page.get_by_role("switch", name="hidden unit 0", exact=True).focus()
    for key in ("ArrowDown", "ArrowRight", "Space", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("switch", name="hidden unit 18", exact=True)).to_be_focused()
    expect(page.get_by_role("switch", checked=False)).to_have_count(2)
    expect(page.get_by_text("2 of 128 hidden units switched off")).to_be_visible()
    expect(page.get_by_text(f"Accuracy {before:.2%} → {after:.2%} on 10,000 test images")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("off=2-17-18"))
    page.reload()
    expect(page.get_by_role("switch", checked=False)).to_have_count(2)
    page.get_by_role("button", name="Put everything back").click()
    expect(page.get_by_role("switch", checked=False)).to_have_count(0)
    expect(page.get_by_text(f"The whole model reads {before:.2%} of 10,000 test images")).to_be_visible(timeout=LONG)
    expect(page).not_to_have_url(re.compile("off="))
    expect_no_exception(page)


def test_a_drawing_is_read_without_almost_all_units(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?view=Surgery&model=mlp")
    write(page, DIGITS[3])
    answers = page.locator(".surgery-answer")
    expect(answers).to_contain_text(re.compile("Whole model\\s*3"))
    switch_off_all_but(page, "hidden unit 5")
    expect(page.get_by_text("127 of 128 hidden units switched off")).to_be_visible()
    expect(answers).not_to_contain_text(re.compile("After surgery\\s*3"))
    expect_no_exception(page)


def test_a_unit_is_chosen_and_its_images_and_its_dream_are_shown(app: str, visit: Visit) -> None:
    visit(app).set_viewport_size({"width": 360, "height": 740})
    page = visit(f"{app}/inside?view=What+a+unit+likes&model=mlp&layer=2")
    page.get_by_role("option", name="hidden unit 7", exact=True).click()
    liked = page.get_by_role("listbox", name="Training images that excite hidden unit 7 most").get_by_role("option")
    expect(liked).to_have_count(9, timeout=LONG)
    expect(page.get_by_role("img", name=re.compile("^The image that hidden unit 7 dreams of"))).to_be_visible()
    slider = page.get_by_role("slider", name="Step of the ascent")
    expect(slider).to_have_value("32", timeout=LONG)  # the film has played once
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Step 155: activation"))
    page.get_by_role("button", name="Play again").click()
    expect(slider).to_have_value("32", timeout=LONG)
    expect(page).to_have_url(re.compile("unit=7"))
    number = str(liked.nth(4).get_attribute("aria-label")).split()[2].strip(",")
    liked.nth(4).click()
    expect(page.locator(".inside-answer")).to_contain_text(f"training image {number}")
    expect(page).to_have_url(re.compile(f"image={number}&.*split=train"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect_no_exception(page)
