"""A lesson file is read as it is written, and anything wrong in it gets a sentence that says where."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.sharing.lesson_file import MAX_BYTES, MAX_STEPS, LessonStep, load_lessons, parse_lesson

PAGES = {"": ("model", "drawing"), "inside": ("view", "image"), "learn": ("view", "lab")}
STEP = '[[step]]\ntitle = "Look"\nlink = "/inside?image=8"\n'


def lesson(step: str = STEP, head: str = 'title = "A lesson"\n') -> bytes:
    return (head + step).encode()


def with_link(link: str) -> bytes:
    return lesson(f"[[step]]\ntitle = 'Look'\nlink = '{link}'\n")


def test_a_lesson_is_read_as_it_is_written() -> None:
    content = b"""
title = "How a network sees"
text = "Twenty minutes."

[[step]]
title = "Draw a 4"
text = "Which digit comes second?"
link = "/?model=mlp"

[[step]]
title = "<b>Look</b>"
link = "https://digits.example:8501/school/inside?view=What+would+change+it&image=8"
"""
    read = parse_lesson(content, PAGES)
    assert (read.title, read.text) == ("How a network sees", "Twenty minutes.")
    assert read.steps == (
        LessonStep("Draw a 4", "Which digit comes second?", "", (("model", "mlp"),)),
        LessonStep("<b>Look</b>", "", "inside", (("view", "What would change it"), ("image", "8"))),
    )
    assert [step.link for step in read.steps] == ["/?model=mlp", "/inside?view=What+would+change+it&image=8"]


@pytest.mark.parametrize(("link", "page"), [("/", ""), ("inside", "inside"), ("/learn", "learn"), ("?model=mlp", "")])
def test_short_links_lead_to_their_page(link: str, page: str) -> None:
    assert parse_lesson(with_link(link), PAGES).steps[0].page == page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "needs one step or more"),
        (b"title = ", "not a valid TOML file: Invalid value"),
        (b"title = 'x'\nstep = =", "not a valid TOML file: .*line 2"),
        (b"\xff\xfe", "must be text in UTF-8"),
        (b"#" * (MAX_BYTES + 1), "at most 100,000 bytes, got 100,001"),
        (b"x = " + b"[" * 50_000, "not a valid TOML file"),
        (lesson(head=""), "the lesson needs a title"),
        (lesson(head="title = 3\n"), "title of the lesson must be a text in quotes"),
        (lesson(head='title = "x"\nauthor = "y"\n'), "the lesson may have title, text, step, got 'author'"),
        (lesson("step = 3"), "one step or more"),
        (lesson("step = [3]"), "one step or more"),
        (lesson(STEP * (MAX_STEPS + 1)), "at most 100 steps, got 101"),
        (lesson(STEP + "[[step]]\nlink = '/'"), "step 2 needs a title"),
        (lesson("[[step]]\ntitle = 'x'"), "step 1 needs a link"),
        (lesson(f"[[step]]\ntitle = '{'x' * 121}'\nlink = '/'"), "title of step 1 may have at most 120 .* got 121"),
        (lesson(STEP + "hide = 'all'"), "step 1 may have title, text, link, got 'hide'"),
        (with_link("javascript:alert(1)"), "must lead to a page of the app"),
        (with_link("ftp://here/inside"), "must lead to a page of the app"),
        (with_link("https://elsewhere.example/watch?v=1"), "must lead to a page of the app"),
        (with_link("/_stcore/health"), "must lead to a page of the app"),
        (with_link("/inside/../x"), "must lead to a page of the app"),
        (with_link("/inside?script=1"), "parameter that its page does not know: 'script'"),
        (with_link("/learn?image=8"), "parameter that its page does not know: 'image'"),
        (with_link("/inside?image"), "cannot be read"),
        (with_link("http://[inside"), "cannot be read"),
    ],
)
def test_what_is_wrong_gets_a_sentence_that_says_where(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_lesson(content, PAGES)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_lesson_or_get_a_sentence(content: bytes) -> None:
    try:
        parse_lesson(content, PAGES)
    except ValueError as error:
        assert str(error)


def test_a_folder_gives_its_lessons_by_name_and_a_sentence_for_each_other_file(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(lesson())
    (tmp_path / "a.toml").write_bytes(lesson())
    (tmp_path / "broken.toml").write_bytes(b"title = ")
    (tmp_path / "not a name.toml").write_bytes(lesson())
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "notes.txt").write_text("left alone")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    lessons, problems = load_lessons(tmp_path, PAGES)
    assert list(lessons) == ["a", "b"]
    assert [problem.split(":")[0] for problem in problems] == [
        "broken.toml", "folder.toml", "large.toml", "not a name.toml", "pipe.toml",
    ]  # fmt: skip
    assert all(problem.endswith(".") for problem in problems)


def test_a_folder_that_does_not_exist_has_no_lessons(tmp_path: Path) -> None:
    assert load_lessons(tmp_path / "nowhere", PAGES) == ({}, [])
