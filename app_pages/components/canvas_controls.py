"""What the canvas itself does not do: its size, the example on it while it is blank, Undo, Redo, Clear, and keys.

The server hears of a press only after a while, and of several presses within that while only once; and a canvas that it
replaces takes along the strokes drawn meanwhile. So an invisible component catches the presses and uses the canvas's
own undo, redo and reset buttons: the canvas holds what is left, and sends that. Strokes that the canvas began with are
its background, out of reach of its buttons: the component counts how many of them are removed.

Streamlit's page sometimes takes the canvas off the screen and puts it on it again, blank: when it draws the end of one
run and the begin of the next at once. The component notices, and the drawing is shown on a new canvas.

The canvas draws what a mouse does. The keys move a pen that is shown on it, and the component does with a mouse what
the pen does.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from app_pages.components.shortcuts import Shortcut
from app_pages.state.canvas import CONTROLS
from mnist_core.ink.strokes import Strokes

UNDO, REDO, CLEAR, TOOL = "draw_undo", "draw_redo", "draw_clear", "draw_tool"  # the keys of the buttons
SHORTCUTS = (
    Shortcut(("0", "…", "9"), "Write an example of that digit"),
    Shortcut(("←", "→", "↑", "↓"), "On the canvas: move the pen; with Shift further, with Alt less far"),
    Shortcut(("Space",), "On the canvas: lower the pen, or lift it"),
    Shortcut(("Ctrl", "Z"), "Undo"),
    Shortcut(("Ctrl", "Shift", "Z"), "Redo"),
    Shortcut(("E",), "Take the eraser, or the pen again"),
    Shortcut(("Delete",), "Clear the canvas"),
)

_mount = st.components.v2.component("canvas_controls", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


def canvas_controls(
    canvas: str,
    began_with: int,
    brush: float,
    example: Strokes,
    frames: int,
    tools: Sequence[str],
    *,
    is_blank: bool,
    plays: bool,
    on_write: Callable[[int], None],
    on_loss: Callable[[str], None],
) -> None:
    """Have a canvas controlled by its buttons and by keys.

    Args:
        canvas: its widget key.
        began_with: how many strokes are in its background.
        brush: the width of the next stroke, in px of the drawing.
        example: what is shown on it while it is blank, in px of the drawing.
        frames: into how many parts the writing of the example is divided; each is told to the rest of the page.
        tools: the names of the tools, in the order of their buttons.
        is_blank: True when there is no drawing.
        plays: True when the example writes itself; otherwise only its ghost is shown.
        on_write: called with the digit whose key was pressed, before the page runs again.
        on_loss: called with the key of a canvas that lost its strokes in the browser, before the page runs again.
    """
    data = {
        "canvas": canvas,
        "began_with": began_with,
        "brush": brush,
        "example": {
            "lines": [line.round(1).tolist() for line in example.lines],
            "brush": example.brush,
            "frames": frames,
        },
        "tools": list(tools),
        "is_blank": is_blank,
        "plays": plays,
    }

    def write() -> None:
        digit = st.session_state[CONTROLS].wrote
        if isinstance(digit, int | float) and digit in range(10):  # any browser may send anything
            on_write(int(digit))

    def lose() -> None:
        on_loss(str(st.session_state[CONTROLS].lost))

    _mount(key=CONTROLS, data=data, on_removed_change=lambda: None, on_wrote_change=write, on_lost_change=lose)
