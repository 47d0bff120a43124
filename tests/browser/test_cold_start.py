"""Who comes while the server gets ready sees an outline, and then the page that the link names."""

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


@pytest.fixture
def slow_start(start_app: Callable[..., str], tmp_path: Path) -> str:
    """The app, just started, on a machine where torch takes long to load."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_TORCH, encoding="utf-8")
    return start_app(PYTHONPATH=os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")])))


def test_the_outline_is_there_before_torch_and_then_the_page(slow_start: str, page: Page) -> None:
    page.goto(f"{slow_start}/inside?model=mlp&view=Surgery")
    expect(page.get_by_role("status").filter(has_text="Getting ready")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inside")
    expect(page.get_by_text("Getting ready")).to_have_count(0)
    expect(page.get_by_role("radio", name="Surgery")).to_be_checked()
    expect(page).to_have_url(re.compile("/inside.*view=Surgery"))
    write(page, DIGITS[7])
    expect(page.locator(".inside-answer b")).to_have_text("7")
    page.get_by_role("link", name="Draw").first.click()
    expect_answer(page, "7")
