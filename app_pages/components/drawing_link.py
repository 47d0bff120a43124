"""Links that carry a drawing: every page with a canvas opens them, and offers them with a QR code."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.html import sentence, svg_url
from app_pages.state import canvas
from app_pages.state.session import session
from mnist_core.ink.share_link import pack_drawing, unpack_drawing
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.sharing.qr_code import qr_svg

PARAMETER = "drawing"
MAX_LINK = 2_000  # characters; every browser and messenger takes as many
QR_STYLE = "<style>.qr { width: 100%; max-width: 15rem; display: block; border-radius: 6px; }</style>"


def open_link() -> None:
    """Show the drawing of the link that the visitor opened, once; say so where it cannot be read."""
    state, text = session(), st.query_params.get(PARAMETER, "")
    if text and text != state.opened_link:
        state.opened_link, state.link_problem = text, ""
        try:
            canvas.show_strokes(tuple(_on_canvas(stroke) for stroke in unpack_drawing(text)))
        except ValueError as error:
            state.link_problem = sentence(error)
    if text and state.link_problem:
        st.warning(state.link_problem)


def _on_canvas(stroke: Strokes) -> Strokes:
    """Return a stroke from a canvas of any size on the app's own."""
    scale = CANVAS_SIZE / stroke.size
    return stroke if scale == 1 else stroke.transformed(scale, 0, 0, max(1.0, stroke.brush * scale), CANVAS_SIZE)


def link(strokes: tuple[Strokes, ...], named: Mapping[str, str]) -> str:
    """Return the address of this page with a drawing; at most `MAX_LINK` characters.

    Args:
        strokes: the drawing; none for a link without one.
        named: the other parameters of the address, one at least, such as the model.
    """
    here = urlsplit(st.context.url or "")
    base = urlunsplit((here.scheme, here.netloc, here.path, urlencode(named), ""))
    if not strokes:
        return base
    room = MAX_LINK - len(base) - len(f"&{PARAMETER}=")
    return f"{base}&{PARAMETER}={pack_drawing(strokes, room)}"


def render_link(address: str) -> DeltaGenerator:
    """Show an address to copy and its QR code; returns the place beside the code."""
    st.code(address, language=None, wrap_lines=True, height=100)
    code, beside = st.columns([2, 3], vertical_alignment="center")
    code.html(f'{QR_STYLE}<img class="qr" src="{svg_url(qr_svg(address))}" alt="QR code of the link">')
    beside.markdown("For a class: scan the code with a phone.")
    return beside
