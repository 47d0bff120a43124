"""What one visitor did and chose: the one holder of session state, and the heading that every page shares."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from mnist_core.ink.strokes import BRUSH

COOKIE = "digits_visitor"
TOKEN = re.compile(r"[0-9a-f]{32}")


def cookie_token() -> str:
    """Return the token that this browser brought, or nothing."""
    return str(st.context.cookies.get(COOKIE, ""))


def visitor_token() -> str:
    """Return the token that this browser brought, or a new one."""
    token = cookie_token()
    return token if TOKEN.fullmatch(token) else secrets.token_hex(16)


@dataclass
class Session:
    """What one visitor did.

    Attributes:
        visitor: an opaque token, see `visitor`; a visitor's runs carry it.
        drawing: the Fabric.js drawing as the canvas last sent it.
        restored: the drawing that the canvas on the screen began with.
        canvas: counts the canvases shown; a new number makes a new canvas.
        canvas_visit: the visit of a page that the canvas on the screen belongs to.
        brush: the width of the next stroke, in canvas px.
        left_out: the steps of the ink's recipe that are switched off.
        run: the run that the Train page shows.
        next_model: the model to become active when the next heading is shown.
        page: the page shown last.
        visits: counts the changes of page.
    """

    visitor: str = field(default_factory=visitor_token)
    drawing: dict[str, Any] | None = None
    restored: dict[str, Any] | None = None
    canvas: int = 0
    canvas_visit: int = 0
    brush: int = BRUSH
    left_out: frozenset[str] = frozenset()
    run: str = ""
    next_model: str = ""
    page: str = ""
    visits: int = 0

    @property
    def canvas_key(self) -> str:
        """The key of the canvas on the screen."""
        return f"draw_canvas_{self.canvas}"


def session() -> Session:
    """Return this visitor's session."""
    if "session" not in st.session_state:
        st.session_state.session = Session()
    found: Session = st.session_state.session
    return found
