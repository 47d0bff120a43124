"""What one visitor did and chose, for as long as their session lasts.

`Session` keeps what several parts of the app share. Besides it, each widget keeps its own value in `st.session_state`
under its key, which begins with the name of its page or component; a module may set the keys of its own widgets.
"""

import re
import secrets
from dataclasses import dataclass, field, replace

import streamlit as st

from mnist_core.ink.strokes import BRUSH, Strokes

COOKIE = "digits_visitor"
TOKEN = re.compile(r"[0-9a-f]{32}")


def cookie_token() -> str:
    """Return the token that this browser sent, or "" when it sent none."""
    return str(st.context.cookies.get(COOKIE, ""))


def visitor_token() -> str:
    """Return the token that this browser sent, or a new one when that is missing or malformed."""
    token = cookie_token()
    return token if TOKEN.fullmatch(token) else secrets.token_hex(16)


@dataclass
class Session:
    """What one visitor did.

    Attributes:
        visitor: the opaque token that identifies the visitor; their runs carry it.
        strokes: the drawing stroke by stroke, each with its own brush width.
        last_strokes: `strokes` when there were any the last time.
        initial_strokes: the strokes that the canvas on the screen began with.
        canvas: the number of canvases shown so far; a new number makes a new canvas.
        canvas_visit: the value of `visits` when the canvas on the screen was made.
        drawn_visit: the value of `visits` when the visitor last had something on the canvas.
        opened_link: the drawing, packed into a text, that the last link held which the visitor opened.
        link_problem: why it could not be opened, as a sentence; "" when it could.
        brush: the width of the next stroke, in canvas px.
        tool: what the pointer does on the canvas, "Pen" or "Eraser".
        disabled_steps: the steps of the preprocessing recipe that are switched off.
        run: the name of the run that the Train page shows.
        started_runs: the names of the runs that the visitor started in this session.
        next_model: the name of the model that becomes active when the next header is shown.
        leaves_for: the path of the page to go to when the page runs next, "" to stay.
        page: the title of the page shown last.
        visits: the number of changes of page.
        is_teacher: whether they have given the teacher's password.
    """

    visitor: str = field(default_factory=visitor_token)
    strokes: tuple[Strokes, ...] = ()
    last_strokes: tuple[Strokes, ...] = ()
    initial_strokes: tuple[Strokes, ...] = ()
    canvas: int = 0
    canvas_visit: int = 0
    drawn_visit: int = -1
    opened_link: str = ""
    link_problem: str = ""
    brush: int = BRUSH
    tool: str = "Pen"
    disabled_steps: frozenset[str] = frozenset()
    run: str = ""
    started_runs: frozenset[str] = frozenset()
    next_model: str = ""
    leaves_for: str = ""
    page: str = ""
    visits: int = 0
    is_teacher: bool = False

    def come_to(self, page: str) -> None:
        """Note that the page of this title is shown now."""
        self.visits += self.page != page
        self.page = page

    @property
    def canvas_key(self) -> str:
        """The widget key of the canvas on the screen."""
        return f"draw_canvas_{self.canvas}"

    @property
    def drawing(self) -> Strokes | None:
        """The drawing as models read it: all strokes at the width of the widest brush used; None when it is blank.

        `Strokes` have one brush width, so the widths that the canvas shows are kept in `strokes`.
        """
        if not self.strokes:
            return None
        lines = tuple(line for stroke in self.strokes for line in stroke.lines)
        return Strokes(lines, max(stroke.brush for stroke in self.strokes), self.strokes[0].size)

    @drawing.setter
    def drawing(self, drawing: Strokes | None) -> None:
        self.strokes = tuple(replace(drawing, lines=(line,)) for line in drawing.lines) if drawing else ()


def session() -> Session:
    """Return this visitor's session."""
    if "session" not in st.session_state:
        st.session_state.session = Session()
    current: Session = st.session_state.session
    return current
