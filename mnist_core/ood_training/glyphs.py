"""Letters, signs and shapes that are not digits, read from glyphs.toml, and a pen that draws them."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from mnist_core.ink.spline import catmull_rom
from mnist_core.ink.strokes import Polyline
from mnist_core.synthetic.grid_notation import parse_grid

Figure = list[Polyline]  # strokes in a unit square, x to the right and y down
Table = dict[str, tuple[str, ...]]  # the handwritings of each glyph, in grid notation

TABLE = Path(__file__).with_name("glyphs.toml")
KINDS = ("letters", "signs", "shapes")
WORD_LETTERS = "ACEFHJKLMNPRTUVWXadefhkmnprtuvwx"


@cache
def load_glyphs(path: Path = TABLE) -> dict[str, Table]:
    """Read the tables of `KINDS`, each from a glyph's name to its handwritings.

    Raises:
        ValueError: the file is not such a table; the message says what is wrong.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    if tuple(tables) != KINDS:
        raise ValueError(f"{path} must have the tables {', '.join(KINDS)}, got {', '.join(tables)}")
    for name, figures in (entry for table in tables.values() for entry in table.items()):
        if not figures:
            raise ValueError(f"{path} must have at least one handwriting for {name}, got none")
        for figure in figures:
            parse_grid(figure)
    return {kind: {name: tuple(figures) for name, figures in table.items()} for kind, table in tables.items()}


def draw_glyph(figure: str, rng: np.random.Generator, jitter: float = 0.04) -> Figure:
    """Draw a figure that is written in grid notation.

    Args:
        figure: an entry of `load_glyphs`.
        rng: where the randomness comes from.
        jitter: by how much of the figure's side every point is off, as a standard deviation.
    """
    lines = []
    for stroke in parse_grid(figure):
        points = stroke.points + rng.normal(0, jitter, stroke.points.shape)
        lines.append(catmull_rom(points) if stroke.is_smooth else points)
    return lines
