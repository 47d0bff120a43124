from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.synthetic.letterforms import TABLE, Letterform, load_letterforms

DIGITS = range(10)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A copy of the table, to be damaged."""
    copy = tmp_path / "letterforms.toml"
    copy.write_text(TABLE.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


@pytest.mark.parametrize("digit", DIGITS)
def test_a_letterform_has_several_variants_of_the_same_strokes(digit: int) -> None:
    for letterform in load_letterforms()[digit]:
        strokes = [
            [["!" in knot for knot in stroke.split()] for stroke in variant.split("/")]
            for variant in letterform.variants
        ]
        assert len(strokes) > 1 and all(each == strokes[0] for each in strokes), letterform.variants


def test_the_digits_are_in_order() -> None:
    assert list(load_letterforms()) == list(DIGITS)


@pytest.mark.parametrize("share", [0, -1, float("nan")])
def test_a_share_that_is_not_above_0_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="^the share of a letterform must be above 0, got"):
        Letterform(share, ("40 49",))


@pytest.mark.parametrize(
    "variants",
    [(), ("40 49", "40 45 49"), ("40 49", "40 45/46 49"), ("40 45! 49", "40 45 49")],
    ids=["no variant", "another number of knots", "another number of strokes", "another corner"],
)
def test_unequal_variants_are_refused(variants: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="^the variants of a letterform must have the same strokes, knots and corners"):
        Letterform(1, variants)


def test_a_broken_stroke_in_a_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="^a stroke must be points"):
        Letterform(1, ("40 4x",))


DAMAGES: dict[str, tuple[Callable[[str], str], str]] = {
    "a missing table": (lambda text: text.replace("[[3]]", "[[8]]"), "a table for each digit from 0 to 9"),
    "no tables": (lambda text: "", "a table for each digit from 0 to 9"),
    "a missing share": (lambda text: text.replace("share = 8\n", "", 1), "every letterform must have a share"),
    "missing variants": (lambda text: text.replace("variants = [", "forms = [", 1), "every letterform must have"),
    "a share in words": (lambda text: text.replace("share = 8\n", 'share = "most"\n', 1), "could not convert"),
    "a negative share": (lambda text: text.replace("share = 8\n", "share = -8\n", 1), "must be above 0, got -8"),
    "a broken stroke": (lambda text: text.replace("40 11 03", "40 1 03", 1), "a stroke must be points"),
    "an unequal variant": (lambda text: text.replace("40 11 03", "40 03", 1), "the same strokes, knots and corners"),
    "text that is not TOML": (lambda text: "share =\n" + text, "at line 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_refused_with_its_path_and_the_reason(table: Path, damage: str) -> None:
    edit, reason = DAMAGES[damage]
    table.write_text(edit(table.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{table}: .*{reason}"):
        load_letterforms(table)
