"""Measure how soon the buttons of a training run act, in a real browser.

    python -m tests.benchmarks.controls [--rounds 10]

Each round starts a run with the Best preset, then pauses, resumes, stops and deletes it at random times, some of them
during an evaluation. The browser's own clock measures from the click until the page shows the new state. `first step`
is the time from Start until the page shows the first figures. Needs Chromium.
"""

import argparse
import random
import tempfile

from playwright.sync_api import Locator, Page, sync_playwright

from tests.benchmarks.delays import summarise
from tests.browser.serving import LAUNCH, free_port, serve

# Record when something is clicked, and when the page first shows, or no longer shows, the expected words.
RECORD_DELAY = """([selector, words, expected]) => {
  const says = () => [...document.querySelectorAll(selector)].some((each) => each.textContent.includes(words));
  window.delay = new Promise((resolve) => {
    let clicked = null;
    addEventListener('click', () => { clicked ??= performance.now(); }, { capture: true, once: true });
    const look = () => {
      if (clicked !== null && says() === expected) resolve(performance.now() - clicked);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
BADGE, PROGRESS, NAME = ".stMarkdownBadge", ".figures", "h2"


def delay(page: Page, button: Locator, selector: str, words: str, expected: bool = True) -> float:
    """Click a button and return how many ms pass until the page shows some words, or no longer shows them."""
    page.evaluate(RECORD_DELAY, [selector, words, expected])
    button.click()
    return float(page.evaluate("window.delay"))


def press(page: Page, name: str, state: str) -> float:
    """Wait for a random time, press a button and return the delay in ms until the run has a state."""
    page.wait_for_timeout(random.uniform(500, 3_000))
    return delay(page, page.get_by_role("button", name=name, exact=True), BADGE, state)


def one_round(page: Page) -> dict[str, float]:
    """Return the delay of each button, and of the first step, in ms."""
    start = page.get_by_role("button", name="Start")
    page.evaluate(RECORD_DELAY, [PROGRESS, "Step", True])
    page.evaluate("void (window.first = window.delay)")
    delays = {"start": delay(page, start, BADGE, "training")}
    delays["first step"] = float(page.evaluate("window.first"))
    delays["pause"] = press(page, "Pause", "paused")
    delays["resume"] = press(page, "Resume", "training")
    delays["stop"] = press(page, "Stop", "stopped")
    page.wait_for_timeout(1_000)
    name = page.locator(NAME).first.inner_text()
    page.get_by_role("button", name="More").click()
    confirm = page.get_by_role("button", name="Delete for good")
    confirm.wait_for()
    delays["delete"] = delay(page, confirm, NAME, name, expected=False)
    page.wait_for_timeout(1_000)
    return delays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often each button is pressed")
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory() as runs,
        sync_playwright() as playwright,
        serve(free_port(), RUNS_ROOT=runs) as address,
    ):
        page = playwright.chromium.launch(**LAUNCH).new_page()
        page.goto(f"{address}/train")
        page.get_by_role("heading", level=1).wait_for(timeout=60_000)
        page.get_by_role("radio", name="Best").first.click()
        page.get_by_text("averaged weights").wait_for()
        one_round(page)  # the first round warms up
        measured = [one_round(page) for _ in range(rounds)]
    for action in measured[0]:
        print(f"{action}: {summarise([delays[action] for delays in measured], 'rounds')}", flush=True)


if __name__ == "__main__":
    main()
