"""Share a drawing: a link that opens with the same answer anywhere, its QR code, and a picture to download."""

from collections.abc import Callable

import streamlit as st

from app_pages.components.drawing_link import link, render_link
from app_pages.state import own_runs
from app_pages.state.session import session
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import NumberPrediction
from mnist_core.sharing.picture_card import picture_card


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
        address = link(strokes, {"model": own_runs.active_model()})
        st.markdown("A link that opens with this drawing and its answer, anywhere:")
        render_link(address).download_button(
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
