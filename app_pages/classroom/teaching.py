"""The teacher's side: open classes, and see one of them live."""

import html
from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from app_pages.classroom.class_answers import render_answers
from app_pages.classroom.class_drawings import render_drawings
from app_pages.classroom.class_pupils import render_pupils
from app_pages.classroom.class_race import race_figures, render_race
from app_pages.classroom.kept import date_of, render_kept
from app_pages.classroom.links import join_link, projector_link
from app_pages.classroom.projector import place_of, spelled
from app_pages.components.address_bar import write_address_of
from app_pages.components.class_watch import watch_class
from app_pages.components.html import sentence, svg_url
from app_pages.state import address
from app_pages.state.classes import PARAMETER, class_state, class_store
from app_pages.state.own_lessons import PARAMETER as LESSON
from app_pages.state.own_lessons import UPLOADED, known_lessons
from app_pages.state.rerun import run_again
from app_pages.state.session import session
from app_pages.state.widgets import show_value, shown_value
from mnist_core.classroom.export import class_zip
from mnist_core.classroom.identity import teacher_key
from mnist_core.classroom.records import KEEP_DAYS, MAX_TITLE, Classroom, ClassroomError
from mnist_core.runs.naming import as_markdown
from mnist_core.sharing.qr_code import qr_svg

CHOICE, PART, TITLE, LESSON_CHOICE = "class_choice", "class_part", "class_title", "class_lesson"  # keys of widgets
MENU = "class_open_menu"
PROBLEM = "class_problem"  # in the session's state
READABLE = 760  # px, the longest line of text
REFRESH = 20.0  # s; what changes is shown at once, but when somebody was last seen is not a change
NO_CLASS = (
    "Open a class, and show its code with the projector. Your pupils open the link or scan the QR code; then you see "
    "here who is at which step, what they answered, and what the model makes of their handwriting."
)
PARTS: dict[str, tuple[str, Callable[[str], None]]] = {  # the keys appear in URLs
    "pupils": ("Pupils", render_pupils),
    "answers": ("Answers", render_answers),
    "drawings": ("Drawings", render_drawings),
    "race": ("Race", render_race),
}
FIRST = next(iter(PARTS))


def render_teaching() -> None:
    """Show the class that the teacher has chosen, and how to open another."""
    store = class_store()
    rooms = {room.code: room for room in store.all_classes()}
    state = class_state()
    if state.taught not in rooms:
        mine = [code for code, room in rooms.items() if room.owner == teacher_key(session().visitor)]
        state.taught = next(iter([*mine, *rooms]), "")
    address.put(PARAMETER, *([state.taught] if state.taught else []), quietly=True)
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)
    if not rooms:
        st.markdown(NO_CLASS, width=READABLE)
        render_opening()
        render_kept()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="class_tools"):
        if len(rooms) > 1:
            st.selectbox(
                "Class",
                list(rooms),
                list(rooms).index(show_value(CHOICE, state.taught)),
                format_func=lambda code: name_of(rooms[code]),
                key=CHOICE,
                on_change=choose,
                width=320,
            )
        if st.session_state.pop(f"{MENU}_closes", False):
            st.session_state[MENU] = False
        with st.popover("Open another class", icon=":material/add:", type="tertiary", key=MENU, on_change="rerun"):
            render_opening()
    room = rooms[state.taught]
    render_head(room)
    render_live(room.code)
    render_kept(room)


def name_of(room: Classroom) -> str:
    """Return what a list calls a class."""
    return f"{room.title} ({room.code})" if room.title else f"Class {room.code}"


def choose() -> None:
    """Look at the class that was chosen."""
    class_state().taught = str(st.session_state[CHOICE])


def render_opening() -> None:
    """Ask for what a new class needs, which is nothing."""
    lessons = {name: lesson for name, lesson in known_lessons()[0].items() if name != UPLOADED}  # theirs alone
    with st.form("class_open", border=False, width=420):
        st.text_input("Title (optional)", max_chars=MAX_TITLE, key=TITLE, placeholder="7b, Tuesday")
        st.selectbox(
            "Lesson",
            ["", *lessons],
            format_func=lambda name: lessons[name].title if name in lessons else "The course",
            key=LESSON_CHOICE,
        )
        st.form_submit_button("Open a class", type="primary", icon=":material/add:", on_click=open_class)


def open_class() -> None:
    """Open a class, in a callback, and look at it."""
    lesson = str(st.session_state.get(LESSON_CHOICE) or "")
    link = f"/learn?view=lessons&{LESSON}={lesson}" if lesson else "/learn"
    try:
        room = class_store().open_class(str(st.session_state[TITLE]), session().visitor, link)
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))
        return
    class_state().taught = room.code
    st.session_state[TITLE] = ""
    st.session_state[f"{MENU}_closes"] = True


def render_head(room: Classroom) -> None:
    """Show the title, the code and the link of a class."""
    link, title = join_link(room.code), html.escape(room.title or "Class")
    st.html(
        f'<div class="class-card"><img src="{svg_url(qr_svg(link))}" alt="QR code of the link to join the class">'
        f'<div><h2>{title}</h2><p class="class-code" aria-label="{spelled(room.code)}">{room.code}</p>'
        f'<p class="how">Pupils scan the code, or open <b>{place_of(link)}</b> and choose Class.</p></div></div>'
    )


@st.fragment(run_every=REFRESH)
def render_live(code: str) -> None:
    """Show what happens in a class; only this runs again when something does."""
    watch_class(code, "teacher", key="class_watch_teacher")
    store = class_store()
    room = store.find(code)
    if room is None:
        run_again()
    if problem := st.session_state.pop(f"{PROBLEM}_live", ""):
        st.error(problem)
    render_controls(room)
    PARTS[choose_part()][1](code)
    write_address_of("class")


def render_controls(room: Classroom) -> None:
    """Offer what a teacher does with a class as a whole."""
    code = room.code
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="class_controls"):
        st.link_button("Projector", projector_link(code), icon=":material/present_to_all:", type="primary")
        st.button(
            "Go on" if room.is_frozen else "Pause the class",
            icon=":material/play_arrow:" if room.is_frozen else ":material/pause:",
            on_click=attempt,
            args=(lambda: class_store().freeze(code, not room.is_frozen),),
            key="class_freeze",
            help="While a class is paused, its pupils are asked to look up and nothing can be handed in.",
        )
        if room.shown_drawing is not None:
            st.button(
                "Take the drawing off the projector",
                icon=":material/cancel_presentation:",
                on_click=attempt,
                args=(lambda: class_store().show_drawing(code, None),),
                key="class_unshow",
            )
        st.download_button(
            "Export",
            lambda: class_zip(class_store(), code, race_figures(code)),  # called when somebody clicks
            f"class-{code}-{datetime.now(UTC):%Y-%m-%d}.zip",
            mime="application/zip",
            icon=":material/download:",
            key="class_export",
            on_click="ignore",
            help="Tables as CSV, the drawings as PNG files, and as a data set in the format of MNIST.",
        )
        with st.popover("Close the class", icon=":material/delete:", key="class_close"):
            st.markdown(
                "Everything of this class will be deleted for good: pupils, answers, drawings and scores. Export it "
                f"first if you need it. Otherwise it is deleted on {date_of(room.deleted_at)}, {KEEP_DAYS} days after "
                "it was opened."
            )
            st.button(
                "Delete everything",
                icon=":material/delete_forever:",
                on_click=attempt,
                args=(lambda: class_store().close_class(code),),
                key="class_close_press",
            )
    if room.is_frozen:
        st.html('<p class="class-paused" role="status">The class is paused.</p>')


def attempt(work: Callable[[], None]) -> None:
    """Do something with a class, or have the page say why not."""
    try:
        work()
    except ClassroomError as error:
        st.session_state[f"{PROBLEM}_live"] = as_markdown(sentence(error))


def choose_part() -> str:
    """Ask what to look at, and keep it in the URL."""
    restored_part()
    st.segmented_control(
        "Part of the class",
        list(PARTS),
        format_func=lambda key: PARTS[key][0],
        default=shown_value(PART, FIRST),
        required=True,
        key=PART,
        persist_state="session",
        label_visibility="collapsed",
    )
    return put_part()


def restored_part() -> str:
    """Return the part that was chosen last, or that the URL names, and keep it in the URL."""
    st.session_state.setdefault(PART, FIRST)
    address.restore_choice("part", list(PARTS), PART)
    return put_part()


def put_part() -> str:
    """Have the URL hold the chosen part, and return it."""
    part = str(st.session_state[PART] or FIRST)
    address.put("part", *([part] if part != FIRST else []))
    return part


@st.fragment(run_every=REFRESH)
def render_live_part(part: str, code: str) -> None:
    """Show one part of a class alone; it runs again when something happens in the class."""
    watch_class(code, "teacher", key="class_watch_part")
    PARTS[part][1](code)
