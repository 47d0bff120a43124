"""A run in a real browser: its buttons act at once, and it survives clicks, reloads and the server's end."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mnist_core.runs import files
from tests.browser.serving import free_port, launch
from tests.browser.visiting import (
    Visit,
    expect_no_exception,
    go_to,
    progress,
    steps_done,
    unfold,
    wait_for_rest,
    wait_past,
)

SOON = 5_000  # ms; the aim is 1 s, which tests/benchmarks/controls.py measures: here other tests use the cores too
pytestmark = pytest.mark.usefixtures("mnist")


def start(page: Page, model: str = "CNN", preset: str = "Best") -> str:
    """Start a run and return its identifier; the default one takes minutes."""
    for choice in (model, preset):
        page.get_by_role("radio", name=choice).first.click()
    expect(
        page.get_by_text({"Best": "averaged weights", "Quick look": "no image is seen twice"}[preset])
    ).to_be_visible()
    page.get_by_role("button", name="Start").click()
    progress(page).wait_for()
    return run_of(page)


def run_of(page: Page) -> str:
    page.wait_for_url(re.compile("run="))
    return re.findall(r"run=([\w-]+)", page.url)[0]


def name_of(page: Page) -> str:
    """Return what the page calls the run that it shows."""
    return page.locator(".st-key-train_head").get_by_role("heading").inner_text()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def expect_state(page: Page, state: str, timeout: float = SOON) -> None:
    expect(page.locator(".stMarkdownBadge", has_text=state)).to_be_visible(timeout=timeout)
    expect_no_exception(page)


def test_a_run_can_be_paused_resumed_stopped_and_deleted(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    name = start(page)
    press(page, "Pause")
    expect_state(page, "paused")
    page.wait_for_timeout(2_000)  # the last step before the pause may be shown after the word
    at = steps_done(page)
    page.wait_for_timeout(2_500)
    assert steps_done(page) == at
    press(page, "Resume")
    expect_state(page, "training")
    wait_past(page, at)
    press(page, "Stop")
    expect_state(page, "stopped")
    called = name_of(page)
    assert re.fullmatch(r"CNN, 15 epochs, \d\d:\d\d", called)
    expect(page.get_by_role("button", name="See inside").first).to_be_visible()
    wait_for_rest(page)  # all the buttons of an ended run are there
    press(page, "More")
    press(page, "Delete for good")
    expect(page.get_by_role("heading", name=called)).to_have_count(0)
    expect(page).not_to_have_url(re.compile(name))
    expect(page.get_by_text("There is no run")).to_have_count(0)


def test_a_run_survives_a_reload_and_a_closed_page_and_only_its_owners_browser_controls_it(
    app: str, visit: Visit
) -> None:
    page = visit(f"{app}/train")
    start(page)
    name = name_of(page)
    run_of(page)
    page.reload()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    progress(page).wait_for()
    before, address, browser = steps_done(page), page.url, page.context.browser
    assert browser
    guest, again = browser.new_page(), page.context.new_page()
    page.close()
    for other in (guest, again):
        other.goto(address)
        expect(other.get_by_role("heading", name=name)).to_be_visible(timeout=30_000)
        expect_state(other, "training", 10_000)
        progress(other).wait_for()
        assert steps_done(other) >= before
    expect(guest.get_by_text("You are viewing someone else's run.")).to_be_visible()
    for button in ("Pause", "Stop", "More"):
        expect(again.get_by_role("button", name=button)).to_be_visible()
        expect(guest.get_by_role("button", name=button)).to_have_count(0)
    press(again, "Stop")
    expect_state(again, "stopped", 15_000)  # two pages watch the run, which share its cores
    again.goto(address.split("?")[0])  # without the run's link only its owner sees it
    expect(again.get_by_role("heading", name=name)).to_be_visible()
    guest.goto(address.split("?")[0])
    expect(guest.get_by_text("No runs yet.")).to_be_visible(timeout=30_000)
    guest.close()


def test_after_the_server_is_killed_the_run_is_listed_and_can_be_resumed(visit: Visit, tmp_path: Path) -> None:
    port = free_port()
    server = launch(port, RUNS_ROOT=str(tmp_path))
    try:
        page = visit(f"http://127.0.0.1:{port}/train")
        name = start(page)
        called = name_of(page)
        page.wait_for_timeout(8_000)  # more than the interval between two checkpoints
        server.kill()
        server.wait()
        kept = files.load_checkpoint(tmp_path / name)
        assert kept is not None and kept.step > 0
        server = launch(port, RUNS_ROOT=str(tmp_path))
        page = visit(f"http://127.0.0.1:{port}/train")  # its owner's browser, without the run's link
        expect(page.get_by_role("heading", name=called)).to_be_visible()
        expect_state(page, "interrupted", 10_000)
        press(page, "Resume")
        expect_state(page, "training", 10_000)
        expect(progress(page)).to_be_visible()
        assert steps_done(page) >= kept.step
        wait_past(page, kept.step)
        press(page, "Stop")
        expect_state(page, "stopped")
    finally:
        server.kill()
        server.wait()


def test_nothing_on_the_page_moves_by_itself_while_a_run_trains(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    start(page, preset="Best")
    page.locator(".st-key-train_loss canvas").wait_for()  # what draws charts is loaded now
    press(page, "Stop")
    expect_state(page, "stopped")
    page.get_by_role("button", name="Start").click()
    expect_state(page, "training")
    moving = page.evaluate(
        """async () => {
          const seen = new Set();
          for (let i = 0; i < 30; i++) {
            for (const each of document.getAnimations())
              if (each.effect.getTiming().iterations === Infinity)
                seen.add(each.effect.target.dataset.testid || each.effect.target.className);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          return [...seen];
        }"""
    )
    assert not moving  # it would take time from the run
    press(page, "Stop")
    expect_state(page, "stopped")


def test_nonsense_is_refused_beside_the_setting(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    unfold(page, "All settings")
    rate = page.get_by_role("spinbutton", name="Learning rate")
    rate.fill("99")
    rate.press("Enter")
    expect(page.get_by_text("Choose a learning rate between 0.000001 and 10.")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_the_form_says_how_long_a_run_takes_and_keeps_its_settings_while_one_draws(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    start_button = page.get_by_role("button", name="Start")
    expect(start_button).to_have_text(re.compile(r"Start, about \d+ (s|min)"), timeout=30_000)
    page.get_by_role("radio", name="MLP").first.click()
    expect(page.get_by_text("The network: 101,770 parameters")).to_be_visible()
    unfold(page, "All settings")
    epochs = page.get_by_role("spinbutton", name="Epochs · default 5")
    epochs.fill("7")
    epochs.press("Enter")
    expect(page.get_by_role("button", name="Back to the default")).to_be_visible()
    go_to(page, "Draw")
    go_to(page, "Train")
    expect(page.get_by_text("The network: 101,770 parameters")).to_be_visible()
    unfold(page, "All settings")
    expect(epochs).to_have_value("7")
    page.get_by_role("button", name="Back to the default").click()
    expect(epochs).to_have_value("5")


def test_the_networks_picture_is_open_on_a_wide_screen_and_folded_on_a_phone(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    picture = page.get_by_role("img", name=re.compile("The layers: Image"))
    expect(picture).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    summary = page.get_by_text("The network: 66,426 parameters")
    expect(summary).to_be_visible(timeout=30_000)
    expect(picture).to_be_hidden()
    summary.click()
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_a_race_is_started_from_its_menu_and_its_winner_is_told(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    for choice in ("Linear", "Quick look"):
        page.get_by_role("radio", name=choice).first.click()
    page.get_by_role("button", name="Race against…").click()
    begin = page.get_by_role("button", name=re.compile("^Race, about|play_arrow Race"))
    page.get_by_role("radiogroup", name="Its preset").get_by_role("radio", name="Quick look").click()
    begin.click()
    expect(page.get_by_role("heading", name="Linear against MLP")).to_be_visible(timeout=30_000)
    expect(begin).to_have_count(0)  # the menu has closed
    expect(page.get_by_role("status").filter(has_text="MLP wins")).to_be_visible(timeout=60_000)
    expect_no_exception(page)


def visitors_cookies(page: Page) -> list[str]:
    return [str(each.get("value")) for each in page.context.cookies() if each.get("name") == "digits_visitor"]


def test_two_tabs_of_one_browser_are_one_visitor(app: str, visit: Visit) -> None:
    first = visit(app)
    other = first.context.new_page()
    other.goto(f"{app}/train")
    start(other)
    name = name_of(other)
    (token,) = visitors_cookies(other)
    go_to(first, "Train")
    expect(first.get_by_role("heading", name=name)).to_be_visible()
    go_to(first, "Browse")
    assert visitors_cookies(first) == [token]
    for tab in (other, first):
        tab.goto(f"{app}/train")
        expect(tab.get_by_role("heading", name=name)).to_be_visible()
        expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    press(first, "Stop")
    expect_state(first, "stopped")


def test_a_run_is_renamed_where_it_is_shown_and_its_end_is_announced_once(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    start(page, "Linear", "Quick look")
    said = page.locator("[data-announcer=train_announcer]")
    expect(said).to_have_text(re.compile(r"^Finished: \d\d\.\d% test accuracy after \d+ s\.$"), timeout=60_000)
    expect(said).to_have_attribute("aria-live", "polite")
    expect_state(page, "finished")
    press(page, "More")
    page.get_by_role("textbox", name="Name").fill("Anna's **first**")
    page.get_by_role("textbox", name="Name").press("Enter")
    expect(page.get_by_role("heading", name="Anna's **first**")).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("heading", name="Anna's **first**")).to_be_visible()
    page.wait_for_timeout(1_000)
    expect(said).to_have_text("") if said.count() else None  # what ended before is no news
    page.get_by_text("Test accuracy in numbers").click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Test accuracy rises from")).first).to_be_attached()
    expect_no_exception(page)
