"""Worksheets and teacher's notes: whole, without answers for pupils, and with links that lead somewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from mnist_core.course.catalog import CHAPTERS, NUMBERS
from mnist_core.course.lesson_plans import MINUTES, PLANS
from mnist_core.course.worksheet import worksheet

ADDRESS = "https://digits.example/class"
NAMES = [chapter.name for chapter in CHAPTERS]
PAGES = {"", "browse", "train", "inside", "learn"}
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Reads text and links, and checks that every element is closed."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(document)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


def plain(markdown: str) -> str:
    return re.sub(r"[`*]", "", markdown)


@pytest.mark.parametrize("name", NAMES)
def test_pupils_get_every_question_and_no_answer(name: str) -> None:
    document = worksheet(name, ADDRESS)
    read = Reader(document)
    for step in CHAPTERS[NAMES.index(name)].steps:
        assert f"{NUMBERS[step.key]}. {plain(step.title)}. {plain(step.question.words)}" in read.text
        assert all(plain(option) in read.text for option in step.question.options)
        assert plain(step.question.explanation) not in read.text
    for task in PLANS[name].tasks:
        assert plain(task.words) in read.text and plain(task.expected) not in read.text
    assert "class=right" not in document and document.count('class="write"') == sum(
        task.lines for task in PLANS[name].tasks
    )


@pytest.mark.parametrize("name", NAMES)
def test_teachers_get_the_plan_and_every_answer(name: str) -> None:
    document = worksheet(name, ADDRESS, is_for_teacher=True)
    read = Reader(document)
    steps, plan = CHAPTERS[NAMES.index(name)].steps, PLANS[name]
    assert all(plain(step.question.explanation) in read.text for step in steps)
    right = re.findall("<li class=right>(.*?)</li>", document)
    assert [plain(step.question.options[step.question.answer]) for step in steps] == [
        Reader(f"<p>{each}</p>").text for each in right
    ]
    assert all(plain(task.expected) in read.text for task in plan.tasks)
    assert all(goal in read.text for goal in plan.goals)
    assert f"Timing, {MINUTES} minutes" in read.text
    assert "{" not in read.text


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_page_of_the_app(name: str) -> None:
    links = Reader(worksheet(name, ADDRESS)).links
    assert links[0] == f"{ADDRESS}/learn?step={CHAPTERS[NAMES.index(name)].steps[0].key}"
    for link in links:
        assert link.startswith(f"{ADDRESS}/")
        url = urlsplit(link)
        assert url.path.removeprefix("/class/") in PAGES
        assert not url.query or parse_qs(url.query, strict_parsing=True)


def test_an_unknown_chapter_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"name must be a chapter of the course .*, got '\.\./x'"):
        worksheet("../x", ADDRESS)


def test_an_address_cannot_bring_html() -> None:
    assert "<script>" not in worksheet(NAMES[0], 'https://x/"><script>')
