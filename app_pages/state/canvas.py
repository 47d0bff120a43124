"""The visitor's drawing, and what the canvas that shows it begins with.

The canvas widget sends Fabric.js JSON. It is converted here; the rest of the app sees `Strokes`. A canvas always begins
blank. A drawing that was there before it is its background, which can change without touching what is drawn meanwhile.
"""

from collections.abc import Mapping

import streamlit as st

from app_pages.state.examples import examples
from app_pages.state.session import session
from mnist_core.ink.fabric import ERASER_COLOUR, stroke_by_stroke
from mnist_core.ink.strokes import Strokes

INK, PAPER = "#ffffff", ERASER_COLOUR  # MNIST's own colours, white on black; what is drawn in black is erased
TOOLS = PEN, ERASER = "Pen", "Eraser"
OFF_SCREEN = -1  # no visit has this number
CONTROLS = "draw_controls"  # the key of the component that says how many strokes of the background are removed


def current_drawing() -> Strokes | None:
    """Return this visitor's drawing, up to the last stroke that the canvas sent; None when it is blank.

    NOTE: the return value of the canvas comes too late for an answer that is to be sent before the canvas.
    """
    state = session()
    if state.canvas_visit != state.visits:  # back from another page: a new canvas begins with the drawing
        state.canvas_visit = state.visits
        _start_canvas()
    sent = st.session_state.get(state.canvas_key)
    drawing = sent.get("drawing") if isinstance(sent, Mapping) else None  # any browser may send anything
    raw = drawing.get("raw") if isinstance(drawing, Mapping) else None
    state.strokes = stroke_by_stroke(raw, before=background())
    if state.strokes:
        state.last_strokes = state.strokes
    return state.drawing


def show_on_canvas(drawing: Strokes | None) -> None:
    """Show a drawing, or None for a blank one, on a new canvas."""
    session().drawing = drawing
    _start_canvas()


def show_strokes(strokes: tuple[Strokes, ...]) -> None:
    """Show strokes, each with its own brush, on a new canvas."""
    session().strokes = strokes
    _start_canvas()


def clear() -> None:
    """Begin a blank canvas."""
    show_on_canvas(None)


def undo_stroke() -> None:
    """Remove the last stroke, even one that no run of the page has shown yet."""
    current_drawing()
    session().strokes = session().strokes[:-1]
    _start_canvas()


def bring_back(lost: str) -> None:
    """Show the drawing again that was on a canvas when it lost its strokes in the browser.

    Args:
        lost: the canvas's key; nothing happens when another canvas took its place.
    """
    state = session()
    if lost == state.canvas_key:
        current_drawing()
        show_strokes(state.strokes or state.last_strokes)  # it may have told that it is blank, or not yet


def background() -> tuple[Strokes, ...]:
    """Return the strokes in the canvas's background: what is left of those it began with, each at its own width."""
    state = session()
    began_with = len(state.initial_strokes)
    return state.initial_strokes[: began_with - removed_from_background(state.canvas_key, began_with)]


def removed_from_background(canvas: str, began_with: int) -> int:
    """Return how many of the strokes in a canvas's background are removed, from 0 to `began_with`."""
    sent = st.session_state.get(CONTROLS)
    removed = sent.get("removed") if isinstance(sent, Mapping) else None
    if not isinstance(removed, Mapping) or removed.get("canvas") != canvas:  # any browser may send anything
        return 0
    count = removed.get("count")
    return max(0, min(count, began_with)) if isinstance(count, int) else 0


def is_first_sight() -> bool:
    """Return True while nothing has been drawn since the visitor came to the page: the example may write itself."""
    state = session()
    if state.strokes:
        state.drawn_visit = state.visits
    return state.drawn_visit != state.visits


def write_example(digit: int) -> None:
    """Show an example of a digit, 0 to 9, on the canvas, as if the visitor had drawn it."""
    show_on_canvas(examples()[digit])


def put_away() -> None:
    """Note that the canvas is off the screen: when it comes back, it must begin with the drawing."""
    session().canvas_visit = OFF_SCREEN


def toggle_step(step: str) -> None:
    """Switch a step of the preprocessing recipe off, or on again."""
    session().disabled_steps ^= {step}


def _start_canvas() -> None:
    """Put a new canvas on the screen that begins with the drawing.

    NOTE: strokes drawn on the old canvas that it did not send yet are lost, so this is not for Undo and Clear in a
    browser; see `canvas_controls`.
    """
    state = session()
    state.initial_strokes = state.strokes
    state.canvas += 1
