"""The tables of the file: classes, their pupils, and what these hand in.

What belongs to a pupil is deleted with them, and a pupil with the class.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_core.classroom.codes import LENGTH

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

APPLICATION = 0x44494749  # "DIGI", in the file's header, see https://sqlite.org/pragma.html#pragma_application_id
VERSION = 1  # of the tables


@dataclass(frozen=True)
class Tables:
    """The tables, and all of them together."""

    metadata: MetaData
    classes: Table
    pupils: Table
    answers: Table
    drawings: Table
    entries: Table
    scores: Table


@functools.cache
def tables() -> Tables:
    """Return the tables."""
    # NOTE: a late import, because most of those who use this library have no class.
    from sqlalchemy import (
        Boolean,
        Column,
        Float,
        ForeignKey,
        Integer,
        LargeBinary,
        MetaData,
        String,
        Table,
        UniqueConstraint,
    )

    metadata = MetaData()

    def of_pupil() -> Column[int]:
        return Column("pupil_id", ForeignKey("pupils.id", ondelete="CASCADE"), nullable=False, index=True)

    def column(name: str, kind: type) -> Column[object]:
        return Column(name, kind, nullable=False)

    classes = Table(
        "classes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("code", String(LENGTH), nullable=False, unique=True),
        column("title", String),
        column("opened_at", Float),
        column("owner", String),
        column("is_frozen", Boolean),
        Column("shown_drawing", Integer),
        column("lesson", String),
        column("pupils_made", Integer),  # how many there ever were, so that no number is given twice
        column("drawings_made", Integer),
    )
    pupils = Table(
        "pupils",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("class_id", ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
        column("number", Integer),
        column("key", String),
        column("nickname", String),
        column("page", String),
        column("step", String),
        column("joined_at", Float),
        column("last_seen", Float),
        UniqueConstraint("class_id", "key"),
        UniqueConstraint("class_id", "number"),
    )
    answers = Table(
        "answers",
        metadata,
        Column("id", Integer, primary_key=True),
        of_pupil(),
        column("question", String),
        column("option", Integer),
        column("at", Float),
        UniqueConstraint("pupil_id", "question"),
    )
    drawings = Table(
        "drawings",
        metadata,
        Column("id", Integer, primary_key=True),
        of_pupil(),
        column("number", Integer),
        column("digit", Integer),
        column("answer", Integer),
        column("confidence", Float),
        column("may_be_shown", Boolean),
        column("at", Float),
        column("image", LargeBinary),
        column("strokes", String),
    )
    entries = Table(
        "entries",
        metadata,
        Column("id", Integer, primary_key=True),
        of_pupil(),
        column("run", String),
        column("at", Float),
        UniqueConstraint("pupil_id", "run"),
    )
    scores = Table(
        "scores",
        metadata,
        Column("id", Integer, primary_key=True),
        of_pupil(),
        column("challenge", String),
        column("value", Float),
        column("detail", String),
        column("at", Float),
        UniqueConstraint("pupil_id", "challenge"),
    )
    return Tables(metadata, classes, pupils, answers, drawings, entries, scores)
