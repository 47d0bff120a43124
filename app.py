"""An interactive MNIST: draw a digit and see the answer, browse the images, train a model and watch it learn.

`streamlit run app.py` finds the server below, and the server runs this file again for every visitor.
"""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    from app_pages.components.class_versions import class_routes
    from app_pages.components.link_preview import preview_routes
    from app_pages.components.worksheets import worksheet_routes
    from app_pages.state.late_requests import LateRequests
    from app_pages.state.lifespan import lifespan
    from app_pages.state.presses import keep_presses
    from app_pages.state.run_ends import keep_last_messages

    keep_presses()
    keep_last_messages()
    routes = [*preview_routes(), *worksheet_routes(), *class_routes()]
    app = st.App(__file__, lifespan=lifespan, routes=routes, middleware=[Middleware(LateRequests)])
else:
    from app_pages.components.starting import wait_for_the_server

    st.set_page_config(page_title="Digits", page_icon="assets/icon.png", layout="wide")
    page = st.navigation(
        [
            st.Page("app_pages/draw.py", title="Draw", icon=":material/draw:", default=True),
            st.Page("app_pages/browse.py", title="Browse", icon=":material/grid_view:"),
            st.Page("app_pages/train.py", title="Train", icon=":material/show_chart:"),
            st.Page("app_pages/inside.py", title="Inside", icon=":material/search:"),
            st.Page("app_pages/learn.py", title="Learn", icon=":material/school:"),
        ],
        position="hidden",  # the bar in `heading` leads to the pages, on a phone too
    )
    st.set_page_config(page_title=f"{page.title} · Digits")
    wait_for_the_server(page)

    from app_pages.components import hidden_controls, leaving, presentation
    from app_pages.components.address_bar import write_address
    from app_pages.components.html import style
    from app_pages.components.page_link import render_page_link
    from app_pages.components.visitor_cookie import remember
    from app_pages.state import address
    from app_pages.state.class_places import report_place
    from app_pages.state.resources import warm_up

    presentation.keep(page.title)
    style()
    warm_up()  # done before, unless another server than the one above runs this file
    address.begin(page.url_path)
    leaving.leave()
    hidden_controls.hide_as_the_link_says(page.url_path)
    page.run()
    report_place(page.url_path)
    render_page_link()
    remember()
    write_address()
