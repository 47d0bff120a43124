"""Measure how long the Browse page takes to show the images of a digit, in a real browser.

    python -m tests.benchmarks.browse [--changes 30] [--busy]

The browser's own clock measures from the press on a digit to the first frame that shows the new images, decoded. With
`--busy` two loops keep the processor busy meanwhile. Needs MNIST and Chromium.
"""

import argparse
from contextlib import nullcontext

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.delays import summarise
from tests.benchmarks.hasty import busy_processor
from tests.browser.serving import LAUNCH, free_port, serve

# Record when a digit is pressed, and the first frame in which the grid shows another sprite sheet, decoded.
RECORD_DELAYS = """() => {
  window.delays = []; window.pressed = null;
  const within = (root) => root.querySelector('.tiles')
    ?? [...root.querySelectorAll('*')].map((each) => each.shadowRoot && within(each.shadowRoot)).find(Boolean);
  let tiles;
  const sheet = () => {
    if (!tiles?.isConnected) tiles = within(document.querySelector('.st-key-browse_grid') ?? document.body);
    return tiles?.style.getPropertyValue('--sprite');
  };
  addEventListener('pointerdown', () => { window.pressed = performance.now(); window.before = sheet(); }, true);
  const look = async () => {
    const now = sheet();
    if (window.pressed !== null && now && now !== window.before) {
      const pressed = window.pressed;
      window.pressed = null;
      const picture = new Image();
      picture.src = now.slice(4, -1).replace(/"/g, '');
      await picture.decode();
      requestAnimationFrame(() => { window.delays.push(performance.now() - pressed); });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def delays(page: Page, changes: int) -> list[float]:
    """Choose one digit after another and return the delay of each in ms."""
    page.evaluate(RECORD_DELAYS)
    digits = page.locator(".st-key-browse_digit")
    for change in range(changes):
        digits.get_by_text(str(change % 10), exact=True).click()
        page.wait_for_function(f"window.delays.length > {change}", timeout=10_000)
        page.wait_for_timeout(400)
    return [float(delay) for delay in page.evaluate("window.delays")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=30, help="how often the digit changes, in each of three views")
    parser.add_argument("--busy", action="store_true", help="beside two loops that keep the processor busy")
    options = parser.parse_args()
    beside = busy_processor() if options.busy else nullcontext()
    with sync_playwright() as playwright, serve(free_port()) as address, beside:
        browser = playwright.chromium.launch(**LAUNCH)
        for name, query in {
            "by digit": "",
            "by digit, mistakes only": "browse_answer=Wrong&model=linear",
            "by digit, with an image open": "image=8",
        }.items():
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(f"{address}/browse?{query}")
            page.get_by_role("option").first.wait_for(timeout=60_000)
            page.wait_for_timeout(5_000)  # meanwhile the model predicts all test images, once
            print(f"{name}: {summarise(delays(page, options.changes), 'changes')}", flush=True)
            page.close()


if __name__ == "__main__":
    main()
