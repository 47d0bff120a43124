"""A link hides controls, and a teacher makes such a link."""

from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest

from app_pages.components.hidden_controls import CONTROLS
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run


def hidden_keys(page: AppTest) -> list[str]:
    """Return the keys of the elements that the page hides."""
    (style,) = [each for each in html_of(page) if "display: none !important" in each] or [""]
    return [key for control in CONTROLS.values() for key in control.keys if f".st-key-{key}" in style]


def test_a_link_hides_what_it_names_on_every_page_that_has_it(miniature: Miniature) -> None:
    page = open_page("inside", hide=["model", "outline", "pages"])
    assert hidden_keys(page) == ["shell_nav", "shell_model"]
    assert address_of(page)["hide"] == ["pages", "model", "outline"]
    page.switch_page("app_pages/learn.py")
    del page.query_params["hide"]
    run(page)
    assert hidden_keys(page) == ["shell_nav", "lessons_outline"]
    assert address_of(page)["hide"] == ["pages", "model", "outline"]


def test_the_next_step_of_a_lesson_shows_what_the_last_one_hid(miniature: Miniature) -> None:
    page = open_page("learn", lesson="example.1", hide="views")
    page.query_params["led"] = "1"
    del page.query_params["hide"]
    run(page)
    assert hidden_keys(page) == [] and "hide" not in address_of(page)


def test_whoever_leaves_the_lesson_sees_all(miniature: Miniature) -> None:
    page = open_page("learn", lesson="example.1", hide="views")
    assert hidden_keys(page) == list(CONTROLS["views"].keys)
    run(page.button(key="lesson_leave").click())
    assert hidden_keys(page) == [] and "hide" not in address_of(page)


def test_what_cannot_be_hidden_is_said(miniature: Miniature) -> None:
    page = open_page("learn", hide=["</style><script>", "views"])
    assert hidden_keys(page) == list(CONTROLS["views"].keys) and not any("<script>" in each for each in html_of(page))
    assert [each.value for each in page.warning] == [
        "This link hides a control that does not exist, so that part is ignored."
    ]


def test_the_link_hides_what_is_chosen(miniature: Miniature) -> None:
    page = open_page("inside", hide="settings")
    page.session_state["shell_link"] = True
    run(page)
    pills = page.button_group(key="link_hides_inside")
    assert pills.options == [control.label for control in CONTROLS.values() if "inside" in control.pages]
    run(pills.set_value(["views", "pages"]))
    assert parse_qs(urlsplit(page.code[-1].value).query)["hide"] == ["pages", "views", "settings"]
    assert hidden_keys(page) == []  # not here
