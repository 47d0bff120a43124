"""Measure how long the Inside page's flow takes from the end of a stroke to its last picture, in a real browser.

    python -m tests.benchmarks.inside [--strokes 40] [--unfolded]

The browser's own clock measures from the pointer's release until the frame after the one in which every activation of
the drawing was painted. Needs Chromium.
"""

import argparse

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.delays import summarise
from tests.browser.drawing import DIGITS, write
from tests.browser.serving import LAUNCH, free_port, serve

# Record when the pen is lifted, and when the browser has shown the next flow that was painted.
RECORD_DELAYS = """flow => {
  window.delays = []; window.lifted = null;
  addEventListener('mouseup', event => {
    const onCanvas = event.composedPath().some(element => element.tagName === 'CANVAS');
    window.lifted = onCanvas ? performance.now() : null;
  }, true);
  new MutationObserver(() => {
    if (window.lifted === null) return;
    const lifted = window.lifted;
    window.lifted = null;
    requestAnimationFrame(() => requestAnimationFrame(() => window.delays.push(performance.now() - lifted)));
  }).observe(flow, {attributes: true, attributeFilter: ['data-painted']});
}"""


def delays(page: Page, strokes: int) -> list[float]:
    """Draw digits of one stroke each, and return the delay of each in ms."""
    page.locator(".flow").evaluate(RECORD_DELAYS)
    for stroke in range(strokes):
        page.locator(".st-key-draw_clear button").click()
        page.wait_for_timeout(900)
        write(page, DIGITS[(0, 1, 2, 3, 6, 7, 8)[stroke % 7]])
        page.wait_for_function(f"window.delays.length > {stroke}", timeout=10_000)
        page.wait_for_timeout(300)
    return [float(delay) for delay in page.evaluate("window.delays")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=40, help="how many are drawn per model")
    parser.add_argument("--unfolded", action="store_true", help="unfold every block first")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, serve(free_port()) as address:
        browser = playwright.chromium.launch(**LAUNCH)
        for model in ("cnn", "mlp", "linear"):
            page = browser.new_page()
            page.goto(f"{address}/inside?model={model}")
            page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
            page.locator(".flow .block").first.wait_for(timeout=60_000)
            if arguments.unfolded:
                for head in page.locator("button.head").all():
                    head.click()
            write(page, DIGITS[5])
            page.wait_for_timeout(1500)
            print(f"{model}: {summarise(delays(page, arguments.strokes), 'strokes')}", flush=True)
            page.close()


if __name__ == "__main__":
    main()
