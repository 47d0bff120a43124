"""Presentation mode: the app for a projector, with large type, high contrast and nothing but the matter in hand.

`?present=1` in any page's link begins it. It lasts while the visitor goes from page to page, and ends with the button
or Esc. A page asks `is_presenting` to leave out what an audience does not need, and may show one thing after another:
the arrow keys and a presenter's remote control press its buttons whose keys are `PREVIOUS` and `FOLLOWING`.
"""

import streamlit as st

FLAG = "present"  # in the URL
PREVIOUS, FOLLOWING = "present_previous", "present_next"  # the keys of buttons that the arrow keys press too
_KEPT = "presentation_page"  # in the session: the page last shown in a presentation, "" outside one
STYLE = """<style>
html { font-size: 25.5px !important; }
:root { --accent: ACCENT; --st-text-color: TEXT; }
[data-testid="stApp"] { background: PAPER; color: TEXT; }
:is(p, li, h1, h2, h3, h4, td, th, label, summary) { color: TEXT; }
[data-testid="stMainBlockContainer"] { padding: 1rem 2.5rem; max-width: none; }
.st-key-shell > :not(.st-key-shell_tools, :has(.st-key-shell_tools)) { display: none; }
.st-key-shell { position: fixed; top: .4rem; right: .75rem; width: auto !important; z-index: 100; border: 0; }
[data-testid="stCode"] :is(pre, code) { white-space: pre-wrap !important; overflow-wrap: anywhere; }
[class*="st-key-purpose_"], .st-key-shell_model, [data-testid="stCaptionContainer"] { display: none; }
[data-testid="stElementContainer"]:has(h1) { position: absolute; width: 1px; }
[data-testid="stHeading"] h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>"""
COLOURS = {
    "light": {"PAPER": "#ffffff", "TEXT": "#000000", "ACCENT": "#2432b8"},
    "dark": {"PAPER": "#12131a", "TEXT": "#ffffff", "ACCENT": "#a4b0ff"},
}


def is_presenting() -> bool:
    """Tell whether this visitor shows the app to an audience: the link says `present=1`."""
    return st.query_params.get(FLAG) == "1"


def keep(page: str) -> None:
    """Go on with a presentation where a link within it led to another page without saying so.

    Args:
        page: the title of the page that is about to be shown.
    """
    shown = st.session_state.get(_KEPT, "")
    if FLAG not in st.query_params and shown and shown != page:
        st.query_params[FLAG] = "1"
    st.session_state[_KEPT] = page if is_presenting() else ""


def link_parameters() -> dict[str, str]:
    """Return what a link to another page needs for the presentation to go on."""
    return {FLAG: "1"} if is_presenting() else {}


def toggle() -> None:
    """Begin a presentation, or end it."""
    if is_presenting():
        st.session_state[_KEPT] = ""
        del st.query_params[FLAG]
    else:
        st.query_params[FLAG] = "1"


def presentation_style(theme: str) -> str:
    """Return the style rules of a presentation, as HTML.

    Args:
        theme: "light" or "dark".
    """
    text = STYLE
    for name, colour in COLOURS[theme].items():
        text = text.replace(name, colour)
    return text
