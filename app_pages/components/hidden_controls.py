"""The controls that a link hides, so that whoever opens it sees what the lesson is about and little else.

`?hide=pages&hide=model` hides two. They stay hidden while the visitor goes from page to page, until a link of a lesson,
or an entry of the browser's history, hides others or none. This guides, it does not forbid: anyone can open the app
without the parameter.
"""

from dataclasses import dataclass

import streamlit as st

from app_pages.state import address

PARAMETER = "hide"  # in the URL, once for each control
_HIDDEN = "hidden_controls"  # in the session


@dataclass(frozen=True)
class HideableControl:
    """A control, or several that belong together, which a link can hide.

    Attributes:
        label: what the page calls it.
        pages: the paths of the pages that have it.
        keys: those of its elements.
    """

    label: str
    pages: tuple[str, ...]
    keys: tuple[str, ...]


# The names appear in URLs: renaming one breaks old links.
CONTROLS = {
    "pages": HideableControl("Links to pages", ("", "browse", "train", "inside", "learn"), ("shell_nav",)),
    "model": HideableControl("Model in use", ("", "browse", "inside"), ("shell_model",)),
    "answer": HideableControl("Answer", ("",), ("draw_answer",)),
    "steps": HideableControl("Step by step", ("",), ("draw_ladder",)),
    "more": HideableControl("Photo, second model, share", ("",), ("draw_more",)),
    "views": HideableControl("Views", ("browse", "inside", "learn"), ("browse_view", "inside_view", "learn_view")),
    "filters": HideableControl("Digit and filters", ("browse",), ("browse_digit", "browse_filter")),
    "network": HideableControl("Model and preset", ("train",), ("train_model", "train_preset")),
    "settings": HideableControl("All settings", ("train",), ("train_knobs",)),
    "race": HideableControl("Race", ("train",), ("train_race_menu",)),
    "subject": HideableControl("What to look at", ("inside",), ("inside_source", "inside_number")),
    "outline": HideableControl("Outline of the course", ("learn",), ("lessons_outline",)),
}


def hide_as_the_link_says(page: str) -> None:
    """Hide what the visitor's link hides, and keep that in the URL of every page.

    Args:
        page: its path, "" for the first page.
    """
    names = address.named(PARAMETER)
    if names or address.is_restored():
        st.session_state[_HIDDEN] = tuple(name for name in CONTROLS if name in names)
        if any(name not in CONTROLS for name in names):
            address.say_unknown("This link hides a control that does not exist, so that part is ignored.")
    address.put(PARAMETER, *hidden(), quietly=True)
    keys = [key for name in hidden() if page in CONTROLS[name].pages for key in CONTROLS[name].keys]
    if keys:
        st.html(f"<style>:is({', '.join(f'.st-key-{key}' for key in keys)}) {{ display: none !important; }}</style>")


def hidden() -> tuple[str, ...]:
    """Return the names of the controls that are hidden, in the order of `CONTROLS`."""
    names: tuple[str, ...] = st.session_state.get(_HIDDEN, ())
    return names


def show_all() -> None:
    """Hide nothing any more."""
    st.session_state[_HIDDEN] = ()


def choose_hidden(page: str) -> list[str]:
    """Ask what a link to a page is to hide, and return the names: at first, what is hidden here.

    Args:
        page: its path, "" for the first page.
    """
    offered = [name for name, control in CONTROLS.items() if page in control.pages]
    others = [name for name in hidden() if name not in offered]  # on the pages that follow
    chosen = st.pills(
        "Hide from whoever opens it",
        offered,
        selection_mode="multi",
        default=[name for name in hidden() if name in offered],
        format_func=lambda name: CONTROLS[name].label,
        key=f"link_hides_{page}",
    )
    return [*(name for name in CONTROLS if name in chosen), *others]
