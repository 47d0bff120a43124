"""Load letters, signs and shapes that are not digits from glyphs.toml, and draw them."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from mnist_core.ink.spline import catmull_rom
from mnist_core.ink.strokes import Polyline
from mnist_core.synthetic.grid_notation import parse_grid

Figure = list[Polyline]  # strokes in a unit square, x to the right and y down
Table = dict[str, tuple[str, ...]]  # the variants of each glyph, in grid notation

TABLE = Path(__file__).with_name("glyphs.toml")
KINDS = ("letters", "signs", "shapes")
WORD_LETTERS = "ACEFHJKLMNPRTUVWXadefhkmnprtuvwx"


@cache
def load_glyphs(path: Path = TABLE) -> dict[str, Table]:
    """Load the tables of `KINDS`, each of which gives the variants of its glyphs by name.

    Raises:
        ValueError: the file does not have these tables; the message names the file and what is wrong.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        if tuple(tables) != KINDS:
            raise ValueError(f"there must be the tables {', '.join(KINDS)}, in this order, got {list(tables)}")
        for name, variants in (glyph for table in tables.values() for glyph in table.items()):
            if not variants:
                raise ValueError(f"{name} must have at least one variant, got none")
            for variant in variants:
                parse_grid(variant)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return {kind: {name: tuple(variants) for name, variants in table.items()} for kind, table in tables.items()}


def draw_glyph(figure: str, rng: np.random.Generator, jitter: float = 0.04) -> Figure:
    """Draw a figure from its grid notation.

    Args:
        figure: a variant from `load_glyphs`.
        rng: source of the randomness.
        jitter: standard deviation of every point's displacement, as a fraction of the figure's side.
    """
    lines = []
    for stroke in parse_grid(figure):
        points = stroke.points + rng.normal(0, jitter, stroke.points.shape)
        lines.append(catmull_rom(points) if stroke.is_smooth else points)
    return lines
