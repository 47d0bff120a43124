"""A visitor who goes to another page gets there, also when the page that they leave asks for itself just after.

Until the new page begins to arrive, the browser still shows the old one, and what happens on it names the old page: a
part that refreshes itself, a component, a press; and a run of the old page may ask for one more. Streamlit 1.67 follows
the name that came last, so a server that is busy for a moment returns to the old page.

Here what names a page that was left belongs to the page that was asked for: that one runs with what was pressed or
chosen, and what only refreshes itself is dropped. `state.presses` asks this module.
"""

from dataclasses import dataclass

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

_UNDER_WAY = "_page_change"  # the attribute of a session; missing, or None, when the browser shows what was asked for


@dataclass(frozen=True)
class PageChange:
    """A visitor's way to another page, until their browser names that one.

    Attributes:
        request: what asked for the page.
        left: the hashes of the pages that the browser may still name.
    """

    request: ClientState
    left: frozenset[str]


def of_the_page_asked_for(session: AppSession, request: ClientState) -> ClientState | None:
    """Return what a session is to be asked for when the browser asks for this.

    Args:
        session: of one browser tab.
        request: a run of a page or of a part of it.

    Returns:
        The request itself; one of the page on the way to which the visitor is, when it names one that they left; None
        when nothing is to run.
    """
    change: PageChange | None = session.__dict__.get(_UNDER_WAY)
    if _leads_to_a_page(request):
        shown = {session._client_state.page_script_hash} | (change.left if change else frozenset())
        session.__dict__[_UNDER_WAY] = PageChange(request, frozenset(shown - {request.page_script_hash, ""}))
    elif change and request.page_script_hash in change.left:
        if request.is_auto_rerun:
            return None
        asked_for = ClientState()
        asked_for.CopyFrom(change.request)
        asked_for.widget_states.CopyFrom(request.widget_states)
        asked_for.cached_message_hashes[:] = request.cached_message_hashes
        return asked_for
    elif change:
        session.__dict__[_UNDER_WAY] = None
    return request


def asks_for_the_page_left(requests: ScriptRequests, request: RerunData, page: str) -> bool:
    """Tell whether a run asks for its own page once more although another page waits for the run's end.

    Args:
        requests: what the run was asked for, locked.
        request: what it asks for itself, as `st.rerun` does.
        page: its own, by the hash.
    """
    waiting = requests._rerun_data
    return (
        requests._state is ScriptRequestType.RERUN
        and waiting.page_script_hash not in ("", page)
        and not (waiting.fragment_id or waiting.fragment_id_queue)
        and request.page_script_hash == page
    )


def _leads_to_a_page(request: ClientState) -> bool:
    """Tell whether a request comes from a link or from the browser's history: those carry nothing of the page left."""
    return bool(request.page_script_hash and not request.fragment_id and not request.widget_states.widgets)
