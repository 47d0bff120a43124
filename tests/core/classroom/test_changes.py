"""The counters of a class: they change with what they stand for, and only then."""

from mnist_core.classroom.changes import MAX_SEEN, Changes


def test_the_teacher_sees_every_change_and_the_pupils_theirs() -> None:
    changes = Changes()
    changes.open("BCDFHJ")
    before = changes.version("BCDFHJ")
    assert before is not None and changes.version("BCDFHJ") == before
    changes.note("BCDFHJ")
    handed_in = changes.version("BCDFHJ")
    assert handed_in is not None and handed_in.pupils == before.pupils and handed_in.teacher != before.teacher
    changes.note("BCDFHJ", for_pupils=True)
    frozen = changes.version("BCDFHJ")
    assert frozen is not None and frozen.pupils != handed_in.pupils and frozen.teacher != handed_in.teacher


def test_a_class_that_is_not_open_has_no_version() -> None:
    changes = Changes()
    assert changes.version("BCDFHJ") is None
    changes.note("BCDFHJ")
    assert changes.version("BCDFHJ") is None
    changes.open("BCDFHJ")
    changes.note("BCDFHJ")
    kept = changes.version("BCDFHJ")
    changes.open("BCDFHJ")
    assert changes.version("BCDFHJ") == kept  # opening it again forgets nothing
    changes.close("BCDFHJ")
    changes.close("BCDFHJ")
    assert changes.version("BCDFHJ") is None


def test_another_process_has_other_versions() -> None:
    one, other = Changes(), Changes()
    for changes in (one, other):
        changes.open("BCDFHJ")
    assert one.version("BCDFHJ") != other.version("BCDFHJ")


def test_browsers_are_seen_in_a_class_that_is_open_and_only_so_many() -> None:
    changes = Changes()
    changes.note_seen("BCDFHJ", "a", 1.0)
    assert changes.seen("BCDFHJ") == {}
    changes.open("BCDFHJ")
    before = changes.version("BCDFHJ")
    for number in range(MAX_SEEN + 5):
        changes.note_seen("BCDFHJ", str(number), 2.0)
    changes.note_seen("BCDFHJ", "0", 3.0)
    seen = changes.seen("BCDFHJ")
    assert len(seen) == MAX_SEEN and seen["0"] == 3.0 and changes.version("BCDFHJ") == before
    changes.close("BCDFHJ")
    assert changes.seen("BCDFHJ") == {}
