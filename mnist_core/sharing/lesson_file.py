"""A lesson of a teacher's own: a TOML file with steps, each a title, a text and a link to a page of the app.

assets/lessons/example.toml is one. Texts are plain: whoever shows them escapes them.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from mnist_core.regular_files import read_regular

MAX_BYTES = 100_000
MAX_STEPS = 100
MAX_TITLE, MAX_TEXT, MAX_LINK = 120, 2_000, 2_000  # characters
MAX_FILES = 100  # in a folder
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
PATH = re.compile(r"(?:.*/)?([a-z]*)")  # of a link: the page is its last part

Pages = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class LessonStep:
    """One step of a lesson.

    Attributes:
        title: what to do, in a few words.
        text: what to look at, or a question; "" for none. Both are plain text, not escaped.
        page: the page's path in URLs, "" for the first page of the app.
        parameters: of the link, name and value.
    """

    title: str
    text: str
    page: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def link(self) -> str:
        """The link without the server's address, such as "/inside?image=8"."""
        return f"/{self.page}" + (f"?{urlencode(self.parameters)}" if self.parameters else "")


@dataclass(frozen=True)
class LessonFile:
    """A lesson: its title, a text about it, and one step or more. All texts are plain and not escaped."""

    title: str
    text: str
    steps: tuple[LessonStep, ...]


def parse_lesson(content: bytes, pages: Pages) -> LessonFile:
    """Read a lesson from the bytes of its file.

    Args:
        content: TOML in UTF-8, at most `MAX_BYTES`.
        pages: the names of the parameters that a link may have, by the page's path; "" is the first page.

    Raises:
        ValueError: the file is too large, is not TOML, lacks something, or has a link that leads out of the app. The
            message is a sentence that says where and what to do.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(f"a lesson file may have at most {MAX_BYTES:,} bytes, got {len(content):,}")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("a lesson file must be text in UTF-8: save it again with that encoding") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is nested too deeply"
        raise ValueError(f"this is not a valid TOML file: {reason[:200]}") from None
    _refuse_others(table, ("title", "text", "step"), "the lesson")
    steps = table.get("step")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise ValueError("a lesson needs one step or more: write each below a line [[step]]")
    if len(steps) > MAX_STEPS:
        raise ValueError(f"a lesson may have at most {MAX_STEPS} steps, got {len(steps):,}")
    return LessonFile(
        _text(table, "title", "the lesson", MAX_TITLE),
        _text(table, "text", "the lesson", MAX_TEXT, is_needed=False),
        tuple(_step(step, f"step {number}", pages) for number, step in enumerate(steps, start=1)),
    )


def load_lessons(folder: Path, pages: Pages) -> tuple[dict[str, LessonFile], list[str]]:
    """Read all lessons of a folder, in the order of their files' names.

    Args:
        folder: with files NAME.toml; others are left alone. At most `MAX_FILES` are read.
        pages: see `parse_lesson`.

    Returns:
        The lessons by name, and a sentence per file that could not be read.
    """
    lessons: dict[str, LessonFile] = {}
    problems = []
    for path in sorted(folder.glob("*.toml"))[:MAX_FILES]:
        try:
            if not NAME.fullmatch(path.stem):
                raise ValueError("its name may have only letters, digits, - and _, and at most 60 of them")
            lessons[path.stem] = parse_lesson(bytes(read_regular(path, MAX_BYTES)), pages)
        except (OSError, ValueError) as error:
            reason = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
            problems.append(f"{path.name[:80]}: {reason}.")
    return lessons, problems


def _step(table: dict[str, Any], where: str, pages: Pages) -> LessonStep:
    _refuse_others(table, ("title", "text", "link"), where)
    title = _text(table, "title", where, MAX_TITLE)
    text = _text(table, "text", where, MAX_TEXT, is_needed=False)
    page, parameters = _destination(_text(table, "link", where, MAX_LINK), where, pages)
    return LessonStep(title, text, page, parameters)


def _refuse_others(table: dict[str, Any], known: Collection[str], where: str) -> None:
    others = sorted(table.keys() - set(known))
    if others:
        raise ValueError(f"{where} may have {', '.join(known)}, got {others[0][:40]!r}")


def _text(table: dict[str, Any], name: str, where: str, limit: int, *, is_needed: bool = True) -> str:
    text = table.get(name, "")
    if not isinstance(text, str):
        raise ValueError(f'the {name} of {where} must be a text in quotes: {name} = "..."')
    text = text.strip()
    if is_needed and not text:
        raise ValueError(f'{where} needs a {name}: {name} = "..."')
    if len(text) > limit:
        raise ValueError(f"the {name} of {where} may have at most {limit:,} characters, got {len(text):,}")
    return text


def _destination(link: str, where: str, pages: Pages) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the page and the parameters of a link; the address of a server in front of it is left out."""
    try:
        parts = urlsplit(link)
        parameters = tuple(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError(f"the link of {where} cannot be read: copy it from the app, got {link[:60]!r}") from None
    path = PATH.fullmatch(parts.path)
    if parts.scheme not in ("", "http", "https") or path is None or path[1] not in pages:
        known = ", ".join(f"/{page}" for page in pages)
        raise ValueError(f"the link of {where} must lead to a page of the app ({known}), got {link[:60]!r}")
    for name, _ in parameters:
        if name not in pages[path[1]]:
            raise ValueError(f"the link of {where} has a parameter that its page does not know: {name[:40]!r}")
    return path[1], parameters
