"""The lessons of teachers' own: which there are, and at which step of which one a visitor is."""

import functools
import os
import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from app_pages.state import address, train_form
from mnist_core.paths import ASSETS
from mnist_core.sharing.lesson_file import NAME, LessonFile, load_lessons

ROOT = "LESSONS_ROOT"  # the environment variable: a folder with lesson files
SHIPPED = ASSETS / "lessons"
PARAMETER = "lesson"  # in the URL: NAME, or NAME.3 for its third step
UPLOADED = "uploaded"  # the name of the lesson that a visitor uploaded
EVERYWHERE = ("model", "present", "hide", "class")
# The parameters that a link of a lesson may have, by the page's path; a test compares them with what the pages put.
PAGES: dict[str, tuple[str, ...]] = {
    "": (*EVERYWHERE, "drawing"),
    "browse": (
        *EVERYWHERE,
        "browse_view",
        "browse_split",
        "browse_digit",
        "browse_answer",
        "browse_read",
        "browse_sure",
        "browse_sort",
        "browse_page",
        "browse_cell",
        "image",
    ),
    "train": (*EVERYWHERE, "run", *train_form.PARAMETERS),
    "inside": (
        *EVERYWHERE,
        "drawing",
        "view",
        "method",
        "image",
        "split",
        "moment",
        "layer",
        "unit",
        "look",
        "target",
        "off",
        "change",
    ),
    "learn": (*EVERYWHERE, "view", "step", "lab", "challenge", "part"),
}


@dataclass
class LessonPlace:
    """Where one visitor is.

    Attributes:
        name: of the lesson that they look at, "" for none.
        step: the number of the step that they are at, from 1; 0 while they only look at the lesson.
        left: what the URL said of the lesson that they left last; it may still say so when the page runs next.
        uploaded: the lesson that they uploaded.
    """

    name: str = ""
    step: int = 0
    left: str = ""
    uploaded: LessonFile | None = field(default=None, repr=False)


def lesson_place() -> LessonPlace:
    """Return where this visitor is."""
    if "lesson_place" not in st.session_state:
        st.session_state.lesson_place = LessonPlace()
    place: LessonPlace = st.session_state.lesson_place
    return place


def known_lessons() -> tuple[dict[str, LessonFile], list[str]]:
    """Return the lessons that this visitor may choose from by name, and what is wrong with files in `LESSONS_ROOT`.

    These are the teacher's in the order of their files' names, the shipped one, and the visitor's own.
    """
    folders = [Path(os.environ[ROOT])] if os.environ.get(ROOT) else []
    lessons: dict[str, LessonFile] = {}
    problems: list[str] = []
    for folder in [*folders, SHIPPED]:
        loaded, wrong = _load(folder, _fingerprint(folder))
        lessons |= {name: lesson for name, lesson in loaded.items() if name not in lessons}
        problems += wrong
    if uploaded := lesson_place().uploaded:
        lessons[UPLOADED] = uploaded
    return lessons, problems


@functools.lru_cache(maxsize=4)
def _load(folder: Path, fingerprint: Hashable) -> tuple[dict[str, LessonFile], list[str]]:  # noqa: ARG001 - a cache key
    return load_lessons(folder, PAGES)


def _fingerprint(folder: Path) -> Hashable:
    try:
        with os.scandir(folder) as entries:
            found = [(each.name, each.stat(follow_symlinks=False)) for each in entries if each.name.endswith(".toml")]
    except OSError:
        return None
    return tuple(sorted((name, status.st_mtime_ns, status.st_size) for name, status in found))


def follow_link() -> None:
    """Go to the lesson and the step that the URL names, when the visitor came by a link or by the history."""
    texts = address.named(PARAMETER)
    if not texts:
        return
    place = lesson_place()
    if texts[-1] == place.left and not address.is_restored():
        return
    place.left = ""
    name, _, number = texts[-1].partition(".")
    lesson = known_lessons()[0].get(name) if NAME.fullmatch(name) else None
    if lesson is None:
        address.say_unknown("This link names a lesson that does not exist, so that part is ignored.")
        place.name, place.step = "", 0
        return
    is_step = re.fullmatch("[0-9]{1,3}", number) is not None and 1 <= int(number) <= len(lesson.steps)
    if number and not is_step:
        address.say_unknown("This link names a step of the lesson that does not exist, so that part is ignored.")
    place.name, place.step = name, int(number) if is_step else 0


def put_into_link() -> None:
    """Have the URL hold the lesson and the step that the visitor is at."""
    place = lesson_place()
    address.put(PARAMETER, *([f"{place.name}.{place.step}"] if place.name and place.step else []), quietly=True)


def leave() -> None:
    """Leave the lesson, in a callback."""
    place = lesson_place()
    place.left, place.step = f"{place.name}.{place.step}", 0


def step_parameters(lesson: LessonFile, name: str, step: int) -> list[tuple[str, str]]:
    """Return the query of the link within the app to a step, by its number from 1."""
    return [*lesson.steps[step - 1].parameters, (PARAMETER, f"{name}.{step}"), address.leading_parameter()]
