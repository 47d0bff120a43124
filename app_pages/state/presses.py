"""A press is taken, and wholly, also when the page is asked for again at that very moment.

When the whole page is asked for, Streamlit 1.67 stops the run under way, wherever that is, and starts another beside
it. What the stopped run had been asked to do is lost: a press that waits for the run to end, one whose callback has not
begun, and the rest of a callback that is under way, since each look at the session's state is a place to stop.

Here a run is stopped only when it has taken what the visitor did, which means that the callbacks have ended. Until then
the new request waits for its turn in the same thread, and Streamlit puts together what waits, the presses included.
"""

from contextvars import ContextVar
from typing import Any

from streamlit import config
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.safe_session_state import SafeSessionState

from app_pages.state.page_changes import asks_for_the_page_left, of_the_page_asked_for

_TAKEN = "_are_presses_taken"  # the attribute of a `ScriptRequests`; missing until the first request
_is_taking: ContextVar[bool] = ContextVar(
    "is_taking", default=False
)  # in the thread of a run: its callbacks are called

_ask_session = AppSession.request_rerun
_ask_run = ScriptRequests._request_rerun_locked
_stop_here = ScriptRunner._maybe_handle_execution_control_request
_call_back = SafeSessionState.on_script_will_rerun
_begin = ScriptRunContext.on_script_start


def keep_presses() -> None:
    """Have every session take every press; once is enough, and more do no harm."""
    config.set_option("runner.fastReruns", False)  # `_request` does in time what this would do too early
    for owner, name, method in (
        (AppSession, "request_rerun", _request),
        (ScriptRequests, "_request_rerun_locked", _note_request),
        (ScriptRunner, "_maybe_handle_execution_control_request", _stop_unless_taking),
        (SafeSessionState, "on_script_will_rerun", _take),
        (ScriptRunContext, "on_script_start", _note_taken),
    ):
        setattr(owner, name, method)


def _request(session: AppSession, client_state: ClientState | None) -> None:
    """Ask for a run, and stop the one under way if that is made superfluous and has nothing left to take."""
    if client_state is not None:
        client_state = of_the_page_asked_for(session, client_state)
        if client_state is None:
            return
    run = session._scriptrunner
    is_whole_page = client_state is None or not client_state.fragment_id
    if run is not None and is_whole_page and _has_taken_all(run._requests):
        run.request_stop()
        session._scriptrunner = None
    _ask_session(session, client_state)


def _has_taken_all(requests: ScriptRequests) -> bool:
    """Tell whether a run is under way, nothing waits for its end, and its callbacks have ended."""
    with requests._lock:
        return requests._state is ScriptRequestType.CONTINUE and bool(getattr(requests, _TAKEN, False))


def _note_request(requests: ScriptRequests, request: RerunData) -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and asks_for_the_page_left(requests, request, context.page_script_hash):
        return True
    setattr(requests, _TAKEN, False)
    return _ask_run(requests, request)


def _note_taken(context: ScriptRunContext) -> None:
    _begin(context)
    requests = context.script_requests
    if requests is not None:
        with requests._lock:  # what has been asked for meanwhile is not taken yet
            setattr(requests, _TAKEN, requests._state is ScriptRequestType.CONTINUE)


def _take(state: SafeSessionState, *args: Any, **named: Any) -> None:
    token = _is_taking.set(True)
    try:
        _call_back(state, *args, **named)
    finally:
        _is_taking.reset(token)


def _stop_unless_taking(run: ScriptRunner) -> None:
    if not _is_taking.get():
        _stop_here(run)
