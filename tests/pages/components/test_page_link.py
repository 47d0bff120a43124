"""The link in the bar opens what the visitor sees."""

from urllib.parse import parse_qs, urlsplit

from app_pages.components.drawing_link import MAX_LINK
from app_pages.components.page_link import link_of
from tests.made import Miniature
from tests.pages.opening import html_of, open_page, run


def test_a_link_has_the_pages_address_and_the_given_parameters_alone() -> None:
    link = link_of("https://digits.example/school/inside?led=1&image=2", [("view", "Over time"), ("off", "1-2")])
    assert link == "https://digits.example/school/inside?view=Over+time&off=1-2"
    assert link_of("https://digits.example/", []) == "https://digits.example/"


def test_the_link_is_made_only_when_it_is_asked_for(miniature: Miniature) -> None:
    page = open_page("inside", view="Surgery", image="3", model="mlp", lesson="example.2")
    codes = len(page.code)
    assert not any("QR code" in each for each in html_of(page))
    page.session_state["shell_link"] = True
    run(page)
    assert len(page.code) == codes + 1
    shown = parse_qs(urlsplit(page.code[-1].value).query)
    assert shown == {"view": ["Surgery"], "image": ["3"], "model": ["mlp"], "lesson": ["example.2"]}
    assert any("QR code" in each for each in html_of(page))


def test_a_link_that_is_too_long_for_a_code_is_shown_without_one(miniature: Miniature) -> None:
    drawing = "x" * MAX_LINK
    page = open_page("inside", drawing=drawing)
    page.session_state["shell_link"] = True
    run(page)
    assert not any("QR code" in each for each in html_of(page))
    assert drawing in page.code[-1].value
