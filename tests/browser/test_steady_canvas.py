"""While a page loads, the canvas takes no more than its place: nothing below it jumps away from a finger and back."""

import pytest
from playwright.sync_api import Browser, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}
WATCH = """
window.distances = [];
const look = () => {
  const tools = document.querySelector(".st-key-draw_tools");
  const ink = tools?.closest('[class*="_ink"]');
  if (ink) distances.push(Math.round(tools.getBoundingClientRect().top - ink.getBoundingClientRect().top));
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.mark.parametrize("path", ["", "inside", "learn?step=tensor"])
def test_the_tools_below_the_canvas_are_never_pushed_further_down(app: str, browser: Browser, path: str) -> None:
    page = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.add_init_script(WATCH)
    page.goto(f"{app}/{path}")
    page.locator("canvas.upper-canvas").wait_for(timeout=30_000)
    page.wait_for_timeout(500)
    distances = page.evaluate("distances")
    assert len(distances) > 10 and max(distances) <= distances[-1] + 8
    page.context.close()
