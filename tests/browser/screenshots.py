"""Take the README's screenshots from the running app.

    python -m tests.browser.screenshots

Writes assets/screenshots/{draw,browse,train,learn}.png. Needs MNIST and Chromium.
"""

import argparse
import tempfile
from collections.abc import Callable

from playwright.sync_api import Page, sync_playwright

from tests.browser.drawing import DIGITS, draw, expect_answer
from tests.browser.serving import LAUNCH, ROOT, free_port, serve

FOLDER = ROOT / "assets" / "screenshots"


def show_draw(page: Page) -> None:
    draw(page, DIGITS[3])
    expect_answer(page, "3")
    page.mouse.move(5, 5)


def show_browse(page: Page) -> None:
    page.get_by_role("heading", level=1).wait_for()


def show_train(page: Page) -> None:
    page.get_by_role("radio", name="MLP").first.click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Draw with it").wait_for(timeout=120_000)


def show_learn(page: Page) -> None:
    page.get_by_test_id("stCode").get_by_text("torchvision").first.wait_for(timeout=60_000)  # code is loaded late


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "draw": ("", show_draw),
    "browse": ("browse?image=8", show_browse),
    "train": ("train", show_train),
    "learn": ("learn", show_learn),
}


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        sync_playwright() as playwright,
        serve(free_port(), RUNS_ROOT=runs) as address,
    ):
        browser = playwright.chromium.launch(**LAUNCH)
        for name, (path, prepare) in PAGES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
            page.goto(f"{address}/{path}")
            page.get_by_role("heading", level=1).wait_for(timeout=60_000)
            prepare(page)
            page.wait_for_timeout(2_500)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


if __name__ == "__main__":
    main()
