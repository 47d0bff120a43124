"""The ten example drawings, and which of them a visit shows."""

from app_pages.state.session import session
from app_pages.state.singletons import Singleton
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.paths import ASSETS

EXAMPLES = ASSETS / "examples.jsonl"  # ten digits, 0 to 9, as strokes
FIRST_EXAMPLE = 1
PARTS = 8  # a model reads the example that writes itself after every eighth of its length


@Singleton
def examples() -> list[Strokes]:
    """Return the ten example drawings, 0 to 9."""
    return [parse_strokes(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def example_digit() -> int:
    """Return the digit of the example for this visit: each visit to the page shows another one."""
    return (FIRST_EXAMPLE + session().visits) % len(examples())


def example_drawing() -> Strokes:
    """Return the example for this visit."""
    drawing: Strokes = examples()[example_digit()]
    return drawing
