"""The line above every page while a visitor is in a class, and the invitation while a link names a class to join."""

import html
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from app_pages.components import hidden_controls
from app_pages.components.announcer import announce
from app_pages.components.class_watch import watch_class
from app_pages.components.html import NARROW, sentence
from app_pages.components.presentation import is_presenting
from app_pages.state import address, classes, own_runs
from app_pages.state.rerun import run_again
from app_pages.state.session import session
from mnist_core.classroom.records import MAX_NICKNAME, Classroom, ClassroomError, Pupil
from mnist_core.runs.naming import as_markdown

BAR, INVITATION = "class_bar", "class_invitation"  # the keys of the containers
NICKNAME = "class_invitation_nickname"
PROBLEM = "class_bar_problem"  # in the session's state
PAUSED = "Your teacher has paused the class: look at the front."
PAUSED_DETAIL = "What you draw and answer waits; nothing is lost."
GOES_ON = "Your class goes on."
GONE = "You are no longer in the class: it was closed, or you were removed. Nothing of yours is kept in it."
STYLE = f"""<style>
:root {{ --class-bar: 2.7rem; }}
.st-key-{BAR} {{ background: color-mix(in srgb, var(--accent) 9%, transparent); border-radius: 8px;
  padding: .1rem .35rem .1rem .85rem; min-height: 2.5rem; flex-wrap: nowrap; }}
.st-key-{BAR} :is(p, a) {{ margin: 0; }}
.st-key-{BAR} > :has(.class-who) {{ flex: 1 1 0; min-width: 0; }}
.class-who {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; line-height: 1.5; }}
.st-key-{BAR} button, .st-key-{BAR} button * {{ color: inherit !important; }}
.st-key-{BAR} a {{ min-height: 2.1rem; padding-block: .2rem; background: none; white-space: nowrap; }}
.st-key-{BAR} a :is(p, span) {{ font-weight: 400; }}
.st-key-{BAR} [data-testid^="stPopover"] button, .st-key-{BAR} button {{ min-height: 2.1rem; padding-block: 0; }}
.st-key-class_watch_bar, .st-key-class_pause {{ position: absolute; }}
.class-pause {{ background: var(--accent); color: var(--on-accent); text-align: center; border-radius: 8px;
  padding: .7rem 1rem; margin: 0; }}
.class-pause b {{ display: block; font-size: 1.15rem; font-weight: 650; }}
[data-testid="stLayoutWrapper"]:has(> * > * > * > .class-pause) {{ position: sticky; top: -3.4rem; z-index: 90; }}
.st-key-{INVITATION} form, .st-key-{INVITATION} [data-testid="stForm"] {{ border: 0; padding: 0; }}
.st-key-{INVITATION} {{ background: color-mix(in srgb, var(--accent) 9%, transparent); border-radius: 8px;
  padding: .5rem .85rem .7rem; }}
.st-key-{INVITATION} p {{ margin: 0; }}
@media (max-width: {NARROW}) {{
  .st-key-{BAR} {{ gap: .15rem; padding-left: .6rem; }}
  .st-key-{BAR} .st-key-class_bar_kept [data-testid="stMarkdownContainer"] {{ position: absolute; width: 1px;
    height: 1px; overflow: hidden; clip-path: inset(50%); }}
  .st-key-{BAR} .st-key-class_bar_kept a {{ padding-inline: .4rem; }}
  .st-key-{BAR} button {{ padding-inline: .5rem; }}
  .st-key-{BAR} [data-testid="stPopoverButton"] > div > :last-child {{ display: none; }}
  .class-who {{ font-size: .9rem; }}
}}
</style>"""

Action = Callable[[Classroom], None]


def render_class_bar(action: Action | None = None, *, invites: bool = True) -> None:
    """Show the class that the visitor is in; whatever changes in it is shown at once.

    Args:
        action: shows what one can do on this page for the class, given the class.
        invites: whether a visitor whose link names a class is asked to join it here.
    """
    classes.follow_link()
    state = classes.class_state()
    state.step = ""
    if is_presenting():
        return
    if classes.pupil_here() or classes.is_gone():
        st.html(STYLE)
        _render_bar(action)
    if invites:
        render_invitation()


@st.fragment
def _render_bar(action: Action | None) -> None:
    if pupil := classes.pupil_here():
        watch_class(pupil.code, "pupils", key="class_watch_bar")
    if (found := classes.pupil_and_class()) is None:
        if address.is_part_of_page():
            run_again()  # other parts of the page show it too
        if classes.is_gone():
            st.info(GONE, icon=":material/waving_hand:")
        return
    pupil, room = found
    state = classes.class_state()
    if not room.is_frozen:
        classes.hand_in_answers()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=BAR):
        st.html(who_html(pupil, room))
        if action:
            action(room)
        with st.container(key="class_bar_kept", width="content"):
            kept_link()
        with st.popover("Leave", type="tertiary", key="class_bar_leave"):
            st.markdown("You leave the class, and all that you handed in is deleted.")
            st.button("Leave and delete", on_click=leave, key="class_bar_leave_press")
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)
    if room.is_frozen:
        st.html(f'<p class="class-pause"><b>{PAUSED}</b>{PAUSED_DETAIL}</p>')
    if room.is_frozen or state.was_paused:
        announce(
            f"{PAUSED} {PAUSED_DETAIL}" if room.is_frozen else GOES_ON,
            subject=room.code,
            is_final=True,
            is_news=True,
            key="class_pause",
        )
    state.was_paused = room.is_frozen or state.was_paused


def who_html(pupil: Pupil, room: Classroom) -> str:
    """Return the class and the pupil's name in it as HTML."""
    title = html.escape(room.title or f"Class {room.code}")
    return f'<p class="class-who"><b>{html.escape(pupil.name)}</b> in {title}</p>'


def kept_link(label: str = "What is kept") -> None:
    """Link to the view of Learn with all that a pupil handed in."""
    st.page_link(
        "app_pages/learn.py",
        label=label,
        icon=":material/shield_person:",
        query_params=link_parameters([("view", "class")]),
        help="What you handed in, and who sees it",
    )


def link_parameters(own: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the query of a link within the app that shows a part of a page, and keeps what all pages keep."""
    hides = [(hidden_controls.PARAMETER, name) for name in hidden_controls.hidden()]
    return [*own, *own_runs.model_parameter().items(), *hides, address.leading_parameter()]


def lesson_link(room: Classroom, label: str) -> None:
    """Link to what a class works on, if its teacher said so."""
    parts = urlsplit(room.lesson)
    page = parts.path.strip("/") or "draw"
    if room.lesson and page in ("draw", "browse", "train", "inside", "learn"):
        st.page_link(
            f"app_pages/{page}.py",
            label=label,
            icon=":material/arrow_forward:",
            query_params=link_parameters(parse_qsl(parts.query)),
        )


def leave() -> None:
    """Leave the class, in a callback, or have the page say why not."""
    try:
        classes.leave()
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def render_invitation() -> None:
    """Ask a visitor whose link names a class whether to join it, unless they are in it."""
    code, pupil = classes.class_state().taught, classes.pupil_here()
    if is_presenting() or session().is_teacher or not code or (pupil and pupil.code == code):
        return
    room = classes.find(code)
    if room is None:
        return
    address.put(classes.PARAMETER, code, quietly=True)
    st.html(STYLE)
    with st.container(key=INVITATION), st.form("class_invitation_form", border=False):
        called = f"**{as_markdown(room.title)}**" if room.title else f"**{code}**"
        now = " What you handed in to the class that you are in now stays there." if pupil else ""
        st.markdown(f"This link invites you to the class {called}. You need no account and no name.{now}")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input(
                "Nickname (optional)",
                max_chars=MAX_NICKNAME,
                key=NICKNAME,
                placeholder="or be a number",
                autocomplete="off",
                width=230,
            )
            st.form_submit_button("Join", type="primary", on_click=join, args=(code,), key="class_invitation_join")
            st.form_submit_button("Not now", type="tertiary", on_click=decline, key="class_invitation_decline")
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)


def join(code: str) -> None:
    """Join a class, in a callback, or have the page say why not."""
    try:
        classes.join(code, str(st.session_state[NICKNAME]))
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def decline() -> None:
    """Be asked no more."""
    classes.class_state().taught = ""
