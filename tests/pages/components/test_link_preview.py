"""What a link to a page says of it, before any script runs."""

import re
import struct
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from app_pages.components.link_preview import PICTURE, PICTURE_SIZE, PREVIEWS, SCRIPT, page_html, preview_routes


class Head(HTMLParser):
    """Collects a page's title and what its meta elements say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title, self.meta, self.is_title = "", dict[str, str](), False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.is_title = tag == "title"
        if tag == "meta" and "content" in given:
            self.meta[given.get("property") or given.get("name", "")] = given["content"]

    def handle_data(self, data: str) -> None:
        if self.is_title:
            self.title += data
            self.is_title = False


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_page_has_its_own_title_and_description_and_streamlits_script(name: str) -> None:
    page = page_html(name, "https://digits.example/demo")
    head = Head(page)
    assert head.title == head.meta["og:title"] == PREVIEWS[name].title and "Digits" in head.title
    assert head.meta["description"] == head.meta["og:description"] == PREVIEWS[name].description
    assert head.meta["og:url"] == f"https://digits.example/demo/{name}"
    assert head.meta["og:image"] == "https://digits.example/demo/preview.png"
    assert re.search(r'<script type="module"[^>]* src="\./static/js/index\.', page) and '<div id="root">' in page
    assert page.count("<title>") == 1 and page.index(SCRIPT) < page.index("static/js/index")


def test_what_a_link_says_is_short_enough_to_be_shown_whole() -> None:
    assert all(len(each.title) <= 70 and len(each.description) <= 155 for each in PREVIEWS.values())
    assert len({each.title for each in PREVIEWS.values()}) == len(PREVIEWS)


def test_the_name_of_the_host_cannot_become_markup() -> None:
    assert "<script>alert" not in page_html("", 'http://x"><script>alert(1)</script>')


def test_the_picture_has_the_size_that_the_page_says() -> None:
    assert struct.unpack(">II", PICTURE.read_bytes()[16:24]) == PICTURE_SIZE  # a PNG's width and height


def test_every_page_has_a_route_below_the_apps_own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {route.path for route in preview_routes()} >= {"/", "/browse", "/train", "/learn", "/preview.png"}  # type: ignore[attr-defined]
    monkeypatch.setattr("app_pages.components.link_preview.config.get_option", lambda _: "/demo/")
    assert {route.path for route in preview_routes()} >= {"/demo/", "/demo/browse", "/demo/preview.png"}  # type: ignore[attr-defined]


def test_the_server_can_import_it_before_torch() -> None:
    program = "import sys, app_pages.components.link_preview; print('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
