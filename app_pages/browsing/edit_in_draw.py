"""Take an image from Browse to the canvas of Draw."""

from app_pages.components import redrawn
from app_pages.components.leaving import DRAW, leave_for
from app_pages.state import canvas
from mnist_core.data.split import Split
from mnist_core.ink.vectorisation import vectorise


def edit_in_draw(split: Split, number: int, name: str) -> None:
    """Put an image on the canvas as strokes, in a callback, and go to Draw when the page runs next.

    Args:
        split: the image's.
        number: its index.
        name: what the Draw page calls it, such as "Test image 7".
    """
    canvas.show_on_canvas(vectorise(split.images[number].numpy()))
    redrawn.remember(split.images[number], name)
    leave_for(DRAW)
