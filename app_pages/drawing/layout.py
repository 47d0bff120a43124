"""How the Draw page is laid out: a canvas as large as fits, the answer beside it, or below it on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.html import NARROW
from app_pages.components.presentation import is_presenting

TITLE, PURPOSE = "Draw", "Write a digit; the model tells you which one it sees."
# NOTE: --canvas is the side of the canvas; `canvas_controls` uses it inside the canvas too.
STYLE = f"""<style>
.st-key-draw_row {{ --above: var(--class-bar, 0rem); align-items: flex-start;
  --canvas: clamp(300px, min(31rem, 100dvh - 15.5rem - var(--above)), 44vw); }}
.st-key-draw_ink {{ width: var(--canvas); flex: 0 0 var(--canvas); container: ink / inline-size; }}
.st-key-draw_controls {{ position: absolute; }}
.st-key-draw_answer {{ flex: 1 1 20rem; min-width: 0; }}
.st-key-draw_tools {{ flex-wrap: nowrap; align-items: center; }}
.st-key-draw_tools button {{ padding-inline: .6rem; white-space: nowrap; }}
.st-key-draw_ink img {{ border-radius: 10px; }}
@media (max-width: {NARROW}) {{
  .st-key-draw_row {{ --canvas: clamp(240px, 100dvh - 24.3rem - var(--above), 100vw - 2rem); flex-direction: column;
    gap: .6rem; }}
  .st-key-draw_ink {{ align-self: center; gap: .5rem; }}
  .st-key-draw_answer {{ width: 100%; flex: none; }}
  .st-key-draw_tools button {{ min-height: 2.6rem; }}
}}
@container ink (max-width: 27rem) {{
  .st-key-draw_tools [data-testid="stMarkdownContainer"] {{ position: absolute; width: 1px; height: 1px;
    overflow: hidden; clip-path: inset(50%); }}
  .st-key-draw_tools [data-testid="stPopoverButton"] > div > :last-child {{ display: none; }}
}}
</style>"""

PRESENTING = """<style>
:root { --stage: 6.4rem; --bar: 1.75rem; }
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2rem 1rem; }
.st-key-present_next, .st-key-present_previous { position: fixed; top: .4rem; left: 2rem; z-index: 100; width: auto; }
:is(.st-key-present_next, .st-key-present_previous) button { min-height: 1.6rem; padding-block: 0; font-size: .6rem; }
.st-key-draw_row { --canvas: min(100dvh - 8.2rem, 46vw); }
</style>"""


def lay_out() -> None:
    """Give the page its style rules."""
    st.html(STYLE + PRESENTING if is_presenting() else STYLE)


@contextmanager
def ink_and_answer() -> Iterator[tuple[DeltaGenerator, DeltaGenerator]]:
    """Lay out a place for the ink and, beside or below it, one for the answer."""
    with st.container(horizontal=True, gap="large", key="draw_row"):
        yield st.container(key="draw_ink", gap="small"), st.container(key="draw_answer")
