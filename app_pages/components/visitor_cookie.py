"""Whose browser it is: an opaque token in a cookie, so that a visitor's runs are theirs after a reload, too.

Whoever knows a run's address may look at it; whoever has the token that started it may also pause, stop or delete it.
"""

import streamlit as st

from app_pages.state.session import COOKIE, cookie_token

DAYS = 365  # that a browser keeps it
JS = """
export default function ({ data }) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${data.name}=${data.token}; Path=/; Max-Age=${data.seconds}; SameSite=Lax${secure}`;
}
"""

_mount = st.components.v2.component("visitor_cookie", js=JS)


def remember(token: str) -> None:
    """Have the browser keep a token, unless it brought this very one."""
    if cookie_token() != token:
        _mount(key="visitor_cookie", data={"name": COOKIE, "token": token, "seconds": DAYS * 86_400}, height=1)
