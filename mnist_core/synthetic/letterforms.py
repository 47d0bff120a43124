"""The letterforms of the ten digits: the ways in which people write them, read from letterforms.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mnist_core.constants import CLASSES
from mnist_core.synthetic.grid_notation import parse_grid

TABLE = Path(__file__).with_name("letterforms.toml")


@dataclass(frozen=True)
class Letterform:
    """One way to write a digit.

    Attributes:
        share: how common it is beside the digit's other letterforms, above 0.
        variants: figures in grid notation, all with the same strokes and the same number of knots.
    """

    share: float
    variants: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.share > 0:
            raise ValueError(f"the share of a letterform must be above 0, got {self.share!r:.40}")
        shapes = {tuple(len(stroke.points) for stroke in parse_grid(variant)) for variant in self.variants}
        if len(shapes) != 1:
            raise ValueError(
                f"the variants of a letterform must have the same strokes and knots, got {self.variants!r:.80}"
            )


@cache
def load_letterforms(path: Path = TABLE) -> dict[int, tuple[Letterform, ...]]:
    """Read the letterforms of each digit, 0 to 9.

    Raises:
        ValueError: the file is not such a table; the message says what is wrong.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if list(table) != [str(digit) for digit in range(CLASSES)]:
        raise ValueError(f"{path} must have a table for each digit from 0 to {CLASSES - 1}, got {', '.join(table)}")
    return {
        int(digit): tuple(Letterform(float(entry["share"]), tuple(entry["variants"])) for entry in entries)
        for digit, entries in table.items()
    }
