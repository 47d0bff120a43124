"""The canvas that pages draw on, with its tools: the same drawing on every page."""

import streamlit as st

from app_pages.components.canvas_controls import CLEAR, REDO, TOOL, UNDO, canvas_controls
from app_pages.components.html import NARROW, strokes_url
from app_pages.state import canvas
from app_pages.state.examples import example_drawing
from app_pages.state.session import session
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes

BRUSHES = (8, 40)  # px, the thinnest and the thickest
# The rules of a page whose canvas is small: the tools fit below it as icons.
SMALL_TOOLS_STYLE = """
.st-key-draw_controls { position: absolute; }
.st-key-draw_tools { flex-wrap: nowrap; align-items: center; }
.st-key-draw_tools button { padding-inline: .3rem; min-width: 0; }
.st-key-draw_tools [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
"""
ICONS = {canvas.PEN: ":material/edit:", canvas.ERASER: ":material/ink_eraser:"}


def canvas_row_style(row: str, widest: str) -> str:
    """Return the rules of a row with a small canvas and, beside it or below it on a phone, what the model makes of it.

    NOTE: --canvas is the side of the canvas; `canvas_controls` uses it inside the canvas too.

    Args:
        row: the key of the row without "_row"; within it are containers whose keys end in "_ink" and "_answer".
        widest: the largest width of what is beside the canvas, in CSS.
    """
    return f"""{SMALL_TOOLS_STYLE}
.st-key-{row}_row {{ --canvas: 18rem; align-items: flex-start; }}
.st-key-{row}_row > :has(> .st-key-{row}_ink) {{ flex: 0 0 var(--canvas); width: var(--canvas); }}
.st-key-{row}_row > :has(> .st-key-{row}_answer) {{ flex: 1 1 16rem; min-width: 0; }}
.st-key-{row}_ink {{ width: var(--canvas); flex: 0 0 var(--canvas); position: relative; }}
.st-key-{row}_answer {{ flex: 1 1 16rem; min-width: 0; max-width: {widest}; }}
@media (max-width: {NARROW}) {{
  .st-key-{row}_row {{ --canvas: min(18rem, 100vw - 2rem); flex-direction: column; gap: .8rem; }}
  .st-key-{row}_row > :has(> .st-key-{row}_ink) {{ align-self: center; flex: none; }}
  .st-key-{row}_row > :has(> .st-key-{row}_answer) {{ width: 100%; flex: none; }}
  .st-key-{row}_answer [data-testid="probabilities"] {{ display: none; }}
  .st-key-{row}_answer {{ width: 100%; max-width: none; flex: none; }}
}}
"""


def render_canvas(*, frames: int = 0, plays: bool = False, example: Strokes | None = None) -> None:
    """Show the canvas; a container around it sets its side on the screen, the CSS variable --canvas.

    Args:
        frames: into how many parts the writing of the example is divided; each is told to the rest of the page.
        plays: whether the example writes itself while the canvas is blank.
        example: what a blank canvas hints at; None for the example of this visit.
    """
    # NOTE: a late import, because the canvas cannot be imported outside a running app.
    from streamlit_drawable_canvas import st_canvas

    state = session()
    chosen = st.session_state.get(TOOL)  # below the canvas, so its return value comes one run too late
    state.tool = chosen if chosen in canvas.TOOLS else state.tool
    st_canvas(
        stroke_width=state.brush,
        stroke_color=canvas.PAPER if state.tool == canvas.ERASER else canvas.INK,
        background_image=strokes_url(canvas.background(), CANVAS_SIZE, canvas.INK, canvas.PAPER),
        width=CANVAS_SIZE,
        height=CANVAS_SIZE,
        key=state.canvas_key,
    )
    canvas_controls(
        state.canvas_key,
        len(state.initial_strokes),
        state.brush,
        example or example_drawing(),
        frames,
        canvas.TOOLS,
        is_blank=state.drawing is None,
        plays=plays,
        on_write=canvas.write_example,
        on_loss=canvas.bring_back,
    )


def render_tools() -> None:
    """Show Undo, Redo, Clear, the pen and the eraser, and the brush, which is folded away.

    NOTE: the buttons are never disabled: a press right after the first stroke would come before they are enabled. The
    browser presses the canvas's own buttons instead, see `canvas_controls`; without it the server does the same.
    """
    state = session()
    row = st.container(horizontal=True, gap="xxsmall", key="draw_tools")
    row.button("Undo", icon=":material/undo:", width="stretch", on_click=canvas.undo_stroke, key=UNDO)
    row.button("Redo", icon=":material/redo:", width="stretch", key=REDO)
    row.button(
        "Clear", icon=":material/delete:", width="stretch", on_click=canvas.show_on_canvas, args=(None,), key=CLEAR
    )
    with row:
        st.segmented_control(
            "Tool",
            canvas.TOOLS,
            format_func=lambda tool: ICONS[tool],
            default=state.tool,
            required=True,
            key=TOOL,
            label_visibility="collapsed",
        )
    with row.popover("Brush", icon=":material/brush:", width="content"):
        state.brush = st.slider("Brush (px)", *BRUSHES, value=state.brush, key="draw_brush", persist_state="session")
