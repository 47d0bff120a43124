"""Who comes while the server gets ready can draw at once, or sees an outline, and then the page that the link names."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.drawing import DIGITS, expect_answer, write

# Python runs a file of this name first. Importing torch then takes 4 s longer, as on a slow disk.
SLOW_TORCH = """
import importlib.util, sys, time
class Slow:
    def find_spec(self, name, *_):
        if name == "torch":
            sys.meta_path.remove(self)
            spec = importlib.util.find_spec(name)
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (time.sleep(4), load(module))
            return spec
sys.meta_path.insert(0, Slow())
"""

MARK = """(canvas) => {
  const { top, width } = canvas.getBoundingClientRect();
  const was_marked = canvas.marked === true;
  canvas.marked = true;
  return { top, width, was_marked };
}"""


@pytest.fixture
def slow_start(start_app: Callable[..., str], tmp_path: Path) -> str:
    """The app, just started, on a machine where torch takes long to load."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_TORCH, encoding="utf-8")
    return start_app(PYTHONPATH=os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")])))


@pytest.mark.parametrize("width", [1280, 360])
def test_one_can_draw_before_torch_is_there_and_the_drawing_stays(slow_start: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(slow_start)
    write(page, DIGITS[7])
    waiting = page.get_by_role("status").filter(has_text="Getting ready")
    expect(waiting).to_be_visible()
    canvas = page.locator("canvas.upper-canvas")
    before = canvas.evaluate(MARK)
    page.get_by_test_id("answer").wait_for(timeout=60_000)  # torch is loaded
    expect_answer(page, "7")
    expect(waiting).to_have_count(0)
    after = canvas.evaluate(MARK)
    assert after["was_marked"] and not before["was_marked"]  # the same canvas, with whatever is drawn on it meanwhile
    assert abs(after["top"] - before["top"]) <= 8 and after["width"] == before["width"]
    page.locator(".st-key-draw_undo button").click()
    expect_answer(page, "?")


def test_the_outline_is_there_before_torch_and_then_the_page(slow_start: str, page: Page) -> None:
    page.goto(f"{slow_start}/inside?model=mlp&view=Surgery")
    expect(page.get_by_role("status").filter(has_text="Getting ready")).to_be_visible()
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)  # torch is loaded
    expect(page.get_by_role("heading", level=1)).to_have_text("Inside")
    expect(page.get_by_text("Getting ready")).to_have_count(0)
    expect(page.get_by_role("radio", name="Surgery")).to_be_checked()
    expect(page).to_have_url(re.compile("/inside.*view=Surgery"))
    write(page, DIGITS[7])
    expect(page.locator(".inside-answer b")).to_have_text("7")
    page.get_by_role("link", name="Draw").first.click()
    expect_answer(page, "7")
