"""Take the README's screenshots from the running app, and the picture that a link to the app shows.

    python -m tests.browser.screenshots            # all of them
    python -m tests.browser.screenshots draw train

Writes assets/screenshots/{draw,browse,train,inside,learn}.png and assets/preview.png. Needs MNIST and Chromium.
"""

import argparse
import io
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app_pages.components.link_preview import PICTURE, PICTURE_SIZE
from tests.browser.drawing import DIGITS, draw, expect_answer, write
from tests.browser.serving import LAUNCH, ROOT, free_port, serve

FOLDER = ROOT / "assets" / "screenshots"
WIDE = (1280, 800)  # px
COLOURS = 128  # of a picture; a screenshot has few, and a PNG of a palette is a third as large


def show_draw(page: Page) -> None:
    draw(page, DIGITS[3])
    expect_answer(page, "3")


def show_browse(page: Page) -> None:
    page.get_by_role("heading", level=2, name=re.compile("^Test image")).wait_for()


def show_train(page: Page) -> None:
    page.get_by_role("radio", name="MLP").first.click()
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.get_by_role("button", name="Draw with it").wait_for(timeout=120_000)


def show_learn(page: Page) -> None:
    page.get_by_test_id("stCode").get_by_text("torchvision").first.wait_for(timeout=60_000)  # code is loaded late


def show_inside(page: Page) -> None:
    write(page, DIGITS[3])
    page.locator(".inside-answer b", has_text="3").wait_for(timeout=60_000)


@dataclass(frozen=True)
class Picture:
    """A picture to take.

    Attributes:
        file: where it is written.
        path: of the page, below the app's address.
        prepare: brings the page to the state to show.
        screen: its width and height, px.
        size: of the picture, px; that of the screen by default.
    """

    file: Path
    path: str
    prepare: Callable[[Page], None]
    screen: tuple[int, int] = WIDE
    size: tuple[int, int] | None = None


PICTURES = {
    "draw": Picture(FOLDER / "draw.png", "", show_draw),
    "browse": Picture(FOLDER / "browse.png", "browse", show_browse),
    "train": Picture(FOLDER / "train.png", "train", show_train),
    "inside": Picture(FOLDER / "inside.png", "inside", show_inside),
    "learn": Picture(FOLDER / "learn.png", "learn", show_learn),
    "preview": Picture(PICTURE, "", show_draw, (1524, 800), PICTURE_SIZE),
}


def take(picture: Picture, browser: Browser, address: str) -> None:
    """Take a picture of the app at an address."""
    width, height = picture.screen
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light", reduced_motion="reduce")
    page.goto(f"{address}/{picture.path}")
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)
    picture.prepare(page)
    page.mouse.move(width - 5, height - 5)
    page.wait_for_timeout(2_500)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot = shot.resize(picture.size or shot.size, Image.Resampling.LANCZOS)
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(picture.file, optimize=True)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PICTURES)}; all of them by default")
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - PICTURES.keys():
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        sync_playwright() as playwright,
        serve(free_port(), RUNS_ROOT=runs) as address,
    ):
        browser = playwright.chromium.launch(**LAUNCH)
        for name in names:
            take(PICTURES[name], browser, address)


if __name__ == "__main__":
    main()
