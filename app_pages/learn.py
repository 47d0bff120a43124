"""Learn to classify images: a course step by step, and labs for the mistakes that everybody makes once."""

from collections.abc import Callable

import streamlit as st

from app_pages.challenges.view import render_challenges
from app_pages.classroom.view import render_classroom
from app_pages.components.class_bar import render_invitation
from app_pages.components.header import heading
from app_pages.components.html import NARROW
from app_pages.components.leaving import LEARN_VIEW
from app_pages.components.presentation import is_presenting
from app_pages.handwriting.view import render_handwriting
from app_pages.labs.lab_page import render_labs
from app_pages.lessons.course_page import render_course
from app_pages.own_lessons.lesson_list import render_lessons
from app_pages.state import address
from app_pages.state.widgets import shown_value

# On a phone the views stand in two rows.
STYLE = f"""<style>
@media (max-width: {NARROW}) {{
  .st-key-{LEARN_VIEW} button {{ padding-inline: .6rem; }}
  .st-key-{LEARN_VIEW} button p {{ font-size: .9rem; }}
}}
</style>"""

# The keys appear in URLs: renaming one breaks old links.
VIEWS: dict[str, tuple[str, Callable[[], None]]] = {
    "course": ("Course", render_course),
    "labs": ("Labs", render_labs),
    "challenges": ("Challenges", render_challenges),
    "handwriting": ("My handwriting", render_handwriting),
    "lessons": ("Lessons", render_lessons),
    "class": ("Class", render_classroom),
}


def choose_view() -> str:
    """Ask which view to show, and keep it in the URL; a presentation shows the view of its link."""
    keys = list(VIEWS)
    address.restore_choice("view", keys, LEARN_VIEW)
    if not is_presenting():
        st.html(STYLE)
        st.segmented_control(
            "View",
            keys,
            format_func=lambda key: VIEWS[key][0],
            default=shown_value(LEARN_VIEW, keys[0]),
            required=True,
            key=LEARN_VIEW,
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
        )
    view = shown_value(LEARN_VIEW, keys[0])
    address.put("view", *([view] if view != keys[0] else []))
    return view


heading(
    "Learn",
    "From linear regression to image classification, and the mistakes that everybody makes once.",
    invites=False,  # the view "Class" asks by itself
)
view = choose_view()
if view != "class":
    render_invitation()
VIEWS[view][1]()
