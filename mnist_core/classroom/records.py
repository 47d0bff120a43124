"""What is kept of a class, as frozen records, and how much of it there may be.

Texts in a record are plain and not escaped: whoever shows them escapes them.
"""

from dataclasses import dataclass, field

import numpy as np

DAY = 86_400.0  # s
KEEP_DAYS = 30  # from the day on which a class was opened
MAX_CLASSES = 50  # open at a time, of all teachers
MAX_PUPILS = 200  # in a class
MAX_DRAWINGS = 60  # of one pupil
MAX_ANSWERS = 200  # of one pupil; the course has fewer questions
MAX_RUNS = 20  # of one pupil
MAX_SCORES = 50  # of one pupil; there are fewer challenges
MAX_TITLE, MAX_NICKNAME, MAX_LESSON, MAX_DETAIL = 60, 20, 2_000, 200  # characters
MAX_STROKES = 4_000  # characters of a drawing as JSON; longer ones are kept as an image alone
MAX_KEY = 60  # characters of the key of a page, a step, a question, a challenge or a run


class ClassroomError(ValueError):
    """What was asked for cannot be done; the message is a sentence for people, without a capital letter and a dot."""


class UnknownClassError(ClassroomError):
    """There is no such class, or it was closed."""


class LimitError(ClassroomError):
    """There is as much of it as there may be."""


class FrozenClassError(ClassroomError):
    """The teacher has paused the class, so nothing can be handed in."""


class StorageError(ClassroomError):
    """The file of the classes cannot be read or written."""


@dataclass(frozen=True)
class Classroom:
    """A class.

    Attributes:
        code: see `codes`.
        title: what its teacher calls it, "" for none.
        opened_at: in s since the epoch.
        owner: the hash of the teacher who opened it, see `identity.teacher_key`.
        is_frozen: whether the pupils are to look up: then nothing can be answered or handed in.
        shown_drawing: the number of the drawing that is on the projector, None for none.
        lesson: the link within the app to what the class works on, "" for none.
    """

    code: str
    title: str
    opened_at: float
    owner: str
    is_frozen: bool
    shown_drawing: int | None
    lesson: str

    @property
    def deleted_at(self) -> float:
        """When it will be deleted at the latest, in s since the epoch."""
        return self.opened_at + KEEP_DAYS * DAY


@dataclass(frozen=True)
class Pupil:
    """A pupil of a class.

    Attributes:
        code: of the class.
        number: from 1, in the order of joining.
        nickname: "" for none.
        page: the path of the page that they were on last, such as "learn"; "" for none.
        step: the key of the step of the course that they were at last, "" for none.
        joined_at, last_seen: in s since the epoch.
    """

    code: str
    number: int
    nickname: str
    page: str
    step: str
    joined_at: float
    last_seen: float

    @property
    def name(self) -> str:
        """What the class calls them."""
        return self.nickname or f"Pupil {self.number}"


@dataclass(frozen=True)
class Answer:
    """A pupil's first answer to a question of the course.

    Attributes:
        pupil: their number.
        question: the key of the step that asks it.
        option: the place of the option that was chosen, from 0.
        at: in s since the epoch.
    """

    pupil: int
    question: str
    option: int
    at: float


@dataclass(frozen=True)
class Drawing:
    """A drawing that a pupil handed in.

    Attributes:
        number: from 1, in the order of handing in; unique in the class.
        pupil: their number.
        digit: that was meant, 0 to 9.
        answer: that the model gave, 0 to 9.
        confidence: of the answer, in [0, 1].
        may_be_shown: whether the pupil agreed that it is shown to the class.
        at: in s since the epoch.
        image: (28, 28) uint8, 255 for ink, as the model reads it.
        strokes: the drawing as JSON, see `ink.strokes.parse_strokes`; "" when it was too long to be kept.
    """

    number: int
    pupil: int
    digit: int
    answer: int
    confidence: float
    may_be_shown: bool
    at: float
    image: np.ndarray = field(compare=False, repr=False)
    strokes: str = field(default="", compare=False, repr=False)

    @property
    def is_right(self) -> bool:
        """Whether the model read the digit that was meant."""
        return self.answer == self.digit


@dataclass(frozen=True)
class Entry:
    """A run that a pupil entered in the race of the class.

    Attributes:
        pupil: their number.
        run: its name in the registry of runs.
        at: in s since the epoch.
    """

    pupil: int
    run: str
    at: float


@dataclass(frozen=True)
class Score:
    """A pupil's best score of a challenge.

    Attributes:
        pupil: their number.
        challenge: its key.
        value: in the challenge's own unit.
        detail: how it was reached, in a few words; "" for none.
        at: in s since the epoch.
    """

    pupil: int
    challenge: str
    value: float
    detail: str
    at: float
