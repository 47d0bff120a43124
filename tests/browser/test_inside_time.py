"""Inside, over time: the player and its keys, the filmstrip, and a drawing's path through the map."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception

OVER_TIME = "inside?view=Over+time&model=mlp&image=3"
MAP = "inside?view=Map&model=mlp"
COMPUTED = 60_000  # ms, at most, on a busy machine


def moment(page: Page) -> str:
    return page.locator(".lapse .moment").inner_text()


def bars(page: Page) -> str:
    return page.locator(".lapse .bars").get_attribute("aria-label") or ""


def test_the_player_goes_from_random_weights_to_trained_by_keys_and_by_itself(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{OVER_TIME}")
    slider = page.get_by_role("slider", name="Moment of the training")
    expect(slider).to_have_attribute("aria-valuetext", "trained", timeout=COMPUTED)
    page.wait_for_timeout(1_500)  # the last run of the page at its beginning may still replace what is shown
    trained = bars(page)
    slider.focus()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "random weights")
    assert moment(page) == "random weights" and bars(page) != trained
    assert "random weights" in (page.locator(".lapse .plane canvas").get_attribute("aria-label") or "")
    expect(page).to_have_url(re.compile("moment=0"))
    expect(page.get_by_text("before training").or_(page.get_by_text("random", exact=True)).first).to_be_visible()
    page.get_by_role("button", name="Play the training").press("Enter")
    expect(slider).to_have_attribute("aria-valuetext", "trained")
    expect(page).not_to_have_url(re.compile("moment="))
    assert bars(page) == trained
    expect_no_exception(page)


def test_points_move_while_it_plays_but_jump_for_those_who_want_no_motion(app: str, browser: Browser) -> None:
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = browser.new_context(reduced_motion=motion).new_page()  # type: ignore[arg-type]
        page.goto(f"{app}/{OVER_TIME}&moment=0")
        expect(page.locator(".lapse .moment")).to_have_text("random weights", timeout=COMPUTED)
        plane = page.locator(".lapse .plane canvas")
        still = plane.evaluate("(canvas) => canvas.toDataURL()")
        page.get_by_role("button", name="Play the training").click()
        seen = plane.evaluate(
            """(canvas) => new Promise((done) => {
                const frames = new Set();
                const until = performance.now() + 500;  // ms, less than from a moment to the next
                const look = () => {
                  frames.add(canvas.toDataURL());
                  if (performance.now() < until) requestAnimationFrame(look); else done([...frames]);
                };
                look();
            })"""
        )
        assert (len(set(seen) - {still}) > 1) == moves
        page.context.close()


def test_a_training_is_downloaded_as_a_film(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{OVER_TIME}")
    button = page.get_by_role("button", name="Film (GIF)")
    button.wait_for(timeout=COMPUTED)
    page.wait_for_timeout(1000)  # the browser says what it holds, and the page runs once more
    with page.expect_download(timeout=COMPUTED) as download:
        button.click()
    film = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert (film.format, getattr(film, "n_frames", 1)) == ("GIF", 2)


@pytest.mark.usefixtures("mnist")
def test_a_drawing_leaves_its_path_on_the_map_and_a_neighbour_opens(app: str, visit: Visit) -> None:
    page = visit(f"{app}/{MAP}")
    canvas = page.locator(".map canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("An example was read as"), timeout=COMPUTED)
    write(page, DIGITS[7])
    expect(canvas).to_have_attribute("aria-label", re.compile("Your drawing was read as .*7"))
    expect(canvas).to_have_attribute("data-path", re.compile("1[0-9]"))
    page.get_by_text("Path in numbers").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    nearest = page.get_by_role("listbox", name="Nearest test images").get_by_role("option")
    expect(nearest).to_have_count(10)
    name = nearest.first.get_attribute("aria-label") or ""
    nearest.first.press("Enter")
    expect(page).to_have_url(re.compile(f"image={name.split()[1].rstrip(',')}"))
    expect(canvas).to_have_attribute("data-path", "1")
    expect_no_exception(page)


@pytest.mark.parametrize("address", [OVER_TIME, MAP])
def test_on_a_phone_nothing_is_wider_than_the_screen(app: str, browser: Browser, address: str) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{app}/{address}")
    plane = page.locator(".lapse .plane canvas, .map canvas")
    plane.wait_for(timeout=COMPUTED)
    box = plane.bounding_box()
    assert box and box["width"] > 280 and box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    expect_no_exception(page)
    page.context.close()
