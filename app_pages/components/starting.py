"""What a visitor sees who comes while the server gets ready: the outline of the page, without PyTorch."""

import streamlit as st

from app_pages.state.lifespan import is_warming, wait_until_warm

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


def wait_for_the_server() -> None:
    """Show the outline until the server is ready, then run the page again; afterwards, do nothing.

    NOTE: before anything that imports PyTorch, but after the navigation, which knows the page in the URL. An outline
    that stayed in the run that shows the page would change the place of everything below it with the next run, and the
    browser would build it all again.
    """
    if not is_warming():
        return
    st.html(OUTLINE)
    wait_until_warm()
    st.rerun()
