"""The Draw page while the server gets ready: the canvas, which takes strokes before PyTorch is there.

NOTE: nothing here may import PyTorch. What is above the canvas takes as many places as on the page itself: a canvas in
the same place stays as it is, with its strokes, when the page follows.
"""

import streamlit as st

from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.html import NARROW, style
from app_pages.components.link_preview import NAME
from app_pages.drawing import layout
from app_pages.state import canvas
from app_pages.state.examples import PARTS
from app_pages.state.session import session

BAR = f'<div class="early-bar">{NAME}</div>'
HEADING = f'<div class="early-heading"><b>{layout.TITLE}</b><span>{layout.PURPOSE}</span></div>'
WAITING = '<div class="early-answer"><p role="status">Getting ready … You can draw already.</p></div>'
STYLE = f"""<style>
.early-bar {{ height: 49px; line-height: 48px; font-size: 1.3rem; font-weight: 800; color: var(--accent);
  border-bottom: 1px solid rgb(128 128 150 / .3); }}
.early-heading {{ height: 72px; display: flex; flex-direction: column; justify-content: end; }}
.early-heading b {{ font-size: 1.75rem; line-height: 1.2; }}
.early-answer {{ border-radius: 10px; background: rgb(128 128 150 / .16); padding: 1rem 1.4rem;
  min-height: calc(var(--canvas) / 2); }}
@media (max-width: {NARROW}) {{
  .early-bar {{ height: 80px; line-height: 40px; }}
  [data-testid="stElementContainer"]:has(.early-heading) {{ position: absolute; visibility: hidden; }}
}}
</style>"""


def show() -> None:
    """Show the canvas and its tools, and outlines of the rest."""
    session().come_to(layout.TITLE)
    style()
    st.html(STYLE)
    st.html(BAR)
    st.html(HEADING)
    st.empty()  # where the page says what its link names and the app does not know
    layout.lay_out()
    canvas.current_drawing()
    with st.container(), layout.ink_and_answer() as (ink_column, answer_column):
        answer_column.html(WAITING)
        with ink_column:
            render_canvas(frames=PARTS, plays=canvas.is_first_sight())
            render_tools()
