"""What a run of a page says last reaches the browser, also when the next request comes at that very moment.

A run tells Streamlit's event loop what it shows, and the event loop tells the browser. When a part of the page (a
fragment) is asked for after the run has ended and before the event loop has heard all of it, Streamlit 1.67 starts a
new run and ignores what the ended one said from then on: the rest of the page is missing until something else draws it
again. Every part that refreshes itself can ask at such a moment.
"""

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner

_start = AppSession._create_scriptrunner


def keep_last_messages() -> None:
    """Have every session hear all that a run says before it starts the next; once is enough, and more do no harm."""
    setattr(AppSession, "_create_scriptrunner", _start_after_the_last)  # noqa: B010 - mypy lets no method be assigned


def _start_after_the_last(session: AppSession, request: RerunData, ended: ScriptRunner | None = None) -> None:
    """Start a run when the one before has been heard out, which takes it away from the session.

    NOTE: where the whole page is asked for, Streamlit takes it away before: the new run draws everything.

    Args:
        session: of one browser tab.
        request: what to run.
        ended: a run whose thread had ended when this was put behind all that it said.
    """
    last = session._scriptrunner
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    if last is None or last is ended:
        _start(session, request)
    elif not last.request_rerun(request):  # True of one that another request has started meanwhile
        thread = last._script_thread
        over = None if thread and thread.is_alive() else last
        session._call_soon_on_event_loop(lambda: _start_after_the_last(session, request, over))
