from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_core.ood_training.glyphs import KINDS, TABLE, WORD_LETTERS, draw_glyph, load_glyphs


def test_letters_that_look_like_digits_in_handwriting_are_left_out() -> None:
    assert not set("OoDQIlijZzSsbGqgBYy") & set(load_glyphs()["letters"])


def test_words_are_made_of_letters_in_the_table() -> None:
    assert set(WORD_LETTERS) <= set(load_glyphs()["letters"])


@pytest.mark.parametrize("variants", [glyph for table in load_glyphs().values() for glyph in table.values()])
def test_every_glyph_can_be_drawn(variants: tuple[str, ...]) -> None:
    for variant in variants:
        figure = draw_glyph(variant, np.random.default_rng(0), jitter=0)
        assert len(figure) == variant.count("/") + 1
        assert all(np.isfinite(line).all() for line in figure)


def test_a_smooth_stroke_passes_through_its_points() -> None:
    (line,) = draw_glyph("~00 99 90", np.random.default_rng(0), jitter=0)
    for point in ((0, 0), (1, 1), (1, 0)):
        assert np.hypot(*(line - point).T).min() < 1e-9


def test_jitter_displaces_every_point() -> None:
    (line,) = draw_glyph("00 99 90", np.random.default_rng(0), jitter=0.04)
    distances = np.hypot(*(line - np.array([[0, 0], [1, 1], [1, 0]])).T)
    assert (distances > 0).all() and (distances < 0.2).all()


DAMAGES: dict[str, tuple[Callable[[str], str], str]] = {
    "a missing table": (lambda text: text.replace("[signs]", "[marks]"), f"the tables {', '.join(KINDS)}"),
    "a glyph without variants": (
        lambda text: text + "\nempty = []\n",
        "empty must have at least one variant, got none",
    ),
    "a broken stroke": (lambda text: text + '\nbroken = ["40 1"]\n', "a stroke must be points .* got '40 1'"),
    "text that is not TOML": (lambda text: "share =\n" + text, "at line 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_refused_with_its_path_and_the_reason(tmp_path: Path, damage: str) -> None:
    edit, reason = DAMAGES[damage]
    (tmp_path / "glyphs.toml").write_text(edit(TABLE.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{tmp_path / 'glyphs.toml'}: .*{reason}"):
        load_glyphs(tmp_path / "glyphs.toml")
