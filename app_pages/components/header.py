"""What is around every page: the bar with the name and the pages, the page's heading, and the model in use."""

from collections.abc import Sequence

import streamlit as st

from app_pages.components import presentation
from app_pages.components.address_bar import place_for_unknown
from app_pages.components.class_bar import Action, render_class_bar
from app_pages.components.lesson_bar import render_lesson_bar
from app_pages.components.link_preview import NAME, PROMISE
from app_pages.components.page_link import place_for_link
from app_pages.components.shortcuts import Shortcut, show_tools
from app_pages.state import address, own_runs
from app_pages.state.own_runs import usable_models
from app_pages.state.session import session
from app_pages.state.widgets import shown_place

PAGES = ("Draw", "Browse", "Train", "Inside", "Learn")
USE_THE_MODEL = ("Draw", "Browse", "Inside")  # the pages whose content depends on the model in use


def heading(
    title: str,
    sentence: str,
    shortcuts: Sequence[Shortcut] = (),
    *,
    in_class: Action | None = None,
    invites: bool = True,
) -> None:
    """Show the bars, then a page's title and its purpose, beside the choice of the active model where it matters.

    Args:
        title: of the page.
        sentence: what one does there.
        shortcuts: the page's own keyboard shortcuts, which "?" lists.
        in_class: shows what a pupil can do on this page for their class.
        invites: whether a visitor whose link names a class is asked here to join it.
    """
    session().come_to(title)
    _update_active_model()
    _render_bar(title, shortcuts)
    render_class_bar(in_class, invites=invites)
    render_lesson_bar()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="shell_heading"):
        text = st.container(width="stretch", gap="xsmall")
        if title in USE_THE_MODEL:
            _render_model_choice()
    text.title(title, anchor=False)
    text.container(key=f"purpose_{title.lower()}").markdown(sentence)
    place_for_unknown()


def link_parameters() -> dict[str, str]:
    """Return the query of a link to another page: the model in use, and whether this is a presentation."""
    return own_runs.model_parameter() | presentation.link_parameters()


def _update_active_model() -> None:
    """Bring the active model, its choice and the link into agreement, on pages without the choice too."""
    state, models = session(), usable_models()
    if state.next_model in models:
        st.session_state.model, state.next_model = state.next_model, ""
    elif address.is_restored() or st.session_state.get("model") not in models:
        st.session_state.model = own_runs.model_in_link(models)
    own_runs.name_model_in_link()


def _render_bar(title: str, shortcuts: Sequence[Shortcut]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shell"):
        st.html(f'<p class="shell-name">{NAME}</p>', width="content")
        with st.container(horizontal=True, gap="xxsmall", width="content", key="shell_nav"):
            for page in PAGES:
                st.page_link(f"app_pages/{page.lower()}.py", label=page, icon="", query_params=link_parameters())
        st.html(f'<p class="shell-promise">{PROMISE}</p>')
        place_for_link()
        show_tools(title, shortcuts)


def _render_model_choice() -> None:
    models = usable_models()
    with st.container(width=240, key="shell_model"):
        st.selectbox(
            "Model in use",
            list(models),
            shown_place("model", list(models)),
            format_func=lambda name: models.get(name, name),
            key="model",
            help="Draw and Browse use this model. Models that you train appear here too.",
            persist_state="session",
        )
