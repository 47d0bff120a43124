"""The header of every page."""

import streamlit as st

from app_pages.state import resources
from app_pages.state.own_runs import usable_models
from app_pages.state.session import session


def heading(title: str, sentence: str) -> None:
    """Show a page's title and its purpose, beside the choice of the active model."""
    state = session()
    state.visits += state.page != title
    state.page = title
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text, choice = st.container(width="stretch", gap="small"), st.container(width=240)
    text.title(title, anchor=False)
    text.markdown(sentence)
    models = usable_models()
    if state.next_model in models:
        st.session_state.model, state.next_model = state.next_model, ""
    elif st.session_state.get("model") not in models:
        st.session_state.model = (
            st.query_params.get("model") if st.query_params.get("model") in models else resources.DEFAULT_MODEL
        )
    choice.selectbox(
        "Model in use",
        list(models),
        format_func=lambda name: models.get(name, name),
        key="model",
        help="All pages use this model. Models that you train appear here too.",
        persist_state="session",
    )
    st.query_params["model"] = st.session_state.model
