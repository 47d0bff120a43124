"""What is kept of a class, for how long, and who sees it: the same words for pupils and teachers."""

from datetime import UTC, datetime

import streamlit as st

from mnist_core.classroom.records import KEEP_DAYS, Classroom

READABLE = 760  # px, the longest line of text
WHAT = f"""
- **What:** a nickname if you give one, otherwise a number; the step that you are at and when you were last seen;
  your answers to the questions of the course; the drawings that you hand in, with the digit that you meant and the
  model's answer; the names of the runs that you enter in the race; your best scores. Your browser is known again by a
  random code, of which only a scrambled form is kept. No name, no address and no password are asked for.
- **Where:** in one file on the server that runs this app. Nothing is sent anywhere else.
- **Who sees it:** your teacher sees everything. The class sees a drawing of yours only if you agreed when you handed it
  in, and you can take that back at any time. Your teacher may teach a model with the drawings of the whole class.
- **How long:** until your teacher closes the class, and for {KEEP_DAYS} days after it was opened at most. If you leave
  the class, everything of yours is deleted at once.
"""


def render_kept(room: Classroom | None = None, *, is_open: bool = False) -> None:
    """Show what is kept of a class.

    Args:
        room: the class, None for any.
        is_open: whether it is unfolded at first.
    """
    with st.expander("What is kept", expanded=is_open, icon=":material/shield_person:", key="class_kept"):
        st.markdown(WHAT, width=READABLE)
        if room:
            st.markdown(f"This class will be deleted on {date_of(room.deleted_at)} at the latest.")


def date_of(seconds: float) -> str:
    """Return a time, in s since the epoch, as a date such as "28 December 2026", UTC."""
    date = datetime.fromtimestamp(seconds, UTC)
    return f"{date.day} {date:%B %Y}"
