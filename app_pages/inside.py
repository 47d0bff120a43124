"""Look inside the network: what happens between the ink and the answer, in any model and at any moment."""

from collections.abc import Callable

import streamlit as st

from app_pages.components.address_bar import write_address_of
from app_pages.components.drawing_link import open_link
from app_pages.components.header import heading
from app_pages.components.html import sentence
from app_pages.components.presentation import is_presenting
from app_pages.components.send_on_lift import send_at_once
from app_pages.components.turning import turn_buttons
from app_pages.inspecting import layout, links
from app_pages.inspecting.change import render_change
from app_pages.inspecting.flow import render_flow
from app_pages.inspecting.inspected import InspectedModel, Subject, chosen_subject, inspected_model
from app_pages.inspecting.likes import render_likes
from app_pages.inspecting.live_map import render_live_map
from app_pages.inspecting.over_time import render_over_time
from app_pages.inspecting.saliency import METHOD_NAMES, render_saliency
from app_pages.inspecting.subject_panel import render_subject
from app_pages.inspecting.surgery import render_surgery
from app_pages.state import resources
from app_pages.state.inside import inside_state
from app_pages.state.widgets import shown_value

# The names of views and methods appear in URLs: renaming one breaks old links.
VIEWS: dict[str, Callable[[Subject, InspectedModel], None]] = {
    "Flow": render_flow,
    "What speaks for it": render_saliency,
    "What would change it": render_change,
    "Surgery": render_surgery,
    "What a unit likes": render_likes,
    "Over time": render_over_time,
    "Map": render_live_map,
}
METHODS = METHOD_NAMES
WITH_METHOD = ("What speaks for it",)


def choose_view() -> str:
    """Ask which view to show; in a presentation, lead from one to the next."""
    names = list(VIEWS)
    if is_presenting():
        shown = st.session_state.get(links.VIEW)
        place = names.index(shown) if shown in names else 0
        turn_buttons(place, len(names), lambda there: st.session_state.update({links.VIEW: names[there]}))
        return names[place]
    chosen: str | None = st.segmented_control(
        "View",
        names,
        default=shown_value(links.VIEW, names[0]),
        required=True,
        key=links.VIEW,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    return chosen or names[0]


@st.fragment
def render_inside(view: str) -> None:
    """Show what is looked at and a view of it; a stroke reruns only this."""
    subject = chosen_subject()
    try:
        model = inspected_model()
    except ValueError as error:  # the weights of that moment are damaged, or were removed just now
        st.error(sentence(error))
        inside_state().step = None
        model = inspected_model()
    probabilities = resources.run_inference(lambda: model.predictor.probabilities(subject.tensor[None])[0].tolist())
    put_into_link(view)  # before the link to share is shown
    with layout.subject_and_view() as (subject_area, view_area):
        with view_area:
            st.html(f'<h2 class="inside-name">{view}</h2>')  # only to be heard: the choice of the view shows it
            VIEWS[view](subject, model)
        with subject_area:
            render_subject(subject, model, probabilities)
    put_into_link(view)  # again, because the view may have made a choice
    write_address_of("inside")


def put_into_link(view: str) -> None:
    """Have the URL hold what the page shows."""
    links.put(list(VIEWS), METHODS, shows_method=view in WITH_METHOD)


heading("Inside", "What happens between the ink and the answer, in any model, number by number.")
st.html(layout.STYLE + (layout.PRESENTED_STYLE if is_presenting() else ""))
links.restore(list(VIEWS), METHODS)
open_link()
render_inside(choose_view())
send_at_once()
