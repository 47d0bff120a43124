"""What the views of a run's snapshots share: the slider that goes back to one, and a row of pictures."""

import html

import numpy as np
import streamlit as st

from app_pages.components.html import pixel_html
from app_pages.components.leaving import see_inside_button
from app_pages.training.by_digit import NOT_EVALUATED
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import snapshot_steps

WIDTH = 84  # px of a picture


def choose_step(run: Run, key: str) -> int | None:
    """Ask for the step of one of a run's snapshots, the newest by default; None while there is none."""
    steps = snapshot_steps(run.folder)
    if not steps:
        st.info(NOT_EVALUATED)
        return None
    if len(steps) == 1:
        return steps[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        step = int(st.select_slider("After step", steps, steps[-1], key=f"{key}_{run.name}_{len(steps)}"))
        see_inside_button(f"{key}_inside", model=run.name, step=step)
    return step


def render_row(figures: list[str]) -> None:
    """Show figures side by side."""
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.9rem">{"".join(figures)}</div>')


def figure_html(picture: np.ndarray, name: str, line: str = "", *, width: str = "auto") -> str:
    """Return a picture (H, W) in [0, 1] with its name below it, and a line of HTML between them."""
    caption = f'<figcaption style="font-size:.8rem;opacity:.75">{html.escape(name)}</figcaption>'
    return f'<figure style="margin:0;width:{width}">{pixel_html(picture, WIDTH, name)}{line}{caption}</figure>'
