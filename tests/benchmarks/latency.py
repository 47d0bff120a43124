"""Measure how long the answer takes after the end of a stroke, idle and while a run trains, in a real browser.

    python -m tests.benchmarks.latency [--strokes 50]

The browser's own clock measures from the pointer's release until the page's answer changes. Needs Chromium, and MNIST
for the run.
"""

import argparse

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.delays import summarise
from tests.browser.drawing import DIGITS, draw
from tests.browser.serving import LAUNCH, free_port, serve
from tests.browser.visiting import start_long_run

# Record when the pen is lifted, and when the answer changes next.
RECORD_DELAYS = """() => {
  const panel = [...document.querySelectorAll('.st-key-draw_panel *')].find(element => element.shadowRoot).shadowRoot;
  window.delays = []; window.lifted = null; window.answers = () => panel.querySelector('.models').innerHTML;
  addEventListener('mouseup', event => {
    const onCanvas = event.composedPath().some(element => element.tagName === 'CANVAS');
    window.lifted = onCanvas ? performance.now() : null;
  }, true);
  new MutationObserver(changes => {
    if (window.lifted === null) return;
    if (window.answers() !== window.before) {
      window.delays.push(performance.now() - window.lifted); window.lifted = null;
    }
  }).observe(panel, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


def delays(page: Page, strokes: int) -> list[float]:
    """Draw digits of one stroke each, and return the delay of each in ms."""
    page.evaluate(RECORD_DELAYS)
    drawn = 0
    while drawn < strokes:
        for digit in (0, 1, 2, 3, 6, 7, 8):  # one stroke each
            page.locator(".st-key-draw_clear button").click()
            page.get_by_test_id("answer").get_by_text("?").wait_for()
            page.wait_for_timeout(500)
            page.evaluate("window.before = window.answers()")
            before = page.evaluate("window.delays.length")
            draw(page, DIGITS[digit])
            page.wait_for_function(f"window.delays.length > {before}", timeout=10_000)
            page.wait_for_timeout(400)
            drawn += 1
            if drawn == strokes:
                break
    return [float(delay) for delay in page.evaluate("window.delays")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=50, help="how many are drawn, idle and again during training")
    strokes = parser.parse_args().strokes
    with sync_playwright() as playwright, serve(free_port()) as address:
        page = playwright.chromium.launch(**LAUNCH).new_page()
        page.goto(address)
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        draw(page, DIGITS[5])
        page.wait_for_timeout(1500)
        print(f"idle: {summarise(delays(page, strokes), 'strokes')}", flush=True)
        page.get_by_role("link", name="Train").first.click()
        start_long_run(page)
        page.get_by_role("link", name="Draw").first.click()
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        draw(page, DIGITS[5])
        page.wait_for_timeout(1500)
        print(f"while a run trains: {summarise(delays(page, strokes), 'strokes')}", flush=True)


if __name__ == "__main__":
    main()
