"""How the Inside page is laid out: what is looked at on the left, or on top on a phone, and the view beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.drawing_canvas import SMALL_TOOLS_STYLE
from app_pages.components.html import NARROW

# NOTE: --canvas is the side of the canvas; `canvas_controls` uses it inside the canvas too.
STYLE = f"""<style>{SMALL_TOOLS_STYLE}
.st-key-inside_row {{ --canvas: 15rem; align-items: flex-start; }}
.st-key-inside_row > :has(> .st-key-inside_subject) {{ flex: 0 0 var(--canvas); width: var(--canvas); }}
.st-key-inside_row > :has(> .st-key-inside_view_area) {{ flex: 1 1 20rem; min-width: 0; }}
.st-key-inside_subject {{ width: var(--canvas); flex: 0 0 var(--canvas); position: sticky; top: 1rem; }}
.st-key-inside_view_area {{ flex: 1 1 20rem; min-width: 0; }}
.inside-name {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
.st-key-inside_view_area > [data-testid="stElementContainer"]:has(.inside-name) {{ position: absolute;
  width: 1px !important; }}
.st-key-inside_ink {{ width: var(--canvas); position: relative; }}
.st-key-inside_ink_and_answer > :has(> .st-key-inside_answer) {{ min-width: 0; }}
.st-key-inside_ink img {{ border-radius: 10px; }}
.inside-answer {{ display: flex; align-items: baseline; gap: .6rem; margin: 0; }}
.inside-answer b {{ font-size: 2.6rem; line-height: 1; color: var(--accent); }}
.st-key-inside_view [role="radiogroup"] {{ flex-wrap: wrap; }}
@media (max-width: {NARROW}) {{
  .st-key-inside_row {{ --canvas: 10rem; flex-direction: column; gap: .8rem; }}
  .st-key-inside_row > :has(> .st-key-inside_subject), .st-key-inside_row > :has(> .st-key-inside_view_area),
  .st-key-inside_subject {{ position: static; width: 100%; flex: none; }}
  .st-key-inside_ink_and_answer {{ flex-direction: row; flex-wrap: nowrap; gap: .8rem; align-items: flex-start; }}
  .st-key-inside_ink, .st-key-inside_ink_and_answer > :has(> .st-key-inside_ink) {{
    flex: 0 0 var(--canvas); width: var(--canvas); }}
  .st-key-inside_answer, .st-key-inside_ink_and_answer > :has(> .st-key-inside_answer) {{ flex: 1 1 0; min-width: 0; }}
  .st-key-inside_answer .bar > :last-child {{ width: 3.2rem; }}
  .inside-answer span {{ font-size: .85rem; line-height: 1.25; }}
  .st-key-inside_answer .bar {{ height: 1rem; font-size: .8rem; gap: .3rem; }}
  .st-key-inside_view_area {{ width: 100%; flex: none; }}
  .st-key-inside_view, .st-key-inside_view .stButtonGroup {{ max-width: 100%; }}
  .st-key-inside_view [role="radiogroup"] {{ flex-wrap: nowrap; overflow-x: auto; max-width: 100%; }}
  .st-key-inside_view button {{ flex: 0 0 auto; }}
  .st-key-inside_ink .st-key-draw_tools button {{ min-height: 2.2rem; }}
}}
</style>"""

# An audience sees the picture, the answer and the view, without the controls that choose among them.
PRESENTED_STYLE = """<style>
.st-key-inside_row { --canvas: 12rem; }
.inside-name { position: static; width: auto; height: auto; clip-path: none; }
.inside-name { font-size: 1.3rem; padding: 0; }
.st-key-inside_view_area > [data-testid="stElementContainer"]:has(.inside-name) { position: static;
  width: auto !important; }
:is(.st-key-inside_number, .st-key-inside_source, .st-key-inside_moment, .st-key-inside_share) { display: none; }
.st-key-draw_tools { display: none; }
[data-testid="stElementContainer"]:has(> .stPopover .st-key-inside_share) { display: none; }
</style>"""


@contextmanager
def subject_and_view() -> Iterator[tuple[DeltaGenerator, DeltaGenerator]]:
    """Lay out a place for what is looked at and, beside or below it, one for the view."""
    with st.container(horizontal=True, gap="large", key="inside_row"):
        yield st.container(key="inside_subject", gap="small"), st.container(key="inside_view_area")
