"""The links to a class: the one that pupils open, and the one for the projector."""

import streamlit as st

from app_pages.components.page_link import link_of
from app_pages.components.presentation import FLAG
from app_pages.state.classes import PARAMETER


def join_link(code: str) -> str:
    """Return the address at which pupils join a class."""
    return link_of(st.context.url or "", [("view", "class"), (PARAMETER, code)])


def projector_link(code: str) -> str:
    """Return the address of what the projector shows of a class."""
    return link_of(st.context.url or "", [("view", "class"), (PARAMETER, code), (FLAG, "1")])
