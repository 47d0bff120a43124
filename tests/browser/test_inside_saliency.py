"""What speaks for it, in a browser: drawn, asked about another digit, read pixel by pixel, downloaded and linked."""

import io
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from mnist_core.analysis.attribution import attribute
from mnist_core.models.storage import load_trained, model_folder
from tests.browser.accessibility import settle, violations
from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception

VIEW = "inside?view=What+speaks+for+it"
SIZES = {"wide": (1280, 900), "phone": (360, 740)}  # px


def maps_of(page: Page) -> list[str]:
    """Return what the two maps show in words, once both are there."""
    pictures = page.locator(".maps img")
    expect(pictures).to_have_count(2)
    return [str(pictures.nth(at).get_attribute("alt")) for at in range(2)]


def test_a_four_is_asked_what_would_speak_for_nine(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{VIEW}")
    maps_of(page)
    write(page, DIGITS[4])
    expect(page.get_by_text("Which pixels speak for the answer 4")).to_be_visible()
    expect(page.locator(".maps img").first).to_have_attribute("alt", re.compile("speaks for 4 at row"))
    page.get_by_role("radiogroup", name="What speaks for").get_by_text("9", exact=True).click()
    expect(page.get_by_text("What would speak for 9")).to_be_visible()
    expect(page.locator(".maps img").first).to_have_attribute("alt", re.compile("speaks for 9 at row"))
    expect(page).to_have_url(re.compile("target=9"))

    with page.expect_download() as download:
        page.get_by_role("button", name="Raw values").click()
    with np.load(io.BytesIO(download.value.path().read_bytes()), allow_pickle=False) as arrays:
        values, picture, target = arrays["values"], arrays["picture"], int(arrays["target"])
    expected = attribute(load_trained(model_folder("cnn")).model, torch.from_numpy(picture)[None], 9).values
    assert target == 9
    np.testing.assert_allclose(values, expected, atol=1e-4)

    row, column = np.unravel_index(int(values.argmax()), values.shape)
    first = page.locator(".maps .map").first
    box = first.bounding_box()
    assert box
    side = box["width"] / 28
    first.hover(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side})
    reading = page.locator(".maps .where")
    at = re.compile(rf"^Row {row + 1}, column {column + 1}: \+([\d.]+) for 9; with")
    expect(reading).to_have_text(at)
    said = at.search(reading.inner_text())
    assert said and float(said[1]) == pytest.approx(values.max(), abs=6e-4)  # rounded to three decimals
    page.locator(".maps").focus()
    page.keyboard.press("ArrowDown")
    expect(reading).to_have_text(re.compile(f"^Row {row + 2}, column {column + 1}:"))
    expect_no_exception(page)


def test_a_link_opens_the_method_and_the_digit_and_a_click_changes_the_method(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{VIEW}&method=Grad-CAM&target=3&image=7")
    expect(page.get_by_role("radio", name="Grad-CAM")).to_be_checked()
    coarse = maps_of(page)
    page.get_by_text("Occlusion", exact=True).click()
    expect(page.locator(".maps img").first).not_to_have_attribute("alt", coarse[0])
    expect(page).to_have_url(re.compile("method=Occlusion"))
    page.go_back()
    expect(page.get_by_role("radio", name="Grad-CAM")).to_be_checked()
    expect_no_exception(page)


@pytest.mark.parametrize(
    ("size", "theme"), [("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")]
)
def test_the_view_is_accessible_and_fits_the_screen(app: str, browser: Browser, size: str, theme: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{app}/{VIEW}")
    maps_of(page)
    settle(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator(".maps .map").nth(at).bounding_box() for at in range(2)]
    assert boxes[0] and boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["width"] == pytest.approx(boxes[1]["width"], abs=1)
    assert boxes[1]["x"] + boxes[1]["width"] <= width
    context.close()
