"""How soon a run's buttons act: from the click to the changed state on the page, in a real browser.

    python -m tests.benchmarks.controls [--rounds 10]

Each round starts a run of the Best preset, pauses it, resumes it, stops it and deletes it, at moments of its training
drawn by chance, evaluations among them. The clock is the browser's own: from the click until the page says the new
state. `first step` is how long after Start the first figures are there.
"""

import argparse
import random
import statistics
import tempfile

from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.serving import LAUNCH, free_port, serve

# Note when something is clicked, and when the page first says what is waited for.
WATCH = """([selector, words, wanted]) => {
  const says = () => [...document.querySelectorAll(selector)].some((each) => each.textContent.includes(words));
  window.delay = new Promise((resolve) => {
    let clicked = null;
    addEventListener('click', () => { clicked ??= performance.now(); }, { capture: true, once: true });
    const look = () => {
      if (clicked !== null && says() === wanted) resolve(performance.now() - clicked);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
BADGE, PROGRESS, NAME = ".stMarkdownBadge", "[data-testid=stProgress]", "h3"


def delay(page: Page, button: Locator, selector: str, words: str, wanted: bool = True) -> float:
    """Click a button, and return after how many ms the page says something, or no longer says it."""
    page.evaluate(WATCH, [selector, words, wanted])
    button.click()
    return float(page.evaluate("window.delay"))


def press(page: Page, name: str, state: str) -> float:
    page.wait_for_timeout(random.uniform(500, 3_000))
    return delay(page, page.get_by_role("button", name=name, exact=True), BADGE, state)


def one_round(page: Page) -> dict[str, float]:
    """Return the delay of each order in ms."""
    begin = page.get_by_role("button", name="Start", exact=True)
    page.evaluate(WATCH, [PROGRESS, "Step", True])
    page.evaluate("void (window.first = window.delay)")
    found = {"start": delay(page, begin, BADGE, "training")}
    found["first step"] = float(page.evaluate("window.first"))
    found["pause"] = press(page, "Pause", "paused")
    found["resume"] = press(page, "Resume", "training")
    found["stop"] = press(page, "Stop", "stopped")
    page.wait_for_timeout(1_000)
    name = page.locator(NAME).first.inner_text()
    page.get_by_test_id("stPopover").get_by_role("button").click()
    sure = page.get_by_role("button", name="Delete for good")
    sure.wait_for()
    found["delete"] = delay(page, sure, NAME, name, wanted=False)
    page.wait_for_timeout(1_000)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=10)
    rounds = arguments.parse_args().rounds
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
        one_round(page)  # the first one warms up
        measured = [one_round(page) for _ in range(rounds)]
    for order in measured[0]:
        delays = sorted(each[order] for each in measured)
        p95 = delays[round(0.95 * (len(delays) - 1))]
        print(f"{order}: median {statistics.median(delays):.0f} ms, p95 {p95:.0f} ms, {rounds} rounds", flush=True)


if __name__ == "__main__":
    main()
