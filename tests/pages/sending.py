"""Send what no browser sends: any value for a widget, as a WebSocket client can."""

from typing import Any

from streamlit.testing.v1 import AppTest


def send(page: AppTest, widget: Any, **value: Any) -> AppTest:
    """Run a page with a widget's value as it would come over the WebSocket; it must show no exception.

    Args:
        page: the page.
        widget: one of its widgets.
        value: the field of Streamlit's WidgetState and its content, such as double_value=float("nan").
    """
    states = page._tree.get_widget_states()
    kept = [state for state in states.widgets if state.id != widget.id]
    del states.widgets[:]
    states.widgets.extend(kept)
    sent = states.widgets.add(id=widget.id)
    ((field, content),) = value.items()
    if isinstance(content, list):
        getattr(sent, field).data.extend(content)
    else:
        setattr(sent, field, content)
    shown = page._run(states)
    assert not shown.exception
    return shown
