"""The counters of a class: they change with what they stand for, and only then."""

from mnist_core.classroom.changes import Changes


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
