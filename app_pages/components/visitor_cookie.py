"""An opaque token in a cookie identifies the visitor, so that their runs are still theirs after a reload.

Anyone who knows a run's link may view the run. Only the token that started it may also pause, stop or delete it.
"""

import streamlit as st

from app_pages.state import resources
from app_pages.state.session import COOKIE, TOKEN, cookie_token, session

DAYS = 365  # the browser keeps the cookie for so long
# A cookie is set once. Several pages may open before there is one; the first to look sets it, and the others take it.
JS = """
export default function ({ data, setStateValue }) {
  const kept = () => {
    const found = document.cookie.split('; ').find(each => each.startsWith(`${data.name}=`));
    const token = found ? found.slice(data.name.length + 1) : '';
    return /^[0-9a-f]{32}$/.test(token) ? token : '';
  };
  if (!kept()) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `${data.name}=${data.token}; Path=/; Max-Age=${data.seconds}; SameSite=Lax${secure}`;
  }
  const token = kept();
  if (token && token !== data.token) setStateValue('token', token);
}
"""
KEY = "visitor_cookie"

_mount = st.components.v2.component("visitor_cookie", js=JS)


def remember() -> None:
    """Have the browser keep this visitor's token, unless it has one; then that is the visitor's."""
    if cookie_token() == session().visitor:
        return
    _mount(
        key=KEY,
        data={"name": COOKIE, "token": session().visitor, "seconds": DAYS * 86_400},
        height=1,
        on_token_change=take_token,
    )


def take_token() -> None:
    """Be the visitor that another page of this browser already is."""
    token = str(st.session_state[KEY].get("token") or "")
    if TOKEN.fullmatch(token):
        resources.registry().hand_over(session().visitor, token)
        session().visitor = token
