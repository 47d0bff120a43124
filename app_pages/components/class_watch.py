"""A part of a page that runs again when a class has changed, and only then."""

from pathlib import Path
from typing import Literal

import streamlit as st

from app_pages.components.class_versions import version_link
from app_pages.state import classes

EVERY = 3.0  # s between two questions

_mount = st.components.v2.component("class_watch", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


def watch_class(code: str, part: Literal["pupils", "teacher"], *, key: str, every: float = EVERY) -> None:
    """Have the page, or the fragment that this is called in, run again when a class has changed or was closed.

    Call it before the class is looked at: what changes after that is noticed the next time.

    Args:
        code: of the class.
        part: what is shown of it: what all pupils see, or everything.
        key: the widget's key.
        every: s between two questions.
    """
    version = classes.version_of(code)
    _mount(
        key=key,
        data={
            "url": version_link(code),
            "part": part,
            "version": getattr(version, part) if version else "",
            "seconds": every,
        },
        height=1,
        on_changed_change=lambda: None,
    )
