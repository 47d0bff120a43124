"""The letterforms of the ten digits, read from letterforms.toml."""

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
        share: how common it is relative to the digit's other letterforms, above 0.
        variants: figures in grid notation, all with the same strokes, knots and corners.
    """

    share: float
    variants: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.share > 0:
            raise ValueError(f"the share of a letterform must be above 0, got {self.share!r:.40}")
        structures = {tuple(stroke.corners for stroke in parse_grid(variant)) for variant in self.variants}
        if len(structures) != 1:
            raise ValueError(
                f"the variants of a letterform must have the same strokes, knots and corners, got {self.variants!r:.80}"
            )


@cache
def load_letterforms(path: Path = TABLE) -> dict[int, tuple[Letterform, ...]]:
    """Load the letterforms of each digit, 0 to 9.

    Raises:
        ValueError: the file is not a table of letterforms; the message names the file and what is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if list(table) != [str(digit) for digit in range(CLASSES)]:
            raise ValueError(f"a table for each digit from 0 to {CLASSES - 1}, in order, must exist, got {list(table)}")
        return {
            int(digit): tuple(Letterform(float(entry["share"]), tuple(entry["variants"])) for entry in entries)
            for digit, entries in table.items()
        }
    except (KeyError, TypeError):
        raise ValueError(f"{path}: every letterform must have a share and a list of variants") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
