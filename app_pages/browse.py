"""Browse the images: in a grid with filters, by confusion matrix, on a map or as averages; and open one."""

import streamlit as st

from app_pages.browsing import filters, links
from app_pages.browsing.averages import render_averages
from app_pages.browsing.confusion import render_confusion
from app_pages.browsing.detail import STYLE
from app_pages.browsing.grid import render_grid_view
from app_pages.browsing.map import render_map_view
from app_pages.browsing.presented import render_presented
from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.presentation import is_presenting

# An audience sees the images and the opened one, without the controls that choose among them.
PRESENTED_STYLE = """<style>
:is(.st-key-browse_view, .st-key-browse_split) { display: none; }
:is(.st-key-browse_detail, .st-key-browse_featured) [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
</style>"""

links.restore()
heading("Browse", "MNIST's images and the model's answers. Click an image for details.")
st.html(STYLE + (PRESENTED_STYLE if is_presenting() else ""))
toolbar = st.container(horizontal=True, gap="small", vertical_alignment="center")
with toolbar:
    view = filters.choose_view()
if view == filters.GRID and is_presenting():
    render_presented()
elif view == filters.GRID:
    render_grid_view(toolbar)
elif view == filters.MAP:
    render_map_view()
else:
    with toolbar:
        filters.choose_split()
    split = missing_data.split_or_standin(filters.chosen_split())
    if view == filters.CONFUSION:
        render_confusion(split)
    else:
        render_averages(split)
links.put()
