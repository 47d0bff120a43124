"""What a visitor sees who comes while the server gets ready: the canvas, or an outline of the page, without PyTorch."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app_pages.state.lifespan import is_warming, say_that_a_page_is_shown, wait_until_warm

OUTLINE = """<style>
.starting { display: grid; grid-template-columns: min(24rem, 100%) 1fr; gap: 1.2rem 2rem; }
.starting > p { grid-column: 1 / -1; margin: 0; font-size: 1.3rem; font-weight: 700; }
.starting > p span { font-size: 1rem; font-weight: 400; opacity: .85; padding-left: 1rem; }
.starting > div { border-radius: 10px; background: rgb(128 128 150 / .16); min-height: 12rem; }
.starting > .square { aspect-ratio: 1; }
@media (max-width: 640px) { .starting { grid-template-columns: 1fr; } }
</style>
<div class="starting"><p>Digits<span role="status">Getting ready …</span></p>
<div class="square"></div><div></div></div>"""
EARLY = ""  # the path of the page that can show something of its own, Draw
WORKS_EARLY = {"model"}  # the parameters of a link that change nothing above the canvas


def shows_early(page: StreamlitPage) -> bool:
    """Tell whether the page in the URL shows a part of itself while the server gets ready."""
    return page.url_path == EARLY and set(st.query_params) <= WORKS_EARLY


def wait_for_the_server(page: StreamlitPage) -> None:
    """Show the canvas or the outline until the server is ready, then run the page again; afterwards, do nothing.

    NOTE: before anything that imports PyTorch, but after the navigation, which knows the page in the URL. An outline
    that stayed in the run that shows the page would change the place of everything below it with the next run, and the
    browser would build it all again.

    Args:
        page: the page in the URL.
    """
    if not is_warming():
        return
    if shows_early(page):
        page.run()
    else:
        st.html(OUTLINE)
    say_that_a_page_is_shown()
    wait_until_warm()
    st.rerun()
