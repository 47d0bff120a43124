"""Lessons of a teacher's own: what the page lists, where its links lead, and what an upload says."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.own_lessons import lesson_list
from app_pages.state import own_lessons
from app_pages.state.address import LED
from mnist_core.sharing.lesson_file import parse_lesson
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run

EXAMPLE = parse_lesson((own_lessons.SHIPPED / "example.toml").read_bytes(), own_lessons.PAGES)
SCRIPT = "<script>alert(1)</script>"
LESSON = f"""
title = "{SCRIPT} *bold*"
text = "{SCRIPT}"
[[step]]
title = "{SCRIPT} **x**"
text = "{SCRIPT}"
link = "/inside?image=3&model=linear"
[[step]]
title = "Second"
link = "/learn?view=labs&lab=few"
"""


@pytest.fixture
def lessons_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lessons with one in it, `mine`."""
    root = tmp_path / "lessons"
    root.mkdir()
    (root / "mine.toml").write_text(LESSON)
    monkeypatch.setenv(own_lessons.ROOT, str(root))
    return root


def step_links(page: AppTest) -> list[tuple[str, dict[str, str]]]:
    """Return the page and the query of every link into a lesson."""
    links = [link.proto for link in page.get("page_link")]
    return [(link.page, dict(parse_qsl(link.query_string))) for link in links if "lesson=" in link.query_string]


def upload(page: AppTest, content: bytes) -> None:
    uploader: Any = page.get("file_uploader")[0]
    run(uploader.set_value(("own.toml", content, "application/toml")))


def test_the_example_is_listed_with_a_link_for_each_step(miniature: Miniature) -> None:
    page = open_page("learn", view="lessons")
    assert [each.value for each in page.header] == [EXAMPLE.title]
    *listed, begin = step_links(page)
    assert begin == listed[0] and len(listed) == len(EXAMPLE.steps)
    for number, ((name, query), step) in enumerate(zip(listed, EXAMPLE.steps, strict=True), start=1):
        assert name == step.page
        assert query == dict(step.parameters) | {"lesson": f"example.{number}", LED: "1"}
    assert address_of(page) == {"view": ["lessons"], "lesson": ["example"]}


def test_the_teachers_lessons_come_first_and_each_opens_by_its_link(miniature: Miniature, lessons_root: Path) -> None:
    page = open_page("learn", view="lessons")
    assert page.selectbox(key=lesson_list.CHOICE).value == "mine"
    page = open_page("learn", view="lessons", lesson="example")
    assert [each.value for each in page.header] == [EXAMPLE.title]
    run(page.selectbox(key=lesson_list.CHOICE).set_value("mine"))
    assert address_of(page)["lesson"] == ["mine"] and len(step_links(page)) == 3


def test_texts_of_a_lesson_are_shown_as_they_are(miniature: Miniature, lessons_root: Path) -> None:
    for page in (open_page("learn", view="lessons"), open_page("train", lesson="mine.1")):
        assert not any(SCRIPT in each for each in html_of(page))
        assert any("&lt;script&gt;" in each for each in html_of(page))
    assert open_page("learn", view="lessons").header[0].value == r"\<script\>alert(1)\</script\> \*bold\*"


def test_a_step_stands_above_its_page_with_the_ways_back_and_on(miniature: Miniature, lessons_root: Path) -> None:
    page = open_page("inside", lesson="mine.1", image="3", model="linear")
    (bar,) = [each for each in html_of(page) if 'class="lesson-step"' in each]
    assert "step 1 of 2" in bar
    assert step_links(page) == [("learn", {"view": "labs", "lab": "few", "lesson": "mine.2", LED: "1"})]
    assert address_of(page) == {"image": ["3"], "model": ["linear"], "lesson": ["mine.1"]}
    run(page.button(key="lesson_leave").click())
    assert not any('class="lesson-step"' in each for each in html_of(page))
    assert "lesson" not in address_of(page)


def test_a_link_to_a_step_is_followed_once_although_the_url_still_holds_it(
    miniature: Miniature, lessons_root: Path
) -> None:
    page = open_page("learn", lesson="mine.2", view="labs", lab="few", led="1")
    run(page.button(key="lesson_leave").click())
    assert not any('class="lesson-step"' in each for each in html_of(page))
    page.query_params["led"] = "2"  # another link
    run(page)
    assert any("step 2 of 2" in each for each in html_of(page))
    assert all(query[LED] == "3" for _, query in step_links(page))
    page.query_params["led"] = "1"  # a URL of before
    run(page.button(key="lesson_leave").click())
    assert not any('class="lesson-step"' in each for each in html_of(page))


def test_a_lesson_goes_on_while_the_visitor_looks_elsewhere(miniature: Miniature, lessons_root: Path) -> None:
    page = open_page("learn", lesson="mine.2", view="labs")
    page.switch_page("app_pages/train.py")
    run(page)
    assert any("step 2 of 2" in each for each in html_of(page)) and address_of(page)["lesson"] == ["mine.2"]


@pytest.mark.parametrize("named", ["nothing.1", "mine.3", "mine.0", "mine.x", "../mine", "mine." + "9" * 500, "<b>"])
def test_a_link_to_a_step_that_does_not_exist_says_so(miniature: Miniature, lessons_root: Path, named: str) -> None:
    page = open_page("train", lesson=named)
    assert "of the lesson that does not exist" in page.warning[0].value or "names a lesson" in page.warning[0].value
    assert not any('class="lesson-step"' in each for each in html_of(page))


def test_a_step_that_is_removed_from_the_file_takes_the_bar_away(miniature: Miniature, lessons_root: Path) -> None:
    page = open_page("train", lesson="mine.2")
    (lessons_root / "mine.toml").write_text(LESSON.split('[[step]]\ntitle = "Second"')[0])
    run(page)
    assert not any('class="lesson-step"' in each for each in html_of(page))


def test_a_file_that_cannot_be_read_is_named_with_a_sentence(miniature: Miniature, lessons_root: Path) -> None:
    (lessons_root / "broken.toml").write_text("title = 3")
    page = open_page("learn", view="lessons")
    assert "broken" in page.warning[0].value and "step or more" in page.warning[0].value
    assert page.selectbox(key=lesson_list.CHOICE).value == "mine"


def test_an_uploaded_lesson_is_shown_to_who_uploaded_it(miniature: Miniature) -> None:
    page = open_page("learn", view="lessons")
    upload(page, LESSON.encode())
    assert page.selectbox(key=lesson_list.CHOICE).value == own_lessons.UPLOADED
    assert not page.error
    other = open_page("train", lesson="uploaded.1")
    assert "names a lesson that does not exist" in other.warning[0].value


def test_an_upload_that_is_no_lesson_gets_a_sentence(miniature: Miniature) -> None:
    page = open_page("learn", view="lessons")
    upload(page, b"title = '*x*'")
    assert page.error[0].value.startswith("A lesson needs one step or more") and page.error[0].value.endswith(".")
    assert [each.value for each in page.header] == [EXAMPLE.title]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("draw", {"model": "mlp"}),
        ("browse", {"browse_view": "Confusion", "browse_split": "Train", "browse_cell": "4-9"}),
        ("browse", {"browse_digit": "3", "browse_sort": "Least sure", "image": "2"}),
        ("train", {}),
        ("inside", {"view": "Surgery", "image": "3", "model": "mlp", "off": "1-3"}),
        ("inside", {"view": "What would change it", "change": "Morph", "image": "3", "model": "mlp"}),
        ("learn", {"view": "labs", "lab": "few"}),
    ],
)
def test_a_lesson_may_name_every_parameter_that_a_page_puts(
    miniature: Miniature, page: str, query: dict[str, str]
) -> None:
    opened = open_page(page, **query)
    known = opened.session_state["address"].known - {own_lessons.PARAMETER, LED}
    assert known <= set(own_lessons.PAGES["" if page == "draw" else page]) and set(query) <= known


def test_a_lesson_that_is_left_while_its_page_still_opens_stays_left(miniature: Miniature, lessons_root: Path) -> None:
    page = open_page("train", lesson="mine.1")
    page.session_state["address"].has_arrived = True  # as long as the first run has not come to its end
    run(page.button(key="lesson_leave").click())
    assert not any('class="lesson-step"' in each for each in html_of(page)) and "lesson" not in address_of(page)
