"""What a run of a page says last reaches the browser, also when the next request comes at that very moment.

A run tells Streamlit's event loop what it shows, and the event loop tells the browser. When a part of the page (a
fragment) is asked for after the run has ended and before the event loop has heard all of it, Streamlit 1.67 starts a
new run and ignores what the ended one said from then on: the rest of the page is missing until something else draws it
again. Every part that refreshes itself can ask at such a moment.
"""

from collections import deque
from functools import partial

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner

PAUSE = 0.002  # s, from one look at a thread that has not ended yet to the next
MOST_WAITING = 32  # requests of one browser tab; a hand does not press as often while a run stops
_WAITING = "_waiting_for_the_end"  # the attribute of a session: the requests that came after a run had ended
_start = AppSession._create_scriptrunner


def keep_last_messages() -> None:
    """Have every session hear all that a run says before it starts the next; once is enough, and more do no harm."""
    setattr(AppSession, "_create_scriptrunner", _start_after_the_last)  # noqa: B010 - mypy lets no method be assigned


def _start_after_the_last(session: AppSession, request: RerunData) -> None:
    """Start a run when the one before has been heard out, which takes it away from the session.

    Of more than `MOST_WAITING` requests that wait for it, the oldest are dropped.

    NOTE: where a run was stopped for another of the whole page, it has been taken away before: the new one draws
    everything.
    """
    waiting: deque[RerunData] = session.__dict__.setdefault(_WAITING, deque(maxlen=MOST_WAITING))
    waiting.append(request)
    if len(waiting) == 1:
        _start_waiting(session, waiting)


def _start_waiting(session: AppSession, waiting: deque[RerunData], ended: ScriptRunner | None = None) -> None:
    """Start what waits, in the order in which it was asked for, or look again when more has been heard.

    Args:
        session: of one browser tab.
        waiting: what to run.
        ended: a run whose thread had ended when this was put behind all that it said.
    """
    while waiting and session._state is not AppSessionState.SHUTDOWN_REQUESTED:
        last = session._scriptrunner
        if last is None or last is ended:
            _start(session, waiting.popleft())
        elif last.request_rerun(waiting[0]):  # True of one that was started just now
            waiting.popleft()
        else:
            thread = last._script_thread
            if thread and thread.is_alive():  # for seconds, if it was told to stop while it computes
                session._call_soon_on_event_loop(partial(_look_later, session, waiting))
            else:
                session._call_soon_on_event_loop(partial(_start_waiting, session, waiting, last))
            return


def _look_later(session: AppSession, waiting: deque[RerunData]) -> None:
    session._event_loop.call_later(PAUSE, _start_waiting, session, waiting)
