"""The code of a class: readable, and read back as people type it."""

import pytest

from mnist_core.classroom.codes import ALPHABET, LENGTH, checked_code, new_code


def test_a_code_has_six_letters_without_vowels_or_look_alikes() -> None:
    assert LENGTH == 6 and len(ALPHABET) == len(set(ALPHABET)) == 17
    assert not set(ALPHABET) & set("AEIOUY0123456789")
    for pair in ("CG", "IL", "OQ", "UV", "DO"):
        assert len(set(pair) & set(ALPHABET)) < 2
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200 and all(len(code) == 6 and set(code) <= set(ALPHABET) for code in codes)


@pytest.mark.parametrize("typed", ["BCDFHJ", "bcdfhj", " bcd fhj\n", "BCD-FHJ", "b c d f h j"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert checked_code(typed) == "BCDFHJ"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "has 6 letters"),
        ("BCDFH", "has 6 letters"),
        ("BCDFHJK", "has 6 letters"),
        ("BCDFHA", "A is none of them"),
        ("BCDFH1", "1 is none of them"),
        ("<b>xxx", "is none of them"),
        ("B" * 1_000_000, "has 6 letters"),
        ("BCDFHJ" + " " * 200, "has 6 letters"),
    ],
)
def test_what_cannot_be_a_code_gets_a_sentence(typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked_code(typed)
