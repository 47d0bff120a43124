"""Whole journeys in a real browser, as a user would make them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mnist_core.data.split import load_split
from tests.browser.drawing import DIGITS, draw, draw_with_a_finger, expect_answer, write
from tests.browser.visiting import Visit, expect_no_exception, go_to, progress, steps_done, unfold, wait_past

PAGES = ("Draw", "Browse", "Train", "Inside", "Learn")


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_drawn_with_the_mouse_is_read(app: str, visit: Visit, digit: int) -> None:
    page = visit(app)
    draw(page, DIGITS[digit])
    expect_answer(page, str(digit))
    expect_no_exception(page)


@pytest.mark.parametrize("digit", [2, 4])
def test_a_digit_drawn_with_a_finger_on_a_phone_is_read_and_the_page_stays_where_it_is(
    app: str, browser: Browser, digit: int
) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(app)
    page.locator("canvas.upper-canvas").wait_for(timeout=30_000)
    page.locator("canvas.upper-canvas").scroll_into_view_if_needed()
    before = page.locator("canvas.upper-canvas").bounding_box()
    draw_with_a_finger(page, DIGITS[digit])
    expect_answer(page, str(digit))
    assert page.locator("canvas.upper-canvas").bounding_box() == before
    expect_no_exception(page)
    page.context.close()


def test_switching_a_step_off_changes_the_answer_and_lasts(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, [[(x / 4, y / 4) for x, y in DIGITS[3][0]]])  # small, in a corner
    expect_answer(page, "3")
    crop = page.get_by_role("switch", name="Crop: on or off")
    expect(crop).to_have_attribute("aria-checked", "true")
    sure = page.get_by_test_id("probabilities").get_attribute("aria-label")
    crop.click()
    expect(crop).to_have_attribute("aria-checked", "false")
    page.get_by_role("switch", name="20 × 20 box: on or off").click()
    expect(page.get_by_test_id("probabilities")).not_to_have_attribute("aria-label", sure or "")
    go_to(page, "Learn")
    go_to(page, "Draw")
    expect(page.get_by_role("switch", name="Crop: on or off")).to_have_attribute("aria-checked", "false")


def test_the_drawing_survives_a_visit_to_another_page(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, DIGITS[4])
    expect_answer(page, "4")
    go_to(page, "Learn")
    go_to(page, "Draw")
    expect_answer(page, "4")
    draw(page, [[(20, 20), (21, 21)]])  # and the canvas holds it too: with one more dot there are three strokes
    page.wait_for_timeout(1500)
    for _ in range(3):
        page.locator(".st-key-draw_undo button").click()
        page.wait_for_timeout(700)
    expect_answer(page, "?")


def test_undo_removes_a_stroke_and_clear_removes_all(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, DIGITS[1])
    expect_answer(page, "1")
    draw(page, [[(60, 225), (230, 225)], [(60, 55), (230, 55)]])
    page.wait_for_timeout(700)
    for _ in range(2):
        page.locator(".st-key-draw_undo button").click()
        page.wait_for_timeout(700)
    expect_answer(page, "1")
    page.locator(".st-key-draw_clear button").click()
    expect_answer(page, "?")


def test_undo_right_after_a_stroke_removes_only_that_stroke(app: str, visit: Visit) -> None:
    page = visit(app)
    draw(page, DIGITS[1])
    expect_answer(page, "1")
    undo = page.locator(".st-key-draw_undo button").bounding_box()
    assert undo
    write(page, [[(60, 225), (230, 225)]])  # a base
    page.mouse.click(undo["x"] + undo["width"] / 2, undo["y"] + undo["height"] / 2)
    page.wait_for_timeout(1500)
    expect_answer(page, "1")
    page.locator(".st-key-draw_undo button").click()
    expect_answer(page, "?")


@pytest.mark.own_tab
def test_a_stroke_is_sent_once_and_without_the_canvas_s_own_pause(app: str, visit: Visit, page: Page) -> None:
    sent: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.clock.install()
    visit(app)
    draw(page, DIGITS[1])
    expect_answer(page, "1")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    del sent[:]
    write(page, [[(60, 225), (230, 225)]])
    page.clock.run_for(100)  # the canvas by itself waits 200 ms
    page.wait_for_timeout(500)
    assert len(sent) == 1
    page.clock.run_for(2000)
    page.wait_for_timeout(500)
    assert len(sent) == 1


@pytest.mark.usefixtures("mnist")
def test_a_run_goes_on_while_its_owner_draws_and_its_model_reads_afterwards(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    page.get_by_role("radio", name="MLP").click()
    unfold(page, "All settings")
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("5")  # the MLP's form has come
    page.get_by_role("spinbutton", name="Epochs").fill("40")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("button", name="Start").click()
    progress(page).wait_for()
    before = steps_done(page)
    go_to(page, "Draw")
    draw(page, DIGITS[7])
    expect_answer(page, "7")
    go_to(page, "Train")
    progress(page).wait_for()
    wait_past(page, before)  # the run goes on, on a busy machine too
    expect(page).to_have_url(re.compile("run=mlp-"))
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".st-key-train_head")).to_contain_text("stopped", timeout=5_000)
    page.get_by_role("button", name="Draw with it").click()
    expect_answer(page, "7")
    expect(page.get_by_role("combobox", name="Model in use")).to_have_value(re.compile(r"^MLP, \d+ epochs, \d\d:\d\d$"))
    expect_no_exception(page)


@pytest.mark.usefixtures("mnist")
def test_an_image_that_is_clicked_opens_with_its_label_and_its_address(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse")
    label = int(load_split("test").labels[17])
    page.get_by_role("option", name=f"test 17, label {label}").click()
    expect(page.get_by_text("[17]").first).to_be_visible()
    expect(page).to_have_url(re.compile("image=17"))
    expect_no_exception(page)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_its_screen(app: str, visit: Visit, name: str, width: int) -> None:
    visit(app).set_viewport_size({"width": width, "height": 740})
    page = visit(f"{app}/{'' if name == 'Draw' else name.lower()}")
    page.wait_for_timeout(1500)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    expect_no_exception(page)


def test_without_mnist_drawing_works_and_the_other_pages_have_stand_ins_and_say_how_to_get_it(
    start_app: Callable[..., str], visit: Visit, tmp_path: Path
) -> None:
    app = start_app(MNIST_ROOT=str(tmp_path))
    page = visit(app)
    draw(page, DIGITS[3])
    expect_answer(page, "3")
    for name in ("Browse", "Train"):
        go_to(page, name)
        expect(page.get_by_text("python -m mnist_core data").first).to_be_visible()
        expect(page.get_by_text("Stand-in digits, not MNIST").first).to_be_visible()
        expect_no_exception(page)
    go_to(page, "Learn")
    expect_no_exception(page)
