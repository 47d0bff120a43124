"""How long from the choice of a digit to its images on the screen, on the Browse page, in a real browser.

    python -m tests.benchmarks.browse [--changes 30]

The clock is the browser's own: from the press on a digit to the first frame that shows the decoded sheet of the new
images. It needs MNIST.
"""

import argparse
import statistics

from playwright.sync_api import Page, sync_playwright

from tests.browser.serving import LAUNCH, free_port, serve

# Note when a digit is pressed, and the frame in which the grid's sheet of pictures is another one and decoded.
WATCH = """() => {
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
    """Choose one digit after another, and return each one's delay in ms."""
    page.evaluate(WATCH)
    digits = page.locator(".st-key-browse_digit")
    for change in range(changes):
        digits.get_by_text(str(change % 10), exact=True).click()
        page.wait_for_function(f"window.delays.length > {change}", timeout=10_000)
        page.wait_for_timeout(400)
    return [float(delay) for delay in page.evaluate("window.delays")]


def report(name: str, measured: list[float]) -> None:
    measured = sorted(measured)
    p95 = measured[round(0.95 * (len(measured) - 1))]
    print(f"{name}: p50 {statistics.median(measured):.0f} ms, p95 {p95:.0f} ms, {len(measured)} changes", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--changes", type=int, default=30)
    changes = arguments.parse_args().changes
    with sync_playwright() as playwright, serve(free_port()) as address:
        browser = playwright.chromium.launch(**LAUNCH)
        for name, query in {
            "by digit": "",
            "by digit, wrong ones only": "browse_answer=Wrong&model=linear",
            "by digit, with an image open": "image=8",
        }.items():
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(f"{address}/browse?{query}")
            page.get_by_role("option").first.wait_for(timeout=60_000)
            page.wait_for_timeout(5_000)  # meanwhile the model looks at all test images, once
            report(name, delays(page, changes))
            page.close()


if __name__ == "__main__":
    main()
