"""What a visitor has trained at a step: kept for the visit, as the server's own memory of results is short."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def kept(key: str, request: Hashable, compute: Callable[[], T | None]) -> T | None:
    """Return the result of a request, which is computed only once per visit.

    Args:
        key: of the results in the session.
        request: what the result depends on.
        compute: returns the result, None while it is not there yet.

    Returns:
        None while it is not there yet.
    """
    results: dict[Hashable, T] = st.session_state.setdefault(key, {})
    if request not in results and (result := compute()) is not None:
        results[request] = result
    return results.get(request)
