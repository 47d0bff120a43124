"""The link to what a visitor sees, to copy, and its QR code: on every page, in the bar.

A small screen has no room for it in the bar, but a phone's browser shares the address by itself.
"""

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from app_pages.components import hidden_controls
from app_pages.components.drawing_link import MAX_LINK, render_link
from app_pages.state.address import LED, address

PLACE = "page_link_place"


def place_for_link() -> None:
    """Keep a place in the bar for `render_page_link`."""
    st.session_state[PLACE] = st.popover(
        "Link", icon=":material/link:", key="shell_link", on_change="rerun", width="content"
    )


def render_page_link() -> None:
    """Show the link if the visitor asks for it, once the page has put all its parameters."""
    place = st.session_state.pop(PLACE, None)
    if place is None or not place.open:
        return
    with place:
        st.markdown("This link opens what you see now, anywhere:")
        hides = [(hidden_controls.PARAMETER, name) for name in hidden_controls.choose_hidden(address().page or "")]
        link = link_of(st.context.url or "", [*parameters(), *hides])
        if len(link) > MAX_LINK:
            st.code(link, language=None, wrap_lines=True, height=100)
        else:
            render_link(link)


def parameters() -> list[tuple[str, str]]:
    """Return the parameters of the link but what it hides: the page's, and those in the URL that no page puts."""
    current = address()
    own = [
        (name, value)
        for name, values in sorted(current.parameters.items())
        for value in values
        if name != hidden_controls.PARAMETER
    ]
    others = [
        (name, value)
        for name in st.query_params
        if name not in current.known and name != LED
        for value in st.query_params.get_all(name)
    ]
    return own + others


def link_of(url: str, named: Iterable[tuple[str, str]]) -> str:
    """Return the address of a page with these parameters instead of its own."""
    here = urlsplit(url)
    return urlunsplit((here.scheme, here.netloc, here.path, urlencode(list(named)), ""))
