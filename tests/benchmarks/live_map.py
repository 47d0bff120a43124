"""Measure how long Inside takes from the end of a stroke to the path on the map and to the film over time.

    python -m tests.benchmarks.live_map [--strokes 30] [--model cnn]

The browser's own clock measures from the pointer's release until the map's path, or the film's probabilities, belong to
the new drawing. The film of a shipped model has two moments. Needs Chromium.
"""

import argparse

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.delays import summarise
from tests.browser.drawing import DIGITS, write
from tests.browser.serving import LAUNCH, free_port, serve

VIEWS = {"Map": ".map canvas", "Over time": ".lapse .bars"}  # with what changes at every stroke
# Record when the pen is lifted, and when the words about the picture change next; a component has a shadow root.
RECORD_DELAYS = """([selector]) => {
  const roots = [...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean);
  const shown = [document, ...roots].map((root) => root.querySelector(selector)).find(Boolean);
  window.delays = []; window.lifted = null;
  addEventListener('mouseup', (event) => {
    const onCanvas = event.composedPath().some((element) => element.tagName === 'CANVAS');
    window.lifted = onCanvas ? performance.now() : null;
  }, true);
  new MutationObserver(() => {
    if (window.lifted === null) return;
    window.delays.push(performance.now() - window.lifted); window.lifted = null;
  }).observe(shown, {attributes: true, attributeFilter: ['aria-label']});
}"""


def delays(page: Page, selector: str, strokes: int) -> list[float]:
    """Draw digits of one stroke each, and return the delay of each in ms."""
    page.evaluate(RECORD_DELAYS, [selector])
    for stroke in range(strokes):
        page.locator(".st-key-draw_clear button").click()
        page.wait_for_timeout(800)
        page.evaluate("window.lifted = null")
        before = page.evaluate("window.delays.length")
        write(page, DIGITS[(0, 1, 2, 3, 6, 7, 8)[stroke % 7]])  # one stroke each
        page.wait_for_function(f"window.delays.length > {before}", timeout=10_000)
        page.wait_for_timeout(1200)  # the path grows to its end
    return [float(delay) for delay in page.evaluate("window.delays")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=30, help="how many are drawn in each view")
    parser.add_argument("--model", default="cnn", help="a shipped model")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, serve(free_port()) as address:
        page = playwright.chromium.launch(**LAUNCH).new_page(viewport={"width": 1280, "height": 1000})
        for view, selector in VIEWS.items():
            page.goto(f"{address}/inside?view={view}&model={arguments.model}")
            page.locator(selector).wait_for(timeout=120_000)
            page.wait_for_timeout(3_000)
            write(page, DIGITS[1])  # the first stroke takes the example away
            page.wait_for_timeout(2_000)
            print(f"{view}: {summarise(delays(page, selector, arguments.strokes), 'strokes')}", flush=True)


if __name__ == "__main__":
    main()
