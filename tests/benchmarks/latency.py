"""How long from the end of a stroke to the new answer on the screen, idle and while a run trains, in a real browser.

    python -m tests.benchmarks.latency [--strokes 50]

The clock is the browser's own: from the pointer's release to the change of the page's answer. The canvas would wait
200 ms before it sends; the page has it send at once.
"""

import argparse
import statistics

from playwright.sync_api import Page, sync_playwright

from tests.browser.drawing import DIGITS, draw
from tests.browser.serving import LAUNCH, free_port, serve

# Note when the pen is lifted, and when the ten bars next change.
WATCH = """() => {
  window.delays = []; window.lifted = null;
  addEventListener('mouseup', event => {
    const onCanvas = event.composedPath().some(element => element.tagName === 'CANVAS');
    window.lifted = onCanvas ? performance.now() : null;
  }, true);
  new MutationObserver(changes => {
    if (window.lifted === null) return;
    const bars = document.querySelector('[data-testid="probabilities"]')?.innerHTML;
    if (bars && bars !== window.bars) {
      window.delays.push(performance.now() - window.lifted); window.bars = bars; window.lifted = null;
    }
  }).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


def delays(page: Page, strokes: int) -> list[float]:
    """Draw strokes one after another, clearing now and then, and return each one's delay in ms."""
    page.evaluate(WATCH)
    drawn = 0
    while drawn < strokes:
        for digit in (0, 1, 2, 3, 6, 7, 8):  # one stroke each
            page.locator(".st-key-draw_clear button").click()
            page.get_by_test_id("answer").get_by_text("?").wait_for()
            page.wait_for_timeout(500)
            page.evaluate("window.bars = document.querySelector('[data-testid=probabilities]').innerHTML")
            seen = page.evaluate("window.delays.length")
            draw(page, DIGITS[digit])
            page.wait_for_function(f"window.delays.length > {seen}", timeout=10_000)
            page.wait_for_timeout(400)
            drawn += 1
            if drawn == strokes:
                break
    return [float(delay) for delay in page.evaluate("window.delays")]


def report(name: str, measured: list[float]) -> None:
    measured = sorted(measured)
    p95 = measured[round(0.95 * (len(measured) - 1))]
    print(f"{name}: p50 {statistics.median(measured):.0f} ms, p95 {p95:.0f} ms, {len(measured)} strokes", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--strokes", type=int, default=50)
    strokes = arguments.parse_args().strokes
    with sync_playwright() as playwright, serve(free_port()) as address:
        page = playwright.chromium.launch(**LAUNCH).new_page()
        page.goto(address)
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        draw(page, DIGITS[5])
        page.wait_for_timeout(1500)
        report("idle", delays(page, strokes))
        page.get_by_role("link", name="Train").first.click()
        page.get_by_text("All settings").click()
        page.get_by_role("spinbutton", name="Epochs").fill("50")
        page.get_by_role("spinbutton", name="Epochs").press("Enter")
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Start").click()
        page.get_by_text("Step").first.wait_for(timeout=60_000)
        page.get_by_role("link", name="Draw").first.click()
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        draw(page, DIGITS[5])
        page.wait_for_timeout(1500)
        report("while a run trains", delays(page, strokes))


if __name__ == "__main__":
    main()
