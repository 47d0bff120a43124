"""The tables: nothing of a class outlives it."""

from sqlalchemy import ForeignKey

from mnist_core.classroom.schema import tables


def test_everything_belongs_to_a_class_and_is_deleted_with_it() -> None:
    schema = tables()
    assert set(schema.metadata.tables) == {"classes", "pupils", "answers", "drawings", "entries", "scores"}

    def parents(name: str) -> list[ForeignKey]:
        return list(schema.metadata.tables[name].foreign_keys)

    for name in ("answers", "drawings", "entries", "scores"):
        (key,) = parents(name)
        assert (key.target_fullname, key.ondelete) == ("pupils.id", "CASCADE")
    (key,) = parents("pupils")
    assert (key.target_fullname, key.ondelete) == ("classes.id", "CASCADE")


def test_no_column_but_the_nickname_could_hold_a_name() -> None:
    assert {column.name for column in tables().pupils.c} == {
        "id", "class_id", "number", "key", "nickname", "page", "step", "joined_at", "last_seen",
    }  # fmt: skip
