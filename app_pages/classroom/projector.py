"""What the projector shows of a class: how to join it, or one drawing, for the last row.

It needs no password, so that it can be opened in a window of its own.
"""

import html

import streamlit as st

from app_pages.classroom.links import join_link
from app_pages.components.class_watch import watch_class
from app_pages.components.html import percent, pixel_html, svg_url
from app_pages.state import classes
from mnist_core.classroom.records import Classroom, Drawing
from mnist_core.sharing.qr_code import qr_svg

PIXELS = 560  # px, the side of the drawing before the style says how large it is


def render_projector(code: str) -> None:
    """Show a class to its pupils; it follows what the teacher does."""
    if not code or classes.version_of(code) is None:
        st.info("There is no class to show. Open one on Learn, under Class.")
        return
    _render(code)


@st.fragment
def _render(code: str) -> None:
    watch_class(code, "teacher", key="class_watch_projector")
    store = classes.class_store()
    room = store.find(code)
    if room is None:
        st.info("This class was closed, and everything of it was deleted.")
        return
    if room.is_frozen:
        st.html('<p class="class-paused" role="status">Please look up. The class is paused.</p>')
    drawing = store.drawing(code, room.shown_drawing) if room.shown_drawing else None
    if drawing and drawing.may_be_shown:
        st.html(drawing_html(drawing))
    else:
        st.html(code_html(room, join_link(code), len(store.pupils(code))))


def code_html(room: Classroom, link: str, pupils: int) -> str:
    """Return how to join a class as HTML: its code and its QR code."""
    title = f'<p class="lead">{html.escape(room.title)}</p>' if room.title else ""
    where = place_of(link)
    joined = f"{pupils} {'pupil has' if pupils == 1 else 'pupils have'} joined." if pupils else "Nobody has joined yet."
    return (
        f'<div class="class-projector"><div>{title}<p class="class-code" aria-label="{spelled(room.code)}">{room.code}'
        f'</p><p class="note">Scan the code, or open <b>{where}</b>, choose Class and type the six letters.</p>'
        f'<p class="note">{joined}</p></div>'
        f'<img class="qr" src="{svg_url(qr_svg(link))}" alt="QR code of the link to join the class"></div>'
    )


def drawing_html(drawing: Drawing) -> str:
    """Return a drawing and what the model made of it as HTML; its pupil is not named."""
    alt = f"A drawing of a {drawing.digit} by a pupil, 28 by 28 pixels"
    return (
        f'<div class="class-projector">{pixel_html(drawing.image, PIXELS, alt)}<div>'
        f'<p class="lead">Meant as</p><p class="large">{drawing.digit}</p>'
        f'<p class="lead" style="margin-top:1rem">The model reads</p><p class="large">{drawing.answer}</p>'
        f'<p class="note">{percent(drawing.confidence)} sure</p></div></div>'
    )


def place_of(link: str) -> str:
    """Return what has to be typed of a link to get to the page, as HTML."""
    return html.escape(link.split("//")[-1].split("?")[0])


def spelled(code: str) -> str:
    """Return the code of a class as a screen reader should say it."""
    return "Code " + " ".join(code)
