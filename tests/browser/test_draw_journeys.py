"""Journeys on the Draw page: the example, the keys, and what is on the canvas."""

import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.drawing import DIGITS, draw, expect_answer, write
from tests.browser.visiting import Visit, expect_no_exception

INK = """() => {
  const host = [...document.querySelectorAll('*')].find(each => each.shadowRoot?.querySelector('canvas.upper-canvas'));
  if (!host) return 0;  // another canvas takes its place
  const layers = [...host.shadowRoot.querySelectorAll('canvas:not(.upper-canvas)')];
  return layers.reduce((sum, layer) => sum + layer.getContext('2d').getImageData(0, 0, layer.width, layer.height)
    .data.reduce((count, value, at) => count + (at % 4 === 0 && value > 128), 0), 0);
}"""


def ink_on_canvas(page: Page) -> int:
    """Return how many pixels of the canvas have ink."""
    return int(page.evaluate(INK))


def expect_ink(page: Page, is_right: Callable[[int], bool]) -> None:
    """Expect as many pixels with ink as are right, once a busy machine has drawn them."""
    for _ in range(50):
        if is_right(ink_on_canvas(page)):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the canvas has {ink_on_canvas(page)} pixels with ink")


def test_an_example_writes_itself_and_stops_at_the_first_touch(app: str, visit: Visit) -> None:
    page = visit(app)
    expect(page.get_by_text("An example", exact=True)).to_be_visible()
    expect_answer(page, "2")
    expect(page.get_by_text("Draw here")).to_be_visible()
    assert ink_on_canvas(page) == 0  # it lies on the canvas, not in it
    box = page.locator("canvas.upper-canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.mouse.down()
    expect(page.get_by_text("Draw here")).to_be_hidden()
    expect_answer(page, "?")
    page.mouse.move(box["x"] + 95, box["y"] + 300, steps=8)
    page.mouse.up()
    expect_answer(page, "1")
    page.locator(".st-key-draw_clear button").click()
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect_answer(page, "?")


def test_the_example_is_still_for_those_who_want_no_motion(app: str, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(app)
    expect_answer(page, "2")
    expect(page.get_by_text("Draw here")).to_be_visible()
    offsets = "() => [...document.querySelectorAll('*')].flatMap(each => [...(each.shadowRoot?.querySelectorAll("
    offsets += "'.written polyline') ?? [])].map(line => line.style.strokeDashoffset))"
    before = page.evaluate(offsets)
    page.wait_for_timeout(700)
    assert before == page.evaluate(offsets) == ["0"] * len(before) != []


def test_a_digit_is_drawn_undone_redone_and_cleared_with_the_keyboard_alone(app: str, visit: Visit) -> None:
    page = visit(app)
    canvas = page.get_by_role("application", name="Canvas")
    for _ in range(30):
        page.keyboard.press("Tab")
        if canvas.evaluate("canvas => canvas.getRootNode().activeElement === canvas"):
            break
    else:
        pytest.fail("Tab never reached the canvas")
    press(page, "ArrowLeft", 6)
    page.keyboard.press("Space")  # a seven, from the middle of the upper part: left, right and down
    press(page, "ArrowRight", 14)
    for step in range(14):
        page.keyboard.press("ArrowDown")
        if step % 2:
            page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect_answer(page, "7")
    page.keyboard.press("Control+z")
    expect_answer(page, "?")
    page.keyboard.press("Control+Shift+z")
    expect_answer(page, "7")
    page.keyboard.press("Delete")
    expect_answer(page, "?")
    page.keyboard.press("5")
    expect_answer(page, "5")
    expect_no_exception(page)


def press(page: Page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def test_a_large_step_and_a_small_one(app: str, visit: Visit) -> None:
    page = visit(app)
    canvas = page.get_by_role("application", name="Canvas")
    canvas.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")  # the focus of a keyboard, which is shown
    pen = page.locator("#hand .pen")
    expect(pen).to_be_visible()

    def left() -> float:
        return float(pen.evaluate("pen => parseFloat(pen.style.left) / 100 * 280"))

    start = left()
    page.keyboard.press("ArrowRight")
    ordinary = left() - start
    page.keyboard.press("Shift+ArrowRight")
    large = left() - start - ordinary
    page.keyboard.press("Alt+ArrowRight")
    small = left() - start - ordinary - large
    assert small < ordinary < large


def test_redo_brings_a_stroke_back_also_one_from_before(app: str, visit: Visit) -> None:
    page = visit(app)
    expect(page.get_by_text("Draw here")).to_be_visible()
    page.keyboard.press("4")  # the example's strokes are the canvas's background
    expect_answer(page, "4")
    expect_ink(page, lambda ink: ink > 0)
    page.wait_for_timeout(500)
    whole = ink_on_canvas(page)
    write(page, [[(30, 30), (60, 30)]])
    page.wait_for_timeout(500)
    for _ in range(3):
        page.locator(".st-key-draw_undo button").click()
        page.wait_for_timeout(400)
    assert ink_on_canvas(page) < whole
    for _ in range(2):
        page.locator(".st-key-draw_redo button").click()
        page.wait_for_timeout(400)
    expect_ink(page, lambda ink: ink == whole)
    expect_answer(page, "4")
    page.locator(".st-key-draw_redo button").click()
    expect_ink(page, lambda ink: ink > whole)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (1366, 768)])
def test_a_wide_canvas_is_large_and_in_the_window_with_its_answer(
    app: str, visit: Visit, width: int, height: int
) -> None:
    page = visit(app)
    page.set_viewport_size({"width": width, "height": height})
    draw(page, DIGITS[3])
    expect_answer(page, "3")
    canvas, answer = page.locator("canvas.upper-canvas").bounding_box(), page.get_by_test_id("answer").bounding_box()
    assert canvas and answer
    assert canvas["width"] == canvas["height"] >= 400
    assert canvas["y"] + canvas["height"] <= height
    assert answer["x"] > canvas["x"] + canvas["width"] and answer["y"] + answer["height"] <= height
    assert answer["height"] >= 200  # px; from 8 m it is as tall as 12 pt text from 40 cm when it is 9 cm on the screen


def test_what_is_probably_no_digit_is_said_first_and_its_bars_are_grey(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, [[(20, 20), (260, 260)], [(20, 260), (260, 20)], [(140, 10), (140, 270)], [(10, 140), (270, 140)]])
    expect(page.get_by_text("Probably not a digit")).to_be_visible()
    bar = page.locator(".bar.chosen .fill")
    colour = re.findall(r"\d+", bar.evaluate("bar => getComputedStyle(bar).backgroundColor"))[:3]
    assert max(map(int, colour)) - min(map(int, colour)) < 30


def test_a_drawing_is_shared_and_opens_elsewhere_with_the_same_answer(app: str, visit: Visit, browser: Browser) -> None:
    page = visit(app)
    draw(page, DIGITS[6])
    expect_answer(page, "6")
    sure = page.get_by_test_id("probabilities").get_attribute("aria-label")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
    link = page.get_by_test_id("stCode").inner_text().strip()
    assert len(link) <= 2_000
    with page.expect_download() as download:
        page.get_by_role("button", name="Download picture").click()
    with Image.open(download.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    other = browser.new_context().new_page()
    other.goto(link)
    expect(other.get_by_test_id("probabilities")).to_have_attribute("aria-label", sure or "", timeout=30_000)
    expect_answer(other, "6")
    other.locator("canvas.upper-canvas").wait_for()
    other.wait_for_timeout(1_000)  # its background comes after it
    assert ink_on_canvas(other) > 0
    other.locator(".st-key-draw_undo button").click()
    expect_answer(other, "?")
    other.context.close()


@pytest.mark.parametrize("number", ["95", "10", "47", "28"])
def test_digits_side_by_side_are_read_as_a_number(app: str, visit: Visit, number: str) -> None:
    page = visit(app)
    for place, digit in enumerate(number):
        strokes = [[(x * 0.55 + 130 * place, y * 0.55 + 60) for x, y in stroke] for stroke in DIGITS[int(digit)]]
        write(page, strokes)
    expect_answer(page, number)
    expect(page.get_by_text("2 digits in a row")).to_be_visible()
    page.get_by_role("button", name="details of digit 2").click()
    expect(page.locator(".bar.chosen").first).to_contain_text(number[1])


def test_the_eraser_takes_ink_away(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, [*DIGITS[1], [(60, 260), (220, 260)]])
    page.wait_for_timeout(800)
    page.locator(".st-key-draw_tool").get_by_role("radio", name="Eraser").click()
    page.wait_for_timeout(800)
    write(page, [[(50, 262), (235, 262)], [(50, 256), (235, 256)]])
    expect_answer(page, "1")
    page.keyboard.press("e")
    expect(page.locator(".st-key-draw_tool").get_by_role("radio", name="Pen")).to_be_checked()
    expect_no_exception(page)


def expect_on_one_screen(page: Page) -> None:
    """Expect the canvas, the answer and the bars on a phone's screen."""
    for part in (page.locator("canvas.upper-canvas"), page.get_by_test_id("answer"), page.locator(".bar").last):
        box = part.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= 740, part


def test_the_phone_shows_an_image_to_edit_and_its_answer_on_one_screen(app: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{app}/browse?image=247")
    page.get_by_role("button", name="Edit in Draw").click()
    expect(page.get_by_text("was redrawn as strokes")).to_be_visible(timeout=15_000)
    page.locator("canvas.upper-canvas").wait_for(timeout=30_000)
    expect(page.get_by_test_id("answer")).to_contain_text("4")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    expect_on_one_screen(page)
    page.context.close()


def test_the_phone_shows_canvas_answer_and_bars_on_one_screen(app: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(app)
    page.locator("canvas.upper-canvas").wait_for(timeout=30_000)
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect_on_one_screen(page)
    for name in ("Draw", "Browse", "Train", "Inside", "Learn"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_in_viewport()
    page.context.close()
