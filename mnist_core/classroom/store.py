"""The classes of a server: open one, join it, hand in, look at it, and delete it.

`ClassStore` is all that pages need. Every change is on the disk when its method returns.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.classroom.changes import Changes
from mnist_core.classroom.codes import new_code
from mnist_core.classroom.database import Database
from mnist_core.classroom.identity import pupil_key, teacher_key
from mnist_core.classroom.records import (
    DAY,
    KEEP_DAYS,
    MAX_ANSWERS,
    MAX_CLASSES,
    MAX_DETAIL,
    MAX_DRAWINGS,
    MAX_KEY,
    MAX_LESSON,
    MAX_NICKNAME,
    MAX_PUPILS,
    MAX_RUNS,
    MAX_SCORES,
    MAX_STROKES,
    MAX_TITLE,
    Answer,
    Classroom,
    ClassroomError,
    Drawing,
    Entry,
    FrozenClassError,
    LimitError,
    Pupil,
    Score,
    UnknownClassError,
)
from mnist_core.classroom.schema import tables
from mnist_core.constants import CLASSES, SIDE
from mnist_core.plain_text import plain_line

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Table

KEY = re.compile(rf"[a-z0-9][\w./-]{{0,{MAX_KEY - 1}}}", re.ASCII)
LINK = re.compile(rf"(?:/(?!/)[\x21-\x7e]{{0,{MAX_LESSON - 1}}})?")  # within the app, "" for none
SEEN_EVERY = 15.0  # s; a pupil who stays at one step is written down no more often than this
GONE = "there is no such class: it was closed, or its code is another one"
log = logging.getLogger(__name__)


class ClassStore:
    """All classes of a server, in one file in a folder. Many threads may use it.

    Args:
        folder: of the file; made when it does not exist.
        clock: returns the time, in s since the epoch.

    Attributes:
        changes: what tells a page whether something is new.

    Raises:
        StorageError: the folder cannot be written, or the file is damaged or not of this app.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.changes = Changes()
        self._clock = clock
        self._database = Database(folder)
        for room in self.all_classes():
            self.changes.open(room.code)

    def close(self) -> None:
        """Close the file; the classes stay in it."""
        self._database.close()

    # The life of a class

    def open_class(self, title: str, teacher: str, lesson: str = "") -> Classroom:
        """Open a class with a new code.

        Args:
            title: what its teacher calls it, at most `MAX_TITLE` characters; may be empty.
            teacher: the token of the teacher's browser.
            lesson: the link within the app to what the class works on, such as "/learn?step=cnn"; may be empty.

        Raises:
            LimitError: there are `MAX_CLASSES` already.
            ClassroomError: the title or the link is too long, or the link leads out of the app.
        """
        values: dict[str, Any] = {"title": _line(title, MAX_TITLE, "title"), "lesson": _checked_lesson(lesson)}
        with self._database.write() as connection:
            codes = {code for (code,) in connection.execute(tables().classes.select().with_only_columns(_code()))}
            if len(codes) >= MAX_CLASSES:
                raise LimitError(f"there are {MAX_CLASSES} classes already: close one of them first")
            code = next(code for code in iter(new_code, "") if code not in codes)
            values |= {
                "code": code,
                "opened_at": self._clock(),
                "owner": teacher_key(teacher),
                "is_frozen": False,
                "shown_drawing": None,
                "pupils_made": 0,
                "drawings_made": 0,
            }
            connection.execute(tables().classes.insert().values(values))
            room = _classroom(self._row(connection, code))
        self.changes.open(code)
        log.info("a class was opened; %d are open", len(codes) + 1)
        return room

    def find(self, code: str) -> Classroom | None:
        """Return a class by its code, None when there is none."""
        with self._database.read() as connection:
            row = connection.execute(tables().classes.select().where(_code() == code)).first()
        if row is None:
            self.changes.close(code)
            return None
        self.changes.open(code)  # another process may have opened it
        return _classroom(row)

    def all_classes(self) -> list[Classroom]:
        """Return all classes, the newest first."""
        classes = tables().classes
        with self._database.read() as connection:
            rows = connection.execute(classes.select().order_by(classes.c.opened_at.desc(), classes.c.id.desc()))
            return [_classroom(row) for row in rows]

    def freeze(self, code: str, is_frozen: bool) -> None:
        """Have the pupils look up, or go on.

        Raises:
            UnknownClassError: there is no such class.
        """
        self._update(code, is_frozen=is_frozen)

    def set_lesson(self, code: str, lesson: str) -> None:
        """Say what the class works on, see `open_class`.

        Raises:
            UnknownClassError: there is no such class.
            ClassroomError: the link is too long, or leads out of the app.
        """
        self._update(code, lesson=_checked_lesson(lesson))

    def show_drawing(self, code: str, number: int | None) -> None:
        """Put a drawing on the projector, or take it away.

        Args:
            code: of the class.
            number: of the drawing, None for none.

        Raises:
            UnknownClassError: there is no such class.
            ClassroomError: there is no such drawing, or its pupil did not agree.
        """
        if number is not None:
            drawing = self.drawing(code, number)
            if drawing is None:
                raise ClassroomError("this drawing is no longer there")
            if not drawing.may_be_shown:
                raise ClassroomError("the pupil did not agree to show this drawing")
        self._update(code, shown_drawing=number)

    def close_class(self, code: str) -> None:
        """Delete a class with all that belongs to it, for good.

        Raises:
            UnknownClassError: there is no such class.
        """
        with self._database.write() as connection:
            self._row(connection, code)
            connection.execute(tables().classes.delete().where(_code() == code))
        self.changes.close(code)
        self._database.tidy_up()
        log.info("a class was closed and deleted")

    def delete_old(self) -> int:
        """Delete the classes that were opened more than `KEEP_DAYS` days ago; returns how many."""
        before = self._clock() - KEEP_DAYS * DAY
        old = [room.code for room in self.all_classes() if room.opened_at < before]
        for code in old:
            self.close_class(code)
        return len(old)

    # Pupils

    def join(self, code: str, token: str, nickname: str = "") -> Pupil:
        """Make somebody a pupil of a class; whoever is one already stays the same pupil.

        Args:
            code: of the class.
            token: of their browser, see `identity`.
            nickname: at most `MAX_NICKNAME` characters; may be empty. It replaces an earlier one.

        Raises:
            UnknownClassError: there is no such class.
            LimitError: the class has `MAX_PUPILS` pupils.
            ClassroomError: the nickname is too long.
        """
        nickname, now, pupils = _line(nickname, MAX_NICKNAME, "nickname"), self._clock(), tables().pupils
        with self._database.write() as connection:
            room, key = self._row(connection, code), pupil_key(code, token)
            is_same = (pupils.c.class_id == room.id) & (pupils.c.key == key)
            row = connection.execute(pupils.select().where(is_same)).first()
            if row is None:
                if _count(connection, pupils, pupils.c.class_id == room.id) >= MAX_PUPILS:
                    raise LimitError(f"this class has {MAX_PUPILS} pupils, as many as it may have")
                number = room.pupils_made + 1
                values = {"class_id": room.id, "number": number, "key": key, "nickname": nickname, "page": ""}
                values |= {"step": "", "joined_at": now, "last_seen": now}
                connection.execute(pupils.insert().values(values))
                connection.execute(tables().classes.update().where(_code() == code).values(pupils_made=number))
            elif nickname and nickname != row.nickname:
                connection.execute(pupils.update().where(is_same).values(nickname=nickname))
            joined = _pupil(code, connection.execute(pupils.select().where(is_same)).one())
        self.changes.note(code)
        return joined

    def pupil(self, code: str, token: str) -> Pupil | None:
        """Return the pupil of a class that a browser is, None when it has not joined or there is no such class."""
        pupils = tables().pupils
        with self._database.read() as connection:
            mine = self._of_class(pupils, code).where(pupils.c.key == pupil_key(code, token))
            row = connection.execute(mine).first()
        return _pupil(code, row) if row else None

    def pupils(self, code: str) -> list[Pupil]:
        """Return the pupils of a class by their numbers; whoever has asked for its version was seen."""
        pupils, seen = tables().pupils, self.changes.seen(code)
        with self._database.read() as connection:
            rows = list(connection.execute(self._of_class(pupils, code).order_by(pupils.c.number)))
        found = [(_pupil(code, row), seen.get(row.key, 0.0)) for row in rows]
        return [replace(pupil, last_seen=max(pupil.last_seen, at)) for pupil, at in found]

    def membership(self, token: str) -> Pupil | None:
        """Return the pupil that a browser is, of the class that it joined last; None when it has joined none."""
        pupils, classes = tables().pupils, tables().classes
        with self._database.read() as connection:
            keys = {
                pupil_key(code, token): code
                for (code,) in connection.execute(classes.select().with_only_columns(_code()))
            }
            mine = pupils.select().where(pupils.c.key.in_(keys)).order_by(pupils.c.joined_at.desc(), pupils.c.id.desc())
            row = connection.execute(mine).first()
        return _pupil(keys[row.key], row) if row else None

    def note_seen(self, code: str, token: str) -> None:
        """Note that a browser shows a class, without a look at the file."""
        self.changes.note_seen(code, pupil_key(code, token), self._clock())

    def move(self, pupil: Pupil, page: str, step: str = "") -> Pupil:
        """Note where a pupil is; call it in every run of a page, as it writes seldom.

        Args:
            pupil: as the page knows them.
            page: the path of the page, such as "learn".
            step: the key of the step of the course, "" for none.

        Returns:
            The pupil as they are now; give it the next time.

        Raises:
            UnknownClassError: the class was closed, or the pupil removed.
        """
        page, step, now = _key(page or "draw", "page"), step and _key(step, "step"), self._clock()
        has_moved = (page, step) != (pupil.page, pupil.step)
        if not has_moved and now < pupil.last_seen + SEEN_EVERY and self.changes.version(pupil.code):
            return pupil
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            pupils = tables().pupils
            connection.execute(pupils.update().where(pupils.c.id == row.id).values(page=page, step=step, last_seen=now))
            moved = _pupil(pupil.code, self._pupil_row(connection, pupil))
        self.changes.note(pupil.code)
        return moved

    def leave(self, pupil: Pupil) -> None:
        """Delete a pupil and all that they handed in, for good; they may join anew."""
        with self._database.write() as connection:
            row, pupils = self._pupil_row(connection, pupil), tables().pupils
            self._take_theirs_off_projector(connection, pupil.code, row.id)
            connection.execute(pupils.delete().where(pupils.c.id == row.id))
        self._database.tidy_up()
        self.changes.note(pupil.code, for_pupils=True)

    def remove_handed_in(self, pupil: Pupil) -> None:
        """Delete all that a pupil handed in, for good: answers, drawings, runs in the race and scores. They stay in it.

        Raises:
            UnknownClassError: the class was closed, or the pupil removed.
        """
        rooms = tables()
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            self._take_theirs_off_projector(connection, pupil.code, row.id)
            for table in (rooms.answers, rooms.drawings, rooms.entries, rooms.scores):
                connection.execute(table.delete().where(table.c.pupil_id == row.id))
        self._database.tidy_up()
        self.changes.note(pupil.code, for_pupils=True)

    # What pupils hand in

    def answer(self, pupil: Pupil, question: str, option: int) -> bool:
        """Keep a pupil's first answer to a question; later ones are left out.

        Args:
            pupil: who answers.
            question: the key of the step that asks it.
            option: the place of the option, from 0.

        Returns:
            Whether it was the first.

        Raises:
            FrozenClassError: the class is paused.
            LimitError: the pupil has `MAX_ANSWERS` answers.
            UnknownClassError: the class was closed, or the pupil removed.
        """
        question, answers = _key(question, "question"), tables().answers
        if not 0 <= option < CLASSES:
            raise ClassroomError(f"an answer is the place of one of {CLASSES} options at most, got {option}")
        with self._hand_in(pupil) as (connection, row):
            is_same = (answers.c.pupil_id == row.id) & (answers.c.question == question)
            if _count(connection, answers, is_same):
                return False
            _check_count(connection, answers, row.id, MAX_ANSWERS, "answers")
            values = {"pupil_id": row.id, "question": question, "option": option, "at": self._clock()}
            connection.execute(answers.insert().values(values))
        return True

    def hand_in(
        self,
        pupil: Pupil,
        digit: int,
        image: np.ndarray,
        answer: int,
        confidence: float,
        *,
        may_be_shown: bool,
        strokes: str = "",
    ) -> Drawing:
        """Hand in a drawing.

        Args:
            pupil: who drew it.
            digit: that was meant, 0 to 9.
            image: (28, 28) uint8, 255 for ink, as preprocessing makes it.
            answer: the model's, 0 to 9.
            confidence: of the answer, in [0, 1].
            may_be_shown: whether the pupil agrees that it is shown to the class.
            strokes: the drawing as JSON, for `ink.strokes.parse_strokes`; it is left out when it is too long.

        Raises:
            FrozenClassError: the class is paused.
            LimitError: the pupil has handed in `MAX_DRAWINGS`.
            UnknownClassError: the class was closed, or the pupil removed.
            ClassroomError: the drawing is none.
        """
        if image.shape != (SIDE, SIDE) or image.dtype != np.uint8:
            raise ClassroomError(f"a drawing is ({SIDE}, {SIDE}) uint8, got {image.shape} {image.dtype}")
        if not (0 <= digit < CLASSES and 0 <= answer < CLASSES and 0 <= confidence <= 1):
            raise ClassroomError("a drawing has a digit and an answer from 0 to 9 and a confidence from 0 to 1")
        drawings = tables().drawings
        with self._hand_in(pupil) as (connection, row):
            _check_count(connection, drawings, row.id, MAX_DRAWINGS, "drawings", "remove one of them first")
            number = self._row(connection, pupil.code).drawings_made + 1
            connection.execute(tables().classes.update().where(_code() == pupil.code).values(drawings_made=number))
            values: dict[str, Any] = {"pupil_id": row.id, "number": number, "digit": int(digit), "answer": int(answer)}
            values |= {"confidence": float(confidence), "may_be_shown": bool(may_be_shown), "at": self._clock()}
            values |= {"image": image.tobytes(), "strokes": strokes if len(strokes) <= MAX_STROKES else ""}
            connection.execute(drawings.insert().values(values))
        return Drawing(**_without(values, "pupil_id", "image"), pupil=row.number, image=image.copy())

    def allow_showing(self, pupil: Pupil, number: int, may_be_shown: bool) -> None:
        """Change whether a pupil's own drawing may be shown; taken back, it leaves the projector at once.

        Raises:
            UnknownClassError: the class was closed, or the pupil removed.
        """
        drawings = tables().drawings
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            is_theirs = (drawings.c.pupil_id == row.id) & (drawings.c.number == number)
            changed = connection.execute(drawings.update().where(is_theirs).values(may_be_shown=may_be_shown)).rowcount
            if changed and not may_be_shown:
                self._take_off_projector(connection, pupil.code, number)
        self.changes.note(pupil.code, for_pupils=True)

    def remove_drawing(self, pupil: Pupil, number: int) -> None:
        """Delete a pupil's own drawing.

        Raises:
            UnknownClassError: the class was closed, or the pupil removed.
        """
        drawings = tables().drawings
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            is_theirs = (drawings.c.pupil_id == row.id) & (drawings.c.number == number)
            if connection.execute(drawings.delete().where(is_theirs)).rowcount:
                self._take_off_projector(connection, pupil.code, number)
        self.changes.note(pupil.code, for_pupils=True)

    def enter_run(self, pupil: Pupil, run: str) -> None:
        """Enter a run in the race of the class; its figures stay in the registry of runs.

        Args:
            pupil: whose run it is.
            run: its name.

        Raises:
            LimitError: the pupil has entered `MAX_RUNS`.
            UnknownClassError: the class was closed, or the pupil removed.
        """
        run, entries = _key(run, "run"), tables().entries
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            if _count(connection, entries, (entries.c.pupil_id == row.id) & (entries.c.run == run)):
                return
            _check_count(connection, entries, row.id, MAX_RUNS, "runs in the race")
            connection.execute(entries.insert().values(pupil_id=row.id, run=run, at=self._clock()))
        self.changes.note(pupil.code)

    def score(
        self, pupil: Pupil, challenge: str, value: float, detail: str = "", *, higher_is_better: bool = True
    ) -> bool:
        """Keep a pupil's score of a challenge if it is their best.

        Args:
            pupil: whose score it is.
            challenge: its key.
            value: in the challenge's own unit.
            detail: how it was reached, at most `MAX_DETAIL` characters; may be empty.
            higher_is_better: whether a higher value is better.

        Returns:
            Whether it is their best so far.

        Raises:
            LimitError: the pupil has scores of `MAX_SCORES` challenges.
            UnknownClassError: the class was closed, or the pupil removed.
            ClassroomError: the value is not finite, or the detail too long.
        """
        challenge, detail, scores = _key(challenge, "challenge"), _line(detail, MAX_DETAIL, "detail"), tables().scores
        if not math.isfinite(value):
            raise ClassroomError("a score is a finite number")
        values = {"value": float(value), "detail": detail, "at": self._clock()}
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            is_same = (scores.c.pupil_id == row.id) & (scores.c.challenge == challenge)
            before = connection.execute(scores.select().where(is_same)).first()
            if before is None:
                _check_count(connection, scores, row.id, MAX_SCORES, "scores")
                connection.execute(scores.insert().values(pupil_id=row.id, challenge=challenge, **values))
            elif value == before.value or (value > before.value) != higher_is_better:
                return False
            else:
                connection.execute(scores.update().where(is_same).values(values))
        self.changes.note(pupil.code)
        return True

    # What the teacher asks

    def answers(self, code: str) -> list[Answer]:
        """Return all answers of a class, the oldest first."""
        return [Answer(row.pupil, row.question, row.option, row.at) for row in self._handed_in(code, tables().answers)]

    def option_counts(self, code: str) -> dict[str, Counter[int]]:
        """Return how often each option of each question was chosen, by the question's key."""
        counts: dict[str, Counter[int]] = {}
        for answer in self.answers(code):
            counts.setdefault(answer.question, Counter())[answer.option] += 1
        return counts

    def drawings(self, code: str, newest: int | None = None) -> list[Drawing]:
        """Return the drawings of a class, the newest first.

        Args:
            code: of the class.
            newest: how many at most; None for all.
        """
        rows = self._handed_in(code, tables().drawings, is_newest_first=True, limit=newest)
        return [_drawing(row) for row in rows]

    def drawing(self, code: str, number: int) -> Drawing | None:
        """Return a drawing of a class by its number, None when there is none."""
        rows = self._handed_in(code, tables().drawings, number=number)
        return _drawing(rows[0]) if rows else None

    def drawings_of(self, pupil: Pupil) -> list[Drawing]:
        """Return a pupil's own drawings, the newest first."""
        rows = self._handed_in(pupil.code, tables().drawings, is_newest_first=True, pupil=pupil.number)
        return [_drawing(row) for row in rows]

    def confusion(self, code: str) -> np.ndarray:
        """Return how often each digit that was meant got each answer: (10, 10) int64, one row per digit."""
        from sqlalchemy import func, select

        drawings, counts = tables().drawings, np.zeros((CLASSES, CLASSES), dtype=np.int64)
        columns = drawings.c.digit, drawings.c.answer
        with self._database.read() as connection:
            asked = select(*columns, func.count()).select_from(drawings.join(tables().pupils).join(tables().classes))
            for digit, answer, count in connection.execute(asked.where(_code() == code).group_by(*columns)):
                counts[digit, answer] = count
        return counts

    def counts(self, code: str) -> tuple[Counter[int], Counter[int]]:
        """Return how many answers and how many drawings each pupil of a class has handed in, by their numbers."""
        return self._count_by_pupil(code, tables().answers), self._count_by_pupil(code, tables().drawings)

    def entries(self, code: str) -> list[Entry]:
        """Return the runs in the race of a class, the oldest first."""
        return [Entry(row.pupil, row.run, row.at) for row in self._handed_in(code, tables().entries)]

    def scores(self, code: str) -> list[Score]:
        """Return the best scores of a class, the oldest first."""
        return [
            Score(row.pupil, row.challenge, row.value, row.detail, row.at)
            for row in self._handed_in(code, tables().scores)
        ]

    # Rows

    @contextmanager
    def _hand_in(self, pupil: Pupil) -> Iterator[tuple[Connection, Row[Any]]]:
        """Give a connection to write and the pupil's row, unless the class is paused; note the change."""
        with self._database.write() as connection:
            row = self._pupil_row(connection, pupil)
            if self._row(connection, pupil.code).is_frozen:
                raise FrozenClassError("the class is paused: you can hand in again when your teacher goes on")
            yield connection, row
        self.changes.note(pupil.code)

    def _update(self, code: str, **values: object) -> None:
        with self._database.write() as connection:
            self._row(connection, code)
            connection.execute(tables().classes.update().where(_code() == code).values(values))
        self.changes.note(code, for_pupils=True)

    def _take_off_projector(self, connection: Connection, code: str, number: int) -> None:
        classes = tables().classes
        is_on = (_code() == code) & (classes.c.shown_drawing == number)
        connection.execute(classes.update().where(is_on).values(shown_drawing=None))

    def _take_theirs_off_projector(self, connection: Connection, code: str, pupil_id: int) -> None:
        drawings, shown = tables().drawings, self._row(connection, code).shown_drawing
        is_theirs = (drawings.c.pupil_id == pupil_id) & (drawings.c.number == shown)
        if shown is not None and _count(connection, drawings, is_theirs):
            self._take_off_projector(connection, code, shown)

    def _row(self, connection: Connection, code: str) -> Row[Any]:
        row = connection.execute(tables().classes.select().where(_code() == code)).first()
        if row is None:
            raise UnknownClassError(GONE)
        return row

    def _pupil_row(self, connection: Connection, pupil: Pupil) -> Row[Any]:
        pupils = tables().pupils
        row = connection.execute(self._of_class(pupils, pupil.code).where(pupils.c.number == pupil.number)).first()
        if row is None:
            raise UnknownClassError("you are no longer in this class: it was closed, or you have left it")
        return row

    def _of_class(self, pupils: Table, code: str) -> Any:
        from sqlalchemy import select

        return select(pupils).select_from(pupils.join(tables().classes)).where(_code() == code)

    def _count_by_pupil(self, code: str, table: Table) -> Counter[int]:
        from sqlalchemy import func, select

        number = tables().pupils.c.number
        asked = select(number, func.count()).select_from(table.join(tables().pupils).join(tables().classes))
        counts: Counter[int] = Counter()
        with self._database.read() as connection:
            for pupil, count in connection.execute(asked.where(_code() == code).group_by(number)):
                counts[pupil] = count
        return counts

    def _handed_in(
        self,
        code: str,
        table: Table,
        *,
        is_newest_first: bool = False,
        limit: int | None = None,
        number: int | None = None,
        pupil: int | None = None,
    ) -> list[Row[Any]]:
        """Return the rows of a table that belong to a class, or to one of its pupils, each with the pupil's number."""
        from sqlalchemy import select

        pupils = tables().pupils
        asked = select(table, pupils.c.number.label("pupil")).where(_code() == code)
        asked = asked.select_from(table.join(pupils).join(tables().classes))
        asked = asked.order_by(table.c.id.desc() if is_newest_first else table.c.id).limit(limit)
        if number is not None:
            asked = asked.where(table.c.number == number)
        if pupil is not None:
            asked = asked.where(pupils.c.number == pupil)
        with self._database.read() as connection:
            return list(connection.execute(asked))


def _code() -> Any:
    return tables().classes.c.code


def _count(connection: Connection, table: Table, condition: Any) -> int:
    from sqlalchemy import func, select

    return int(connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one())


def _check_count(connection: Connection, table: Table, pupil_id: int, limit: int, what: str, advice: str = "") -> None:
    if _count(connection, table, table.c.pupil_id == pupil_id) >= limit:
        raise LimitError(f"you have handed in {limit} {what}, as many as you may" + (f": {advice}" if advice else ""))


def _line(text: str, limit: int, what: str) -> str:
    try:
        return plain_line(text, limit, what)
    except ValueError as error:
        raise ClassroomError(str(error)) from None


def _key(text: str, what: str) -> str:
    if not KEY.fullmatch(text):
        raise ClassroomError(f"the key of a {what} has 1 to {MAX_KEY} small letters, digits and hyphens")
    return text


def _checked_lesson(link: str) -> str:
    if not LINK.fullmatch(link):
        raise ClassroomError(f"a lesson is a link within the app, such as /learn?step=cnn, got {link[:60]!r}")
    return link


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _classroom(row: Row[Any]) -> Classroom:
    return Classroom(row.code, row.title, row.opened_at, row.owner, row.is_frozen, row.shown_drawing, row.lesson)


def _pupil(code: str, row: Row[Any]) -> Pupil:
    return Pupil(code, row.number, row.nickname, row.page, row.step, row.joined_at, row.last_seen)


def _drawing(row: Row[Any]) -> Drawing:
    return Drawing(
        row.number, row.pupil, row.digit, row.answer, row.confidence, row.may_be_shown, row.at,
        np.frombuffer(row.image, dtype=np.uint8).reshape(SIDE, SIDE), row.strokes,
    )  # fmt: skip
