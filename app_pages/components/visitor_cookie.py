"""An opaque token in a cookie identifies the visitor, so that their runs are still theirs after a reload.

Anyone who knows a run's link may view the run. Only the token that started it may also pause, stop or delete it.
"""

import streamlit as st

from app_pages.state.session import COOKIE, cookie_token

DAYS = 365  # the browser keeps the cookie for so long
JS = """
export default function ({ data }) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${data.name}=${data.token}; Path=/; Max-Age=${data.seconds}; SameSite=Lax${secure}`;
}
"""

_mount = st.components.v2.component("visitor_cookie", js=JS)


def remember(token: str) -> None:
    """Have the browser keep a token, unless it already sent this one."""
    if cookie_token() != token:
        _mount(key="visitor_cookie", data={"name": COOKIE, "token": token, "seconds": DAYS * 86_400}, height=1)
