"""What is kept of a class."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from mnist_core.classroom.records import Classroom, Drawing, Pupil


def test_a_class_says_when_it_is_deleted() -> None:
    room = Classroom("BCDFHJ", "", 1_000.0, "", False, None, "")
    assert room.deleted_at == 1_000.0 + 30 * 24 * 60 * 60
    with pytest.raises(FrozenInstanceError):
        room.title = "other"  # type: ignore[misc]


def test_a_pupil_without_a_nickname_has_a_number() -> None:
    assert Pupil("BCDFHJ", 7, "", "", "", 0, 0).name == "Pupil 7"
    assert Pupil("BCDFHJ", 7, "Ada", "", "", 0, 0).name == "Ada"


def test_a_drawing_is_right_when_the_answer_is_what_was_meant() -> None:
    image = np.zeros((28, 28), dtype=np.uint8)
    assert Drawing(1, 1, 7, 7, 0.9, True, 0, image).is_right
    assert not Drawing(1, 1, 7, 1, 0.9, True, 0, image).is_right
