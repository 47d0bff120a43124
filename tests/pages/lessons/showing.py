"""Show one control of the course alone, without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.opening import run


def show(step: str) -> AppTest:
    """Show the control of a step until it waits for no computation."""

    def page(step: str) -> None:
        from app_pages.components.html import style
        from app_pages.lessons.controls import CONTROLS

        style()
        CONTROLS[step]()

    return run(AppTest.from_function(page, args=(step,), default_timeout=120))


def charts(page: AppTest) -> list[dict[str, Any]]:
    """Return the options of the charts on a page, in order."""
    return [json.loads(each.proto.spec) for each in page.get("echarts_chart")]


def words(page: AppTest) -> str:
    """Return what is written on a page as Markdown."""
    return "\n".join(element.value for element in [*page.markdown, *page.caption])
