"""What a course consists of: chapters of steps, each with an explanation, code and a question."""

import re
from dataclasses import dataclass

KEY = re.compile(r"[a-z]+(-[a-z]+)*")


@dataclass(frozen=True)
class Question:
    """A question to answer before the answer is revealed.

    Attributes:
        words: the question, in Markdown.
        options: two to four possible answers, in Markdown.
        answer: the place of the right one, from 0.
        explanation: why it is right, in Markdown.
    """

    words: str
    options: tuple[str, ...]
    answer: int
    explanation: str

    def __post_init__(self) -> None:
        if not 2 <= len(self.options) <= 4 or len(set(self.options)) < len(self.options):
            raise ValueError(f"options must be two to four different texts, got {self.options}")
        if not 0 <= self.answer < len(self.options):
            raise ValueError(f"answer must be the place of one of {len(self.options)} options, got {self.answer}")


@dataclass(frozen=True)
class Step:
    """One step of the course.

    Attributes:
        key: its name in links, lower-case words joined by hyphens; renaming one breaks old links.
        title: what is done, in a few words.
        explanation: what is done and why, in Markdown.
        code: Python that does it, after the code of the steps before it.
        question: to answer before reading on.
        figure: what the figure that the code makes shows, for screen readers; "" when it makes none.
    """

    key: str
    title: str
    explanation: str
    code: str
    question: Question
    figure: str = ""

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"key must be lower-case words joined by hyphens, got {self.key!r}")


@dataclass(frozen=True)
class Chapter:
    """A part of the course, which is a notebook of its own.

    Attributes:
        name: of its notebook's file, without the ending.
        title: what it is about, in a few words.
        summary: what one can do after it, in one sentence.
        steps: in order.
        setup: the code of earlier chapters that its steps need when it runs alone; "" when they need none.
    """

    name: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    setup: str = ""
