"""Share a drawing: a link that opens with the same answer anywhere, its QR code, and a picture to download."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from app_pages.components.html import sentence, svg_url
from app_pages.state import canvas, own_runs
from app_pages.state.session import session
from mnist_core.ink.share_link import pack_drawing, unpack_drawing
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.recognition.predictor import NumberPrediction
from mnist_core.sharing.picture_card import picture_card
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


def link(strokes: tuple[Strokes, ...]) -> str:
    """Return the address of a drawing, read by the active model; at most `MAX_LINK` characters."""
    here = urlsplit(st.context.url or "")
    named = {"model": own_runs.active_model()}
    base = urlunsplit((here.scheme, here.netloc, here.path, urlencode(named), ""))
    room = MAX_LINK - len(base) - len(f"&{PARAMETER}=")
    return f"{base}&{PARAMETER}={pack_drawing(strokes, room)}"


def render_share(number: NumberPrediction) -> None:
    """Offer the link, its QR code and the picture of the drawing; made when they are asked for.

    Args:
        number: the active model's answer for the drawing.
    """
    popover = st.popover("Share", icon=":material/share:", key="draw_share", on_change="rerun")
    if not popover.open:
        return
    with popover:
        strokes = session().strokes
        if not strokes:
            st.markdown("Draw a digit first. Then you can share it as a link or a picture.")
            return
        address = link(strokes)
        st.markdown("A link that opens with this drawing and its answer, anywhere:")
        st.code(address, language=None, wrap_lines=True, height=100)
        code, picture = st.columns([2, 3], vertical_alignment="center")
        code.html(f'{QR_STYLE}<img class="qr" src="{svg_url(qr_svg(address))}" alt="QR code of the link">')
        picture.markdown("For a class: scan the code with a phone.")
        picture.download_button(
            "Download picture",
            picture_of(number, strokes),
            "digit.png",
            "image/png",
            on_click="ignore",
            icon=":material/download:",
            key="draw_picture",
        )


def picture_of(number: NumberPrediction, strokes: tuple[Strokes, ...]) -> Callable[[], bytes]:
    """Return what makes the PNG of a drawing with its answer, when the visitor asks for it."""
    return lambda: picture_card(strokes, number.digits)
